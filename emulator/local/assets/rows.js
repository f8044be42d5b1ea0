// The shapes that all panels are made of: rows, more-about-it folds, and what to say when there is nothing.
import { el } from './dom.js';
import { count } from './format.js';

// row is one line of a list: what it is, facts about it, and whatever belongs below.
export function row(key, title, facts, ...below) {
  return el('li', { key, class: 'row' },
    el('div', { class: 'line' }, el('span', { class: 'title' }, title), ...shown(facts)),
    ...below);
}

// fold is a row that opens. `id` makes it a place to link to.
export function fold(key, title, facts, ...below) {
  return el('li', { key, class: 'row' },
    el('details', { key: 'fold' },
      el('summary', {}, el('span', { class: 'line' }, el('span', { class: 'title' }, title), ...shown(facts))),
      ...below));
}

function shown(facts) {
  return facts.filter((f) => f !== undefined && f !== null && f !== false && f !== '').map((f) => el('span', { class: 'fact' }, f));
}

// list shows at most `most` rows and says how many it left out.
export function list(key, items, most, render) {
  const left = items.length - most;
  return [
    el('ul', { key, class: 'rows' }, ...items.slice(0, most).map(render)),
    left > 0 ? el('p', { key: `${key}-left`, class: 'quiet' }, `${count(left, 'older one')} not shown; the JSON has more.`) : null,
  ].filter(Boolean);
}

// heading begins a part of a panel.
export const heading = (text, number) => el('h3', { key: `h-${text}` }, text, number === undefined ? '' : el('span', { class: 'count' }, String(number)));

// nothing says that a panel is empty, and what would fill it.
export const nothing = (text) => el('p', { key: 'nothing', class: 'quiet' }, text);

// text shows many lines as they were written. It scrolls, so it can be reached with the keyboard.
export const text = (content, label) => el('pre', { tabindex: '0', role: 'group', 'aria-label': label }, content);

// problem says what went wrong.
export const problem = (content) => (content ? el('p', { key: 'problem', class: 'problem' }, content) : '');

// json is text as a person reads it, where it is JSON, and as it came where it is not.
export function json(content) {
  try {
    return JSON.stringify(JSON.parse(content), null, 2);
  } catch {
    return content;
  }
}
