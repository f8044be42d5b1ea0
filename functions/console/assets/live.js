// Reads the page again by itself, and searches without leaving it. What the server writes is the only template: it is parsed
// by the browser as a document of its own, in which no script runs, and its main part takes the place of ours.

// read answers the page at an address as a document.
function read(address) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.responseType = 'document';
    request.open('GET', address);
    request.timeout = 30_000;
    request.onload = () => (request.status === 200 && request.response?.getElementById('main')
      ? resolve({ page: request.response, address: request.responseURL })
      : reject(new Error(`HTTP ${request.status}`)));
    request.onerror = request.ontimeout = () => reject(new Error('no answer'));
    request.send();
  });
}

// place is how an element is found again in the page that is read anew: a link by where it leads.
function place(one) {
  const href = one?.getAttribute('href');
  if (one?.id) return `#${CSS.escape(one.id)}`;
  return href && `[href="${CSS.escape(href)}"]`;
}

// keep notes what a reader has opened, and where the focus is.
function keep(part) {
  return {
    open: new Set([...part.querySelectorAll('details[open][data-key]')].map((d) => d.dataset.key)),
    focus: part.contains(document.activeElement) && document.activeElement !== part && place(document.activeElement),
  };
}

// swap puts the new main part in the place of ours.
function swap(page, part, dress) {
  const ours = document.getElementById(part);
  const kept = keep(ours);
  const news = document.importNode(page.getElementById(part), true);
  for (const details of news.querySelectorAll('details[data-key]')) details.open = kept.open.has(details.dataset.key);
  document.getElementById('main').dataset.now = page.getElementById('main').dataset.now;
  ours.replaceWith(news);
  document.title = page.title;
  dress(news);
  if (kept.focus) news.querySelector(kept.focus)?.focus({ preventScroll: true });
}

// busy says whether a reader is at something that a new page would take away.
const busy = (main) => main.querySelector('details.ask[open], :checked[type="radio"]') || main.contains(document.activeElement?.closest('form'))
  || !getSelection().isCollapsed;

// search has the list's form answered without leaving the page, also while one types.
function search(dress) {
  const form = document.querySelector('form[data-filter]');
  if (!form) return;
  let wait;
  let asked = 0;
  let shown = location.search;
  const go = async (push) => {
    const values = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
    const address = `${location.pathname}?${values}`;
    const mine = ++asked;
    try {
      const got = await read(address);
      if (mine !== asked) return;
      if (!got.page.getElementById('result')) { location.href = got.address; return; } // a whole key: its page
      history[push ? 'pushState' : 'replaceState']({}, '', address);
      shown = location.search;
      swap(got.page, 'result', dress);
    } catch { location.href = address; }
  };
  form.addEventListener('submit', (event) => { event.preventDefault(); go(true); });
  form.addEventListener('change', (event) => { if (event.target.type !== 'search') go(true); });
  form.addEventListener('input', (event) => {
    if (event.target.type !== 'search') return;
    clearTimeout(wait);
    wait = setTimeout(() => { if (event.target.value.length !== 1) narrow(event.target.value); }, 150);
  });
  addEventListener('popstate', () => { if (location.search !== shown) location.reload(); }); // a link within the page is one, too
}

// narrow shows, while one types, those of the rows on the page that have the text. The database is asked on Enter.
function narrow(text) {
  const wanted = text.trim().toLowerCase();
  for (const row of document.querySelectorAll('#result tbody tr')) row.hidden = !row.textContent.toLowerCase().includes(wanted);
}

export function live(dress) {
  search(dress);
  const button = document.querySelector('button[data-live]');
  const main = () => document.getElementById('main');
  if (!main().dataset.refresh) return;
  let on = sessionStorage.getItem('live') !== 'off';
  const show = () => {
    button.setAttribute('aria-pressed', String(on));
    button.textContent = on ? 'Live' : 'Paused';
    button.title = on ? 'This page is read again by itself. Press to pause.' : 'Press to have this page read again by itself.';
  };
  button.hidden = false;
  button.addEventListener('click', () => {
    on = !on;
    sessionStorage.setItem('live', on ? 'on' : 'off');
    show();
  });
  show();
  const again = async () => {
    if (on && !document.hidden && !busy(main())) {
      const part = document.getElementById('result') ? 'result' : 'main';
      try {
        const { page } = await read(location.href);
        document.body.classList.remove('stale');
        if (page.getElementById(part) && !busy(main())) swap(page, part, dress);
      } catch { document.body.classList.add('stale'); }
    }
    setTimeout(again, 1000 * (Number(main().dataset.refresh) || 60));
  };
  setTimeout(again, 1000 * Number(main().dataset.refresh));
}
