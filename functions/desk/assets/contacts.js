// The contacts on the agent's position in AgentDesktop, folded from what its callback tells, and what can be done with each
// (Enghouse, AgentDesktop, "Esempio completo di integrazione"). This module knows nothing of the page around it, nor of the SDK.

const most = 30 // contacts; the oldest are forgotten first

// What an event makes of a contact, in any letter case: versions of the product differ in it. A contact's phase is read from the
// event's name: at CONNECTIONCLEARED its job_state still says "online".
const states = {
  POPUP: 'offered', RINGING: 'offered', CONNECTIONSTARTED: 'dialling', DIALING: 'dialling', ESTABLISHED: 'talking', RETRIEVED: 'talking',
  HELD: 'held', TRANSFERRED: 'transferred', CONNECTIONCLEARED: 'ended', JOBFINISHED: 'finished',
}

// A contact does not go back behind these: events may come late, or again.
const ranks = { offered: 0, dialling: 0, talking: 1, held: 1, conference: 1, transferred: 2, ended: 3, 'wrap-up': 4, finished: 5 }

const says = (event, name, word) => String(event[name] ?? '').toLowerCase() === word
const number = (text) => /^\+?[0-9][0-9 ().\/-]{1,30}$/.test(text ?? '') ? text : ''

// isConsultation says whether a contact is the second line, on which the agent consults a colleague: no field links it with the
// contact that is held for it, and a manual call is one only with the word in its dnis.
const isConsultation = (event) => says(event, 'type', 'outbound') && says(event, 'job_type', 'manual') && says(event, 'dnis', 'consultation')

// stateOf is what the event makes of the contact. The event of a conference is not documented: any name that begins with the
// vendor's word for it counts. What a conference tells of taking the customer back from hold does not end it.
function stateOf(event, name, before) {
  if (name.startsWith('CONFERENCE')) return 'conference'
  if (name === 'JOBCHANGED' && says(event, 'job_state', 'offline')) return 'wrap-up'
  if (name === 'RETRIEVED' && before === 'conference') return before
  return states[name] ?? before ?? 'unknown'
}

// numberOf is whom the contact is with. Once the product has written the word "customer" over the number, the first stays.
function numberOf(event, outbound) {
  const [first, second] = outbound ? [event.dnis, event.ani] : [event.ani, event.dnis]
  return number(first) || (outbound ? number(second) : '')
}

// see returns the contacts after an event, which is the callback's own, read; those before are not changed. Events without a
// contact, such as the agent's own, change nothing.
export function see(contacts, event) {
  const key = String(event.uuid || event.id || '')
  const name = String(event.event ?? '').toUpperCase()
  if (!key || !name || name.startsWith('AGENT:')) return contacts
  const before = contacts.find((contact) => contact.key === key)
  const outbound = says(event, 'type', 'outbound') || says(event, 'type', 'calltask')
  const after = {
    key, id: String(event.id || before?.id || ''), leg: isConsultation(event) ? 'consultation' : 'main', outbound,
    chat: says(event, 'media_type', 'chat') || Boolean(event.chat_id), queue: String(event.queue || before?.queue || ''),
    number: before?.number || numberOf(event, outbound), state: stateOf(event, name, before?.state),
  }
  if (ranks[after.state] < ranks[before?.state]) after.state = before.state
  const rest = before ? contacts.map((contact) => contact === before ? after : contact) : [...contacts, after]
  return rest.slice(-most)
}

const over = new Set(['ended', 'wrap-up', 'finished'])

// shown are the contacts that the agent still has to do with. A consultation is over once it is cleared, and a finished job is.
export const shown = (contacts) => contacts.filter(({ leg, state }) => leg === 'main' ? state !== 'finished' : !over.has(state))

// forget returns the contacts as if one was over: for one of which the last event never came.
export const forget = (contacts, key) => contacts.map((contact) => contact.key === key ? { ...contact, state: 'finished' } : contact)

// can lists what may be done with a contact now. While there is a consultation, nothing that would cross it.
export function can(contacts, contact) {
  const live = shown(contacts)
  const consultation = live.find(({ leg }) => leg === 'consultation')
  const conference = live.some(({ state }) => state === 'conference')
  if (contact.leg === 'consultation') return canConsultation(contact, conference)
  switch (contact.state) {
    case 'offered':
      return ['answer', 'hangup']
    case 'dialling': case 'conference': case 'unknown':
      return ['hangup']
    case 'talking': case 'held':
      if (consultation && !conference) return contact.state === 'talking' ? ['hangup'] : []
      return contact.chat ? ['transfer', 'hangup'] : ['hold', 'transfer', 'consult', 'hangup']
    case 'ended': case 'wrap-up':
      return ['finish', 'forget']
  }
  return ['forget']
}

function canConsultation({ state }, conference) {
  if (conference) return ['cancel']
  return state === 'talking' ? ['complete', 'conference', 'cancel'] : ['cancel']
}

// dialled is a number as it is to be called, without what people write between digits; undefined where it is none. Numbers of a
// call centre need no country, and its own are short.
export function dialled(text) {
  const bare = text.trim().replace(/[\s().\/-]/g, '')
  return /^\+?[0-9*#]{2,20}$/.test(bare) ? bare : undefined
}

// destination is where a contact is handed on: a public number or the id of a resource of the call centre; undefined where it is
// neither.
export function destination(text) {
  const bare = text.trim()
  return dialled(bare) ?? (/^[A-Za-z0-9][A-Za-z0-9_.:@-]{0,99}$/.test(bare) && /[A-Za-z]/.test(bare) ? bare : undefined)
}
