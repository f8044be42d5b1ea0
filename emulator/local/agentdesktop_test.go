package local_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"sessionbridge.internal/emulator/local"
	"sessionbridge.internal/shared/session"
)

// desktop is the desk of the tenant whose contact centre is AgentDesktop.
type desktop struct {
	*tab
	*cloud
}

// hearsNotes keeps the page's messages, which go away by themselves, until the test has heard them.
const hearsNotes = `;(() => {
	globalThis.notes = []
	new MutationObserver((changes) => {
		for (const { target, addedNodes } of changes) if (target.id === "notes") notes.push(...[...addedNodes].map((p) => p.textContent))
	}).observe(document, { childList: true, subtree: true })
})()`

func newDesktop(t *testing.T) desktop {
	t.Helper()
	d := desktop{openAhead(t), start(t, local.Options{})}
	d.script(hearsNotes)
	return d
}

func openDesktop(t *testing.T) desktop {
	t.Helper()
	d := newDesktop(t)
	d.do(chromedp.Navigate(d.Client.URL + "/desk/agentdesktop/"))
	d.until(inBar(`querySelector("#incoming button:enabled")`) + ` && AGENTDESKTOP.CONTACT && document.querySelector("#agentdesktop").checkVisibility()`)
	return d
}

// inBar is an expression within the bar's frame.
func inBar(what string) string {
	return `document.querySelector("#agentdesktop-bar")?.contentDocument?.` + what
}

// rings has a customer call.
func (d desktop) rings() {
	d.T().Helper()
	d.text(`(` + inBar(`querySelector("#incoming button").click()`) + `, "")`)
	d.shows(`Call from 3393669393 · Offered to you`)
}

func (d desktop) T() *testing.T { return d.tab.T }

// shows waits until the panel shows these contacts.
func (d desktop) shows(contacts ...string) {
	d.T().Helper()
	want, err := json.Marshal(append([]string{}, contacts...))
	if err != nil {
		d.T().Fatal(err)
	}
	d.until(fmt.Sprintf(`JSON.stringify([...document.querySelectorAll("#agentdesktop-contacts li")].map((li) => li.querySelector(".who").textContent + " · " + li.querySelector(".quiet").textContent.replace(" · QUEUE25", ""))) === %q`, want))
}

// presses a button of the contact that is there at a place, once it takes it.
func (d desktop) presses(contact int, text string) {
	d.T().Helper()
	button := fmt.Sprintf(`[...document.querySelectorAll("#agentdesktop-contacts li:nth-child(%d) button")].find((b) => b.textContent === %q && b.checkVisibility() && !b.disabled && !b.closest("[data-still]"))`, contact+1, text)
	d.until(`((b) => b && (b.focus(), b.click(), true))(` + button + `)`)
}

// writes where a contact is to be handed on.
func (d desktop) writes(contact int, to string) {
	d.T().Helper()
	d.text(fmt.Sprintf(`(document.querySelectorAll("#agentdesktop-contacts li")[%d].querySelector("input").value = %q)`, contact, to))
}

// says waits for a message.
func (d desktop) says(text string) {
	d.T().Helper()
	d.until(fmt.Sprintf(`notes.some((text) => text.includes(%q)) && notes.splice(0).length > 0`, text))
}

// forgets fails unless the messages, which have just come to a page whose time stands still, go away after four seconds.
func (d desktop) forgets() {
	d.T().Helper()
	for _, after := range []struct {
		pass time.Duration
		want string
	}{{3900 * time.Millisecond, "1"}, {200 * time.Millisecond, "0"}} {
		d.passes("window", after.pass)
		if n := d.text(`String(document.querySelector("#notes").childElementCount)`); n != after.want {
			d.T().Errorf("after another %v there are %s messages, want %s", after.pass, n, after.want)
		}
	}
}

// sessions are those that came of the contacts, once all events are there.
func (d desktop) sessions() (all []session.Session) {
	d.T().Helper()
	d.until(strings.ReplaceAll(unsent(0), "/demo/", "/agentdesktop/"))
	d.must(d.Client.Drain(patience(d.T())))
	var list struct {
		Sessions []struct{ Key string }
	}
	const path = "/console/api/tenants/agentdesktop/sessions"
	d.must(d.Get(patience(d.T()), path, &list))
	for _, one := range list.Sessions {
		var s session.Session
		d.must(d.Get(patience(d.T()), path+"/"+one.Key, &s))
		all = append(all, s)
	}
	return all
}

// told are the vendor's names of a session's events, in their order, with a star at those of its consultations. A POPUP, which is
// two events, is there once.
func told(s session.Session) string {
	all := s.Events
	for _, attached := range s.Attached {
		all = append(all, attached.Events...)
	}
	slices.SortStableFunc(all, func(a, b session.Event) int { return int(a.Sequence - b.Sequence) })
	var names []string
	for i, e := range all {
		switch {
		case i > 0 && e.Sequence == all[i-1].Sequence:
		case e.Leg != nil && e.Leg.Kind == session.ConsultLeg:
			names = append(names, "*"+e.VendorType)
		default:
			names = append(names, e.VendorType)
		}
	}
	return strings.Join(names, " ")
}

// An agent answers a call, consults a colleague and hands the call over, all on the desk: it is one session with a transfer, and
// the consultation is a leg of it.
func TestAConsultationTransferInABrowser(t *testing.T) {
	t.Parallel()
	d := openDesktop(t)
	d.rings()
	d.presses(0, "Answer")
	d.shows("Call from 3393669393 · Talking")
	d.presses(0, "Hold")
	d.shows("Call from 3393669393 · On hold")
	d.presses(0, "Retrieve")
	d.shows("Call from 3393669393 · Talking")
	d.writes(0, "347 123 4567")
	d.presses(0, "Consult")
	d.shows("Call from 3393669393 · On hold", "Consultation · Talking")
	if got := d.text(`document.activeElement.closest("#agentdesktop li")?.querySelector(".who").textContent ?? document.activeElement.outerHTML`); got != "Call from 3393669393" {
		t.Errorf("the focus is at %s", got)
	}
	d.presses(1, "Complete the transfer")
	d.shows("Call from 3393669393 · After-call work")
	d.presses(0, "End after-call work")
	d.shows()
	if got := d.text(`document.activeElement.id`); got != "agentdesktop" {
		t.Errorf("when the contact is gone, the focus is at %q", got)
	}
	all := d.sessions()
	if len(all) != 1 {
		t.Fatalf("there are %d sessions: %+v", len(all), all)
	}
	s := all[0]
	if got, want := told(s), "POPUP RINGING ESTABLISHED HELD RETRIEVED HELD *CONNECTIONSTARTED *DIALING *ESTABLISHED TRANSFERRED CONNECTIONCLEARED *CONNECTIONCLEARED JOBCHANGED JOBFINISHED"; got != want {
		t.Errorf("the session has %s, want %s", got, want)
	}
	if s.Direction != session.Inbound || s.Customer.PhoneRaw != "3393669393" || s.FinishedAt.IsZero() {
		t.Errorf("the session is %+v", s)
	}
	if len(s.Transfers) != 1 || s.Transfers[0].Kind != session.Warm || s.Transfers[0].From.AgentEmail != "developer@localhost" {
		t.Errorf("its transfers are %+v", s.Transfers)
	}
	if consultations := slices.DeleteFunc(slices.Clone(s.Legs), func(l session.Leg) bool { return l.Kind != session.ConsultLeg }); len(consultations) != 1 {
		t.Errorf("its legs are %+v, want one consultation among them", s.Legs)
	}
	d.complains()
}

// What cannot be called is told of for four seconds, and so is what the SDK refuses or has not. A consultation is cancelled, and
// another becomes a conference.
func TestAConferenceAndMistakesInABrowser(t *testing.T) {
	t.Parallel()
	d := openDesktop(t)
	for wrong, says := range map[string]string{"": "Type the number to call.", "Ada": "That is no number"} {
		d.text(fmt.Sprintf(`(halt(), document.querySelector("#agentdesktop-number").value = %q, document.querySelector("#agentdesktop-call button").click(), "")`, wrong))
		d.says(says)
		d.forgets()
	}
	d.text(`(resume(), "")`)
	if got := d.text(`document.activeElement.id + document.activeElement.getAttribute("aria-invalid")`); got != "agentdesktop-numbertrue" {
		t.Errorf("then the focus is at %s", got)
	}
	d.rings()
	d.presses(0, "Answer")
	d.shows("Call from 3393669393 · Talking")
	d.text(`(document.querySelector("#agentdesktop-number").value = "+39 02 1234 5678", document.querySelector("#agentdesktop-call button").click(), "")`)
	d.says("Call: another contact is not on hold")
	d.presses(0, "Transfer")
	d.says("Type where to")
	d.writes(0, "SALES")
	d.presses(0, "Consult")
	d.presses(1, "Cancel the consultation")
	d.shows("Call from 3393669393 · Talking")
	d.presses(0, "Consult")
	d.presses(1, "Conference")
	d.shows("Call from 3393669393 · In conference", "Consultation · Talking")
	d.presses(0, "Hang up")
	d.shows("Call from 3393669393 · After-call work")
	all := d.sessions()
	const want = "POPUP RINGING ESTABLISHED HELD *CONNECTIONSTARTED *DIALING *ESTABLISHED *CONNECTIONCLEARED RETRIEVED " +
		"HELD *CONNECTIONSTARTED *DIALING *ESTABLISHED CONFERENCED RETRIEVED CONNECTIONCLEARED *CONNECTIONCLEARED JOBCHANGED"
	if len(all) != 1 || told(all[0]) != want {
		t.Errorf("the sessions are %+v, want one with %s", all, want)
	}
	d.complains()

	d.setAt("agentdesktop", func(doc map[string]any) { section(doc, "desk", "agentdesktop")["consultation"] = "Consult" })
	d.do(chromedp.Reload())
	d.until(`document.querySelector("#agentdesktop-lacks").textContent === "“Consult” is not possible: this AgentDesktop has no function Consult."`)
}
