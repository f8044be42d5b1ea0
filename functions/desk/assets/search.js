// The CRM's accounts and records, found by a number, an address, an id or a name. What is found is the CRM's and the customers'
// words: it goes into the page as text.

import { note, safe } from './show.js'
import { showIn } from './record.js'

const $ = (id) => document.getElementById(id)
const words = { account: ['account', 'accounts'], record: ['record', 'records'] }

const answersIn = 30_000 // the desk gives the CRM 20 seconds

let latest = 0 // an answer that comes after that to a later search is not shown

async function search(e) {
  e.preventDefault()
  const what = $('search').elements.what.value
  const q = $('search-q').value.trim()
  if (!q) return
  const own = ++latest
  tell('', 'Searching …')
  $('search-hits').replaceChildren()
  try {
    const answer = await fetch('search', {
      method: 'POST', redirect: 'error', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ what, q }),
      signal: AbortSignal.timeout(answersIn),
    })
    const found = await answer.json()
    if (own !== latest) return
    if (!answer.ok) return tell('problem', `${found.detail ?? `The desk answers ${answer.status}`}.`)
    show(found)
  } catch (error) {
    if (own !== latest) return
    tell('problem', error?.name === 'TimeoutError' ? 'The desk has not answered in 30 seconds. Search again, or search in the CRM.'
      : 'The desk cannot be reached. Are you still signed in? Reload this page.')
  }
}

function show({ what, by, hits, more }) {
  const [one, many] = words[what]
  $('search-hits').replaceChildren(...hits.map((hit) => row(hit, one)))
  if (!hits.length) return tell('', more ? `The CRM has too many ${many} for this: search by more.` : `The CRM has no ${one} for this.`)
  tell('', `${hits.length} ${hits.length === 1 ? one : many}, by ${by}${more ? '. There are more: search by more' : ''}.`)
}

function tell(kind, text) {
  $('search-state').className = kind
  $('search-state').textContent = text
}

// row is one that was found: a link to its page, and what can be done with it.
function row(hit, kind) {
  const li = document.createElement('li')
  const name = document.createElement(safe(hit.url) ? 'a' : 'span')
  if (safe(hit.url)) Object.assign(name, { href: hit.url, target: '_blank', rel: 'noopener noreferrer' })
  name.textContent = hit.name || `${kind} ${hit.id}`
  name.className = 'hit'
  name.dir = 'auto'
  li.append(name)
  if (hit.name) li.append(Object.assign(document.createElement('span'), { className: 'quiet', textContent: hit.id }))
  if (!safe(hit.url)) return li
  const buttons = Object.assign(document.createElement('span'), { className: 'acts' })
  if ($('crm-frame') && safe(hit.frame)) buttons.append(button('Show here', `Show ${name.textContent} in the CRM’s frame`, () => showIn(hit.frame)))
  buttons.append(button('Copy the link', `Copy the link of ${name.textContent}`, async () => {
    const copied = await navigator.clipboard.writeText(hit.url).then(() => true, () => false)
    note(copied ? 'The link is copied.' : 'This browser does not let the page copy.')
  }))
  li.append(buttons)
  return li
}

function button(text, label, press) {
  const b = Object.assign(document.createElement('button'), { type: 'button', className: 'plain', textContent: text })
  b.setAttribute('aria-label', label)
  b.addEventListener('click', press)
  return b
}

$('search')?.addEventListener('submit', search)
