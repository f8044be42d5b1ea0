// AgentDesktop's widget: its script, which the page loads where the settings name one, and its commands. The events are listened
// to in adapters.js, the contacts made of them in contacts.js, and shown in agentdesktop-panel.js.

import { listenToAgentDesktop } from './adapters.js'
import { note } from './show.js'

const soon = 3_000 // from when the page begins: so long a call waits for the widget
const late = 15_000 // likewise: then it is told that the widget is not there
const slowest = 10_000 // then a command does not wait for its answer any more

export const panel = document.querySelector('#agentdesktop')

const contact = () => globalThis.AGENTDESKTOP?.CONTACT

// names are the SDK's functions by what the desk calls them; settings name the one that begins a consultation.
const names = {
  call: 'MakeCall', answer: 'Answer', hold: 'Hold', hangup: 'Hangup', transfer: 'Transfer', consult: panel?.dataset.consultation,
  complete: 'Transfer_Complete', conference: 'Transfer_Complete_Conference', cancel: 'Hangup', finish: 'OfflineEnd',
}

// isThere says whether the SDK is, if only in part.
export const isThere = () => Boolean(contact())

// lacking says why a command cannot be given: undefined where it can.
export function lacking(command) {
  if (!isThere()) return 'AgentDesktop is not there yet'
  return typeof contact()[names[command]] === 'function' ? undefined : `this AgentDesktop has no function ${names[command]}`
}

// give gives a command, with the contact's id and where it goes as far as it takes them. What the SDK throws or rejects is the
// caller's to tell, and so is that it does not answer, which is then the error's cause.
export async function give(command, ...args) {
  const why = lacking(command)
  if (why) throw new Error(why)
  const sdk = contact()
  let timer
  const never = new Promise((_, fail) => {
    timer = setTimeout(() => fail(new Error('AgentDesktop has not answered: look there', { cause: 'silence' })), slowest)
  })
  try {
    await Promise.race([sdk[names[command]].call(sdk, ...args), never])
  } finally {
    clearTimeout(timer)
  }
}

// load has the page run the script. It returns when that has come of it, or will not.
let trouble = '' // with the widget as a whole, until it is over
function load(url) {
  return new Promise((done) => {
    const script = document.createElement('script')
    script.addEventListener('load', done)
    script.addEventListener('error', () => {
      trouble = 'AgentDesktop cannot be loaded. Reload this page once it is there again.'
      note(trouble)
      done()
    })
    script.src = url
    document.head.append(script)
  })
}

let begun
const loaded = panel ? new Promise((done) => { begun = done }) : Promise.resolve()
const waited = Promise.race([loaded, new Promise((done) => setTimeout(done, soon))])

const unheard = () => isThere() ? 'AgentDesktop does not tell of contacts: its widget is not what was expected.'
  : 'AgentDesktop has not been there for 15 seconds. It is used here as soon as it is.'

// start loads the widget, and gives on its events. It looks for it every second, since it may come late or in parts, and tells each time
// what is wrong with it, '' where nothing is; told says whether that was all there is to look for.
export function start(on, told) {
  const began = performance.now()
  let bound = false
  const look = () => {
    try {
      if (!bound && listenToAgentDesktop(on)) {
        bound = true
        trouble = ''
      }
      if (!bound && !trouble && performance.now() - began > late) trouble = unheard()
    } catch (error) {
      bound = true // for all we know: were it bound again, each event might come twice
      trouble = `AgentDesktop does not tell of contacts (${error?.message ?? error}). Reload this page.`
    }
    if (told(trouble) && bound) clearInterval(timer)
  }
  const timer = setInterval(look, 1_000)
  load(panel.dataset.widget).then(begun)
  loaded.then(look)
}

// makeCall has AgentDesktop call a number, where its widget is part of this page: AGENTDESKTOP.CONTACT.MakeCall with the number as
// its first parameter (Enghouse, AgentDesktop, function list). That it wants a country code is not documented. False where it
// cannot.
export async function makeCall(number) {
  await waited
  if (lacking('call')) return false
  await give('call', number)
  return true
}
