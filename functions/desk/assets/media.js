// What the customer has sent or what was recorded in the agent's sessions, once it is stored. The console gives the files.

import { note } from './show.js'

const $ = (id) => document.getElementById(id)
const names = { photos: 'Photo', videos: 'Video', recordings: 'Recording', voicemails: 'Voicemail' }
const most = 20
const settled = 5_000 // what was there when the page began is no news

// address is where the console gives the file: its keys and ids are the contact centre's, and may hold anything.
function address({ session, file }) {
  const { console: at, tenant } = document.body.dataset
  const [source, ...key] = session.split('/')
  const path = [tenant, 'sessions', key.join('/'), 'files', file].map(encodeURIComponent)
  return `${at}/console/api/tenants/${path.join('/')}?source=${encodeURIComponent(source)}`
}

// received shows a file in a list of its own, the latest first. No page takes it: each of the agent's has it.
export function received(command) {
  const li = document.createElement('li')
  const time = document.createElement('time')
  time.dateTime = command.at
  time.textContent = new Date(command.at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })
  const name = names[command.media] ?? 'File'
  const key = command.session.replace(/^[^/]*\//, '')
  const link = Object.assign(document.createElement('a'), { href: address(command), target: '_blank', rel: 'noopener', textContent: name })
  link.setAttribute('aria-label', `${name} of ${key}, ${time.textContent}`)
  li.append(time, link, Object.assign(document.createElement('span'), { className: 'quiet', dir: 'auto', textContent: key }))
  $('media-list').prepend(li)
  while ($('media-list').children.length > most) $('media-list').lastElementChild.remove()
  $('media').hidden = false
  if (performance.now() > settled) note(`${name} of ${key} is there.`)
}
