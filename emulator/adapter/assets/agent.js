// One adapter: a call or a chat at a time, of which the page around it is told.

const $ = (id) => document.getElementById(id)
const kind = new URLSearchParams(location.search).get('type')
const Kind = kind === 'call' ? 'Call' : 'Chat'
const agent = { agent_id: 1, agent_email: 'developer@localhost' }

// Events are JSON texts to the page around this one (docs.cloud.google.com, CCAI Platform, "Custom CRM", events in the agent
// adapters). Whose page that is, the adapter does not know: there is nothing in them but what is made up here.
const tell = (type, data) => parent.postMessage(JSON.stringify({ type, data: { ...agent, ...data } }), '*')

let session

function begin(number) {
  session = {
    [`${kind}_id`]: 100_000 + Math.floor(Math.random() * 900_000),
    session_type: kind === 'call' ? 'Outbound Call' : 'Messaging Inbound (Web Chat)',
    queue_id: 8469, queue_path: 'Developers / Ariel',
  }
  $('with').textContent = number ? `Talking with ${number}` : 'Writing with a visitor'
  show()
  tell(`New_${Kind}`, session)
}

function end() {
  tell(`End_${Kind}`, session)
  session = undefined
  show()
}

function show() {
  $('session').hidden = !session
  $('dial').hidden = kind !== 'call' || Boolean(session)
  $('answer').hidden = kind !== 'chat' || Boolean(session)
  $('state').textContent = session ? `${Kind} ${session[`${kind}_id`]}` : 'Ready'
}

// A click-to-call fills the number in; the agent presses Call. Only the page around this one may send it.
addEventListener('message', (e) => {
  if (e.source !== parent || e.data?.type !== 'click_to_call' || kind !== 'call' || session) return
  $('number').value = String(e.data.number)
  $('state').textContent = `Filled in: ${$('number').value}`
  $('call').focus()
})

$('dial').addEventListener('submit', (e) => {
  e.preventDefault()
  begin($('number').value)
})
$('answer').addEventListener('submit', (e) => {
  e.preventDefault()
  begin()
})
$('end').addEventListener('click', end)
addEventListener('pagehide', () => tell('Agent_Logout', {}))

$('title').textContent = kind === 'call' ? 'Call adapter' : 'Chat adapter'
document.title = $('title').textContent
show()
tell('Agent_Login', {})
