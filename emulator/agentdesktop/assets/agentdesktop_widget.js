// AGENTDESKTOP, as the SDK of AgentDesktop's widget defines it in the page that loads this script. The contacts are the bar's: a
// frame of this script's own site, to which commands go as messages, and from which events and answers come.

(() => {
  const origin = new URL(document.currentScript.src).origin
  const frame = document.createElement('iframe')
  Object.assign(frame, { src: `${origin}/AD/bar/`, title: 'AgentDesktop', id: 'agentdesktop-bar' })
  Object.assign(frame.style, { display: 'block', width: '100%', height: '15rem', margin: '1rem 0 0', border: '0' })

  const callbacks = new Set()
  const asked = new Map() // commands without an answer yet, by number
  const early = [] // commands given before the bar was there
  let ready = false
  let number = 0

  const send = (message) => frame.contentWindow.postMessage(message, origin)

  const heard = {
    ready: () => {
      ready = true
      early.splice(0).forEach(send)
    },
    // Callbacks get what a handler of jQuery's gets: the event that was triggered, and then its data, here a JSON text.
    event: ({ data }) => callbacks.forEach((callback) => callback({ type: 'contact', timeStamp: Date.now() }, data)),
    answer: ({ number, error }) => {
      const { done, fail } = asked.get(number)
      asked.delete(number)
      if (error) fail(new Error(error))
      else done()
    },
  }

  addEventListener('message', (e) => {
    if (e.source === frame.contentWindow && e.origin === origin) heard[e.data?.agentdesktop]?.(e.data)
  })

  const command = (name, args) => new Promise((done, fail) => {
    const message = { agentdesktop: 'command', number: ++number, name, args }
    asked.set(number, { done, fail })
    if (ready) send(message)
    else early.push(message)
  })

  const isID = (v) => typeof v === 'string' && /^[0-9a-f]+-[0-9a-f]+@[A-Za-z0-9.]+$/.test(v)
  const isNumber = (v) => typeof v === 'string' && /^\+?[0-9*#]{1,20}$/.test(v)
  const isDestination = (v) => typeof v === 'string' && /^[!-~]{1,100}$/.test(v) // a public number, or a resource's id
  const isText = (v) => typeof v === 'string'
  const maybe = (is) => (v) => v === undefined || is(v)

  // What each function takes, parameter by parameter.
  const functions = {
    MakeCall: [isNumber, ...Array(4).fill(maybe(isText))],
    Answer: [isID],
    Hold: [isID],
    Hangup: [maybe(isID)],
    Transfer: [maybe(isID), isDestination],
    Transfer_Consultation: [maybe(isID), isDestination],
    Transfer_Complete: [],
    Transfer_Complete_Conference: [],
    OfflineEnd: [isID],
  }

  const checked = (name, takes) => (...args) => {
    if (args.length > takes.length) throw new TypeError(`${name} takes ${takes.length} arguments at most, not ${args.length}`)
    takes.forEach((is, at) => {
      if (!is(args[at])) throw new TypeError(`${name}: argument ${at + 1} is not what it takes`)
    })
    return command(name, args)
  }

  const callable = (callback) => {
    if (typeof callback !== 'function') throw new TypeError('a callback must be a function')
    return callback
  }

  globalThis.AGENTDESKTOP = {
    WIDGET: {
      bindContactCallback: (callback) => { callbacks.add(callable(callback)) },
      unbindContactCallback: (callback) => { callbacks.delete(callable(callback)) },
    },
    CONTACT: Object.fromEntries(Object.entries(functions).map(([name, takes]) => [name, checked(name, takes)])),
  }
  document.body.append(frame)
})()
