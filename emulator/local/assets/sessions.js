// The panels about the company's customers: sessions, and what they left in the CRM, the storage and the mailbox.
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
    el('div', {}, el('a', { class: 'title', href: `${sessionsURL}/${encodeURIComponent(s.key)}?source=${encodeURIComponent(s.source)}`, title: 'all of it, as JSON' }, s.key),
      el('div', { class: 'quiet' }, [s.source, who].filter(Boolean).join(' · '))),
    el('div', {}, badge(s.status), ' ', badge(s.outcome),
      el('div', { class: 'quiet' }, time(begun(s), now), s.talk_seconds ? ` · talked ${talk(s.talk_seconds)}` : '')),
    el('div', {}, 'CRM ', badge(s.crm.state), el('div', { class: 'quiet' }, inCRM(s.crm))),
    el('div', {}, owes(s, now), el('div', { class: 'quiet' }, s.queue?.path ?? '')),
    problem(s.crm.problem), problem(s.metadata?.problem),
    s.quality?.problem ? el('p', { key: 'problem quality', class: 'problem' }, `quality management: ${s.quality.problem}`) : '',
    ...fetched(s).filter((f) => f.problem).map((f) => el('p', { key: `problem ${f.id}`, class: 'problem' }, `${f.id}: ${f.problem}`)));
}

// fetched are a session's files that are brought one by one: all but those that are made of it.
const fetched = ({ files = [] }) => files.filter((f) => ['recordings', 'voicemails', 'photos', 'videos'].includes(f.kind));

const awaited = (s) => fetched(s).filter((f) => f.state === 'pending' || f.state === 'waiting');

function inCRM({ account_id: account, record_id: record }) {
  return [
    account ? el('a', { href: `#account-${encodeURIComponent(account)}` }, `account ${account}`) : '',
    account && record ? ' · ' : '',
    record ? el('a', { href: `#record-${encodeURIComponent(record)}` }, `record ${record}`) : '',
  ];
}

// owes says what is still to be done for a session: its steps in the CRM, its files, and its metadata.
function owes(s, now) {
  const { plan, crm, metadata } = s;
  const owed = plan.map(words);
  if (owed.length > 0 && crm.next_attempt_at) owed[0] += ` ${from(crm.next_attempt_at, now)}`;
  if (awaited(s).length > 0) owed.push(count(awaited(s).length, 'file'));
  if (metadata?.dead) owed.push('metadata, given up');
  else if (metadata?.due_at && !metadata.done_at) owed.push(`metadata ${from(metadata.due_at, now)}`);
  if (s.quality?.owed > 0) owed.push(`quality management ${s.quality.state === 'dead' ? 'nothing more, given up' : count(s.quality.owed, 'event')}`);
  return owed.length > 0 ? `owes ${owed.join(', ')}` : el('span', { class: 'quiet' }, 'owes nothing');
}

// owing counts the sessions that are not done with.
export const owing = ({ sessions: { sessions } }) =>
  sessions.filter((s) => s.plan.length > 0 || awaited(s).length > 0 || s.quality?.owed > 0 || s.metadata?.dead || (s.metadata?.due_at && !s.metadata.done_at)).length;

// dead counts the sessions that a person must look at.
export const dead = ({ sessions: { sessions } }) => sessions.filter((s) => s.crm.state === 'dead' || s.metadata?.dead || s.quality?.state === 'dead' || fetched(s).some((f) => f.state === 'dead')).length;

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

// The demo tenant's bucket, and the one into which end users upload.
const companyBucket = 'demo-sessions';
const uploadsBucket = 'demo-uploads';

const inBucket = ({ storage: { objects } }, name) => objects.filter((o) => o.bucket === name);

// kept are the company's files, each once, as its bucket and its SFTP server have them.
export function kept(state) {
  const files = new Map(inBucket(state, companyBucket).map((o) => [o.path, { path: o.path, bucket: o }]));
  for (const f of state.storage.sftp) files.set(f.path, { ...files.get(f.path), path: f.path, sftp: f });
  return [...files.values()];
}

// storage: what the company has by now, the newest first, and what end users uploaded on its way there.
export function storage(state) {
  const { now } = state.clock;
  const files = kept(state);
  const uploads = inBucket(state, uploadsBucket);
  if (files.length === 0 && uploads.length === 0) return [nothing('Nothing is stored. Fifteen minutes after its end a session’s metadata is; recordings and photos as soon as they are announced.')];
  return [
    ...list('files', files.toSorted(newest), 100, (f) => storedFile(f, now)),
    ...(uploads.length > 0 ? [heading('Uploads', uploads.length), ...list('uploads', uploads.toSorted(newest), 50, (o) => upload(o, now))] : []),
  ];
}

const newest = (a, b) => begunStoring(b).localeCompare(begunStoring(a)) || a.path.localeCompare(b.path);

const begunStoring = (f) => f.created ?? f.bucket?.created ?? f.sftp.modified;

// storedFile is one file with the places that have it, each a link to what is there.
function storedFile({ path, bucket, sftp }, now) {
  const places = [
    bucket && el('a', { href: storedAt('storage', path) }, 'bucket'), bucket && sftp ? ' · ' : '',
    sftp && el('a', { href: storedAt('sftp', path) }, 'SFTP'),
  ];
  return row(path, el('a', { href: storedAt(bucket ? 'storage' : 'sftp', path) }, path), [
    size((bucket ?? sftp).size), time(bucket?.created ?? sftp.modified, now), el('span', {}, ...places),
    bucket && sftp && bucket.sha256 !== sftp.sha256 && badge('not the same in both', 'warn'),
  ]);
}

function upload(o, now) {
  return row(o.path, el('a', { href: `${storedAt('storage', o.path)}?bucket=${uploadsBucket}` }, o.path), [size(o.size), o.content_type, time(o.created, now)]);
}

const storedAt = (place, path) => `/emulator/${place}/${path.split('/').map(encodeURIComponent).join('/')}`;

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
