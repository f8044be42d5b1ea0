// The page reads the local cloud every two seconds and shows what changed.
import * as actions from './actions.js';
import { el, update } from './dom.js';
import { count, span } from './format.js';
import * as services from './services.js';
import * as customers from './sessions.js';

const pulse = ['clock', 'tasks', 'topics', 'functions', 'faults', 'logs'];
const results = ['crm', 'storage', 'mail'];
const urls = { sessions: '/console/api/tenants/demo/sessions' };

// panels by the id of their section: what each reads, how it is drawn and what its heading counts.
const panels = {
  sessions: { reads: ['sessions', 'clock'], draw: customers.sessions, number: (s) => String(s.sessions.sessions.length) },
  crm: { reads: ['crm'], draw: customers.crm, number: (s) => count(s.crm.records.length, 'record') },
  storage: { reads: ['storage'], draw: customers.storage, number: (s) => count(customers.kept(s).length, 'file') },
  mail: { reads: ['mail'], draw: customers.mail, number: (s) => count(s.mail.messages.length, 'message') },
  topics: { reads: ['topics', 'clock'], draw: services.topics, number: (s) => `${services.unacked(s)} unacknowledged` },
  tasks: { reads: ['tasks', 'clock'], draw: services.tasks, number: (s) => `${services.waiting(s)} to run` },
  functions: { reads: ['functions'], draw: services.functions, number: (s) => String(s.functions.functions.length) },
  faults: { reads: ['faults'], draw: services.faults, number: (s) => `${services.failing(s)} to come` },
  logs: { reads: ['logs'], draw: (s) => services.logs(s, filter()), number: (s) => `last ${count(s.logs.lines.length, 'line')}` },
};

const state = {}; // what was read last, by name
const raw = {}; // the same as it came, to see what changed
const refused = {}; // why a name could not be read
let lastSeen = ''; // the fingerprint at which the results were read
let beats = 0;
let ahead = 0; // milliseconds the virtual clock is before this browser's
let looking; // the reading under way
let busy = false; // a person's action is under way

const $ = (id) => document.getElementById(id);
const filter = () => ({ severity: $('log-severity').value, text: $('log-text').value });

class Gone extends Error {}

// read fetches one part and says whether it changed. It throws Gone where nobody answers.
async function read(name) {
  const [answer, text] = await get(urls[name] ?? `/emulator/${name}`);
  const before = raw[name];
  raw[name] = text;
  refused[name] = answer.ok ? '' : `${answer.status}: ${text.trim().slice(0, 300)}`;
  if (answer.ok && text !== before) state[name] = JSON.parse(text);
  return text !== before;
}

async function get(url) {
  try {
    const answer = await fetch(url, { cache: 'no-store', signal: AbortSignal.timeout(10_000) });
    return [answer, await answer.text()];
  } catch (cause) {
    throw new Gone(url, { cause });
  }
}

async function readAll(names) {
  const changed = await Promise.all(names.map(read));
  return names.filter((_, i) => changed[i]);
}

// beat reads the cloud once. Everything that changes sessions, the CRM, the storage or the mailbox passes through a topic
// or a queue, so these are read when one of those moved; and, since people may write to a service directly, all but the
// sessions now and then. Each reading of the sessions is a request to the console and leaves a line in the log.
async function beat() {
  const changed = await readAll(pulse);
  ahead = new Date(state.clock.now) - Date.now();
  const seen = fingerprint(state);
  if (seen !== lastSeen) changed.push(...await readAll([...results, 'sessions']));
  else if (++beats % 5 === 0) changed.push(...await readAll(results));
  lastSeen = seen;
  show(changed);
}

const fingerprint = ({ tasks, topics }) => JSON.stringify([
  tasks.finished_count, tasks.gave_up_count, tasks.queues.map((q) => q.tasks),
  topics.topics.map((t) => [t.published, t.subscriptions]),
]);

function show(changed) {
  for (const [id, panel] of Object.entries(panels)) if (panel.reads.some((name) => changed.includes(name))) draw(id);
  update($('glance'), glance());
  tick();
}

function draw(id) {
  const { reads, draw: children, number } = panels[id];
  const body = $(id).querySelector('.body');
  const why = reads.map((name) => refused[name]).find(Boolean);
  if (why) return update(body, [el('p', { class: 'problem' }, why)]);
  if (reads.some((name) => !state[name])) return undefined;
  $(id).querySelector('h2 .count').textContent = number(state);
  return update(body, children(state));
}

// glance is the whole cloud in one line of numbers, each a link to its panel.
function glance() {
  const { sessions, mail, tasks, storage, crm } = state;
  const gauge = (id, value, label, tone) => el('a', { href: `#${id}`, class: value && tone ? tone : undefined }, el('b', {}, String(value)), ` ${label}`);
  const things = (id, all, one) => gauge(id, all.length, all.length === 1 ? one : `${one}s`);
  return [
    sessions && things('sessions', sessions.sessions, 'session'),
    sessions && gauge('sessions', customers.owing(state), 'owing', 'busy'),
    sessions && gauge('sessions', customers.dead(state), 'given up', 'bad'),
    gauge('topics', services.unacked(state), 'unacknowledged', 'busy'),
    gauge('tasks', services.waiting(state), 'to run', 'busy'),
    gauge('tasks', tasks.gave_up_count, 'tasks lost', 'bad'),
    crm && things('crm', crm.records, 'record'),
    storage && things('storage', customers.kept(state), 'file'),
    mail && things('mail', mail.messages, 'mail'),
    gauge('faults', services.failing(state), 'to fail', 'warn'),
  ].filter(Boolean);
}

// tick shows the virtual time between two readings.
function tick() {
  if (!state.clock) return;
  const now = new Date(Date.now() + ahead).toISOString();
  $('now').dateTime = now;
  $('day').textContent = now.slice(0, 10);
  $('hour').textContent = now.slice(11, 19);
  $('offset').textContent = ahead < 2000 ? 'the machine’s time' : `${span(rounded(ahead))} ahead of the machine`;
}

// rounded drops the seconds of a long time, since a move of 15 minutes comes out some milliseconds short of them.
const rounded = (ms) => (ms < 60_000 ? ms : Math.round(ms / 60_000) * 60_000);

// gone tells that the local cloud does not answer, and once it does again, that.
function gone(is) {
  if ($('gone').hidden === !is) return;
  $('gone').hidden = !is;
  document.body.classList.toggle('stale', is);
  say(is ? '' : 'The local cloud answers again.');
}

const paused = () => $('pause').getAttribute('aria-pressed') === 'true';

async function live() {
  for (;;) {
    if (!paused() && !document.hidden) await look();
    await new Promise((next) => { setTimeout(next, 2000); });
  }
}

// look reads and shows the cloud; who asks while it is being read waits for that reading.
function look() {
  looking ??= beat().then(() => gone(false), (e) => {
    if (e instanceof Gone) gone(true);
    else say(`This page failed: ${e.message}`, true);
  }).finally(() => { looking = undefined; });
  return looking;
}

function say(sentence, wrong) {
  $('status').textContent = sentence;
  $('status').classList.toggle('problem', Boolean(wrong));
}

// perform runs one action at a time. Buttons stay enabled meanwhile, since a disabled one would lose the focus.
async function perform(what, action) {
  if (busy) return;
  busy = true;
  document.body.classList.add('busy');
  say(`${what}…`);
  try {
    say(await action());
  } catch (e) {
    say(e.message, true);
  }
  busy = false;
  document.body.classList.remove('busy');
  await looking; // it may have read what was before the action
  lastSeen = '';
  await look();
}

const virtualNow = () => Math.round(Date.now() + ahead);

function listen() {
  $('origin').textContent = location.origin;
  const on = (id, type, f) => $(id).addEventListener(type, (e) => { e.preventDefault(); f(e); });
  for (const button of document.querySelectorAll('[data-advance]')) {
    button.addEventListener('click', () => perform(`Moving the clock by ${button.dataset.advance}`, () => actions.advance(button.dataset.advance)));
  }
  on('advance', 'submit', () => perform('Moving the clock', () => actions.advance($('by').value)));
  on('drain', 'click', () => perform('Waiting until nothing is under way', actions.drain));
  on('send-call', 'click', () => perform('Sending a call', () => actions.send('call', virtualNow())));
  on('send-chat', 'click', () => perform('Sending a chat', () => actions.send('chat', virtualNow())));
  on('fail', 'submit', () => perform('Planning a fault', () => actions.fail($('fail'))));
  on('spare', 'click', () => perform('Forgetting all faults', actions.spare));
  on('pause', 'click', () => $('pause').setAttribute('aria-pressed', String(!paused())));
  on('log-severity', 'input', () => draw('logs'));
  on('log-text', 'input', () => draw('logs'));
  document.addEventListener('visibilitychange', () => { if (!document.hidden && !paused()) look(); });
  setInterval(tick, 1000);
}

listen();
live();
