// The name of this page, by which the desk knows a repeat of its own from another page's. It outlasts a reload, as what the page took
// does (html.spec.whatwg.org, section 12.2, sessionStorage). A tab that was duplicated begins with a copy of it: the page that holds the
// lock of the name has it (w3.org/TR/web-locks), and the other makes one of its own.

const at = 'sessionbridge-page'
const leaves = 1_000 // a page that is loaded again has left its lock by then

const holds = (name, options) => new Promise((done) => {
  navigator.locks.request(`${at}/${name}`, options, () => {
    done(true)
    return new Promise(() => {}) // until the page goes
  }).catch(() => done(false))
})

async function named() {
  const fresh = crypto.randomUUID()
  try {
    const known = sessionStorage.getItem(at)
    if (known && await holds(known, { signal: AbortSignal.timeout(leaves) })) return known
    sessionStorage.setItem(at, fresh)
    holds(fresh, {})
  } catch {
    // A browser that keeps nothing, as in some frames of other sites, has a page that is new each time.
  }
  return fresh
}

export const page = named()
