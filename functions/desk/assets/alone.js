// One page of an agent's in a browser has the contact centre's adapters: two would ring twice, and tell of everything twice. It is
// the one that holds a lock (w3.org/TR/web-locks), as long as it lives. This module knows nothing of the page around it.

const patience = 1_000 // a page that is loaded again has left its lock by then
const lookEvery = 2_000

// alone calls use when this page gets the adapters, and elsewhere when another has them, or takes them from this one. Where none has them any
// more, a page that can be seen gets them by itself: not at once, since the one that had them may only be loading again. take takes
// them from whichever page has them; has says whether this page does.
export function alone(name, { use, elsewhere }) {
  let has = false
  let free = 0 // looks in a row at which nobody had them

  const held = () => {
    has = true
    use()
    return new Promise(() => {}) // until the page goes, or another takes the lock
  }
  const lost = () => {
    has = false
    elsewhere()
  }
  const look = async () => {
    if (has || document.hidden) return void (free = 0)
    const { held: locks } = await navigator.locks.query()
    free = locks.some((lock) => lock.name === name) ? 0 : free + 1
    if (free > 1) navigator.locks.request(name, { ifAvailable: true }, (lock) => lock && held()).catch(lost)
  }

  navigator.locks.request(name, { signal: AbortSignal.timeout(patience) }, held).catch(lost)
  setInterval(look, lookEvery)
  return { has: () => has, take: () => navigator.locks.request(name, { steal: true }, held).catch(lost) }
}
