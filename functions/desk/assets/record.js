// Whom the agent talks with: the CRM's record in its frame or at a link, and the link at which a stranger is looked up.

import { note, safe } from './show.js'
import { tellAround } from './embed.js'

const $ = (id) => document.getElementById(id)

// pop shows the record of a session in the CRM's frame, where there is one. Else it offers the link: a browser opens a window
// only at a person's click.
export function pop(command) {
  if (!safe(command.url)) throw new Error('the record has no address')
  tellAround('CRM_Record_Pop', { recordUrl: command.url })
  offer('The customer’s record', command.url, 'Open the record')
  const frame = $('crm-frame')
  if (!frame || !safe(command.frame)) {
    note('A record is there: press “Open the record”.')
    return 'Ready to be opened'
  }
  showIn(command.frame)
  note('The record is shown.')
  return 'Shown'
}

// lookup offers the link at which the CRM looks the customer up, whom it does not know.
export function lookup(command) {
  if (!safe(command.url)) throw new Error('the link has no address')
  offer('The CRM does not know the customer', command.url, 'Open in a new window')
  note('The CRM does not know the customer: there is a link to look them up.')
  return 'Ready to be looked up'
}

// showIn has the CRM's frame show a page of the CRM.
export function showIn(address) {
  $('crm-frame').src = address
  $('crm').hidden = false
}

function offer(title, url, text) {
  $('record-title').textContent = title
  $('record-link').href = url
  $('record-link').textContent = text
  $('record').hidden = false
}
