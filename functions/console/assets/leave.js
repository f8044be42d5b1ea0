// Asks before a form with changes that were not saved is left.

export function leaving(root) {
  for (const form of root.querySelectorAll('form[data-leave]')) {
    let changed = form.dataset.leave === 'changed';
    form.addEventListener('input', () => { changed = true; });
    form.addEventListener('submit', () => { changed = false; });
    addEventListener('beforeunload', (event) => { if (changed) event.preventDefault(); });
  }
}
