// The contact centre's adapters in their frames.

const frames = [...document.querySelectorAll('iframe[data-kind]')]
const origin = (frame) => new URL(frame.src).origin

// fill asks the call adapter to put a number into its field, and moves the focus there, where the agent presses Call: but not
// from beneath somebody who is writing in another adapter, whose next Enter might be that call. It is false where there is no
// such adapter. No message to an adapter is documented: this one is our own proposal, and an adapter that does not know it
// lets it pass.
export function fill(number) {
  const frame = frames.find((f) => f.dataset.kind === 'call')
  if (!frame) return false
  frame.contentWindow.postMessage({ type: 'click_to_call', number }, origin(frame))
  const elsewhere = document.hasFocus() && frames.some((f) => f !== frame && f === document.activeElement)
  if (!elsewhere) frame.focus()
  return true
}

// listen gives on the events of the adapters, which are JSON texts {"type", "data"} (docs.cloud.google.com, CCAI Platform,
// "Custom CRM", events in the agent adapters), and of nobody else.
export function listen(on) {
  addEventListener('message', (e) => {
    const frame = frames.find((f) => f.contentWindow === e.source)
    if (!frame || e.origin !== origin(frame)) return
    try {
      on(typeof e.data === 'string' ? JSON.parse(e.data) : e.data ?? {})
    } catch {
      // What is no JSON is no event of an adapter's.
    }
  })
}
