// Whom the agent talks with: the CRM's record in its frame or at a link, and the link at which a stranger is looked up. What is remembered
// of it is in pops.js.

import { inSentence, note, safe } from './show.js'
import { tellAround } from './embed.js'
import { begins, inFrame, isOver, latest, over, popAt, popOf, remember, showing, unseen } from './pops.js'

const $ = (id) => document.getElementById(id)
const longestAddress = 2_000

const framable = (address) => Boolean($('crm-frame')) && safe(address)

// isCall says whether a session is a call. An agent has one at a time: another's record shows that the one before is over, though
// nobody told of it.
const isCall = (session) => /\/call-/.test(session)

let active // the session in which the agent is, as far as the contact centre's adapter told
let latestHeard // the one of which it told last
let told // the address of which the page around was told last

const tell = (url) => {
  if (told !== url) tellAround('CRM_Record_Pop', { recordUrl: url })
  told = url
}

// pop shows the record of a session in the CRM's frame, where there is one and no record of another session that goes on is in it: an
// agent may be writing there. Then, and where there is no frame, it offers it: a browser opens a window only at a person's click.
export function pop(command) {
  if (!safe(command.url)) throw new Error('the record has no address')
  tell(command.url)
  if (command.session) remember(command)
  if (!framable(command.frame)) {
    card(command)
    note('A record is there: press “Open the record”.')
    return 'Ready to be opened'
  }
  const busy = inFrame()
  if (!busy || command.session && [busy.session, active].includes(command.session) || isCall(busy.session) && isCall(command.session)) {
    const there = [command.frame, command.url].includes($('crm-frame').getAttribute('src'))
    if (there) hold(command)
    else showPop(command)
    note('The record is shown.')
    return 'Shown'
  }
  offer(command)
  note('Another record is there. The one that is shown stays.')
  return 'Ready'
}

// lookup offers the link at which the CRM looks the customer up, whom it does not know.
export function lookup(command) {
  if (!safe(command.url)) throw new Error('the link has no address')
  remember(command)
  card(command)
  note('The CRM does not know the customer: there is a link to look them up.')
  return 'Ready to be looked up'
}

// showAgain shows what this page took before it was loaded again, without a word.
export function showAgain() {
  const kept = inFrame() ?? latest()
  if (!kept) return
  for (const other of unseen()) {
    if (other !== kept && framable(other.frame)) offer(other)
  }
  showKept(kept)
}

// again says what became of a command that this page took before it was loaded again, and does it if nothing did.
export function again(command) {
  if (isOver(command.session)) return 'Done'
  const kept = popOf(command.session)
  if (kept) return inFrame() === kept ? 'Shown' : offered.has(command.session) ? 'Ready' : 'Done'
  return command.kind === 'pop' ? pop(command) : lookup(command)
}

const showKept = (kept) => kept.kind !== 'lookup' && framable(kept.frame) ? showPop(kept) : card(kept)

// showPop has the frame show the record of a session.
export function showPop(command) {
  showIn(command.frame)
  hold(command)
}

// hold notes that the frame shows a command's record.
function hold(command) {
  showing(command.session)
  withdraw(command.session)
  card(command)
}

// showIn has the CRM's frame show a page of the CRM.
export function showIn(address) {
  $('crm-frame').src = address
  $('crm').hidden = false
}

const asked = {
  __proto__: null,
  New_Call: begun, New_Chat: begun, Active_Chat: goesTo, End_Call: ends, End_Chat: ends, Dismissed_Chat: ends, CRM_Record_Pop: recordPop,
}

// hear does what an event of the contact centre's adapter asks of the record ("Custom CRM", events in the agent adapters).
export function hear(event) {
  asked[event.type]?.(event.data ?? {})
}

function sessionOf({ call_id: call, chat_id: chat }) {
  if (chat) return `ccai/chat-${chat}`
  return call ? `ccai/call-${call}` : undefined
}

function begun(data) {
  const session = sessionOf(data)
  latestHeard = session
  begins(session)
  if (!inFrame()) active = session
}

// goesTo shows the record of the chat to which the agent has gone.
function goesTo(data) {
  active = latestHeard = sessionOf(data)
  begins(active)
  const known = popOf(active)
  if (known && known !== inFrame()) showKept(known)
}

function ends(data) {
  const session = sessionOf(data)
  if (!session) return
  over(session)
  withdraw(session)
  if (active === session) active = undefined
  if (latestHeard === session) latestHeard = undefined
}

// recordPop shows the page that the contact centre asks for: in the frame if it is one of the CRM's, which the page's policy allows there.
// It names no session: it is of the one of which the adapter told last.
function recordPop({ recordUrl: url, url: also }) {
  const address = url ?? also
  if (typeof address !== 'string' || address.length > longestAddress || !safe(address) || !URL.canParse(address)) return
  const known = popAt(address)
  if (known) return void tell(known.url) // our own pop of the same page is there
  const frames = document.body.dataset.frames.split(' ')
  const frame = frames.includes(new URL(address).origin) ? address : undefined
  pop({ kind: 'pop', session: latestHeard, url: address, frame, name: popOf(latestHeard)?.name })
}

// card offers the link to what a command has.
function card({ kind, url, name }) {
  const stranger = kind === 'lookup'
  $('record-title').replaceChildren(...stranger ? ['The CRM does not know the customer', ...name ? [': ', inSentence(name)] : []]
    : name ? ['The record of ', inSentence(name)] : ['The customer’s record'])
  $('record-link').href = url
  $('record-link').textContent = stranger ? 'Open in a new window' : 'Open the record'
  $('record').hidden = false
}

const offered = new Map() // the records that wait, by session

// offer has a bar above the frame with a button for the record.
function offer(command) {
  withdraw(command.session)
  const what = /\/chat-/.test(command.session) ? 'Chat' : isCall(command.session) ? 'Call' : 'Session'
  const button = Object.assign(document.createElement('button'), { type: 'button' })
  button.append(...command.name ? [`${what} with `, inSentence(command.name)] : [what], ': show its record')
  button.addEventListener('click', () => {
    showPop(command)
    $('crm').focus()
  })
  offered.set(command.session, button)
  $('offers').append(button)
}

function withdraw(session) {
  offered.get(session)?.remove()
  offered.delete(session)
}
