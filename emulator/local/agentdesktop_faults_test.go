package local_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// odd is an SDK that comes in parts, refuses to unbind, and whose functions do nothing but note what they were given. Tests have
// it tell of contacts, and change its functions.
const odd = `
const callbacks = globalThis.callbacks = new Set(), given = []
const note = (name) => (...args) => { given.push(name + "(" + args.join() + ")") }
const tells = (event, id, more) => callbacks.forEach((f) => f({}, JSON.stringify({ event, id, uuid: "u" + id, type: "inbound", ani: "3393669393", ...more })))
globalThis.AGENTDESKTOP = { WIDGET: {} }
setTimeout(() => { AGENTDESKTOP.CONTACT = { MakeCall: note("MakeCall"), Hold: note("Hold") } }, 500)
setTimeout(() => {
	for (const name of ["Answer", "Hangup", "Transfer", "Transfer_Consultation", "Transfer_Complete", "Transfer_Complete_Conference", "OfflineEnd"]) AGENTDESKTOP.CONTACT[name] = note(name)
	AGENTDESKTOP.WIDGET.unbindContactCallback = () => { throw new Error("not bound") }
	AGENTDESKTOP.WIDGET.bindContactCallback = (f) => callbacks.add(f)
}, 1500)
`

// openOdd opens the desk with a widget's script that answers once it is told to.
func openOdd(t *testing.T) (d desktop, answers *atomic.Bool) {
	t.Helper()
	answers = new(atomic.Bool)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !answers.Load() {
			<-r.Context().Done()
			return
		}
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = io.WriteString(w, odd)
	}))
	t.Cleanup(func() {
		srv.CloseClientConnections() // else one without an answer would hold Close up
		srv.Close()
	})
	d = newDesktop(t)
	d.setAt("agentdesktop", func(doc map[string]any) { section(doc, "desk", "agentdesktop")["widget_url"] = srv.URL + "/w.js" })
	return d, answers
}

// loads opens the desk without waiting for the widget.
func (d desktop) loads() {
	d.T().Helper()
	d.do(chromedp.Evaluate[chromedp.Void](`void (globalThis.gone = true, location.href = "` + d.Client.URL + `/desk/agentdesktop/")`))
	const there = `!globalThis.gone && document.querySelector("#line")?.textContent === "Connected"`
	for is := false; !is && d.tab.ctx.Err() == nil; { // what is asked of the page before is not answered
		is, _ = chromedp.Run(d.tab.ctx, chromedp.Evaluate[bool](there))
	}
}

// told has the SDK tell of a contact, and waits until the panel shows these contacts.
func (d desktop) told(event string, contacts ...string) {
	d.T().Helper()
	d.text(`(tells(` + event + `), "")`)
	d.shows(contacts...)
}

// doubleClicks clicks where a button is, once it takes a press, and then at the same place again at once, as the page sees it.
func (d desktop) doubleClicks(text string) {
	d.T().Helper()
	button := fmt.Sprintf(`[...document.querySelectorAll("#agentdesktop button")].find((b) => b.textContent === %q && b.checkVisibility() && !b.closest("[data-still]"))`, text)
	d.until(button + ` !== undefined`)
	var at [2]float64
	d.must(json.Unmarshal([]byte(d.text(`((b) => { halt(); b.scrollIntoView(); const { left, top, width, height } = b.getBoundingClientRect(); return JSON.stringify([left + width / 2, top + height / 2]) })(`+button+`)`)), &at))
	d.do(chromedp.MouseClickXY(at[0], at[1]), chromedp.MouseClickXY(at[0], at[1], chromedp.ClickCount(2)), chromedp.MouseClickXY(at[0], at[1]))
	d.text(`(resume(), "")`)
}

// gave fails where the SDK was given other commands than these since the last time.
func (d desktop) gave(want string) {
	d.T().Helper()
	if got := d.text(`given.splice(0).join(" ")`); got != want {
		d.T().Errorf("the SDK was given %q, want %q", got, want)
	}
}

// A widget whose script does not answer is told of, and does not hold up calls; one that comes in parts is used once it is there.
func TestAWidgetThatComesLateOrNeverInABrowser(t *testing.T) {
	t.Parallel()
	d, answers := openOdd(t)
	d.script(`; halt()`)
	d.loads()
	if status, body := d.calls("+39 02 1234 5678"); status != "202" && status != "200" && status != "201" {
		t.Fatalf("the call is answered %s %s", status, body)
	}
	d.passes("window", 3*time.Second)
	d.until(`document.querySelector("#list .state")?.textContent === "To be dialled"`)
	d.passes("window", 13*time.Second)
	d.until(`document.querySelector("#agentdesktop-lacks").checkVisibility() && document.querySelector("#agentdesktop-lacks").textContent.startsWith("AgentDesktop has not been there for 15 seconds")`)

	answers.Store(true)
	d.loads()
	d.text(`(resume(), "")`)
	d.until(`globalThis.callbacks?.size === 1 && !document.querySelector("#agentdesktop-lacks").checkVisibility()`)
	d.told(`"ESTABLISHED", "M"`, "Call from 3393669393 · Talking")
	if off := d.text(`String(document.querySelectorAll("#agentdesktop button:disabled").length)`); off != "0" {
		t.Errorf("of what the SDK has by now, %s buttons are switched off", off)
	}
	d.complains()
}

// Presses that were not meant do nothing: of a double click the second, and what hits a button that has only just moved there.
// What the SDK does not answer stops nothing else. What is offered is seen, even where the panel was hidden.
func TestAPositionThatIsHandledRoughlyInABrowser(t *testing.T) {
	t.Parallel()
	d, answers := openOdd(t)
	answers.Store(true)
	d.loads()
	d.until(`globalThis.callbacks?.size === 1`)

	d.text(`(document.querySelector("#agentdesktop .hide").click(), "")`)
	d.told(`"POPUP", "M", { queue: "Q".repeat(5000) }`, "Call from 3393669393 · Offered to you · "+strings.Repeat("Q", 5000))
	d.says("Call from 3393669393: Offered to you")
	if got := d.text(`[document.querySelector("#agentdesktop-contacts li").checkVisibility(), document.querySelector("#agentdesktop-said").closest(".body"), document.querySelector("#agentdesktop-contacts").scrollWidth <= document.querySelector("#agentdesktop-contacts").clientWidth,
		document.querySelector("#agentdesktop-contacts li").clientHeight < 300, document.querySelector("#agentdesktop-contacts [data-command=answer]").ariaLabel].join()`); got != "true,,true,true,Answer: Call from 3393669393" {
		t.Errorf("an offered call is %s", got)
	}

	// The SDK tells of what it was given at once: other buttons are then where these were.
	d.text(`(Object.assign(AGENTDESKTOP.CONTACT, {
		Answer: (id) => { given.push("Answer"); tells("ESTABLISHED", id) },
		Hangup: (id) => { given.push("Hangup"); tells("CONNECTIONCLEARED", id) },
	}), "")`)
	d.doubleClicks("Answer")
	d.gave("Answer")
	d.doubleClicks("Hold") // of which nothing is told at once
	d.gave("Hold(M)")
	d.told(`"HELD", "M", { queue: "Q2" }`, "Call from 3393669393 · On hold · Q2")
	d.doubleClicks("Retrieve") // since an event has told of the first
	d.gave("Hold(M)")
	d.doubleClicks("Hang up")
	d.gave("Hangup")
	d.shows("Call from 3393669393 · Ended · Q2")
	d.presses(0, "Take off the list")
	d.shows()

	d.told(`"ESTABLISHED", "", { uuid: "x" }`, "Call from 3393669393 · Talking")
	if got := d.text(`[...document.querySelectorAll("#agentdesktop-contacts button")].filter((b) => b.checkVisibility()).map((b) => b.textContent).join()`); got != "Take off the list" {
		t.Errorf("a contact without an id has %s", got)
	}

	d.text(`(AGENTDESKTOP.CONTACT.MakeCall = (number) => { given.push(number); return number.endsWith("1") ? new Promise(() => {}) : undefined }, "")`)
	d.calls("+39 02 1234 5671")
	d.until(`given.length === 1`) // else the next may come first: a call holds it up for some seconds alone
	d.calls("+39 02 1234 5672")
	d.passes("window", 6*time.Second)
	d.until(`given.length === 2`)
	d.passes("window", 5*time.Second)
	d.says("AgentDesktop has not answered: look there")
	d.until(`[...document.querySelectorAll("#list li")].filter((li) => li.textContent.includes("1234 567")).map((li) => li.querySelector(".state").textContent).join() === "Calling,Not done"`)
	d.gave("+390212345671 +390212345672")
	d.complains()
}
