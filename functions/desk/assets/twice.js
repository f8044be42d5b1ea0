// Two pages of an agent's may hear of the same, each from an adapter of its own, as tabs of a CRM do that all have them. No page knows
// which of them have which adapter: so each tells, and what another page has just told of in the same words is left out. The same
// words twice of one page are two events.

import { asked, finished } from './database.js'

const within = 10_000 // for so long pages may hear of one event apart
const keeps = 3_600_000 // for so long a page may tell of it later than another, as one that was without a line
const most = 2_000

// hashOf tells texts apart well enough for seconds (FNV-1a, 32 bits, over two halves), and keeps nothing of what customers said.
function hashOf(text) {
  const half = (start) => {
    let hash = start
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
    return (hash >>> 0).toString(36)
  }
  return `${half(0x811c9dc5)} ${half(0x1b873593)} ${text.length}`
}

// repeats returns a function that says of events in their order which another page has told of, by their place: each telling of a
// page's answers one of another's, since that page is there. An event that is asked about again by its delivery_id is no other's. The
// database is one of its own: an older page that has the events' open would keep it from being changed.
export function repeats(name) {
  let opened
  const open = () => {
    const request = indexedDB.open(name, 1)
    request.onupgradeneeded = () => request.result.createObjectStore('told', { autoIncrement: true })
    return asked(request)
  }
  const tell = async (events) => {
    const tx = (await (opened ??= open())).transaction('told', 'readwrite')
    const told = tx.objectStore('told')
    const all = await asked(told.getAll())
    const isRepeat = ({ delivery_id: id, page, began, received_at, source, data }) => {
      const at = Date.parse(received_at)
      const hash = hashOf(`${source} ${data}`)
      if (!page || all.some((one) => one.ids.includes(id))) return all.some((one) => one.ids.indexOf(id) > 0)
      const other = all.find((one) => one.hash === hash && one.at >= began && Math.abs(at - one.at) <= within && !one.pages.includes(page))
      if (!other) return void all.push({ hash, at, ids: [id], pages: [page], told: Date.now() })
      other.ids.push(id)
      return other.pages.push(page) > 0
    }
    const found = events.map(isRepeat)
    told.clear()
    for (const one of all.slice(-most)) if (Date.now() - one.told < keeps) told.add(one)
    await finished(tx)
    return found
  }
  return (events) => tell(events).catch(() => {
    opened = undefined // a browser that clears the site's data closes it
    return []
  })
}
