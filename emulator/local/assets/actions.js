// What a person can do on the page. Each answers with a sentence for the status line, or throws an Error with one.
import { call, chat } from './demo.js';
import { count } from './format.js';

// advance moves the virtual clock; days ("2d") are allowed beside what Go's durations know.
export async function advance(by) {
  const hours = by.trim().replace(/^(\d+)d/, (_, days) => `${24 * days}h`);
  await ask('POST', '/emulator/clock/advance', { by: hours });
  return `The clock is ${by.trim()} further, and all that fell due has run.`;
}

// drain waits until nothing is under way.
export async function drain() {
  await ask('POST', '/emulator/drain?timeout=30s');
  return 'Nothing is under way.';
}

const scenarios = { call, chat };

// send sends a demo session that ended at the virtual now.
export async function send(kind, now) {
  const id = now % 1e9;
  for (const { source, body } of scenarios[kind](id, now)) {
    await ask('POST', `/webhook/demo/${source}`, body, { Authorization: `Basic ${btoa('demo:demo')}` });
  }
  await ask('POST', '/emulator/drain?timeout=30s');
  return `${kind}-${id} was sent. Its metadata is due in 15 minutes: move the clock.`;
}

// fail adds a fault to those that are still to come.
export async function fail(form) {
  const { target, mode, status, times, delay, match, after } = Object.fromEntries(new FormData(form));
  const fault = { times: Number(times), mode, match, after: after === 'on' };
  if (mode === 'status') fault.status = Number(status);
  if (delay) fault.delay = delay;
  const left = await (await ask('GET', '/emulator/faults')).json();
  await ask('PUT', '/emulator/faults', { ...left, [target]: [...(left[target] ?? []), fault] });
  return `${count(fault.times, 'answer')} of ${target} will fail.`;
}

// spare forgets all faults.
export async function spare() {
  await ask('PUT', '/emulator/faults', {});
  return 'Nothing fails any more.';
}

async function ask(method, url, body, headers = {}) {
  const answer = await fetch(url, { method, body: body && JSON.stringify(body), headers: { 'Content-Type': 'application/json', ...headers } })
    .catch(() => { throw new Error('The local cloud does not answer.'); });
  if (!answer.ok) throw new Error(said(answer.status, await answer.text()));
  return answer;
}

// said makes a sentence of a refusal.
function said(status, text) {
  try {
    const { left, error } = JSON.parse(text);
    if (left) return `Not everything is done yet: ${left.slice(0, 5).join('; ')}`;
    return typeof error === 'string' ? error : `${status}: ${text}`;
  } catch {
    return text.trim().slice(0, 300) || `The answer was ${status}.`;
  }
}
