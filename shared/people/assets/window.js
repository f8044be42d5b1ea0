// The window that a frame has opened for somebody to sign in: hands the frame its ticket, and closes. The browser gives the
// ticket to a page of our own origin, and to no other. A window that does not know who opened it has the ticket in its cookie only,
// for which the frame asks; some browsers let it only where a person has pressed something on a page of ours.

if (opener) {
  opener.postMessage({ type: 'sessionbridge:ticket', ticket: document.body.dataset.ticket }, location.origin)
  close()
} else {
  const tell = (text) => { document.querySelector('#state').textContent = text }
  tell('Go back to the page from which you came: it goes on there.')
  document.querySelector('.ways').hidden = false
  document.querySelector('#close').addEventListener('click', () => {
    close()
    tell('This browser leaves the window to you: close it, and go back to the page from which you came.')
  })
}
