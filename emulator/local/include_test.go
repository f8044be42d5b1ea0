package local_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"

	"sessionbridge.internal/emulator/demo"
	"sessionbridge.internal/emulator/local"
)

// An adapter of the contact centre's, of which one presses a button.
const adapterPage = `<!doctype html><title>Adapter</title><script>
const tell = (type, data) => parent.postMessage(JSON.stringify({type, data: {agent_id: 1, agent_email: 'kim@demo.example', ...data}}), '*')
addEventListener('message', (e) => { document.title = e.origin + ' ' + e.data.type + ' ' + e.data.number })
tell('Agent_Login', {})
</script>`

// crmPage is a page of the CRM, which includes desk.js and has the adapter in a frame. What it is told of records is in its title.
const crmPage = `<!doctype html><title>CRM</title>
<script type="module" src="%s/desk/demo/desk.js"></script>
<script src="/page.js"></script>
<iframe src="%s/?type=call"></iframe>`

const crmScript = `
addEventListener('sessionbridge:pop', (e) => {
  document.title = 'record ' + e.detail.recordUrl
  if (location.search === '?own') e.preventDefault()
})
addEventListener('message', (e) => { if (String(e.data).includes('CRM_Record_Pop')) document.documentElement.dataset.told = e.data })`

// sites serves the CRM at a host name that is another site than the desk's 127.0.0.1, and the adapter. The CRM's policy is as
// strict as desk.js allows.
func sites(t *testing.T, desk string) (crm, adapter string) {
	t.Helper()
	a := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, adapterPage) }))
	t.Cleanup(a.Close)
	c := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			w.Header().Set("Content-Security-Policy", fmt.Sprintf("default-src 'none'; script-src 'self' %s; frame-src %[1]s %s; "+
				"base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'", desk, a.URL))
			_, _ = fmt.Fprintf(w, crmPage, desk, a.URL)
		case "/page.js":
			w.Header().Set("Content-Type", "text/javascript")
			_, _ = fmt.Fprint(w, crmScript)
		case "/favicon.ico":
			w.WriteHeader(http.StatusNoContent)
		}
	}))
	t.Cleanup(c.Close)
	return strings.Replace(c.URL, "127.0.0.1", "localhost", 1), a.URL
}

// part is a frame or window of the browser, by a part of its address, once it is there.
func (b *tab) part(address string) *tab {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, longest)
	defer cancel()
	for {
		all, err := chromedp.Targets(ctx)
		if err != nil {
			b.Fatalf("there is no %s: %v", address, err)
		}
		for _, one := range all {
			if strings.Contains(one.URL, address) {
				return b.attach(one.TargetID)
			}
		}
	}
}

func (b *tab) attach(id target.ID) *tab {
	b.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithTargetID(id))
	b.Cleanup(cancel)
	_ = chromedp.Do(ctx) // attaches it: were that done with the deadline of a wait, it would end with that
	return &tab{T: b.T, ctx: ctx}
}

const (
	wide    = 1280
	high    = 900
	strange = `document.querySelector("h1")?.textContent === "Please sign in"`
)

// press has a finger press a button in desk.js's frame, which stands at the page's corner.
func (b *tab) press(in *tab, selector string) {
	b.Helper()
	in.until(fmt.Sprintf(`((b) => b.checkVisibility() && !b.disabled && b.getBoundingClientRect().bottom <= innerHeight)(document.querySelector(%q))`, selector)) // once the frame has its height
	at, err := chromedp.Run(in.ctx, chromedp.Evaluate[[]float64](fmt.Sprintf(
		`(({left, top, width, height}) => [left + width / 2 - innerWidth, top + height / 2 - innerHeight])(document.querySelector(%q).getBoundingClientRect())`, selector)))
	if err != nil {
		b.Fatal(err)
	}
	b.do(chromedp.MouseClickXY(wide-17+at[0], high-17+at[1]))
}

// picture keeps what the browser shows, where SCREENSHOTS names a folder.
func (b *tab) picture(name string) {
	b.Helper()
	dir := os.Getenv("SCREENSHOTS")
	if dir == "" {
		return
	}
	shot, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name), shot, 0o600)
	}
	if err != nil {
		b.Fatal(err)
	}
}

// A page of a CRM on another site includes desk.js; an agent signs in by its frame, answers a call in the adapter, and the record is
// offered. In the CRM's page itself there is no sign-in, and browsers keep the two sites apart as they do for everybody.
func TestAPageOfAnotherSiteIncludesTheDesk(t *testing.T) {
	t.Parallel()
	b := openWith(t)
	c := start(t, local.Options{SignIn: true})
	crm, adapter := sites(t, c.Client.URL)
	c.set(func(doc map[string]any) {
		desk := section(doc, "desk")
		desk["adapters"] = map[string]any{"call": adapter + "/"}
		desk["embed_origins"] = []string{crm}
	})
	b.do(chromedp.EmulateViewport(wide, high), chromedp.Navigate(crm))

	frame := b.becomes("/desk/demo/relay", strange)
	b.picture("include-signin.png")
	b.answersIn(adapter, 4710) // which waits until somebody has signed in
	b.press(frame, "#signin")
	window := b.part("/emulator/oidc/authorize")
	window.until(`document.querySelector("button[value='kim@demo.example']") !== null`)
	window.do(chromedp.Click(`button[value="kim@demo.example"]`))
	frame = b.relay()
	if cookies := b.text(`document.cookie`); cookies != "" {
		t.Errorf("the CRM's page has the cookies %s", cookies)
	}

	for _, p := range demo.Call(4711, c.Now().Add(6*time.Minute)).Posts[:2] { // a customer calls, and waits
		c.insist(p)
	}
	b.answersIn(adapter, 4711)
	b.until(`document.title.startsWith("record http") && document.documentElement.dataset.told?.includes("recordUrl")`)
	frame.until(`!document.querySelector("#record").hidden && document.querySelector("#record-link").href.includes("/records/")`)
	b.picture("include-record.png")
	ctx := patience(t)
	for c.heard("call-4711") == nil && ctx.Err() == nil { // the record may be that of the call before
		c.must(c.Client.Drain(ctx))
	}
	for _, key := range []string{"call-4710", "call-4711"} {
		if got := strings.Join(c.heard(key), " "); got != "New_Call" {
			t.Errorf("of the adapter's events %s has %q", key, got)
		}
	}

	b.do(chromedp.Navigate(crm + "/?own")) // which opens records by itself
	frame = b.relay()                      // still signed in
	for _, p := range demo.Call(4712, c.Now().Add(6*time.Minute)).Posts[:2] {
		c.insist(p)
	}
	b.answersIn(adapter, 4712)
	b.until(`document.title.startsWith("record http")`)
	frame.until(`document.querySelector("#record").hidden`)
	if resp, body := frame.calls("+39 02 1234 5678"); resp != "202" {
		t.Errorf("the call is answered %s %s", resp, body)
	}
	b.part(adapter).until(fmt.Sprintf(`document.title === %q`, crm+" click_to_call +390212345678"))
	frame.until(`document.querySelector("#now-number").textContent === "+39 02 1234 5678"`)
	b.picture("include-call.png")

	b.text(`(dispatchEvent(new Event("sessionbridge:signout")), "")`)
	b.becomes("/desk/demo/relay", strange)
	b.complains()
}

// answersIn has the agent answer a call in the adapter.
func (b *tab) answersIn(adapter string, id int) {
	b.Helper()
	b.part(adapter).text(fmt.Sprintf(`(tell("New_Call", {call_id: %d, session_type: "Inbound Call", queue_id: 8469, queue_path: "Developers / Ariel"}), "")`, id))
}

// relay is desk.js's frame once somebody is signed in.
func (b *tab) relay() *tab {
	b.Helper()
	return b.becomes("/desk/demo/relay", `document.body?.dataset.agent === "kim@demo.example" && document.readyState === "complete"`)
}

// becomes is a frame for which an expression is true, once it is: it may load another page meanwhile.
func (b *tab) becomes(address, expression string) *tab {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, longest)
	defer cancel()
	for ctx.Err() == nil {
		frame := b.part(address)
		if is, err := chromedp.Run(frame.ctx, chromedp.Evaluate[bool](expression)); err == nil && is {
			return frame
		}
	}
	b.Fatalf("%s does not become true at %s", expression, address)
	return nil
}

// calls has the frame put a call on the agent's desk, as a program of the agent's would.
func (b *tab) calls(number string) (status, body string) {
	b.Helper()
	answer, err := chromedp.Run(b.ctx, chromedp.Evaluate[[]string](fmt.Sprintf(`fetch("calls", {
		method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify({number: %q})
	}).then(async (a) => [String(a.status), await a.text()])`, number), chromedp.EvalAwaitPromise))
	if err != nil {
		b.Fatal(err)
	}
	return answer[0], answer[1]
}

// A page of a site that the settings do not name is shown nothing and told nothing.
func TestAPageOfAStrangersSiteGetsNothing(t *testing.T) {
	t.Parallel()
	b := openWith(t)
	c := start(t, local.Options{})
	crm, adapter := sites(t, c.Client.URL)
	c.set(func(doc map[string]any) {
		desk := section(doc, "desk")
		desk["adapters"] = map[string]any{"call": adapter + "/"}
		desk["embed_origins"] = []string{"https://crm.example.com"}
	})
	b.do(chromedp.EmulateViewport(wide, high), chromedp.Navigate(crm))
	ctx, cancel := context.WithTimeout(b.ctx, longest)
	t.Cleanup(cancel)
	refused := func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		return strings.Contains(strings.Join(b.faults, "\n"), "frame-ancestors")
	}
	for !refused() {
		if ctx.Err() != nil {
			t.Fatalf("the browser does not refuse the frame: %v", b.faults)
		}
		b.until(`document.readyState === "complete"`)
	}
	if style := b.text(`getComputedStyle(document.querySelector("sessionbridge-desk")).display + document.title`); !strings.HasSuffix(style, "CRM") {
		t.Errorf("the page is told %s", style)
	}
	b.picture("include-stranger.png")
}
