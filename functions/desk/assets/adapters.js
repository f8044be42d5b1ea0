// The contact centre's adapters in their frames, and AgentDesktop's widget where the page has it.

const frames = [...document.querySelectorAll('iframe[data-kind]')]
const origin = (frame) => new URL(frame.dataset.src).origin

// fill asks the call adapter to put a number into its field, and moves the focus there, where the agent presses Call: but only
// if the desk itself has it. Whoever is writing in another adapter, or in the CRM around the desk, would press Enter for
// something else. It is false where there is no such adapter. No message to an adapter is documented: this one is our own proposal, and an adapter that does not know it
// lets it pass.
export function fill(number) {
  const frame = frames.find((f) => f.dataset.kind === 'call' && f.hasAttribute('src'))
  if (!frame) return false
  frame.contentWindow.postMessage({ type: 'click_to_call', number }, origin(frame))
  const inFrame = document.activeElement instanceof HTMLIFrameElement
  if (document.hasFocus() && !inFrame) frame.focus()
  return true
}

// listen gives on the events of the adapters, which are JSON texts {"type", "data"} (docs.cloud.google.com, CCAI Platform,
// "Custom CRM", events in the agent adapters), and of nobody else: read, and as they came. It is to be listened before the adapters are
// there, so that none of their events is missed.
export function listen(on) {
  addEventListener('message', (e) => {
    const frame = frames.find((f) => f.contentWindow === e.source)
    if (!frame || e.origin !== origin(frame)) return
    const event = eventOf(e.data)
    if (event) on(event, e.data)
  })
}

// place loads the adapters, or has them gone from the page. A frame that is put into its place again leaves the page's history as it is.
export function place(is) {
  for (const frame of frames) {
    const body = frame.parentNode
    frame.closest('section').hidden = !is
    frame.remove()
    frame.removeAttribute('src')
    if (is) frame.src = frame.dataset.src
    body.append(frame)
  }
}

// eventOf is the event that a message tells of; undefined where it tells of none.
export function eventOf(data) {
  const event = parsed(data)
  const redaction = event?.agent_id && event.call_id // its samples have no type
  return typeof event?.type === 'string' || redaction ? event : undefined
}

// parsed is an event that may be a JSON text; undefined where that is none.
export function parsed(data) {
  try {
    return typeof data === 'string' ? JSON.parse(data) : data
  } catch {
    return undefined // what is no JSON is no event of an adapter's
  }
}

// written is an event as a text: one that is a text stays as it is. It is undefined where it cannot be written, as what refers to
// itself cannot.
export function written(event) {
  try {
    return typeof event === 'string' ? event : JSON.stringify(event)
  } catch {
    return undefined
  }
}

// listenToAgentDesktop gives on the contacts' events of AgentDesktop's widget: its callback gets the kind of jQuery event and then
// the event, a JSON text (Enghouse, AgentDesktop, widget). It is false while the widget is not there, and throws what binding
// does. Unbinding first keeps it bound once; what was never bound may be refused.
export function listenToAgentDesktop(on) {
  const widget = globalThis.AGENTDESKTOP?.WIDGET
  if (typeof widget?.bindContactCallback !== 'function') return false
  const heard = (_, data) => on(data)
  try {
    widget.unbindContactCallback?.(heard)
  } catch {
    // Then it was not bound.
  }
  widget.bindContactCallback(heard)
  return true
}
