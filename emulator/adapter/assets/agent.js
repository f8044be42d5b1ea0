// One adapter: a call or a chat at a time, of which the page around it is told.

const $ = (id) => document.getElementById(id)
const kind = new URLSearchParams(location.search).get('type')
const Kind = kind === 'call' ? 'Call' : 'Chat'
const agent = await fetch('me').then((answer) => answer.json())

// Events are JSON texts to the page around this one (docs.cloud.google.com, CCAI Platform, "Custom CRM", events in the agent
// adapters). Whose page that is, the adapter does not know: there is nothing in them but what is made up here.
const tell = (type, data) => parent.postMessage(JSON.stringify({ type, data: { ...agent, ...data } }), '*')

let session

const anyID = () => 100_000 + Math.floor(Math.random() * 900_000)

function begin(type, who, id = anyID()) {
  session = { [`${kind}_id`]: id, session_type: type, queue_id: 8469, queue_path: 'Developers / Ariel' }
  $('with').textContent = who
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
  $('incoming').hidden = kind !== 'call' || Boolean(session)
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
  begin('Outbound Call', `Talking with ${$('number').value}`)
})
// A call comes in at the contact centre, which tells of it by its webhook; here it is answered.
$('incoming').addEventListener('submit', (e) => {
  e.preventDefault()
  begin('Inbound Call', 'Talking with who called', Number($('id').value))
})
$('answer').addEventListener('submit', (e) => {
  e.preventDefault()
  begin('Messaging Inbound (Web Chat)', 'Writing with a visitor')
})
$('end').addEventListener('click', end)
addEventListener('pagehide', () => tell('Agent_Logout', {}))

$('title').textContent = kind === 'call' ? 'Call adapter' : 'Chat adapter'
document.title = $('title').textContent
show()
tell('Agent_Login', {})
