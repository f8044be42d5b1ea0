// The desk's panels can be moved by mouse and by keyboard, and hidden; the browser keeps where they were. What is in a hidden
// one goes on: a call is not ended by hiding its adapter. On a narrow screen they stand one below the other.

const step = 16
const keys = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }

const kept = (id) => {
  try {
    return JSON.parse(localStorage.getItem(`desk-panel-${id}`)) ?? {}
  } catch {
    return {}
  }
}

function keep(id, state) {
  try {
    localStorage.setItem(`desk-panel-${id}`, JSON.stringify(state))
  } catch {
    // A browser that keeps nothing shows it where it was made.
  }
}

function panel(section) {
  const move = section.querySelector('.move')
  const hide = section.querySelector('.hide')
  const body = section.querySelector('.body')
  const state = { x: 0, y: 0, hidden: false, ...kept(section.id) }

  const show = () => {
    section.style.setProperty('--x', `${state.x}px`)
    section.style.setProperty('--y', `${state.y}px`)
    body.hidden = state.hidden
    hide.setAttribute('aria-expanded', String(!state.hidden))
    hide.textContent = state.hidden ? 'Show' : 'Hide'
  }
  // place keeps the panel's head within the page, so that it can be had again.
  const place = (x, y) => {
    state.x = Number(x) || 0
    state.y = Number(y) || 0
    show()
    const at = section.getBoundingClientRect()
    const right = document.documentElement.clientWidth
    state.x += Math.max(0, 80 - at.right) - Math.max(0, at.left - (right - 80))
    state.y += Math.max(0, -(at.top + scrollY))
    show()
  }

  hide.addEventListener('click', () => {
    state.hidden = !state.hidden
    show()
    keep(section.id, state)
  })
  move.addEventListener('keydown', (e) => {
    const way = keys[e.key]
    if (!way && e.key !== 'Home') return
    e.preventDefault()
    const by = e.shiftKey ? 4 * step : step
    if (way) place(state.x + way[0] * by, state.y + way[1] * by)
    else place(0, 0)
    keep(section.id, state)
  })
  move.addEventListener('dblclick', () => {
    place(0, 0)
    keep(section.id, state)
  })
  move.addEventListener('pointerdown', (e) => {
    const from = [state.x - e.clientX, state.y - e.clientY]
    move.setPointerCapture(e.pointerId)
    document.body.classList.add('moving') // else the frames would have the pointer
    const drag = (e) => place(from[0] + e.clientX, from[1] + e.clientY)
    move.addEventListener('pointermove', drag)
    move.addEventListener('lostpointercapture', () => {
      move.removeEventListener('pointermove', drag)
      document.body.classList.remove('moving')
      keep(section.id, state)
    }, { once: true })
  })
  place(state.x, state.y)
}

for (const section of document.querySelectorAll('section.panel')) panel(section)
