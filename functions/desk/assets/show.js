// What the desk's page shows. Everything goes into it as text.

const $ = (id) => document.getElementById(id)

const lines = {
  live: ['good', 'Connected'],
  asking: ['wait', 'Connected, a few seconds behind'],
  down: ['bad', 'Not connected: reload the page, or sign in again'],
}

export function showLine(state) {
  const [kind, text] = lines[state]
  if ($('line').textContent === text) return
  $('line').className = kind
  $('line').textContent = text
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

// row adds a command to the list, the latest first, and returns what tells its state.
export function row(command) {
  const li = document.createElement('li')
  for (const [name, text] of Object.entries({ number: command.display ?? command.kind, name: command.name ?? '', state: 'New' })) {
    const span = document.createElement('span')
    span.className = name
    span.textContent = text
    li.append(span)
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
