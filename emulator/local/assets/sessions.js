// The panels about the company's customers: sessions, and what they left in the CRM, the bucket and the mailbox.
import { el } from './dom.js';
import { answered, badge, count, from, size, talk, time, words } from './format.js';
import { fold, heading, json, list, nothing, problem, row, text } from './rows.js';

const sessionsURL = '/console/api/tenants/demo/sessions';

// sessions: the latest first by their start, so that rows stay where they are while their sessions change.
export function sessions({ sessions: { sessions }, clock: { now } }) {
  if (sessions.length === 0) return [nothing('No session yet. Send a demo call above.')];
  const byStart = sessions.toSorted((a, b) => begun(b).localeCompare(begun(a)) || a.key.localeCompare(b.key));
  return list('sessions', byStart, 100, (s) => session(s, now));
}

const begun = (s) => s.started_at ?? s.updated_at ?? '';

function session(s, now) {
  const who = s.customer?.name || s.customer?.phone || s.customer?.email || s.customer?.id;
  return el('li', { key: `${s.source} ${s.key}`, class: 'row session' },
    el('div', {}, el('a', { class: 'title', href: `${sessionsURL}/${encodeURIComponent(s.key)}`, title: 'all of it, as JSON' }, s.key),
      el('div', { class: 'quiet' }, [s.source, who].filter(Boolean).join(' · '))),
    el('div', {}, badge(s.status), ' ', badge(s.outcome),
      el('div', { class: 'quiet' }, time(begun(s), now), s.talk_seconds ? ` · talked ${talk(s.talk_seconds)}` : '')),
    el('div', {}, 'CRM ', badge(s.crm.state), el('div', { class: 'quiet' }, inCRM(s.crm))),
    el('div', {}, owes(s, now), el('div', { class: 'quiet' }, s.queue?.path ?? '')),
    problem(s.crm.problem), problem(s.metadata?.problem));
}

function inCRM({ account_id: account, record_id: record }) {
  return [
    account ? el('a', { href: `#account-${encodeURIComponent(account)}` }, `account ${account}`) : '',
    account && record ? ' · ' : '',
    record ? el('a', { href: `#record-${encodeURIComponent(record)}` }, `record ${record}`) : '',
  ];
}

// owes says what is still to be done for a session: its steps in the CRM, and its metadata.
function owes({ plan, crm, metadata }, now) {
  const owed = plan.map(words);
  if (owed.length > 0 && crm.next_attempt_at) owed[0] += ` ${from(crm.next_attempt_at, now)}`;
  if (metadata?.dead) owed.push('metadata, given up');
  else if (metadata?.due_at && !metadata.done_at) owed.push(`metadata ${from(metadata.due_at, now)}`);
  return owed.length > 0 ? `owes ${owed.join(', ')}` : el('span', { class: 'quiet' }, 'owes nothing');
}

// owing counts the sessions that are not done with.
export const owing = ({ sessions: { sessions } }) =>
  sessions.filter((s) => s.plan.length > 0 || s.metadata?.dead || (s.metadata?.due_at && !s.metadata.done_at)).length;

// dead counts the sessions that a person must look at.
export const dead = ({ sessions: { sessions } }) => sessions.filter((s) => s.crm.state === 'dead' || s.metadata?.dead).length;

// crm: accounts, records with their comments, and the last requests as they were received.
export function crm({ crm: { accounts, records, comments, requests }, clock: { now } }) {
  if (requests.length === 0 && accounts.length === 0) return [nothing('The CRM has nothing and was asked nothing.')];
  const said = Map.groupBy(comments, (c) => c.record_id);
  return [
    heading('Accounts', accounts.length),
    ...list('accounts', accounts.toReversed(), 50, account),
    heading('Records', records.length),
    ...list('records', records.toReversed(), 50, (r) => record(r, said.get(r.id) ?? [], now)),
    heading('Requests', requests.length),
    ...list('requests', numbered(requests).toReversed(), 15, (r) => request(r, now)),
  ];
}

function account(a) {
  const node = row(a.id, a.name, [`account ${a.id}`, a.phone !== a.name && a.phone, a.email, a.external_id]);
  node.id = `account-${a.id}`;
  return node;
}

function record(r, said, now) {
  const node = fold(r.id, r.subject, [`record ${r.id}`, `account ${r.account_id}`, r.status, count(said.length, 'comment')],
    text(r.description, 'description'),
    ...said.map((c) => el('blockquote', { key: c.id }, c.text, ' ', el('span', { class: 'quiet' }, time(c.created_at, now)))),
    el('p', { key: 'other', class: 'quiet' }, otherFields(r)));
  node.id = `record-${r.id}`;
  return node;
}

const named = ['id', 'account_id', 'subject', 'description', 'status', 'created_at', 'updated_at'];

const otherFields = (r) => Object.entries(r).filter(([k, v]) => !named.includes(k) && v !== '').map(([k, v]) => `${words(k)}: ${typeof v === 'string' ? v : JSON.stringify(v)}`).join(' · ');

// numbered gives requests keys that stay theirs as the oldest are forgotten.
function numbered(requests) {
  const seen = new Map();
  return requests.map((r) => {
    const base = `${r.time} ${r.method} ${r.path}`;
    seen.set(base, (seen.get(base) ?? 0) + 1);
    return { ...r, key: `${base} ${seen.get(base)}` };
  });
}

function request(r, now) {
  const headers = Object.entries(r.headers).map(([k, v]) => `${k}: ${v}`).sort().join('\n');
  return fold(r.key, `${r.method} ${r.path}${r.query ? `?${r.query}` : ''}`, [answered(r.status), time(r.time, now)],
    text(`${headers}\n\n${json(r.body ?? '')}${r.truncated ? '\n…' : ''}`, 'request'));
}

// storage: what is in the bucket, the newest first.
export function storage({ storage: { objects }, clock: { now } }) {
  if (objects.length === 0) return [nothing('The bucket is empty. Fifteen minutes after its end a session’s metadata is stored.')];
  const newest = objects.toSorted((a, b) => b.created.localeCompare(a.created) || a.path.localeCompare(b.path));
  return list('objects', newest, 100, (o) => row(o.path,
    el('a', { href: `/emulator/storage/${o.path.split('/').map(encodeURIComponent).join('/')}` }, o.path),
    [size(o.size), time(o.created, now)]));
}

// mail: the mailbox, the newest first.
export function mail({ mail: { messages }, clock: { now } }) {
  if (messages.length === 0) return [nothing('No mail yet.')];
  return list('mails', messages.toReversed(), 50, (m) => message(m, now));
}

function message(m, now) {
  return fold(`${m.message_id} ${m.received_at}`, m.subject || '(no subject)',
    [`to ${m.to.join(', ')}`, m.attachments.length > 0 && count(m.attachments.length, 'attachment'), m.copies > 1 && badge(`${m.copies} copies`, 'warn'), time(m.received_at, now)],
    el('p', { class: 'quiet' }, `from ${m.from}, ${size(m.size)}`),
    problem(m.malformed),
    text(m.text, 'text of the mail'),
    ...m.attachments.map((a, i) => el('details', { key: `attachment-${i}` },
      el('summary', {}, `${a.name || 'attachment'} · ${a.content_type} · ${size(a.size)}`), text(a.preview ?? '(not text)', 'attachment'))));
}
