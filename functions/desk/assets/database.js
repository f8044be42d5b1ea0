// The browser's database (w3.org/TR/IndexedDB), awaited.

// asked is what a request of the database is answered.
export const asked = (request) => new Promise((done, fail) => {
  request.onsuccess = () => done(request.result)
  request.onerror = () => fail(request.error)
})

// finished is when a transaction is.
export const finished = (tx) => new Promise((done, fail) => {
  tx.oncomplete = () => done()
  tx.onabort = tx.onerror = () => fail(tx.error)
})
