// The page in a frame in which nobody is signed in: one button, and then the page that was asked for.

import { offerSignIn } from './enter.js'

const $ = (id) => document.getElementById(id)

offerSignIn($('signin'), () => location.reload(), (text) => { $('state').textContent = text })

// A page that includes desk.js shows this frame only when it is asked to. There is nothing here that it could learn.
addEventListener('message', (e) => {
  if (e.source !== parent || e.data?.type !== 'sessionbridge:connect' || !e.ports[0]) return
  const tell = () => e.ports[0].postMessage({ kind: 'show', height: document.querySelector('main').offsetHeight })
  tell() // browsers do not observe what cannot be seen yet
  new ResizeObserver(tell).observe(document.querySelector('main'))
})
