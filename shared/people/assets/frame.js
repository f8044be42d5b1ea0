// The page in a frame in which nobody is signed in: one button, and then the page that was asked for. Where something was not there
// to let anybody in, it tries again by itself.

import { offerSignIn } from './enter.js'

const soonest = 4_000
const slowest = 60_000 // between attempts
const answersIn = 20_000

const $ = (id) => document.getElementById(id)
const tell = (text) => { $('state').textContent = text }

if ('again' in document.body.dataset) tryAgain()
else offerSignIn($('signin'), () => location.reload(), tell)

// tryAgain shows the page once it may be had, which is asked more and more slowly, and at once when somebody wants it or the browser is
// online again.
function tryAgain() {
  let failures = 0
  let timer
  const later = () => {
    timer = setTimeout(look, Math.min(slowest, soonest * 2 ** failures++) * (0.5 + Math.random() / 2)) // not all pages at once
  }
  const look = async () => {
    clearTimeout(timer)
    tell('Trying again …')
    const status = await fetch(location.href, { redirect: 'error', signal: AbortSignal.timeout(answersIn) }).then((answer) => answer.status, () => 0)
    if (status && status < 500) return location.reload()
    tell('It is not possible yet. This page tries again by itself.')
    clearTimeout(timer)
    later()
  }
  $('again').addEventListener('click', look)
  addEventListener('online', look)
  later()
}

// A page that includes desk.js shows this frame only when it is asked to. There is nothing here that it could learn.
addEventListener('message', (e) => {
  if (e.source !== parent || e.data?.type !== 'sessionbridge:connect' || !e.ports[0]) return
  const tell = () => e.ports[0].postMessage({ kind: 'show', height: document.querySelector('main').offsetHeight })
  tell() // browsers do not observe what cannot be seen yet
  new ResizeObserver(tell).observe(document.querySelector('main'))
})
