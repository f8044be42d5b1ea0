package local_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"sessionbridge.internal/emulator/local"
)

// pressed has a key come as keyboards send it: what a key has already done when it goes down, as Enter on a link, it does not do
// again in the field that has the focus by then.
func pressed(p *input.DispatchKeyEventParams) {
	if p.Type == kb.KeyDown {
		p.Type = input.DispatchKeyEventTypeRawKeyDown
	}
}

// tabTo presses Tab until the element has the focus, as somebody without a mouse does.
func (b *tab) tabTo(selector string) {
	b.Helper()
	for range 400 {
		b.do(chromedp.KeyEvent(kb.Tab))
		if b.text(`String(document.activeElement.matches('`+selector+`'))`) == "true" {
			return
		}
	}
	b.Fatalf("Tab does not reach %s", selector)
}

// leads presses a key that leads to another page, and waits until that is there.
func (b *tab) leads(key, heading string) {
	b.Helper()
	if _, err := chromedp.RunResponse(b.ctx, chromedp.KeyEvent(key, pressed)); err != nil {
		b.Fatal(err)
	}
	if got := b.text(`document.querySelector("h1").textContent`); got != heading {
		b.Fatalf("the page is %q, want %q\n%s", got, heading, b.text(`document.body.innerText`))
	}
}

// says fails where the page does not show the text.
func (b *tab) says(texts ...string) {
	b.Helper()
	shown := strings.Join(strings.Fields(b.text(`document.body.innerText`)), " ")
	for _, want := range texts {
		if !strings.Contains(shown, want) {
			b.Errorf("%q is not in %s", want, shown)
		}
	}
}

func (c *cloud) stored() string {
	c.Helper()
	resp, body := c.call(http.MethodGet, "/console/api/tenants/demo/settings", "", nil)
	if resp.StatusCode != http.StatusOK {
		c.Fatalf("reading the settings: %d %s", resp.StatusCode, body)
	}
	return strings.ReplaceAll(body, `": `, `":`) // however it was written
}

// An administrator changes the settings by keyboard alone: makes a mistake and is led to it, tries an endpoint, saves; is told
// that somebody else has saved meanwhile, and decides; and restores a version.
func TestSettingsAreChangedByKeyboardInABrowser(t *testing.T) {
	t.Parallel()
	b := open(t)
	equipped := b.equip()
	audit := func(where string) {
		t.Helper()
		if equipped {
			b.audit(where)
		}
	}
	c := start(t, local.Options{})
	b.do(chromedp.EmulateViewport(1280, 900), chromedp.Navigate(c.Client.URL+"/console/demo/settings/mail"))

	b.tabTo(`[name="/mail/port"]`) // which selects what is in it
	b.do(chromedp.KeyEvent("many"))
	b.leads(kb.Enter, "Settings: Mail")
	b.says("Nothing was saved: there are mistakes", "mail.port")
	if got := b.text(`((f) => f.value + " " + f.getAttribute("aria-invalid") + " " + document.getElementById(f.getAttribute("aria-describedby")).textContent)(document.querySelector('[name="/mail/port"]'))`); !strings.HasPrefix(got, "many true ") || !strings.Contains(got, "number") {
		t.Errorf("the field with the mistake says %q", got)
	}
	audit("a form with a mistake")
	b.tabTo(`.wrong a`)
	b.do(chromedp.KeyEvent(kb.Enter, pressed)) // which leads to its field
	b.until(`document.activeElement.name === "/mail/port"`)
	c.saves(b)
	c.conflicts(b, audit)
	c.restores(b, audit)

	b.do(chromedp.Navigate(c.Client.URL + "/console/demo/settings/crm"))
	b.tabTo(`#` + b.text(`document.querySelector('[data-key="/crm/endpoints/find_account"]').id`) + ` > summary`)
	b.do(chromedp.KeyEvent(" "))
	b.tabTo(`[value="try crm.endpoints.find_account"]`)
	b.leads(" ", "Settings: CRM")
	b.says("GET http://", "Answered HTTP 200", "nobody found")
	audit("an endpoint that was tried")
	b.mu.Lock()
	b.faults = slices.DeleteFunc(b.faults, func(fault string) bool { // a browser notes these answers as errors
		return strings.Contains(fault, " status of 422 ") || strings.Contains(fault, " status of 409 ")
	})
	b.mu.Unlock()
	b.complains()
}

// saves mends the port, in whose field the focus is, and saves it.
func (c *cloud) saves(b *tab) {
	c.Helper()
	b.text(`(document.activeElement.select(), "")`)
	b.do(chromedp.KeyEvent("2599"))
	b.tabTo(`button[value="save"]`)
	b.leads(" ", "Settings: Mail")
	b.says("The settings are saved")
	if got := c.stored(); !strings.Contains(got, `"port":2599`) {
		c.Errorf("stored is %s", got)
	}
}

// conflicts has somebody else save while the form is open. Their change and the form's are both wanted.
func (c *cloud) conflicts(b *tab, audit func(string)) {
	c.Helper()
	c.set(func(doc map[string]any) { section(doc, "mail")["to"] = "theirs@demo.example" })
	b.tabTo(`[name="/mail/port"]`)
	b.do(chromedp.KeyEvent("2601"))
	b.leads(kb.Enter, "Somebody else has changed the settings")
	b.says("Nothing of yours was saved", "by developer@localhost", "mail.port 2599 2601", `mail.to "theirs@demo.example" "crm-updates@demo.example"`)
	if got := c.stored(); !strings.Contains(got, "theirs@demo.example") || strings.Contains(got, "2601") {
		c.Errorf("undecided, stored is %s", got)
	}
	audit("a conflict")
	b.tabTo(`form button.danger`)
	b.leads(kb.Enter, "Settings")
	b.says("The settings are saved")
	if got := c.stored(); strings.Contains(got, "theirs@demo.example") || !strings.Contains(got, `"port":2601`) {
		c.Errorf("decided, stored is %s", got)
	}
}

// restores goes back to what the other had saved, by the history.
func (c *cloud) restores(b *tab, audit func(string)) {
	c.Helper()
	b.do(chromedp.Navigate(c.Client.URL + "/console/demo/settings/history"))
	newest := b.text(`document.querySelector("tbody th a").textContent`)
	b.tabTo(`tbody tr:nth-child(2) a`)
	before := b.text(`document.activeElement.textContent`)
	b.leads(kb.Enter, "Version "+before)
	b.says("What it changed", `mail.to "crm-updates@demo.example" "theirs@demo.example"`, "What restoring it would change now", "mail.port 2601 2599")
	audit("a version")
	b.tabTo(`button.first`)
	b.leads(kb.Enter, "History of the settings")
	b.says("The version is restored")
	if got := b.text(`document.querySelector("tbody th a").textContent`); got == newest {
		c.Errorf("the newest version is still %s", got)
	}
	if got := c.stored(); !strings.Contains(got, "theirs@demo.example") || !strings.Contains(got, `"port":2599`) {
		c.Errorf("restored, stored is %s", got)
	}
}

// A call whose record the CRM refused for good is found among what needs attention, and replayed there; then the record is there.
func TestADeadLetterIsReplayedInABrowser(t *testing.T) {
	t.Parallel()
	b := open(t)
	equipped := b.equip()
	c := start(t, local.Options{})
	call := c.aCall(1)
	c.faults(`{"crm":[{"times":1,"status":403}]}`)
	c.play(call)
	c.advance(20 * time.Minute)
	if records := c.crm().Records; len(records) != 0 {
		t.Fatalf("the CRM, which refused, has %v", records)
	}
	b.do(chromedp.EmulateViewport(1280, 900), chromedp.Navigate(c.Client.URL+"/console/demo/dead"))
	b.says("Given up 1", call.Key, "403", "CRM dead")
	b.tabTo(`section[aria-labelledby="dead"] td.acts button`)
	b.leads(" ", "Needs attention")
	b.says("It is taken up again")
	if equipped {
		b.audit("what needs attention, after a replay")
	}
	c.advance(2 * time.Minute) // the metadata tells of the record now
	c.arrivedOnce(call)
	b.do(chromedp.Navigate(c.Client.URL + "/console/demo/dead"))
	b.says("Given up 0", "Nothing was given up")
	b.do(chromedp.Navigate(c.Client.URL + "/console/demo/sessions/" + call.Key))
	b.says("Everything is done: nothing is owed")
	b.complains()
}
