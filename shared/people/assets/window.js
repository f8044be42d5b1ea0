// The window that a frame has opened for somebody to sign in: hands the frame its ticket, and closes. The browser gives the
// ticket to a page of our own origin, and to no other.

if (opener) {
  opener.postMessage({ type: 'sessionbridge:ticket', ticket: document.body.dataset.ticket }, location.origin)
  close()
} else {
  document.querySelector('#state').textContent = 'The page that has opened this window cannot be reached from here. Close it, and use the desk in a tab of its own.'
}
