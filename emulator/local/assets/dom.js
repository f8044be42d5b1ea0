// Building and updating the document. What comes from data goes in as text only: nothing here, or anywhere on the page,
// makes HTML of a string, and the page's policy has the browser refuse it.

// el builds an element. Props are attributes, whose names are ours and never data; `key` names the element among its
// siblings across updates. Children are nodes and strings; null, undefined, false and '' are left out.
export function el(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (name === 'key') node.key = value;
    else if (value === true) node.setAttribute(name, '');
    else if (value !== undefined && value !== null && value !== false) node.setAttribute(name, value);
  }
  node.append(...children.flat(Infinity).filter((c) => c !== undefined && c !== null && c !== false && c !== ''));
  return node;
}

// update makes parent's children look like the new ones and touches only what differs, so that focus, selection, open
// details and the scroll position stay as the person left them. Elements with keys are recognised wherever they are,
// others by their place.
export function update(parent, children) {
  const known = new Map();
  for (const node of parent.childNodes) if (node.key !== undefined) known.set(node.key, node);
  const wanted = new Set(children.map((node) => node.key));
  for (const [key, node] of known) if (!wanted.has(key)) node.remove();

  let at = parent.firstChild;
  for (const next of children) {
    const old = next.key === undefined ? at : known.get(next.key);
    if (!old || !alike(old, next)) {
      parent.insertBefore(next, at);
      continue;
    }
    if (old === at) at = at.nextSibling;
    else move(parent, old, at);
    become(old, next);
  }
  while (at) {
    const after = at.nextSibling;
    at.remove();
    at = after;
  }
}

const alike = (a, b) => a.nodeName === b.nodeName && a.key === b.key;

// move keeps the focus where the browser can (moveBefore is younger than insertBefore, which forgets it).
function move(parent, node, before) {
  if (parent.moveBefore) parent.moveBefore(node, before);
  else parent.insertBefore(node, before);
}

function become(old, next) {
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== next.data) old.data = next.data;
    return;
  }
  for (const { name, value } of next.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  for (const { name } of [...old.attributes]) {
    const theirs = name === 'open' && old.nodeName === 'DETAILS'; // opened by the person, not by us
    if (!theirs && !next.hasAttribute(name)) old.removeAttribute(name);
  }
  update(old, [...next.childNodes]);
}
