// What a page of the CRM includes, and is served as desk.js: <script type="module" src="https://desk…/desk/acme/desk.js"></script>.
// It makes a small frame of the desk, hears the adapters that the page has in frames, and AgentDesktop's widget, and hands what
// they tell to the frame, which keeps it and forwards it. Who is signed in, and by what, the frame alone knows.
//
// It needs nothing of the page's policy but script-src and frame-src for the desk's origin: its style is a sheet made by script.

import { eventOf, listenToAgentDesktop, written } from './assets/adapters.js'

const address = new URL('relay', import.meta.url)
const most = 1_000 // events that wait here, while nobody is signed in
const mostOrigins = 50 // of frames whose messages wait
const silentFor = 10_000 // a frame is loaded again that says no word for so long
const loadsFor = 60_000 // and so is one that does not load
const slowest = 300_000 // between attempts, which follow more and more slowly

const waiting = new Map() // events that the frame has not kept yet, by id
const early = [] // messages from before it was known whose count
const earlyOf = new Map() // how many of them are of an origin: no frame on the page leaves another no room
const heard = new Map() // the adapters' windows, by which a number is filled in
let port
let ready = false // the frame takes events
let told // what the frame says of the adapters

// forward takes an event as it is now: what is no text already, the page may change or reuse.
function forward(source, data, at = new Date().toISOString()) {
  const text = written(data)
  if (text === undefined) return unwritten()
  if (waiting.size >= most) return console.error('sessionbridge: an event is lost, since nobody has signed in')
  const event = { kind: 'event', id: crypto.randomUUID(), at, source, data: text }
  waiting.set(event.id, event)
  if (ready) port.postMessage(event)
}

let wrote = true
function unwritten() {
  if (wrote) console.error('sessionbridge: events are lost that cannot be written as JSON')
  wrote = false
}

// Only a frame right on this page is an adapter: not the page itself, and no window that it has opened.
addEventListener('message', (e) => {
  if (e.source === window || e.source?.parent !== window || !eventOf(e.data)) return
  const message = { from: e.source, origin: e.origin, data: e.data, at: new Date().toISOString() }
  if (told) hear(message)
  else keepEarly(message)
})

function keepEarly(message) {
  const count = earlyOf.get(message.origin) ?? 0
  if (count >= most || !count && earlyOf.size >= mostOrigins) return
  earlyOf.set(message.origin, count + 1)
  early.push(message)
}

function hear({ from, origin, data, at }) {
  if (!told.adapters.includes(origin)) return
  heard.set(from, origin)
  forward('ccai-adapter', data, at)
}

// fill puts a number into the call adapter's field. The focus stays where it is: the agent may be writing in the CRM.
function fill(number) {
  if (!told.call) return false
  const windows = new Set([...heard].filter(([, origin]) => origin === told.call).map(([one]) => one))
  for (const frame of document.querySelectorAll('iframe[src]')) {
    if (frame.src.startsWith(`${told.call}/`)) windows.add(frame.contentWindow)
  }
  for (const one of windows) one?.postMessage({ type: 'click_to_call', number }, told.call)
  return windows.size > 0
}

// Each thing that the frame asks for is answered with what became of it. A call is answered at once: how long MakeCall takes is
// not documented. That it has failed is told afterwards.
const does = {
  __proto__: null,
  call: ({ number }, failed) => {
    const contact = globalThis.AGENTDESKTOP?.CONTACT // Enghouse, AgentDesktop, function list
    if (typeof contact?.MakeCall !== 'function') return fill(number) ? 'filled' : undefined
    Promise.resolve(contact.MakeCall(number)).catch(failed)
    return 'calling'
  },
  pop: ({ recordUrl, session }) => {
    postMessage(JSON.stringify({ type: 'CRM_Record_Pop', data: { recordUrl } }), location.origin)
    return dispatchEvent(new CustomEvent('sessionbridge:pop', { detail: { recordUrl, session }, cancelable: true })) ? undefined : 'shown'
  },
}

const hears = {
  __proto__: null,
  ready: (message) => {
    told = message
    for (const one of early.splice(0)) hear(one)
    earlyOf.clear()
    ready = true
    for (const event of waiting.values()) port.postMessage(event) // some for the second time, by the same id
  },
  kept: ({ id }) => waiting.delete(id),
  show: ({ height }) => {
    frame.style.height = `${Math.min(Math.max(Number(height) || 0, 40), 480)}px`
    frame.className = 'shown'
  },
  hide: () => { frame.className = '' },
  do: ({ id, what, ...how }) => {
    const tell = (done, why) => port.postMessage({ kind: 'done', id, done, why })
    const failed = (error) => tell('failed', String(error?.message ?? error))
    try {
      tell(does[what]?.(how, failed))
    } catch (error) {
      failed(error)
    }
  },
}

const style = new CSSStyleSheet()
style.replaceSync(`iframe {
  position: fixed; z-index: 2147483647; right: 1rem; bottom: 1rem; width: min(22rem, calc(100vw - 2rem)); height: 1px;
  border: 1px solid #8a949f; border-radius: 8px; box-shadow: 0 4px 18px #0003; visibility: hidden; color-scheme: light dark;
}
iframe.shown { visibility: visible; }`)

const frame = document.createElement('iframe')
frame.title = 'Sessionbridge'
frame.referrerPolicy = 'no-referrer'
frame.src = address

// Each page that the frame shows, as after signing in, gets a channel of its own; only one of the desk's origin does. It says a
// word then, whoever is signed in: one that does not has failed, as while a new version is put in place or the line is down.
let spoke = false
let silent = 0 // pages in a row that said nothing
let timer

frame.addEventListener('load', () => {
  const channel = new MessageChannel()
  port?.close()
  port = channel.port1
  ready = spoke = false
  frame.className = ''
  port.onmessage = (e) => {
    clearTimeout(timer)
    spoke = true
    silent = 0
    hears[e.data?.kind]?.(e.data)
  }
  frame.contentWindow.postMessage({ type: 'sessionbridge:connect' }, address.origin, [channel.port2])
  loadIn(Math.min(silentFor * 2 ** silent++, slowest))
})

// load puts the frame into its place again, which loads it and, unlike a new address, leaves the page's history as it is.
function load() {
  loadIn(loadsFor)
  root.append(frame)
}

function loadIn(ms) {
  clearTimeout(timer)
  timer = setTimeout(load, ms * (1 + Math.random() / 2)) // not all pages at once
}

addEventListener('online', () => {
  if (!spoke) load()
})

const place = document.createElement('sessionbridge-desk')
const root = place.attachShadow({ mode: 'closed' })
root.adoptedStyleSheets = [style]
document.documentElement.append(place)
load()

// The page's own script for AgentDesktop may come later than this one, or in parts.
let looking
function look() {
  try {
    if (!listenToAgentDesktop((event) => forward('agentdesktop', event))) return
  } catch (error) { // it may be bound for all we know: were it again, each event might come twice
    console.error('sessionbridge: AgentDesktop does not tell of contacts', error)
  }
  clearInterval(looking)
  removeEventListener('load', look)
}
looking = setInterval(look, 1_000)
addEventListener('load', look)
look()
addEventListener('sessionbridge:signout', () => port?.postMessage({ kind: 'signout' }))
