// What the desk's page shows. Everything goes into it as text.

const $ = (id) => document.getElementById(id)

// safe says whether a link or a frame may have the address.
export const safe = (address) => /^https?:\/\//i.test(address ?? '')

const lines = {
  live: ['good', 'Connected'],
  asking: ['wait', 'Connected, a few seconds behind'],
  out: ['bad', 'Signed out: reload the page to sign in again'],
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

// row adds a command to the list, the latest first, and returns what tells its state.
export function row(command) {
  const li = document.createElement('li')
  const about = command.name ?? (command.session ? command.session.replace(/^.*\//, '') : '')
  for (const [name, text] of Object.entries({ number: command.display ?? titles[command.kind] ?? command.kind, name: about, state: 'New' })) {
    li.append(part(name, text, name === 'number' ? command.url : undefined))
  }
  const time = document.createElement('time')
  time.dateTime = command.at
  time.textContent = new Date(command.at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })
  li.prepend(time)
  $('list').prepend(li)
  while ($('list').children.length > 20) $('list').lastElementChild.remove()
  $('none').hidden = true
  return (state) => { li.querySelector('.state').textContent = state }
}
