// The page behind a link: hands the number over to the agent's desk once its button is pressed, and tells what becomes of it.

const button = document.querySelector('#call')
const state = document.querySelector('#state')
const pause = (ms) => new Promise((done) => setTimeout(done, ms))

// A page of another site could open this one beneath a finger that is on its way to the Enter key or the mouse. So the button
// waits until it has been seen for a moment, and a key that is held down does not press it.
const aMoment = 600

async function ready() {
  if (document.hidden) {
    document.addEventListener('visibilitychange', ready, { once: true })
    return
  }
  await pause(aMoment)
  button.disabled = false
  button.focus()
}

button.addEventListener('keydown', (e) => { if (e.repeat) e.preventDefault() })

let busy = false // the button is not disabled meanwhile: it would lose the focus

button.addEventListener('click', async () => {
  if (busy) return
  busy = true
  tell('', 'Handing it over to your desk …')
  try {
    const answer = await post('calls', { number: button.dataset.number, name: button.dataset.name })
    if (answer.status === 202) await awaitDesk(await answer.json())
    else tell('problem', `${await reason(answer)} Nobody has been called.`)
  } catch {
    tell('problem', 'The desk cannot be reached; are you still signed in? Reload this page.')
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
})

// reason is what an answer says is wrong: problem details (RFC 9457), else its status.
async function reason(answer) {
  const problem = await answer.json().catch(() => ({}))
  return `${problem.errors?.[0]?.detail ?? problem.detail ?? `The desk answers ${answer.status}`}.`
}

// awaitDesk waits until a desk has taken the call, or it is over.
async function awaitDesk(command) {
  const life = new Date(command.until) - new Date(command.at)
  for (const began = performance.now(); performance.now() - began < life; await pause(1000)) {
    const all = await fetch(`commands?after=${command.id - 1}`, { redirect: 'error' }).then((answer) => answer.json()).catch(() => ({}))
    if (all.commands?.some((c) => c.id === command.id && c.taken_at)) {
      return tell('good', 'Your desk has the number. You can close this page.')
    }
    tell('', 'No desk of yours has taken it yet. Open the desk: it finds the number there.')
  }
  tell('problem', 'No desk of yours was open. Nobody has been called.')
}

ready()
