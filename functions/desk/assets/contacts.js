// The contacts on the agent's position in AgentDesktop, folded from what its callback tells, and what can be done with each
// (Enghouse, AgentDesktop, "Esempio completo di integrazione"). This module knows nothing of the page around it, nor of the SDK.

const most = 30 // contacts; the oldest that is over is dropped first

// What an event makes of a contact, in any letter case: versions of the product differ in it. A contact's phase is read from the
// event's name: at CONNECTIONCLEARED its job_state still says "online".
const states = {
  POPUP: 'offered', RINGING: 'offered', CONNECTIONSTARTED: 'dialling', DIALING: 'dialling', ESTABLISHED: 'talking', RETRIEVED: 'talking',
  HELD: 'held', TRANSFERRED: 'transferred', CONNECTIONCLEARED: 'ended', JOBFINISHED: 'finished', DELETE: 'finished',
}

// A contact does not go back behind these: events may come late, or again.
const ranks = { offered: 0, dialling: 0, talking: 1, held: 1, conference: 1, transferred: 2, ended: 3, 'wrap-up': 4, finished: 5 }

const over = new Set(['ended', 'wrap-up', 'finished'])

// What is told of a contact and stays so until an event says otherwise.
const fields = ['type', 'job_type', 'ani', 'dnis', 'media_type', 'chat_id', 'queue']

// text is a property as a text. Absent, empty, null, and what is neither text nor number, are unknown.
const text = (value) => typeof value === 'string' || typeof value === 'number' ? String(value).trim() : ''

const number = (value) => /^\+?[0-9][0-9 ().\/-]{1,30}$/.test(value) ? value : ''

// isConsultation says whether a contact is the second line, on which the agent consults a colleague: no field links it with the
// contact that is held for it, and a manual call is one only with the word in its dnis.
const isConsultation = (said) => [said.type, said.job_type, said.dnis].join(' ').toLowerCase() === 'outbound manual consultation'

// stateOf is what the event makes of the contact. The event of a conference is not documented: any name that begins with the
// vendor's word for it counts. What a conference tells of taking the customer back from hold does not end it. The line of a
// contact that is offered may be told of too, before anybody answers.
function stateOf(event, name, before, outbound) {
  if (name.startsWith('CONFERENCE')) return 'conference'
  if (name === 'JOBCHANGED' && text(event.job_state).toLowerCase() === 'offline') return 'wrap-up'
  if (name === 'RETRIEVED' && before === 'conference') return before
  if (name === 'CONNECTIONSTARTED' && !outbound) return before ?? 'offered'
  return states[name] ?? before ?? 'unknown'
}

// numberOf is whom the contact is with. Once the product has written the word "customer" over the number, the first stays.
function numberOf(said, outbound) {
  const [first, second] = outbound ? [said.dnis, said.ani] : [said.ani, said.dnis]
  return number(first) || (outbound ? number(second) : '')
}

// find is the contact of a uuid, else of an id: ids are told apart on one position only, and may be used again.
function find(contacts, id, uuid) {
  return contacts.findLast((contact) => uuid && contact.uuid === uuid && contact.id === id) ??
    contacts.findLast((contact) => uuid && contact.uuid === uuid) ??
    contacts.findLast((contact) => id && contact.id === id && !(uuid && contact.uuid))
}

// after is a contact after an event. One that was taken off the list is back on it once it has changed.
function after(before, event, name, id, uuid) {
  const said = Object.fromEntries(fields.map((field) => [field, text(event[field]) || before?.said[field] || '']))
  const outbound = ['outbound', 'calltask'].includes(said.type.toLowerCase())
  const reached = stateOf(event, name, before?.state, outbound)
  const state = ranks[reached] < ranks[before?.state] ? before.state : reached
  return {
    key: before?.key ?? (uuid || id), id: id || before?.id || '', uuid: uuid || before?.uuid || '', said, outbound, state,
    leg: before?.leg === 'consultation' || isConsultation(said) ? 'consultation' : 'main',
    chat: said.media_type.toLowerCase() === 'chat' || said.chat_id !== '', queue: said.queue,
    number: before?.outbound === outbound && before.number || numberOf(said, outbound),
    off: Boolean(before?.off) && before.state === state,
  }
}

// see returns the contacts after an event, which is the callback's own, read; those before are not changed. Events without a
// contact, such as the agent's own, change nothing. A contact that is offered again comes by its uuid with another id: it is a new
// one then, and what is left to do after the one before is not lost.
export function see(contacts, event) {
  const [name, id, uuid] = [text(event.event).toUpperCase(), text(event.id), text(event.uuid).toLowerCase()]
  if (!(id || uuid) || !name || name.startsWith('AGENT:')) return contacts
  const before = find(contacts, id, uuid)
  if (name === 'POPUP' && id && before?.id && before.id !== id) {
    const rest = contacts.filter((contact) => contact !== before || over.has(contact.state))
    return bounded([...rest, after({ ...before, key: `${uuid} ${id}`, state: undefined }, event, name, id, uuid)])
  }
  const now = after(before, event, name, id, uuid)
  return bounded(before ? contacts.map((contact) => contact === before ? now : contact) : [...contacts, now])
}

function bounded(contacts) {
  if (contacts.length <= most) return contacts
  const last = contacts.find((contact) => !isShown(contact)) ?? contacts.find(({ state }) => over.has(state)) ?? contacts[0]
  return contacts.filter((contact) => contact !== last)
}

const isShown = ({ leg, state, off }) => !off && (leg === 'main' ? state !== 'finished' : !over.has(state))

// shown are the contacts that the agent still has to do with. A consultation is over once it is cleared, and a finished job is.
export const shown = (contacts) => contacts.filter(isShown)

// forget returns the contacts without one on the list: for one of which the last event never came.
export const forget = (contacts, key) => contacts.map((contact) => contact.key === key ? { ...contact, off: true } : contact)

const takeNone = ['complete', 'conference', 'forget'] // all others take the contact's id

// can lists what may be done with a contact now. One without an id has nothing that takes an id: the SDK would do it to the
// current contact, which may be another.
export function can(contacts, contact) {
  const all = [...possible(contacts, contact), 'forget']
  return contact.id ? all : all.filter((command) => takeNone.includes(command))
}

// possible is what goes with a contact's state; while there is a consultation, nothing that would cross it.
function possible(contacts, { leg, state, chat }) {
  const live = shown(contacts)
  const consultation = live.some((other) => other.leg === 'consultation')
  const conference = live.some((other) => other.state === 'conference')
  if (leg === 'consultation') return state === 'talking' && !conference ? ['complete', 'conference', 'cancel'] : ['cancel']
  switch (state) {
    case 'offered':
      return ['answer', 'hangup']
    case 'dialling': case 'conference': case 'unknown':
      return ['hangup']
    case 'talking': case 'held':
      if (chat) return ['transfer', 'hangup']
      return state === 'held' && consultation && !conference ? [] : ['hold', 'transfer', 'consult', 'hangup']
    case 'ended': case 'wrap-up':
      return ['finish']
  }
  return []
}

// typed is what a person has typed, without what nobody sees: marks of direction and the like, which come with a number that is
// pasted.
const typed = (value) => value.replace(/\p{Cf}/gu, '').trim()

// dialled is a number as it is to be called; undefined where it is none. Blanks go; what else people write between digits only
// where the number has its country, with a zero in brackets that is not dialled from abroad: elsewhere it may mean something.
// Numbers of a call centre need no country, and its own are short.
export function dialled(value) {
  let bare = typed(value)
  if (bare.startsWith('+')) bare = bare.replace(/\(\s*0\s*\)/, '').replace(/[\p{Pd}.()\[\]\/]/gu, '')
  bare = bare.replace(/\s/g, '')
  return /^\+?[0-9*#]{1,20}$/.test(bare) ? bare : undefined
}

// destination is where a contact is handed on: a public number, or the id of a resource of the call centre as it was typed;
// undefined where it is neither.
export function destination(value) {
  const bare = typed(value)
  return dialled(bare) ?? (/^(?![0-9]+$)[A-Za-z0-9*#][A-Za-z0-9_.:@\/*#-]{0,99}$/.test(bare) ? bare : undefined)
}
