// Whom the agent's sessions are with, as far as this page was told: the record of each, which of them is in the CRM's frame, and which
// go on. It outlasts a reload of the page, in the tab alone (html.spec.whatwg.org, section 12.2, sessionStorage), until the session is
// over, the agent signs out or half a day has passed. It knows nothing of how any of it looks.

const version = 1 // of what is kept
const good = 12 * 3_600_000 // a working day
const most = 20
const prefix = 'sessionbridge-pops/'
const { tenant, agent } = document.body.dataset
const name = `${prefix}${tenant}/${agent}`

let { pops, ended, shown } = read()
let gone = false // who signed out keeps nothing any more

// What another agent's page has left in this tab is nobody's any more.
for (const key of Object.keys(storage() ?? {})) {
  if (key.startsWith(prefix) && key !== name) storage().removeItem(key)
}

function storage() {
  try {
    return sessionStorage
  } catch {
    return undefined // as in some frames of other sites
  }
}

function read() {
  try {
    const kept = JSON.parse(storage().getItem(name))
    if (kept?.version === version && Date.now() - kept.at < good) return kept
  } catch {
    // What was kept is not readable: it begins anew.
  }
  return { pops: [], ended: [], shown: undefined }
}

function write() {
  if (gone) return
  try {
    storage().setItem(name, JSON.stringify({ version, at: Date.now(), pops, ended, shown }))
  } catch {
    // A browser that keeps nothing shows nothing again.
  }
}

// remember keeps a record, or a lookup link, as that of its session; one that comes after the session's end is nobody's.
export function remember({ kind, session, url, frame, name: who }) {
  if (isOver(session)) return
  pops = [...pops.filter((pop) => pop.session !== session), { kind, session, url, frame, name: who }].slice(-most)
  write()
}

// popOf is what is remembered of a session that goes on; undefined: nothing.
export const popOf = (session) => pops.find((pop) => pop.session === session)

// popAt is the one whose record is at the address, for people or for a frame.
export const popAt = (address) => pops.find((pop) => pop.url === address || pop.frame === address)

// inFrame is the session whose record the CRM's frame shows, if it goes on.
export const inFrame = () => popOf(shown)

// showing notes whose record the frame shows.
export function showing(session) {
  shown = session
  pops = pops.map((pop) => pop.session === session ? { ...pop, seen: true } : pop)
  write()
}

// over forgets the session but for its being over.
export function over(session) {
  pops = pops.filter((pop) => pop.session !== session)
  ended = [...ended.filter((one) => one !== session), session].slice(-most)
  write()
}

// isOver says whether the session has ended as far as the page was told.
export const isOver = (session) => ended.includes(session)

// begins takes an end back: a chat is taken up again under the id that it had.
export function begins(session) {
  ended = ended.filter((one) => one !== session)
  write()
}

// unseen are those that the frame has not shown yet.
export const unseen = () => pops.filter((pop) => !pop.seen)

// latest is the one that was told of last; undefined: none.
export const latest = () => pops.at(-1)

// forgetPops is for who signs out.
export function forgetPops() {
  ({ pops, ended, shown } = { pops: [], ended: [], shown: undefined })
  gone = true
  storage()?.removeItem(name)
}
