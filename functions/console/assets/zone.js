// Times that a reader fills in are of the reader's zone, as those on the page are. The server writes them in UTC, and reads
// them so where no script runs; what is sent from here has its zone with it (RFC 3339).

const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;

// local writes a moment as a field of a form wants it.
function local(at) {
  const shifted = new Date(at.getTime() - at.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 16);
}

// send puts moments in the place of what the fields say. The event comes before a form is sent, and when a script reads it.
function send(event) {
  for (const field of event.target.querySelectorAll('input[type="datetime-local"]')) {
    const at = new Date(field.value);
    if (field.value && !Number.isNaN(at.getTime())) event.formData.set(field.name, at.toISOString());
  }
}

// zoning has the fields within root be of the reader's zone, and offers it where a page is about whole days.
export function zoning(root) {
  if (!zone) return;
  for (const field of root.querySelectorAll('input[type="datetime-local"]')) {
    if (field.dataset.at) field.value = local(new Date(field.dataset.at));
    field.form?.addEventListener('formdata', send);
  }
  for (const name of root.querySelectorAll('[data-zone]')) name.textContent = zone;
  for (const link of root.querySelectorAll('a[data-day]')) {
    link.href = `?${new URLSearchParams({ day: link.dataset.day, zone })}`;
    link.textContent = `The day in ${zone}`;
    link.hidden = link.dataset.of === zone;
  }
}
