// The panels about the cloud itself: topics, tasks, functions, faults to come, and the log.
import { el } from './dom.js';
import { answered, badge, count, from, path, short, size, time } from './format.js';
import { fold, heading, json, list, nothing, problem, row, text } from './rows.js';

// topics: each with its subscriptions and last messages.
export function topics({ topics: { topics }, clock: { now } }) {
  return topics.flatMap((t) => [
    heading(short(t.name), t.published),
    el('ul', { key: `subs-${t.name}`, class: 'rows' }, ...(t.subscriptions ?? []).map((s) => subscription(s, now))),
    ...list(`messages-${t.name}`, (t.messages ?? []).toReversed(), 10, (m) => published(m, now)),
  ]);
}

function subscription(s, now) {
  const last = s.last_push;
  return row(s.name, short(s.name), [
    `to ${path(s.endpoint)}`,
    badge(`${s.unacked} unacknowledged`, s.unacked > 0 ? 'busy' : 'good'),
    s.next_due && `again ${from(s.next_due, now)}`,
    last && ['last push ', answered(last.status), last.attempt > 1 ? ` attempt ${last.attempt}` : '', ` ${from(last.at, now)}`],
  ], problem(last?.error));
}

function published(m, now) {
  return fold(m.id, m.ordering_key || m.id, [size(m.size), time(m.publish_time, now)],
    text(m.base64 ? m.data : json(m.data), `message ${m.id}`));
}

// unacked counts the messages that no function has taken yet.
export const unacked = ({ topics: { topics } }) =>
  topics.flatMap((t) => t.subscriptions ?? []).reduce((sum, s) => sum + s.unacked, 0);

// waiting counts the tasks that are scheduled or run.
export const waiting = ({ tasks: { queues } }) => queues.reduce((sum, q) => sum + q.tasks.length, 0);

// tasks: what waits in each queue, what was given up, what ended last.
export function tasks({ tasks: { queues, finished, finished_count: ended, gave_up: lost, gave_up_count: lostCount }, clock: { now } }) {
  return [
    ...queues.flatMap((q) => queue(q, now)),
    ...(lostCount > 0 ? [heading('Gave up', lostCount), ...list('gave-up', lost, 50, (t) => task(t, now, badge('gave_up')))] : []),
    el('details', { key: 'ended' }, el('summary', {}, `${count(ended, 'task')} finished`),
      ...list('finished', finished, 20, (t) => task(t, now))),
  ];
}

function queue(q, now) {
  const name = short(q.name);
  return [
    el('h3', { key: `h-${name}` }, name, el('span', { class: 'count' }, String(q.tasks.length)),
      el('span', { class: 'quiet' }, `at most ${q.rate_per_second}/s, ${q.max_concurrent} at once`), q.state === 'RUNNING' ? '' : badge(q.state)),
    q.tasks.length > 0 ? list(`waiting-${name}`, q.tasks, 50, (t) => task(t, now)) : el('p', { key: `idle-${name}`, class: 'quiet' }, 'Nothing waits.'),
  ].flat();
}

function task(t, now, mark) {
  return row(t.name, short(t.name), [
    `${t.method} ${path(t.url)}`,
    mark ?? (t.running ? badge('running') : ''),
    t.ended_at ? ['ended ', time(t.ended_at, now)] : ['due ', time(t.scheduled_at, now), `, ${from(t.scheduled_at, now)}`],
    t.attempts > 0 && [count(t.attempts, 'attempt'), ' ', t.running && t.attempts === 1 ? '' : answered(t.last_status)],
  ], problem(t.last_problem));
}

// functions: where each runs.
export function functions({ functions: { functions } }) {
  const apart = new Set(functions.map((f) => f.pid)).size > 1;
  return [
    el('p', { key: 'how', class: 'quiet' }, apart
      ? 'Each in a process of its own: kill one, and nothing may be lost.'
      : ['All in the local cloud’s process. Start it with ', el('code', {}, '-isolate'), ' to have each in its own.']),
    el('ul', { key: 'functions', class: 'rows' }, ...functions.map((f) => row(f.name, f.name, [`process ${f.pid}`]))),
  ];
}

// faults: what is still to fail.
export function faults({ faults }) {
  const left = Object.entries(faults).flatMap(([target, all]) => all.map((f, i) => ({ target, i, ...f })));
  if (left.length === 0) return [nothing('Nothing is planned to fail.')];
  return list('faults', left, 50, (f) => row(`${f.target} ${f.i}`, f.target, [
    badge(f.mode, 'warn'), f.status, f.code, f.delay && f.delay !== '0s' && `after ${f.delay}`,
    f.after && 'once the work is done', f.match && `only “${f.match}”`, count(f.times, 'time'),
  ]));
}

// failing counts the answers that are still to fail.
export const failing = ({ faults }) => Object.values(faults).flat().reduce((sum, f) => sum + f.times, 0);

const severities = ['DEBUG', 'INFO', 'WARNING', 'ERROR'];

// logs: the newest line first, those that the filter lets through.
export function logs({ logs: { lines } }, filter) {
  const least = severities.indexOf(filter.severity);
  const wanted = filter.text.toLowerCase();
  const seen = new Map();
  const all = lines.map((line) => {
    seen.set(line, (seen.get(line) ?? 0) + 1);
    return { key: `${line} ${seen.get(line)}`, line, ...parsed(line) };
  });
  const shown = all.filter((l) => rank(l.severity) >= least && l.line.toLowerCase().includes(wanted)).toReversed();
  if (shown.length === 0) return [nothing(lines.length > 0 ? 'No line fits the filter.' : 'Nothing was logged yet.')];
  return list('lines', shown, 200, logLine);
}

// rank orders severities; what we do not know is taken for worse than an error rather than hidden.
const rank = (severity) => (severities.includes(severity) ? severities.indexOf(severity) : severities.length);

// parsed reads a line in Cloud Logging's shape, or in log/slog's own.
function parsed(line) {
  try {
    const { time, severity, level, message, msg, 'logging.googleapis.com/labels': labels, ...rest } = JSON.parse(line);
    return { time, severity: severity ?? level?.replace(/^WARN$/, 'WARNING') ?? 'INFO', message: message ?? msg ?? '', service: labels?.service, rest };
  } catch {
    return { severity: 'INFO', message: line, rest: {} };
  }
}

function logLine(l) {
  const rest = Object.entries(l.rest)
    .filter(([k, v]) => !k.startsWith('logging.googleapis.com/') && v !== '0001-01-01T00:00:00Z') // Go's zero time is none
    .map(([k, v]) => `${k}=${typeof v === 'string' ? v : JSON.stringify(v)}`).join(' ');
  return el('li', { key: l.key, class: `row log ${l.severity.toLowerCase()}` },
    el('span', { class: 'severity' }, l.severity), el('time', { datetime: l.time, title: l.time }, (l.time ?? '').slice(11, 23)),
    el('span', { class: 'service' }, l.service ?? ''), el('span', { class: 'message' }, l.message, ' ', el('span', { class: 'quiet' }, rest)));
}
