package local_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"sessionbridge.internal/emulator/local"
)

// aClock is put before all else of every page and frame: its time is the machine's until pass moves it ahead, in small steps
// that let what falls due run and what that asks for fail or be answered. halt has it stand still but for that, and resume go on.
// Chromium's own virtual time (DevTools protocol,
// Emulation.setVirtualTimePolicy) does not do here: it stands still while a request is under way, and the stream of commands
// always is one.
const aClock = `(() => {
	const [RealDate, every, wait, base] = [Date, setInterval, setTimeout, performance.now.bind(performance)]
	const timers = new Map()
	let ahead = 0
	let last = 0
	let halted
	const now = () => (halted ?? base()) + ahead
	const skew = () => now() - base()
	const set = (f, ms = 0, args, again) => {
		timers.set(++last, { at: now() + ms, again: again && Math.max(ms, 1), run: () => f(...args) })
		return last
	}
	const run = () => {
		for (;;) {
			const [id, first] = [...timers].reduce((a, b) => (b[1].at < a[1].at ? b : a), [0, { at: Infinity }])
			if (first.at > now()) return
			if (first.again) first.at += first.again
			else timers.delete(id)
			first.run()
		}
	}
	every(run, 10)
	performance.now = now
	globalThis.Date = class extends RealDate {
		constructor(...args) { super(...(args.length ? args : [RealDate.now() + skew()])) }
		static now() { return RealDate.now() + skew() }
	}
	globalThis.setTimeout = (f, ms, ...args) => set(f, ms, args, false)
	globalThis.setInterval = (f, ms, ...args) => set(f, ms, args, true)
	globalThis.clearTimeout = globalThis.clearInterval = (id) => timers.delete(id)
	globalThis.halt = () => { halted ??= base() }
	globalThis.resume = () => {
		ahead = skew()
		halted = undefined
	}
	globalThis.pass = async (ms) => {
		for (const end = now() + ms; now() < end;) {
			ahead += Math.min(250, end - now())
			run()
			await new Promise((done) => wait(done, 5))
		}
	}
})()`

// A line is down for a whole minute: nothing gets through for half of it, then pages can be read again and nothing sent. An
// agent takes calls all the time, and reloads the page in the middle. Once the line is up, the page sends by itself what there
// is, and each event has arrived once, in order.
func TestABrowserIsOfflineForAMinute(t *testing.T) {
	t.Parallel()
	b := open(t)
	c := start(t, local.Options{})
	b.script(aClock)
	var l line
	b.do(chromedp.EmulateViewport(1280, 900), chromedp.Navigate(l.through(t, c.Client.URL)+"/desk/demo/"))
	b.until(within("#incoming:not([hidden])") + ` !== null`)
	b.until(unsent(0))
	passes := func(d time.Duration) { // for the agent and for the cloud
		t.Helper()
		b.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`pass(%d)`, d.Milliseconds()), chromedp.EvalAwaitPromise))
		c.advance(d)
	}
	known := 0 // events that the page has tried to send in vain: what happens next it tries to send at once
	waiting := func(more int) {
		t.Helper()
		known += more
		b.until(fmt.Sprintf(`parseInt(document.querySelector("#waiting").textContent) >= %d`, known))
	}
	const calls = 6
	l.attempts.Store(0)
	l.state.Store(down)
	l.cut()
	for id := 1; id <= calls; id++ {
		if id == calls/2+1 {
			b.until(`document.querySelector("#line").textContent.startsWith("Not connected")`)
			l.state.Store(mute)
			b.do(chromedp.Reload()) // at which the agent signs in to both adapters again
			waiting(2)
		}
		b.answers(id)
		waiting(1)
		passes(5 * time.Second)
		b.ends()
		waiting(1)
		passes(5 * time.Second)
	}
	for id := range calls {
		if got := c.heard(fmt.Sprintf("call-%d", id+1)); got != nil {
			t.Errorf("call-%d has %v of a browser that is offline", id+1, got)
		}
	}
	// At each event once, and after 1, 2, 4, 8 … seconds at the most, halved by chance.
	if n := l.attempts.Load(); n < 2*calls || n > 60 {
		t.Errorf("the page tried %d times within the minute", n)
	}
	l.state.Store(up)
	passes(time.Minute) // the longest that it waits
	b.until(unsent(0))
	b.until(`document.querySelector("#waiting").textContent === ""`)
	b.until(`document.querySelector("#line").textContent.startsWith("Connected")`)
	c.must(c.Client.Drain(patience(t)))
	for id := range calls {
		if got := strings.Join(c.heard(fmt.Sprintf("call-%d", id+1)), " "); got != "New_Call End_Call" {
			t.Errorf("call-%d has %s", id+1, got)
		}
	}
	b.complains()
}
