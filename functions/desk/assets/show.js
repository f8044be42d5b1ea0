// What the desk's page shows. Everything goes into it as text.

const $ = (id) => document.getElementById(id)

// safe says whether a link or a frame may have the address.
export const safe = (address) => /^https?:\/\//i.test(address ?? '')

const lines = {
  live: ['good', 'Connected'],
  asking: ['wait', 'Connected, a few seconds behind'],
  out: ['bad', 'Signed out: reload the page to sign in again'],
  again: ['wait', 'Connecting again'],
  down: ['bad', 'Not connected: reload the page, or sign in again'],
}

export function showLine(state) {
  const [kind, text] = lines[state]
  if ($('line').textContent === text) return
  $('line').className = kind
  $('line').textContent = text
}

// showWaiting says how many events could not be sent yet.
export function showWaiting(count) {
  const text = count ? `${count} ${count === 1 ? 'event waits' : 'events wait'} to be sent` : ''
  if ($('waiting').textContent !== text) $('waiting').textContent = text
}

// note shows a message that goes away after four seconds.
export function note(text) {
  const p = document.createElement('p')
  p.textContent = text
  $('notes').append(p)
  setTimeout(() => p.remove(), 4_000)
}

// showNumber shows the number that is to be called, large, and how.
export function showNumber(command, filled, copied) {
  $('now-name').textContent = command.name ?? ''
  $('now-number').textContent = command.display
  $('now-how').textContent = (filled ? 'Press Call in the adapter. ' : 'Dial it in your telephone. ') + (copied ? 'The number is copied, too.' : '')
  $('now').hidden = false
  document.title = `☎ ${command.display}`
}

const titles = { pop: 'Record', lookup: 'Look the customer up' }

// part is a text of a row, or a link where it has an address.
function part(name, text, url) {
  const one = document.createElement(url ? 'a' : 'span')
  if (safe(url)) Object.assign(one, { href: url, target: '_blank', rel: 'noopener noreferrer' })
  one.className = name
  one.textContent = text
  return one
}

// inSentence is a customer's name for a sentence of ours: it keeps its own direction of writing (html.spec.whatwg.org, section 4.5.24, the
// bdi element).
export const inSentence = (name) => Object.assign(document.createElement('bdi'), { textContent: name })

const folded = 3 // so many rows are always shown
const most = 20

// fold has the list show its first rows, and a button for the others.
function fold() {
  const all = $('list').classList.contains('all')
  const others = $('list').children.length - folded
  $('list-more').hidden = others <= 0
  $('list-more').setAttribute('aria-expanded', all)
  $('list-more').textContent = all ? 'Show fewer' : `Show ${others} more`
}

$('list-more')?.addEventListener('click', () => {
  $('list').classList.toggle('all')
  fold()
})

// row adds a command to the list, the latest first, and returns what tells its state. Where it is there already, its row stays. What
// shows it here, if anything can, is behind a button.
export function row(command, shows) {
  const id = `command-${command.id}`
  const li = $(id) ?? newRow(command, shows)
  li.id = id
  return (state) => { li.querySelector('.state').textContent = state }
}

function newRow(command, shows) {
  const li = document.createElement('li')
  const key = command.session ? command.session.replace(/^.*\//, '') : ''
  const about = command.name ?? key
  for (const [name, text] of Object.entries({ number: command.display ?? titles[command.kind] ?? command.kind, name: about, state: 'New' })) {
    li.append(part(name, text, name === 'number' ? command.url : undefined))
  }
  li.querySelector('.name').dir = 'auto'
  if (shows) {
    const button = Object.assign(document.createElement('button'), { type: 'button', className: 'plain', textContent: 'Show here' })
    button.setAttribute('aria-label', `Show here the record of ${[command.name, key].filter(Boolean).join(', ')}`)
    button.addEventListener('click', shows)
    li.append(button)
  }
  const time = document.createElement('time')
  time.dateTime = command.at
  time.textContent = new Date(command.at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })
  li.prepend(time)
  $('list').prepend(li)
  while ($('list').children.length > most) $('list').lastElementChild.remove()
  $('none').hidden = true
  fold()
  return li
}
