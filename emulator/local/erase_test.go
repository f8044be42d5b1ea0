package local_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"sessionbridge.internal/emulator/demo"
	"sessionbridge.internal/emulator/local"
)

const erasedCall = "/console/api/tenants/demo/sessions/call-1/erase?source=ccai"

// erase asks the console to erase the call, and returns what it answers.
func (c *cloud) erase(body string) (status int, answer string) {
	c.Helper()
	resp, answer := c.call(http.MethodPost, erasedCall, body, func(r *http.Request) { r.Header.Set("Content-Type", "application/json") })
	return resp.StatusCode, answer
}

// missing is whether nothing is kept of the call.
func (c *cloud) missing() bool {
	c.Helper()
	resp, _ := c.call(http.MethodGet, "/console/api/tenants/demo/sessions/call-1", "", nil)
	return resp.StatusCode == http.StatusNotFound
}

// A call is erased while its metadata is owed: its task, which comes later, finds nothing and ends quietly, and the day is
// accounted for. A repeated event is let go; only what happens later begins the session anew.
func TestWhatWasOwedByAnErasedSessionIsNotDone(t *testing.T) {
	t.Parallel()
	c := start(t, local.Options{})
	call := c.aCall(1)
	c.play(call)
	c.advance(time.Minute)
	if status, answer := c.erase(`{}`); status != http.StatusConflict || !strings.Contains(answer, "Metadata, transcript and mail (scheduled)") {
		t.Fatalf("erasing what owes something is answered %d %s", status, answer)
	}
	status, answer := c.erase(`{"anyway":true,"files":true}`)
	if status != http.StatusOK || !strings.Contains(answer, `"where":"CRM","what":"record `) || strings.Contains(answer, `"where":"bucket"`) {
		t.Fatalf("erasing is answered %d %s", status, answer)
	}
	c.advance(time.Hour)
	if !c.missing() {
		t.Error("a task has made the session anew")
	}
	if paths, mails := c.paths(), c.mail(); len(paths) != 0 || len(mails) != 0 {
		t.Errorf("what was given up is done: files %v, mails %v", paths, mails)
	}
	_, covered := c.call(http.MethodGet, "/console/api/tenants/demo/coverage?day="+c.Now().UTC().Format(time.DateOnly), "", nil)
	var report struct{ Total, Erased, Missing int }
	c.must(json.Unmarshal([]byte(covered), &report))
	if report.Total != report.Erased || report.Missing != 0 {
		t.Errorf("the day is %+v", report)
	}
	c.insist(call.Posts[len(call.Posts)-1])
	c.advance(time.Minute)
	if !c.missing() {
		t.Error("an event that is repeated has made the session anew")
	}
	c.play(c.aCall(1)) // as of now
	c.advance(time.Minute)
	if c.missing() {
		t.Error("what happens later has not begun the session anew")
	}
}

// An administrator finds a customer by number and erases them, by keyboard alone; nobody else is offered it.
func TestACustomerIsErasedInABrowser(t *testing.T) {
	t.Parallel()
	b := open(t)
	equipped := b.equip()
	c := start(t, local.Options{})
	c.play(c.aCall(1))
	c.play(c.aChat(2))
	c.advance(time.Hour)
	shot := func(name string) {
		t.Helper()
		for _, at := range screens {
			b.on(at)
			if over := b.text(`String(document.documentElement.scrollWidth - innerWidth)`); over != "0" && !strings.HasPrefix(over, "-") {
				t.Errorf("%s at %s is %s pixels wider than the screen", name, at.name, over)
			}
			if equipped {
				b.audit(name + " at " + at.name)
			}
			if dir := os.Getenv("SCREENSHOTS"); dir != "" {
				picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
				c.must(err)
				c.must(os.WriteFile(filepath.Join(dir, name+"."+at.name+".png"), picture, 0o644))
			}
		}
		b.on(screens[0])
	}
	b.do(chromedp.Navigate(c.Client.URL + "/console/demo/sessions/call-1"))
	b.tabTo(`a[href*="/erase?"]`)
	b.leads(kb.Enter, "Erase a customer")
	b.says("call-1", "contact centre", "record")
	b.do(chromedp.Navigate(c.Client.URL + "/console/demo/"))
	b.tabTo(`a[href$="/erase"]`)
	b.leads(kb.Enter, "Erase a customer")
	shot("erase-begin")
	b.tabTo(`#who`)
	b.do(chromedp.KeyEvent(demo.Phone))
	b.leads(kb.Enter, "Erase a customer")
	b.says("call-1", "To be erased 1", "begins the session anew", "CRM")
	shot("erase-found")
	b.tabTo(`input[name="sure"]`)
	b.do(chromedp.KeyEvent(" "))
	b.tabTo(`button[value="erase"]`)
	b.leads(" ", "Erase a customer")
	b.says("What came of it", "erased", "It still is in these places", "What was erased 1")
	shot("erase-done")
	if !c.missing() {
		t.Error("the call is there")
	}
	b.complains()
}
