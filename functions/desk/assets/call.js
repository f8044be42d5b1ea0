// The page behind a link: hands the number over to the agent's desk once its button is pressed, and tells what becomes of it.

const button = document.querySelector('#call')
const state = document.querySelector('#state')
const answersIn = 20_000
const pause = (ms) => new Promise((done) => setTimeout(done, ms))

// A page of another site could bring this one beneath a finger that is on its way to the Enter key or the mouse, when it opens
// it and at any time after. So the button waits until the page has been seen and had the focus for a moment, each time that it
// gets them, and a key that is held down does not press it.
const aMoment = 600
let waiting

function ready() {
  clearTimeout(waiting)
  button.disabled = true
  if (document.hidden || !document.hasFocus()) return
  waiting = setTimeout(() => {
    button.disabled = false
    button.focus()
  }, aMoment)
}

for (const event of ['focus', 'blur', 'pageshow']) addEventListener(event, ready)
document.addEventListener('visibilitychange', ready)

button.addEventListener('keydown', (e) => { if (e.repeat) e.preventDefault() })

let busy = false // the button is not disabled meanwhile: it would lose the focus

button.addEventListener('click', async () => {
  if (busy) return
  busy = true
  tell('', 'Handing it over to your desk …')
  try {
    const answer = await post('calls', { number: button.dataset.number, name: button.dataset.name })
    if (answer.status === 202) await awaitDesk(await answer.json())
    else if (answer.status < 500) tell('problem', `${await reason(answer)} Nobody has been called.`)
    else tell('problem', `${await reason(answer)} See on your desk whether it has the number.`)
  } catch (error) {
    tell('problem', error?.name === 'TimeoutError' ? 'The desk has not answered in 20 seconds, so it may have the number or not: look there before you call again.'
      : 'The desk cannot be reached, so it may have the number or not: look there. Are you still signed in? Reload this page.')
  }
  button.textContent = 'Call again'
  busy = false
})

function tell(kind, text) {
  state.className = kind
  state.textContent = text
}

const post = (url, body) => fetch(url, {
  method: 'POST', redirect: 'error', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body),
  signal: AbortSignal.timeout(answersIn),
})

// reason is what an answer says is wrong: problem details (RFC 9457), else its status.
async function reason(answer) {
  const problem = await answer.json().catch(() => ({}))
  return `${problem.errors?.[0]?.detail ?? problem.detail ?? `The desk answers ${answer.status}`}.`
}

// awaitDesk waits until a desk has taken the call, or it is over.
async function awaitDesk(command) {
  if (command.taken_at) return tell('good', 'Your desk has had the number a moment ago: this was taken for the same click.')
  const life = new Date(command.until) - new Date(command.at)
  let all = {}
  for (const began = performance.now(); performance.now() - began < life; await pause(1000)) {
    all = await fetch(`commands?after=${command.id - 1}`, { redirect: 'error', signal: AbortSignal.timeout(answersIn) })
      .then((answer) => answer.json()).catch(() => ({}))
    if (all.commands?.some((c) => c.id === command.id && c.taken_at)) {
      return tell('good', 'Your desk has the number. You can close this page.')
    }
    tell('', 'No desk of yours has taken it yet. Open the desk: it finds the number there.')
  }
  tell('problem', all.commands ? 'No desk of yours was open. Nobody has been called.' : 'The desk cannot be reached: look there whether it has the number.')
}

ready()
