// Writes times in the reader's zone; their titles have them in UTC.

const day = new Intl.DateTimeFormat(undefined, { year: 'numeric', month: 'short', day: 'numeric' });
const hour = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const near = new Intl.RelativeTimeFormat('en-GB', { numeric: 'auto', style: 'short' });
const units = [['day', 86_400], ['hour', 3_600], ['minute', 60], ['second', 1]];

// from says how far seconds away a time is: "in 14 min", "3 sec ago".
function from(seconds) {
  const [unit, length] = units.find(([, n]) => Math.abs(seconds) >= n) ?? units.at(-1);
  return near.format(Math.trunc(seconds / length), unit);
}

// tell writes all times within root. Now is the server's, which a local cloud's clock may be far ahead with.
export function tell(root) {
  const now = new Date(document.getElementById('main').dataset.now);
  let last = ''; // the day of the entry before, which a timeline does not repeat
  for (const time of root.querySelectorAll('time[datetime]')) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    const whole = `${day.format(at)}, ${hour.format(at)}`;
    if (time.hasAttribute('data-relative')) {
      time.textContent = from((at - now) / 1000);
      time.title = `${whole} · ${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
    } else if (time.hasAttribute('data-run')) {
      time.textContent = day.format(at) === last ? hour.format(at) : whole;
      last = day.format(at);
    } else {
      time.textContent = whole;
    }
  }
}
