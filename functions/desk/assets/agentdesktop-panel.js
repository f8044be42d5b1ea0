// The panel of AgentDesktop's contacts, with a button for everything that can be done with each now. What happens, and what the
// SDK refuses, is told; no button does a thing twice while its first time is under way.

import { parsed } from './adapters.js'
import { give, lacking, panel, start } from './agentdesktop.js'
import { can, destination, dialled, forget, see, shown } from './contacts.js'
import { note } from './show.js'

const $ = (id) => document.getElementById(id)

const words = {
  offered: 'Offered to you', dialling: 'Calling', talking: 'Talking', held: 'On hold', conference: 'In conference', transferred: 'Handed on',
  ended: 'Ended', 'wrap-up': 'After-call work', unknown: 'Going on',
}

const labels = {
  call: 'Call', answer: 'Answer', hold: 'Hold', complete: 'Complete the transfer', conference: 'Conference', cancel: 'Cancel the consultation',
  hangup: 'Hang up', finish: 'End after-call work', forget: 'Take off the list', transfer: 'Transfer', consult: 'Consult',
}
const handing = ['transfer', 'consult'] // need to know where to
const whole = ['complete', 'conference'] // take no contact: there is one consultation at most

let contacts = []
const rows = new Map() // by the contact's key

// showContacts shows the contacts, and gives each event on as it came.
export async function showContacts(on) {
  await start((data) => {
    on(data)
    const event = parsed(data)
    if (panel && event) update(see(contacts, event))
  })
  if (panel) tellLacking()
}

// tellLacking switches off what the SDK has not, and says why.
function tellLacking() {
  const reasons = new Set()
  for (const command of Object.keys(labels)) {
    const why = command !== 'forget' && lacking(command)
    if (!why) continue
    reasons.add(`“${labels[command]}” is not possible: ${why}.`)
    for (const button of panel.querySelectorAll(`[data-command=${command}]`)) disable(button, why)
  }
  $('agentdesktop-lacks').textContent = [...reasons].join(' ')
  $('agentdesktop-lacks').hidden = !reasons.size
}

function disable(button, why) {
  button.disabled = true
  button.title = why
}

const who = ({ leg, chat, outbound, number }) => {
  if (leg === 'consultation') return 'Consultation'
  return `${chat ? 'Chat' : 'Call'} ${outbound ? 'to' : 'from'} ${number || 'a customer'}`
}

// update shows the contacts anew. Rows and buttons stay the same elements, so that the focus stays where it is; where what had it
// goes, the focus goes to its row, and not to another button, which the same key would press.
function update(after) {
  const focused = panel.contains(document.activeElement) ? document.activeElement : undefined
  const home = focused?.closest('li')
  for (const contact of shown(after)) {
    const before = contacts.find(({ key }) => key === contact.key)
    if (before?.state !== contact.state) $('agentdesktop-said').textContent = `${who(contact)}: ${words[contact.state]}`
  }
  contacts = after
  const live = shown(contacts)
  for (const [key, { li }] of rows) {
    if (live.some((contact) => contact.key === key)) continue
    li.remove()
    rows.delete(key)
  }
  for (const contact of live) show(contact)
  $('agentdesktop-none').hidden = live.length > 0
  if (focused && !(focused.isConnected && focused.checkVisibility())) (home?.isConnected ? home : panel).focus()
}

function show(contact) {
  const row = rows.get(contact.key) ?? made(contact)
  const possible = can(contacts, contact)
  row.li.className = contact.leg
  row.who.textContent = who(contact)
  row.about.textContent = [words[contact.state], contact.queue].filter(Boolean).join(' · ')
  for (const [command, button] of row.buttons) button.hidden = !possible.includes(command)
  row.buttons.get('hold').textContent = contact.state === 'held' ? 'Retrieve' : 'Hold'
  row.to.hidden = !handing.some((command) => possible.includes(command))
}

const element = (name, properties, ...children) => {
  const one = Object.assign(document.createElement(name), properties)
  one.append(...children)
  return one
}

let count = 0 // of rows ever made

function made({ key }) {
  const id = `agentdesktop-to-${++count}`
  const input = element('input', { id, type: 'text', autocomplete: 'off', spellcheck: false })
  input.addEventListener('input', () => input.removeAttribute('aria-invalid'))
  const buttons = new Map(Object.keys(labels).filter((command) => command !== 'call').map((command) => [command, buttonOf(command, key, input)]))
  const row = {
    who: element('p', { className: 'who' }), about: element('p', { className: 'quiet' }), buttons,
    to: element('div', { className: 'to' }, element('label', { htmlFor: id, textContent: 'To a number or a resource of the call centre' }),
      element('span', { className: 'line' }, input, ...handing.map((command) => buttons.get(command)))),
  }
  const others = [...buttons].filter(([command]) => !handing.includes(command)).map(([, button]) => button)
  row.li = element('li', { tabIndex: -1 }, row.who, row.about, element('p', { className: 'buttons' }, ...others), row.to)
  rows.set(key, row)
  $('agentdesktop-contacts').append(row.li)
  return row
}

function buttonOf(command, key, input) {
  const button = element('button', { type: 'button', textContent: labels[command], className: ['answer', 'complete'].includes(command) ? '' : 'plain' })
  button.dataset.command = command
  const why = command !== 'forget' && lacking(command)
  if (why) disable(button, why)
  button.addEventListener('click', () => press(command, key, input))
  return button
}

function press(command, key, input) {
  const { id } = contacts.find((contact) => contact.key === key)
  if (command === 'forget') return update(forget(contacts, key))
  if (whole.includes(command)) return run(command)
  if (!handing.includes(command)) return run(command, id)
  const to = destination(input.value)
  if (!to) return wrong(input, 'Type where to: a number, or the id of a resource of the call centre.')
  return run(command, id, to)
}

const underWay = new Set()

// run gives a command, and tells what the SDK throws or rejects. It is false where that was so, or the same is under way.
async function run(command, ...args) {
  const same = [command, ...args].join(' ')
  if (underWay.has(same)) {
    note(`${labels[command]}: AgentDesktop has not answered yet.`)
    return false
  }
  underWay.add(same)
  try {
    await give(command, ...args)
    return true
  } catch (error) {
    note(`${labels[command]}: ${error?.message ?? error}`)
    return false
  } finally {
    underWay.delete(same)
  }
}

function wrong(input, text) {
  note(text)
  input.setAttribute('aria-invalid', 'true')
  input.focus()
}

const field = $('agentdesktop-number')
field?.addEventListener('input', () => field.removeAttribute('aria-invalid'))
$('agentdesktop-call')?.addEventListener('submit', async (e) => {
  e.preventDefault()
  const number = dialled(field.value)
  if (!number) return wrong(field, field.value.trim() ? 'That is no number: type digits, with a plus before a country’s code.' : 'Type the number to call.')
  if (await run('call', number)) field.value = ''
})
