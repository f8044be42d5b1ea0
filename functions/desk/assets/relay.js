// The frame of ours on a page of the CRM that includes desk.js: it has the agent's sign-in, keeps and forwards what that page
// hears, and has it do what the CRM asks for. It shows itself only while it has something to say.

import { known } from './embed.js'
import { forwarder } from './forward.js'
import { safe } from './show.js'
import { follow, later, take } from './stream.js'
import { offerSignIn } from '../../signin/enter.js'

const $ = (id) => document.getElementById(id)
const { tenant, agent, adapters, call } = document.body.dataset
const sources = ['ccai-adapter', 'agentdesktop']
let port
let forward

// resize has the page around show as much of this frame as there is.
function resize() {
  const some = [...document.querySelectorAll('section')].some((one) => !one.hidden)
  port?.postMessage(some ? { kind: 'show', height: document.querySelector('main').offsetHeight } : { kind: 'hide' })
}

function reveal(id, is = true) {
  $(id).hidden = !is
  resize()
}

function trouble(text) {
  $('trouble-text').textContent = text
  reveal('trouble')
}

function showWaiting(count) {
  $('unsent-text').textContent = `${count} ${count === 1 ? 'event waits' : 'events wait'} to be sent.`
  reveal('unsent', count > 0)
}

function offer(title, url, text) {
  if (!safe(url)) throw new Error('the link has no address')
  $('record-title').textContent = title
  $('record-link').href = url
  $('record-link').textContent = text
  reveal('record')
}

// onPage has the page around do something, and returns what became of it; undefined where it did not, in three seconds. What
// the page tells afterwards, later is told, for two minutes.
const asked = new Map()
const onPage = (what, how, later) => new Promise((done) => {
  const id = crypto.randomUUID()
  const first = (became) => {
    asked.set(id, later)
    done(became)
  }
  asked.set(id, first)
  setTimeout(first, 3_000)
  setTimeout(() => asked.delete(id), 120_000)
  port.postMessage({ kind: 'do', id, what, ...how })
})

// showCall shows the number unless it is being called, and what the agent is to do.
function showCall({ display, name }, became, why) {
  $('now-name').textContent = name ?? ''
  $('now-number').textContent = display
  const failed = became === 'failed' ? `AgentDesktop has not called: ${String(why).slice(0, 200)}. ` : ''
  $('now-how').textContent = became === 'filled' ? 'Press Call in the adapter.' : `${failed}Dial it in your telephone.`
  reveal('now', became !== 'calling')
}

const commands = {
  __proto__: null,
  call: async (command) => {
    const show = (became, why) => showCall(command, became, why)
    show(await onPage('call', { number: command.number }, show))
  },
  pop: async ({ url, session }) => {
    if (safe(url) && await onPage('pop', { recordUrl: url, session }) === 'shown') return reveal('record', false)
    offer('The customer’s record', url, 'Open the record')
  },
  lookup: ({ url }) => offer('The CRM does not know the customer', url, 'Look them up'),
}

// What this frame cannot do is left for the desk's own page.
async function run(command) {
  try {
    if (!commands[command.kind] || command.taken_at) return
    const ours = await take(command.id)
    if (ours === later) return later
    if (ours) await commands[command.kind](command)
  } catch (error) {
    trouble(`${command.display ?? 'The record'}: ${error.message}.`)
  }
}

// A sign-in that is over is begun again right here: what is not forwarded yet stays with this page and its agent.
let offered = false
function showLine(state) {
  if (state === 'out' && !offered) {
    offered = true
    offerSignIn($('signin'), () => location.reload(), (text) => { $('out-state').textContent = text })
  }
  reveal('out', state === 'out')
}

const hears = {
  __proto__: null,
  event: async ({ id, at, source, data }) => {
    if (!sources.includes(source) || typeof id !== 'string' || id.length > 64) return
    await forward(source, data, { id, at })
    port.postMessage({ kind: 'kept', id })
  },
  done: ({ id, done, why }) => asked.get(id)?.(done, why),
  signout: async () => {
    await fetch('/desk/signout', { method: 'POST', redirect: 'error', signal: AbortSignal.timeout(10_000) }).catch(() => {})
    location.reload()
  },
}

function begin() {
  forward = forwarder({ at: 'events/', tenant, agent, waiting: showWaiting, lost: (why) => trouble(`An event is lost: ${why}.`) })
  follow(run, showLine)
}

// The page around says hello once this frame has loaded, and with it hands over its end of a channel. What is not one of the
// tenant's sites is not answered.
addEventListener('message', (e) => {
  if (e.source !== parent || e.data?.type !== 'sessionbridge:connect' || !e.ports[0]) return
  if (!known(e.origin) && e.origin !== location.origin) return
  port = e.ports[0]
  if (!forward) begin()
  port.onmessage = (m) => hears[m.data?.kind]?.(m.data)
  port.postMessage({ kind: 'ready', adapters: adapters.split(' ').filter(Boolean), call })
  resize()
})

new ResizeObserver(resize).observe(document.querySelector('main'))
for (const button of document.querySelectorAll('.done')) {
  button.addEventListener('click', () => reveal(button.closest('section').id, false))
}
