// The desk: gets the agent's commands, and has the contact centre's software do them; and forwards what that tells of.

import { follow, later, own, take } from './stream.js'
import { fill, listen, place } from './adapters.js'
import { alone } from './alone.js'
import { makeCall, panel } from './agentdesktop.js'
import { showContacts } from './agentdesktop-panel.js'
import { listenAround } from './embed.js'
import { forwarder } from './forward.js'
import { forgetAll, share } from './keptcontacts.js'
import { received } from './media.js'
import { again, hear, lookup, pop, showAgain, showPop } from './record.js'
import { note, row, safe, showNumber, showLine, showWaiting } from './show.js'

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

// shows is what shows a command's record in the CRM's frame; undefined where there is none, or nothing to show.
const shows = (command) => command.kind === 'pop' && document.querySelector('#crm-frame') && safe(command.frame) ? () => showPop(command) : undefined

// run does a command if no other page of the agent has done so. Of what this page took before it was loaded again, a call is made no
// second time.
async function run(command) {
  if (command.kind === 'media') return received(command)
  const show = row(command, shows(command))
  try {
    if (command.taken_at) return show(command.kind !== 'call' && await own(command) ? again(command) : 'Done')
    const ours = await take(command.id, command.kind === 'call' ? turn() : undefined)
    if (ours === later) {
      show('Waits for the line')
      return later
    }
    if (!ours) return show('On another page of yours')
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
  hear(event)
  if (happened[event.type]) note(`${happened[event.type]}.`)
})
listenAround((event) => forward('agentdesktop', event))

// The adapters are in one tab of the agent's. What AgentDesktop's script has begun in a page only a new page is without.
const aside = document.querySelector('#elsewhere')
let began = false
const show = (is) => {
  aside.hidden = is
  if (panel) panel.hidden = !is
  place(is)
}
const adapters = aside && alone(`sessionbridge-adapters/${document.body.dataset.tenant}/${document.body.dataset.agent}`, {
  use: () => {
    show(true)
    showContacts((event) => forward('agentdesktop', event))
    began = true
  },
  elsewhere: () => {
    if (began && panel) return location.reload()
    show(false)
    if (began) note('The adapters are used in another tab now.')
  },
})
document.querySelector('#use-here')?.addEventListener('click', () => {
  adapters.take()
  document.querySelector('.side').focus()
})
share(() => adapters?.has())

// turn is how long a call is left to others: the page with the adapters calls, and another only where that one hangs.
const turn = () => !adapters ? undefined : adapters.has() ? 0 : 3_000

showAgain()
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
  forgetAll()
  await fetch('/desk/signout', { method: 'POST', redirect: 'error', signal: AbortSignal.timeout(10_000) }).catch(() => {})
  if (parent !== window) location.reload() // in a frame there is a button to sign in again
  else location.assign(`/desk/signin?choose=1&next=${encodeURIComponent(location.pathname)}`)
})
