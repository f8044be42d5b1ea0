// Forwards what happens in the agent's browser to the desk, which publishes it. An event is kept in the browser's database
// (w3.org/TR/IndexedDB) before it is sent, and until the desk has answered that it is safe: so neither a reload nor a line
// that is down loses any. Its delivery_id is made once, so that what is sent twice counts once.
//
// This module knows nothing of the page around it.

import { written } from './adapters.js'
import { asked, finished } from './database.js'
import { repeats } from './twice.js'

const most = 10_000 // events that wait
const largest = 200_000 // bytes of one, and of all that are sent at once; the desk takes 256 KiB
const atOnce = 20
const slowest = 60_000 // between attempts
const lookEvery = 15_000 // for what a page has left that is no more

const page = crypto.randomUUID()
const began = Date.now() // what another page has told before, this one has not heard

const size = (text) => new TextEncoder().encode(text).length

// open keeps each agent's events apart: what one left unsent on a shared computer is not the next one's to send. The keys of
// the store count up, over reloads and tabs: they are the sequence.
function open(name) {
  const request = indexedDB.open(name, 1)
  request.onupgradeneeded = () => request.result.createObjectStore('events', { autoIncrement: true })
  return asked(request)
}

// add keeps an event, and says whether there was room for it.
async function add(db, event) {
  const tx = db.transaction('events', 'readwrite', { durability: 'strict' })
  const events = tx.objectStore('events')
  if (await asked(events.count()) >= most) return false
  events.add(event)
  await finished(tx)
  return true
}

async function first(db, count) {
  const events = db.transaction('events').objectStore('events')
  const [keys, values] = await Promise.all([asked(events.getAllKeys(null, count)), asked(events.getAll(null, count))])
  return keys.map((key, i) => [key, values[i]])
}

async function forget(db, keys) {
  const tx = db.transaction('events', 'readwrite', { durability: 'strict' })
  for (const key of keys) tx.objectStore('events').delete(key)
  await finished(tx)
}

const waitingIn = (db) => asked(db.transaction('events').objectStore('events').count())

const envelope = ([sequence, event]) => ({
  version: 1, delivery_id: event.delivery_id, sequence, received_at: event.received_at, agent: { email: event.agent }, data: event.data,
})

// chunk is as many of the first events as go into one request: they are of one source, and in order.
function chunk(entries, count) {
  const taken = []
  for (const entry of entries.slice(0, count)) {
    const next = [...taken, envelope(entry)]
    if (taken.length && (entry[1].source !== entries[0][1].source || size(JSON.stringify(next)) > largest)) break
    taken.push(envelope(entry))
  }
  return taken
}

// refusal is why the desk will never take what was sent; undefined where it may yet.
async function refusal(answer) {
  const problem = await answer.json().catch(() => ({}))
  const where = problem.errors?.[0]
  const never = [400, 413, 422].includes(answer.status) || answer.status === 403 && where?.path === 'data.agent_email'
  return never ? `${where ? `${where.path}: ${where.detail}` : problem.detail ?? answer.status}` : undefined
}

// forwarder returns a function that takes an event: its source, as the desk calls it, and the vendor's own data, as it came; and
// where another page has heard it, when that was and by which id, which is the same if it hands it over twice. It returns once
// the event is kept.
// at is the address below which the desk takes them; waiting is told how many wait although they were tried, and lost why one
// could not be kept or will never be taken.
export function forwarder({ at, tenant, agent, waiting, lost }) {
  const name = `sessionbridge-desk/${tenant}/${agent.toLowerCase()}`
  let database = open(name)
  database.catch((error) => lost(`this browser keeps no events (${error?.message})`))
  let sending
  let again = false
  let failures = 0
  let timer
  const repeated = repeats(`${name}/told`)

  // use does something with the database, in one transaction. A browser that clears the site's data closes it, and gives up what
  // was under way: then it is opened again, once.
  async function use(work) {
    const opened = database
    try {
      return await work(await opened)
    } catch (error) {
      if (!['InvalidStateError', 'AbortError'].includes(error?.name)) throw error
      if (database === opened) database = open(name)
      return work(await database)
    }
  }

  async function keep(source, data, { id = crypto.randomUUID(), at = new Date().toISOString() } = {}) {
    const event = { source, agent, delivery_id: id, received_at: at, data: written(data), page, began }
    if (event.data === undefined) return lost('it cannot be written')
    if (size(JSON.stringify([envelope([Number.MAX_SAFE_INTEGER, event])])) > largest) return lost('an event is too long')
    try {
      if (!await use((db) => add(db, event))) return lost(`${most} events wait already`)
      send()
    } catch (error) {
      lost(`this browser keeps no events (${error?.message})`)
    }
  }

  // drain sends all there are, in order. One tab at a time does so (w3.org/TR/web-locks).
  const drain = () => navigator.locks.request(name, async () => {
    for (let count = atOnce; ;) {
      const entries = await use((db) => first(db, count))
      if (!entries.length) return
      const found = await repeated(entries.map(([, event]) => event))
      if (found.includes(true)) {
        await use((db) => forget(db, entries.filter((_, i) => found[i]).map(([key]) => key)))
        continue
      }
      const taken = chunk(entries, count)
      const answer = await fetch(`${at}${entries[0][1].source}`, {
        method: 'POST', redirect: 'error', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(taken),
        signal: AbortSignal.timeout(20_000),
      })
      if (!answer.ok) {
        const why = await refusal(answer)
        if (why === undefined) throw new Error(answer.status)
        if (taken.length > 1) { // one of them it is
          count = 1
          continue
        }
        lost(why)
      }
      await use((db) => forget(db, taken.map((e) => e.sequence)))
    }
  })

  async function send() {
    again = true
    if (sending) return
    sending = true
    clearTimeout(timer)
    try {
      while (again) {
        again = false
        await drain()
      }
      failures = 0
      waiting(0)
    } catch {
      failures++
      timer = setTimeout(send, Math.min(slowest, 500 * 2 ** failures) * (0.5 + Math.random() / 2))
      waiting(await use(waitingIn).catch(() => 0))
    } finally {
      sending = false
    }
  }

  addEventListener('online', send)
  setInterval(() => failures || send(), lookEvery)
  send() // what an earlier page left
  return keep
}
