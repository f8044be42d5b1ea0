// How a frame of ours within another site's page gets signed in: a window opens, somebody signs in there, and the window hands
// the frame a ticket, which the frame changes for a cookie of its own. The ticket is worth nothing without the verifier, which
// leaves the frame only together with it.

const encoded = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')

// offerSignIn has a button open the window, calls done once the frame is signed in, and tells what goes wrong. The window must
// open at the very click, or the browser would block it: so all that takes time is done before.
export async function offerSignIn(button, done, tell) {
  const verifier = encoded(crypto.getRandomValues(new Uint8Array(32)))
  const challenge = encoded(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier)))
  const address = new URL(`window?challenge=${challenge}${'choose' in button.dataset ? '&choose=1' : ''}`, import.meta.url)
  let opened
  const open = () => {
    opened = window.open(address, '_blank', 'popup,width=480,height=640')
    tell(opened ? 'Sign in in the window that has opened.' : 'The browser has blocked the window: allow it for this page, and press the button again.')
  }
  const hear = async (e) => {
    if (!opened || e.source !== opened || e.origin !== location.origin || e.data?.type !== 'sessionbridge:ticket') return
    button.removeEventListener('click', open)
    removeEventListener('message', hear)
    const problem = await bring(e.data.ticket, verifier)
    if (problem === undefined) return done()
    tell(problem)
    offerSignIn(button, done, tell) // with another verifier
  }
  addEventListener('message', hear)
  button.addEventListener('click', open)
  button.disabled = false
}

// bring changes the ticket for a cookie; it returns what is wrong, if anything.
async function bring(ticket, verifier) {
  try {
    const answer = await fetch(new URL('frame', import.meta.url), {
      method: 'POST', redirect: 'error', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ ticket, verifier }),
    })
    return answer.ok ? undefined : `${(await answer.json().catch(() => ({}))).detail ?? `It did not work (${answer.status})`}.`
  } catch {
    return 'The desk cannot be reached.'
  }
}
