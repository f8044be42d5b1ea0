// How times, sizes and names are written. Times are the local cloud's virtual time, in UTC.
import { el } from './dom.js';

// time shows an instant: the hour, with the day where it is not that of now; the whole of it on hovering.
export function time(text, now) {
  if (!text) return '';
  const at = new Date(text);
  const hour = at.toISOString().slice(11, 19);
  const day = at.toISOString().slice(0, 10);
  const today = now && day === new Date(now).toISOString().slice(0, 10);
  return el('time', { datetime: text, title: text }, today ? hour : `${day} ${hour}`);
}

// from says how far a time is from now: "in 14 min", "3 s ago".
export function from(text, now) {
  const ms = new Date(text) - new Date(now);
  if (Math.abs(ms) < 1000) return 'now';
  return ms > 0 ? `in ${span(ms)}` : `${span(-ms)} ago`;
}

// span writes milliseconds as a person would: two units at most.
export function span(ms) {
  const s = Math.round(ms / 1000);
  if (s < 60) return `${s} s`;
  const min = Math.floor(s / 60);
  if (min < 60) return `${min} min`;
  const h = Math.floor(min / 60);
  if (h < 48) return min % 60 ? `${h} h ${min % 60} min` : `${h} h`;
  const d = Math.floor(h / 24);
  return h % 24 ? `${d} d ${h % 24} h` : `${d} d`;
}

// talk writes seconds of talking as minutes and seconds: 03:50.
export const talk = (s) => [Math.floor(s / 60), s % 60].map((n) => String(n).padStart(2, '0')).join(':');

// size writes bytes.
export function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KiB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

// short is the last part of a resource's name.
export const short = (name) => name.slice(name.lastIndexOf('/') + 1);

// path is an address without its host, where it is one.
export const path = (url) => (URL.canParse(url) ? new URL(url).pathname : url);

// words writes a name of the model for people: wrap_up becomes "wrap up".
export const words = (name) => name.replaceAll('_', ' ');

// count is "1 mail", "2 mails".
export const count = (n, one, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;

// tones are what a word's colour says; the word itself says it to whoever does not see colours.
const tones = {
  good: ['done', 'completed', 'finished', 'voicemail'],
  busy: ['ringing', 'connected', 'held', 'queued', 'pending', 'running', 'scheduled', 'wrap_up'],
  warn: ['waiting', 'abandoned', 'missed', 'WARNING', 'PAUSED'],
  bad: ['dead', 'failed', 'gave_up', 'ERROR', 'CRITICAL', 'ALERT', 'EMERGENCY'],
};

// badge shows one word of a closed set.
export function badge(word, tone) {
  if (!word) return '';
  tone ??= Object.keys(tones).find((t) => tones[t].includes(word));
  return el('span', { class: tone ? `badge ${tone}` : 'badge' }, words(word));
}

// answered shows an HTTP status; 0 is no answer.
export function answered(status) {
  if (!status) return badge('no answer', 'bad');
  return badge(String(status), status < 300 ? 'good' : status < 500 ? 'warn' : 'bad');
}
