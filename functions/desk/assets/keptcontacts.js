// The contacts on the agent's position outlast a reload of the page: no documented function of AgentDesktop's tells of those that are
// there. They are kept for the tab alone (html.spec.whatwg.org, section 12.2, sessionStorage), and each is forgotten once it is over; a
// tab that waits for the adapters is told of them, so that it has them when it takes those over.

import { shown } from './contacts.js'
import { forgetPops } from './pops.js'

const version = 1 // of what is kept
const good = 12 * 3_600_000 // a working day
const prefix = 'sessionbridge-contacts/'
const { tenant, agent } = document.body.dataset
const name = `${prefix}${tenant}/${agent}`

let all = read()
let gone = false // who signed out keeps nothing any more
const channel = new BroadcastChannel(name)

// What another agent's page has left in this tab is nobody's any more.
for (const key of Object.keys(sessionStorage)) {
  if (key.startsWith(prefix) && key !== name) sessionStorage.removeItem(key)
}

function read() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(name))
    return kept?.version === version && Date.now() - kept.at < good ? kept.contacts : []
  } catch {
    return []
  }
}

function write(contacts) {
  all = contacts
  if (gone) return
  try {
    if (all.length) sessionStorage.setItem(name, JSON.stringify({ version, at: Date.now(), contacts: all }))
    else sessionStorage.removeItem(name)
  } catch {
    // A browser that keeps nothing shows them with their next event.
  }
}

// kept are the contacts of before, marked as such until something is told of them.
export const kept = () => all.map((contact) => ({ ...contact, before: true }))

// keep keeps those that are not over.
export function keep(contacts) {
  write(shown(contacts))
  channel.postMessage({ contacts: all })
}

// forgetAll is for who signs out: the agent's other tabs forget what they kept, too.
export function forgetAll() {
  forget()
  channel.postMessage({ forgets: true })
}

function forget() {
  write([])
  gone = true
  forgetPops()
}

// share has the page with the adapters tell the others.
export function share(has) {
  channel.onmessage = ({ data }) => {
    if (data.asks && has()) channel.postMessage({ contacts: all })
    if (data.contacts && !has()) write(data.contacts)
    if (data.forgets) forget()
  }
  channel.postMessage({ asks: true })
}
