// The agent's commands as they come: by a stream of server-sent events, and by asking while there is none.

const askEvery = 4_000
const silentFor = 45_000 // three signs of life
const againAfter = 30_000 // a stream that was refused, as after the sign-in has ended
const answersIn = 20_000 // what hangs would else keep one of the six connections that a browser has to a server
const takesIn = 10_000
const holdsUp = 5_000 // as long as a command may have those behind it wait

// follow gives each command to on, once and in order, one after another but behind what hangs, and tells how the line is: "live",
// "asking", "down", or "out" where nobody is signed in any more.
// A stream lives once a command or a beat has come by it: that it was opened says nothing of a network that holds streams back.
export function follow(on, tell) {
  let after = 0
  let source
  let live = false
  let heard = 0
  let asking = false
  let last = Promise.resolve()

  const sees = (command) => {
    if (command.id <= after) return
    after = command.id
    last = last.then(() => Promise.race([on(command), wait(holdsUp)])).catch(() => {}) // on tells of its own trouble
  }
  const hears = () => {
    live = true
    heard = performance.now()
    tell('live')
  }
  const begin = () => {
    source?.close()
    source = new EventSource(`events?after=${after}`)
    source.addEventListener('beat', hears)
    source.addEventListener('command', (e) => {
      hears()
      sees(JSON.parse(e.data))
    })
    source.addEventListener('error', () => {
      live = false
      if (source.readyState !== EventSource.CLOSED) return // the browser begins another
      setTimeout(begin, againAfter)
      ask()
    })
  }
  const ask = async () => {
    if (asking || live && performance.now() - heard < silentFor) return
    if (live) {
      live = false
      begin()
    }
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
  begin()
  setInterval(ask, askEvery)
}

const wait = (ms) => new Promise((done) => setTimeout(done, ms))

const page = crypto.randomUUID() // by which the desk knows a repeat of ours from another page's

// take says whether this page is the one that shall do the command: of several, one that can be seen asks first, unless the page says
// how long it lets others go first. What may pass is tried three times: if an answer was lost, the next one says that it is ours already.
export async function take(id, after = document.hidden ? 500 : 0) {
  if (after) await wait(after)
  for (let tries = 1; ; tries++) {
    const status = await fetch(`commands/${id}/taken`, {
      method: 'POST', redirect: 'error', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ page }),
      signal: AbortSignal.timeout(takesIn),
    }).then((answer) => answer.status, () => 0)
    if (status === 204) return true
    if (status === 409 || status === 404) return false
    if (tries === 3) throw new Error(status ? `the desk answers ${status}` : 'the desk cannot be reached')
    await wait(1_000)
  }
}
