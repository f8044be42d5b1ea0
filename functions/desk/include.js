// What a page of the CRM includes, and is served as desk.js: <script type="module" src="https://desk…/desk/acme/desk.js"></script>.
// It makes a small frame of the desk, hears the adapters that the page has in frames, and AgentDesktop's widget, and hands what
// they tell to the frame, which keeps it and forwards it. Who is signed in, and by what, the frame alone knows.
//
// It needs nothing of the page's policy but script-src and frame-src for the desk's origin: its style is a sheet made by script.

import { eventOf, listenToAgentDesktop } from './assets/adapters.js'

const address = new URL('relay', import.meta.url)
const most = 1_000 // events that wait here, while nobody is signed in

const waiting = new Map() // events that the frame has not kept yet, by id
const early = [] // messages from before it was known whose count
const heard = new Map() // the adapters' windows, by which a number is filled in
let port
let ready = false // the frame takes events
let told // what the frame says of the adapters

function forward(source, data, at = new Date().toISOString()) {
  if (waiting.size >= most) return console.error('sessionbridge: an event is lost, since nobody has signed in')
  const event = { kind: 'event', id: crypto.randomUUID(), at, source, data }
  waiting.set(event.id, event)
  if (ready) port.postMessage(event)
}

// Only a frame right on this page is an adapter: not the page itself, and no window that it has opened.
addEventListener('message', (e) => {
  if (e.source === window || e.source?.parent !== window || !eventOf(e.data)) return
  const message = { from: e.source, origin: e.origin, data: e.data, at: new Date().toISOString() }
  if (told) hear(message)
  else if (early.length < most) early.push(message)
})

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

// Each thing that the frame asks for is answered with what became of it.
const does = {
  __proto__: null,
  call: async ({ number }) => {
    const contact = globalThis.AGENTDESKTOP?.CONTACT // Enghouse, AgentDesktop, function list
    if (typeof contact?.MakeCall !== 'function') return fill(number) ? 'filled' : undefined
    await contact.MakeCall(number)
    return 'called'
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
    for (const event of waiting.values()) port.postMessage(event) // some for the second time, by the same id
    ready = true
  },
  kept: ({ id }) => waiting.delete(id),
  show: ({ height }) => {
    frame.style.height = `${Math.min(Math.max(Number(height) || 0, 40), 480)}px`
    frame.className = 'shown'
  },
  hide: () => { frame.className = '' },
  do: async ({ id, what, ...how }) => {
    const done = await Promise.resolve(how).then(does[what]).catch(() => undefined)
    port.postMessage({ kind: 'done', id, done })
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
// Each page that the frame shows, as after signing in, gets a channel of its own; only one of the desk's origin does.
frame.addEventListener('load', () => {
  const channel = new MessageChannel()
  port?.close()
  port = channel.port1
  ready = false
  port.onmessage = (e) => hears[e.data?.kind]?.(e.data)
  frame.contentWindow.postMessage({ type: 'sessionbridge:connect' }, address.origin, [channel.port2])
})
frame.src = address

const place = document.createElement('sessionbridge-desk')
const root = place.attachShadow({ mode: 'closed' })
root.adoptedStyleSheets = [style]
root.append(frame)
document.documentElement.append(place)

const listen = () => listenToAgentDesktop((event) => forward('agentdesktop', event))
if (globalThis.AGENTDESKTOP || document.readyState === 'complete') listen()
else addEventListener('load', listen, { once: true }) // the page's own script for it may come after this one
addEventListener('sessionbridge:signout', () => port?.postMessage({ kind: 'signout' }))
