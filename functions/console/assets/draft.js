// Keeps what was typed into a form of settings until it has arrived: where the sign-in had ended, or we could not be reached, it
// is offered again at the form's own page. It is kept in this tab alone, for the person who typed it, and without what may be a
// secret; it goes when anything is saved, and with whoever signs out.

const prefix = 'draft ';
const secret = 'secret://';

// unnamed is a document's text without the values of secrets; the name of one is none.
const unnamed = (text) => text.replace(/("(?:password|passphrase|private_key|signature|[a-z_]*secret|key(?="\s*:\s*"(?:[^"\\]|\\.)*"\s*(?:\}|,\s*"(?!value))))"\s*:\s*)"(?!secret:\/\/)(?:[^"\\]|\\.)*"/gi, '$1""');

const drafts = () => Object.keys(sessionStorage).filter((name) => name.startsWith(prefix));
const forget = () => drafts().forEach((name) => sessionStorage.removeItem(name));
const person = () => document.querySelector('.who')?.textContent ?? '';
const nameOf = (form) => prefix + new URL(form.action).pathname;

// typed is what the form would send, without its buttons.
function typed(form) {
  const secrets = new Set([...form.querySelectorAll('[data-secret]')].map((input) => input.name));
  return [...new FormData(form)].map(([name, value]) => {
    if (secrets.has(name) && !value.startsWith(secret)) return [name, ''];
    return [name, name === 'document' ? unnamed(value) : value];
  });
}

function keep(form) {
  try {
    sessionStorage.setItem(nameOf(form), JSON.stringify({ who: person(), typed: typed(form) }));
  } catch { /* there is no room for it: nothing is offered then */ }
}

// kept is what there is of the form, if the same person typed it.
function kept(form) {
  const draft = JSON.parse(sessionStorage.getItem(nameOf(form)) ?? 'null');
  if (draft && draft.who !== person()) forget();
  return draft?.who === person() ? draft.typed : null;
}

// restore has the server make the form of what was typed, since parts may have been added to it.
function restore(form, pairs) {
  const again = document.createElement('form');
  again.method = 'post';
  again.action = form.action;
  for (const [name, value] of [...pairs, ['do', 'show']]) {
    const input = document.createElement('textarea');
    input.name = name;
    input.value = value;
    again.append(input);
  }
  again.hidden = true;
  document.body.append(again);
  again.submit();
}

function button(text, press) {
  const b = document.createElement('button');
  b.type = 'button';
  b.textContent = text;
  b.addEventListener('click', press);
  return b;
}

function offer(form, pairs) {
  const section = document.createElement('section');
  section.className = 'said draft';
  section.setAttribute('role', 'status');
  const says = document.createElement('p');
  says.textContent = 'What you last typed here was not saved. This browser has kept it.';
  const acts = document.createElement('p');
  acts.className = 'acts';
  const drop = button('Forget it', () => {
    sessionStorage.removeItem(nameOf(form));
    section.remove();
  });
  drop.className = 'plain';
  acts.append(button('Put it back', () => restore(form, pairs)), drop);
  section.append(says, acts);
  form.before(section);
}

export function drafting(root) {
  if (new URLSearchParams(location.search).has('said')) forget();
  root.querySelector('form[action="/console/signout"]')?.addEventListener('submit', forget);
  for (const form of root.querySelectorAll('form[data-draft]')) {
    const pairs = form.dataset.draft === 'offer' ? kept(form) : null;
    if (pairs) offer(form, pairs);
    if (form.dataset.draft !== 'offer') sessionStorage.removeItem(nameOf(form)); // it has arrived
    form.addEventListener('submit', () => keep(form));
  }
}
