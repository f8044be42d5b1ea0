// The agent's commands as they come: by a stream of server-sent events, and by asking while there is none.

import { page } from './ownpage.js'

const askEvery = 4_000
const silentFor = 20_000 // a sign of life, and the time the desk takes for one
const againAfter = 30_000 // a stream that was refused, as after the sign-in has ended
const answersIn = 20_000 // what hangs would else keep one of the six connections that a browser has to a server
const takesIn = 10_000
const holdsUp = 5_000 // as long as a command may have those behind it wait

// later is the answer of what could not be done because the desk was not reached: it is to be tried again.
export const later = Symbol('later')

// follow gives each command to on, in order, one after another but behind what hangs, and tells how the line is: "live",
// "asking", "again" while it is not known, "down", or "out" where nobody is signed in any more. A command is given once, and again every
// few seconds for as long as on answers later and it is good.
// A stream lives once a command or a beat has come by it: that it was opened says nothing of a network that holds streams back.
export function follow(on, tell) {
  let after = 0
  let source
  let live = false
  let lived = false // this stream, ever
  let heard = 0
  let asking = false

  const doubts = () => {
    if (live) tell('again')
    live = false
    return ask()
  }
  const gives = giver(on, doubts)
  const sees = (command) => {
    if (command.id <= after) return
    after = command.id
    gives.first(command)
  }
  const hears = () => {
    live = lived = true
    heard = performance.now()
    tell('live')
  }
  const begin = () => {
    lived = false
    source?.close()
    source = new EventSource(`events?after=${after}`)
    source.addEventListener('beat', hears)
    source.addEventListener('command', (e) => {
      hears()
      sees(JSON.parse(e.data))
    })
    source.addEventListener('error', () => {
      lived = false
      if (source.readyState === EventSource.CLOSED) setTimeout(begin, againAfter) // else the browser begins another
      doubts()
    })
  }
  const ask = async () => {
    if (asking || live) return
    asking = true
    try {
      const answer = await fetch(`commands?after=${after}`, { redirect: 'error', signal: AbortSignal.timeout(answersIn) })
      if (answer.status === 401) return tell('out')
      if (!answer.ok) throw new Error(answer.status)
      for (const command of (await answer.json()).commands) sees(command)
      if (!live) tell('asking')
    } catch {
      if (!live) tell('down')
    } finally {
      asking = false
    }
  }
  const look = () => {
    gives.again()
    if (lived && performance.now() - heard > silentFor) {
      begin()
      return doubts()
    }
    return ask()
  }
  begin()
  setInterval(look, askEvery)
  addEventListener('offline', doubts)
  addEventListener('online', () => {
    begin()
    look()
  })
}

// giver gives commands in order, and keeps those that could not be done yet: unreached is told of each. How long one is good is counted
// from when it came, since the machine's clock may be wrong; the desk has the last word.
function giver(on, unreached) {
  const waiting = new Map()
  let last = Promise.resolve()

  const give = async (command, end) => {
    if (await on(command) !== later) return
    if (performance.now() < end) waiting.set(command, end)
    unreached()
  }
  const queue = (command, end) => {
    last = last.then(() => Promise.race([give(command, end), wait(holdsUp)])).catch(() => {}) // on tells of its own trouble
  }
  return {
    first: (command) => queue(command, performance.now() + Date.parse(command.until) - Date.parse(command.at)),
    again: () => {
      for (const [command, end] of waiting) {
        waiting.delete(command)
        queue(command, end)
      }
    },
  }
}

const wait = (ms) => new Promise((done) => setTimeout(done, ms))

// own says whether this page has taken the command, before a reload or just now.
export const own = async (command) => Boolean(command.taken_by) && command.taken_by === await page

// take says whether this page is the one that shall do the command, or later where the desk does not say: of several, one that can be seen
// asks first, unless the page says how long it lets others go first. What may pass is tried three times: if an answer was lost, the next
// one says that it is ours already.
export async function take(id, after = document.hidden ? 500 : 0) {
  if (after) await wait(after)
  for (let tries = 1; ; tries++) {
    const status = await taken(id)
    if (status === 204) return true
    if (status === 409 || status === 404) return false
    if (tries === 3 || !status) return later
    await wait(1_000)
  }
}

const taken = async (id) => fetch(`commands/${id}/taken`, {
  method: 'POST', redirect: 'error', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ page: await page }),
  signal: AbortSignal.timeout(takesIn),
}).then((answer) => answer.status, () => 0)
