// The telephone bar. Its place is a frame in the page that loaded the widget's script; what a person can do here is what comes
// from elsewhere: a customer's calls, and what the agent's script says when the work after a call is done.

import { Position } from './position.js'

const $ = (id) => document.getElementById(id)

// Whose page is around this one, the bar does not know: there is nothing in its messages but what is made up here.
const send = (message) => parent.postMessage(message, '*')
const tell = (event) => {
  send({ agentdesktop: 'event', data: JSON.stringify(event) })
  show(event.event)
}

const position = new Position(tell)
let paused = false

// A page may only give the commands that the script has: whatever else the position has is its own.
const commands = ['MakeCall', 'Answer', 'Hold', 'Hangup', 'Transfer', 'Transfer_Consultation', 'Transfer_Complete', 'Transfer_Complete_Conference', 'OfflineEnd']

function run(name, args) {
  try {
    if (!commands.includes(name)) throw new Error(`there is no ${name}`)
    position[name](...args)
  } catch (error) {
    return error.message
  } finally {
    show()
  }
}

addEventListener('message', (e) => {
  if (e.source !== parent || e.data?.agentdesktop !== 'command') return
  const { number, name, args } = e.data
  send({ agentdesktop: 'answer', number, error: run(name, args) })
})

function button(text, press) {
  const one = document.createElement('button')
  Object.assign(one, { type: 'button', className: 'plain', textContent: text })
  one.addEventListener('click', () => {
    press()
    show()
  })
  return one
}

function line({ contact, state, main }) {
  const li = document.createElement('li')
  const who = contact.type === 'inbound' ? contact.ani : contact.dnis
  li.append(`${contact.type} · ${who} · ${state} `)
  if (!main && ['talking', 'held', 'conference'].includes(state)) li.append(button('The customer hangs up', () => position.gone(contact.id)))
  if (state === 'offline') li.append(button('Finish', () => position.OfflineEnd(contact.id)))
  return li
}

function show(event) {
  $('calls').replaceChildren(...position.calls.map(line))
  if (event) $('state').textContent = event
}

$('incoming').addEventListener('submit', (e) => {
  e.preventDefault()
  try {
    position.incoming($('number').value)
  } catch (error) {
    $('state').textContent = error.message
  }
  show()
})

$('pause').addEventListener('click', () => {
  paused = !paused
  $('pause').setAttribute('aria-pressed', String(paused))
  tell({ event: paused ? 'AGENT:PAUSE' : 'AGENT:LOGGEDIN' }) // there is no event for being ready again
})
addEventListener('pagehide', () => tell({ event: 'AGENT:LOGGEDOUT' }))

$('incoming').querySelector('button').disabled = false // before, nobody would have heard it
send({ agentdesktop: 'ready' })
tell({ event: 'AGENT:LOGGEDIN' })
