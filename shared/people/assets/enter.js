// How a frame of ours within another site's page gets signed in: a window opens, somebody signs in there, and the window hands
// the frame a ticket, which the frame changes for a cookie of its own. The ticket is worth nothing without the verifier, which
// leaves the frame only together with it.
//
// Where a page on the way has Cross-Origin-Opener-Policy, the frame and the window do not know each other, and the ticket is in a
// cookie of the browser's. The browser sends it with what the frame asks, or does so once a person has allowed it, at a click.

const answersIn = 20_000
const askEvery = 2_000
const askFor = 600_000 // as long as there is to sign in

const says = {
  opened: 'Sign in in the window that has opened.',
  cut: 'Sign in in the window that has opened, and come back here. If none has, allow windows for this page, and press the button again.',
  signed: 'Sign in in the window that has opened. Then come back here, and press the button.',
  apart: 'This browser does not let this page know of it. Press the button again, and allow what the browser asks; or use the desk in a tab of its own.',
}

const encoded = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')

// offerSignIn has a button open the window, calls done once the frame is signed in, and tells what goes wrong. The window must
// open at the very click, or the browser would block it: so all that takes time is done before.
export async function offerSignIn(button, done, tell) {
  const verifier = encoded(crypto.getRandomValues(new Uint8Array(32)))
  const challenge = encoded(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier)))
  const address = new URL(`window?challenge=${challenge}${'choose' in button.dataset ? '&choose=1' : ''}`, import.meta.url)
  const words = button.textContent
  const over = new AbortController()
  let opened
  let asking
  let cut = false // the window is out of reach, and the browser may keep its cookies from the frame: it does not tell for sure
  let busy = false // asking
  let last = Promise.resolve()

  const isCut = (is) => {
    cut = is
    button.textContent = is ? 'I have signed in' : words
  }
  const open = () => {
    opened = window.open(address, '_blank', 'popup,width=480,height=640')
    tell(opened ? says.opened : says.cut)
    clearInterval(asking)
    asking = setInterval(ask, askEvery, performance.now() + askFor)
  }
  // allow has the browser ask the person, who must have clicked for it.
  const allow = async () => {
    await document.requestStorageAccess().catch(() => {})
    await enter()
    if (over.signal.aborted) return
    clearInterval(asking)
    isCut(false)
    tell(says.apart)
  }
  // ask is for a window that is out of reach. It waits for its answer before it asks again.
  const ask = async (until) => {
    if (performance.now() > until) clearInterval(asking)
    if (busy || opened && !opened.closed) return
    busy = true
    await enter()
    busy = false
    if (cut || over.signal.aborted || await document.hasStorageAccess?.() !== false) return
    isCut(true)
    tell(says.signed)
  }
  // enter brings the ticket, else what the browser has. One after another does: a ticket counts once.
  const enter = (ticket) => last = last.then(async () => {
    if (over.signal.aborted) return
    const { is, problem } = await bring(ticket, verifier)
    if (!is && !(ticket && problem)) return
    over.abort()
    clearInterval(asking)
    isCut(false)
    if (is) return done()
    tell(problem)
    offerSignIn(button, done, tell) // with another verifier
  })

  addEventListener('message', (e) => {
    if (opened && e.source === opened && e.origin === location.origin && e.data?.type === 'sessionbridge:ticket') enter(e.data.ticket)
  }, { signal: over.signal })
  button.addEventListener('click', () => cut ? allow() : open(), { signal: over.signal })
  button.disabled = false
}

// bring changes a ticket for a cookie; it says whether the frame is signed in, and else what is wrong, if anything.
async function bring(ticket, verifier) {
  try {
    const answer = await fetch(new URL('frame', import.meta.url), {
      method: 'POST', redirect: 'error', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ ticket, verifier }),
      signal: AbortSignal.timeout(answersIn),
    })
    if (answer.ok) return { is: answer.status === 204 }
    return { problem: `${(await answer.json().catch(() => ({}))).detail ?? `It did not work (${answer.status})`}.` }
  } catch (error) {
    return { problem: error?.name === 'TimeoutError' ? 'The desk has not answered in 20 seconds: press the button again.' : 'The desk cannot be reached: press the button again.' }
  }
}
