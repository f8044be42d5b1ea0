// AgentDesktop's widget: its script, which the page loads where the settings name one, and its commands. The events are listened
// to in adapters.js, the contacts made of them in contacts.js, and shown in agentdesktop-panel.js.

import { listenToAgentDesktop } from './adapters.js'
import { note } from './show.js'

const slowest = 15_000 // then a call does not wait for the widget any more

export const panel = document.querySelector('#agentdesktop')

const contact = () => globalThis.AGENTDESKTOP?.CONTACT

// names are the SDK's functions by what the desk calls them; settings name the one that begins a consultation.
const names = {
  call: 'MakeCall', answer: 'Answer', hold: 'Hold', hangup: 'Hangup', transfer: 'Transfer', consult: panel?.dataset.consultation,
  complete: 'Transfer_Complete', conference: 'Transfer_Complete_Conference', cancel: 'Hangup', finish: 'OfflineEnd',
}

const known = (name) => typeof contact()?.[name] === 'function'

// lacking says why a command cannot be given: undefined where it can.
export function lacking(command) {
  if (!contact()) return 'AgentDesktop is not there'
  return known(names[command]) ? undefined : `this AgentDesktop has no function ${names[command]}`
}

// give gives a command, with the contact's id and where it goes as far as it takes them. What the SDK throws or rejects is the
// caller's to tell.
export async function give(command, ...args) {
  const why = lacking(command)
  if (why) throw new Error(why)
  const sdk = contact()
  await sdk[names[command]].call(sdk, ...args)
}

function load(url) {
  return new Promise((done) => {
    const script = document.createElement('script')
    script.addEventListener('load', done)
    script.addEventListener('error', () => {
      note('AgentDesktop cannot be loaded. Reload this page once it is there again.')
      done()
    })
    script.src = url
    document.head.append(script)
  })
}

const loaded = panel ? load(panel.dataset.widget) : Promise.resolve()

// start gives on the events of the widget once it is loaded, and returns then.
export async function start(on) {
  await loaded
  if (panel && !globalThis.AGENTDESKTOP?.WIDGET?.bindContactCallback) note('AgentDesktop does not tell of contacts: its widget is not what was expected.')
  listenToAgentDesktop(on)
}

// makeCall has AgentDesktop call a number, where its widget is part of this page: AGENTDESKTOP.CONTACT.MakeCall with the number as
// its first parameter (Enghouse, AgentDesktop, function list). That it wants a country code is not documented. False where it
// cannot.
export async function makeCall(number) {
  await Promise.race([loaded, new Promise((done) => setTimeout(done, slowest))])
  if (lacking('call')) return false
  await give('call', number)
  return true
}
