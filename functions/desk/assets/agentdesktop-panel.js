// The panel of AgentDesktop's contacts, with a button for everything that can be done with each now. What happens, and what the
// SDK refuses, is told; no button does a thing twice while its first time is under way, or for whom it was not meant.

import { parsed } from './adapters.js'
import { give, isThere, lacking, panel, start } from './agentdesktop.js'
import { can, destination, dialled, forget, see, shown } from './contacts.js'
import { keep, kept } from './keptcontacts.js'
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

const still = 500 // for so long a row that has changed takes no press: it may have been meant for what was there before
const settled = 2_000 // after its answer a command is no longer under way, even if no event tells of what came of it

let contacts = []
const rows = new Map() // by the contact's key, in their order on the page

// showContacts shows the contacts, those of before first, and gives each event on as it came.
export function showContacts(on) {
  if (!panel) return
  update(kept())
  start((data) => {
    on(data)
    const event = parsed(data)
    if (event) update(see(contacts, event))
  }, tellLacking)
}

let trouble = '' // with the widget as a whole

// tellLacking switches off what the SDK has not, and says why; what it has by now, on. It says whether nothing is lacking.
function tellLacking(wrong) {
  trouble = wrong
  const reasons = trouble ? [trouble] : []
  for (const command of Object.keys(labels)) {
    const why = lackingFor(command)
    if (why && isThere()) reasons.push(`“${labels[command]}” is not possible: ${why}.`)
    for (const button of panel.querySelectorAll(`[data-command=${command}]`)) able(button, why)
  }
  const lacks = $('agentdesktop-lacks')
  const all = reasons.join(' ')
  if (lacks.textContent !== all) lacks.textContent = all
  lacks.hidden = !all
  return !all
}

// lackingFor says why a button is switched off. While the SDK may still be on its way, none is.
function lackingFor(command) {
  return command !== 'forget' && (isThere() || trouble) ? lacking(command) : undefined
}

function able(button, why) {
  button.disabled = Boolean(why)
  button.title = why ?? ''
}

const who = ({ leg, chat, outbound, number }) => {
  if (leg === 'consultation') return 'Consultation'
  return `${chat ? 'Chat' : 'Call'} ${outbound ? 'to' : 'from'} ${number || 'a customer'}`
}

// update shows the contacts anew. Rows and buttons stay the same elements, so that the focus stays where it is; where what had it
// goes, the focus goes to its row, and not to another button, which the same key would press. Rows that change, and those that
// move with them, take no press for a moment.
function update(after) {
  const focused = panel.contains(document.activeElement) ? document.activeElement : undefined
  const home = focused?.closest('li')
  const changed = after.filter((contact) => !contacts.includes(contact))
  const before = contacts
  contacts = after
  keep(contacts)
  const live = shown(contacts)
  let moved = false
  for (const [key, row] of rows) {
    const contact = live.find((one) => one.key === key)
    if (contact) moved = show(row, contact) || moved
    else moved = take(key, row)
    if (moved) settle(row)
  }
  for (const contact of live.filter(({ key }) => !rows.has(key))) show(made(contact), contact)
  for (const contact of changed) tell(contact, before.find(({ key }) => key === contact.key))
  $('agentdesktop-none').hidden = live.length > 0
  if (focused && !(focused.isConnected && focused.checkVisibility())) (home?.isConnected ? home : panel).focus()
}

function take(key, { li }) {
  li.remove()
  return rows.delete(key)
}

function settle(row) {
  row.li.dataset.still = ''
  clearTimeout(row.timer)
  row.timer = setTimeout(() => delete row.li.dataset.still, still)
}

// tell tells of a contact's event: what was under way for it is done, and a new state is said. What is offered must be seen, even
// where the panel was hidden.
function tell(contact, before) {
  for (const [same, { key }] of underWay) {
    if (key === contact.key) underWay.delete(same)
  }
  if (before?.state === contact.state || !rows.has(contact.key)) return
  const text = `${who(contact)}: ${words[contact.state]}`
  $('agentdesktop-said').textContent = text
  const hide = panel.querySelector('.hide[aria-expanded=false]')
  if (contact.state !== 'offered' || !hide) return
  hide.click()
  note(text)
}

// show says whether other buttons are in the row than before.
function show(row, contact) {
  const possible = can(contacts, contact)
  const name = who(contact)
  row.li.className = contact.leg
  row.who.textContent = name
  row.about.textContent = [words[contact.state], contact.queue, contact.before && 'as it was before this page was loaded'].filter(Boolean).join(' · ')
  row.buttons.get('hold').textContent = contact.state === 'held' ? 'Retrieve' : labels.hold
  for (const [command, button] of row.buttons) {
    button.hidden = !possible.includes(command)
    button.ariaLabel = `${button.textContent}: ${name}`
  }
  row.input.ariaLabel = `${whereTo}: ${name}`
  row.to.hidden = !handing.some((command) => possible.includes(command))
  const before = row.shape
  row.shape = [contact.state, ...possible].join(' ')
  return row.shape !== before
}

const element = (name, properties, ...children) => {
  const one = Object.assign(document.createElement(name), properties)
  one.append(...children)
  return one
}

const whereTo = 'To a number or a resource of the call centre'
let count = 0 // of rows ever made

function made({ key }) {
  const id = `agentdesktop-to-${++count}`
  const input = element('input', { id, type: 'text', autocomplete: 'off', spellcheck: false })
  input.addEventListener('input', () => input.removeAttribute('aria-invalid'))
  const buttons = new Map(Object.keys(labels).filter((command) => command !== 'call').map((command) => [command, buttonOf(command, key)]))
  const row = {
    input, who: element('p', { className: 'who' }), about: element('p', { className: 'quiet' }), buttons,
    to: element('div', { className: 'to' }, element('label', { htmlFor: id, textContent: whereTo }),
      element('span', { className: 'line' }, input, ...handing.map((command) => buttons.get(command)))),
  }
  const others = [...buttons].filter(([command]) => !handing.includes(command)).map(([, button]) => button)
  row.li = element('li', { tabIndex: -1 }, row.who, row.about, element('p', { className: 'buttons' }, ...others), row.to)
  rows.set(key, row)
  $('agentdesktop-contacts').append(row.li)
  settle(row)
  return row
}

function buttonOf(command, key) {
  const button = element('button', { type: 'button', textContent: labels[command], className: ['answer', 'complete'].includes(command) ? '' : 'plain' })
  button.dataset.command = command
  able(button, lackingFor(command))
  button.addEventListener('click', (e) => {
    if (e.detail < 2 && !('still' in rows.get(key).li.dataset)) press(command, key)
  })
  return button
}

function press(command, key) {
  const { id } = contacts.find((contact) => contact.key === key)
  if (command === 'forget') return update(forget(contacts, key))
  if (whole.includes(command)) return run(command, key)
  if (!handing.includes(command)) return run(command, key, id)
  const { input } = rows.get(key)
  const to = destination(input.value)
  if (!to) return wrong(input, 'Type where to: a number, or the id of a resource of the call centre.')
  return run(command, key, id, to)
}

const underWay = new Map() // commands, with the key of their contact: until its next event, or a moment after their answer

// run gives a command, and tells what the SDK throws or rejects, and that it does not answer where no event has either. It is
// false where that was so, or the same is under way.
async function run(command, key, ...args) {
  const same = [command, ...args].join(' ')
  if (underWay.has(same)) {
    note(`${labels[command]}: that is under way.`)
    return false
  }
  const one = { key }
  underWay.set(same, one)
  const over = () => underWay.get(same) === one && underWay.delete(same)
  try {
    await give(command, ...args)
    setTimeout(over, settled)
    return true
  } catch (error) {
    if (!over() && error?.cause === 'silence') return true
    note(`${labels[command]}: ${error?.message ?? error}`)
    return false
  }
}

function wrong(input, text) {
  note(text)
  input.setAttribute('aria-invalid', 'true')
  input.focus()
}

// A key that is held down presses once.
panel?.addEventListener('keydown', (e) => {
  if (e.repeat && e.key === 'Enter') e.preventDefault()
})

const field = $('agentdesktop-number')
field?.addEventListener('input', () => field.removeAttribute('aria-invalid'))
$('agentdesktop-call')?.querySelector('button').addEventListener('click', (e) => {
  if (e.detail > 1) e.preventDefault()
})
$('agentdesktop-call')?.addEventListener('submit', async (e) => {
  e.preventDefault()
  const typed = field.value
  const number = dialled(typed)
  if (!number) return wrong(field, typed.trim() ? 'That is no number: type digits alone, or with a plus and the country’s code.' : 'Type the number to call.')
  if (await run('call', undefined, number) && field.value === typed) field.value = ''
})
