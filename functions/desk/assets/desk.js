// The desk: gets the agent's commands, and has the contact centre's software do them; and forwards what that tells of.

import { follow, take } from './stream.js'
import { fill, listen } from './adapters.js'
import { makeCall } from './agentdesktop.js'
import { showContacts } from './agentdesktop-panel.js'
import { listenAround } from './embed.js'
import { forwarder } from './forward.js'
import { received } from './media.js'
import { lookup, pop } from './record.js'
import { note, row, showNumber, showLine, showWaiting } from './show.js'

const commands = {
  call: async (command) => {
    if (await makeCall(command.number)) return 'Calling'
    const copied = await copy(command.number)
    const filled = fill(command.number)
    showNumber(command, filled, copied)
    return filled ? 'Sent to the adapter' : 'To be dialled'
  },
  pop,
  lookup,
}

// copy needs a page that has the focus, and a browser that allows it.
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return false
  }
}

// run does a command if no other page of the agent has done so.
async function run(command) {
  if (command.kind === 'media') return received(command)
  const show = row(command)
  if (command.taken_at) return show('Done')
  try {
    if (!await take(command.id)) return show('On another page of yours')
    show(await commands[command.kind]?.(command) ?? 'Unknown to this page: reload it')
  } catch (error) {
    show('Not done')
    note(`${command.display ?? command.kind}: ${error.message}`)
  }
}

const happened = { New_Call: 'A call has begun', End_Call: 'The call is over', New_Chat: 'A chat has begun', End_Chat: 'The chat is over' }

const forward = forwarder({
  at: 'events/', ...document.body.dataset, waiting: showWaiting, lost: (why) => note(`An event is lost: ${why}.`),
})

listen((event, raw) => {
  forward('ccai-adapter', raw)
  if (happened[event.type]) note(`${happened[event.type]}.`)
})
showContacts((event) => forward('agentdesktop', event))
listenAround((event) => forward('agentdesktop', event))
follow(run, showLine)

const number = () => document.querySelector('#now-number').textContent
const copying = (what, text) => async () => note(await copy(text()) ? `The ${what} is copied.` : 'This browser does not let the page copy.')
const closing = (panel) => () => {
  document.querySelector(panel).hidden = true
  document.querySelector('#calls').focus()
}
document.querySelector('#copy').addEventListener('click', copying('number', number))
document.querySelector('#done').addEventListener('click', closing('#now'))
document.querySelector('#record-copy').addEventListener('click', copying('link', () => document.querySelector('#record-link').href))
document.querySelector('#record-done').addEventListener('click', closing('#record'))
document.querySelector('#tel').addEventListener('click', () => {
  try {
    navigator.registerProtocolHandler('tel', new URL('call?number=%s', location.href).href)
  } catch (error) {
    note(`This browser does not allow it: ${error.message}`)
  }
})
document.querySelector('#format').textContent = new URL('call?number=+390212345678&name=Ada', location.href).href

document.querySelector('#signout').addEventListener('click', async () => {
  await fetch('/desk/signout', { method: 'POST', redirect: 'error', signal: AbortSignal.timeout(10_000) }).catch(() => {})
  if (parent !== window) location.reload() // in a frame there is a button to sign in again
  else location.assign(`/desk/signin?choose=1&next=${encodeURIComponent(location.pathname)}`)
})
