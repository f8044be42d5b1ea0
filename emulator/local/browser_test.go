package local_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	stdlog "log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	goruntime "runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"sessionbridge.internal/emulator/demo"
	"sessionbridge.internal/emulator/local"
	"sessionbridge.internal/shared/session"
)

// tab is a tab of Chromium, with what it complained of.
type tab struct {
	*testing.T
	ctx    context.Context
	mu     sync.Mutex
	faults []string
}

// open starts a browser. In CI=true there must be one.
func open(t *testing.T) *tab {
	t.Helper()
	// Frames of other origins are in the same process, where their insides can be read and pressed.
	return openWith(t, chromedp.Flag("disable-web-security", true), chromedp.Flag("disable-site-isolation-trials", true))
}

// browsers are those that run: no more at once than there are processors, but two. Each is several processes, and pages would wait
// too long where many share a processor.
var browsers = make(chan struct{}, max(2, goruntime.NumCPU()))

// openWith starts a browser that is as people have it but for the options.
func openWith(t *testing.T, options ...chromedp.ExecAllocatorOption) *tab {
	t.Helper()
	chromium, err := exec.LookPath("chromium")
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatal("there is no chromium to run the pages in")
	}
	if err != nil {
		t.Skip("there is no chromium to run the pages in: install it to run this test")
	}
	browsers <- struct{}{}
	t.Cleanup(func() { <-browsers })
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), append(options, chromedp.Headless, chromedp.NoSandbox, chromedp.ExecPath(chromium),
		chromedp.WSURLReadTimeout(longest))...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := &tab{T: t}
	if err := chromedp.Listen(ctx, b.hear); err != nil { // which starts it
		t.Fatal(err)
	}
	b.ctx, cancel = context.WithTimeout(ctx, 15*time.Minute) // twice what the longest takes on a busy machine
	t.Cleanup(cancel)
	return b
}

// script has a script run in every page and frame before all of theirs.
func (b *tab) script(source string) {
	b.Helper()
	if _, err := chromedp.Call(b.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: source}); err != nil {
		b.Fatal(err)
	}
}

// hear notes what goes wrong in the browser, but for requests without an answer.
func (b *tab) hear(event any) {
	var fault string
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		fault = "an exception: " + e.ExceptionDetails.Text
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError && !strings.Contains(e.Entry.Text, "net::ERR_") {
			fault = e.Entry.Text + " " + e.Entry.URL
		}
	}
	if fault != "" {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.faults = append(b.faults, fault)
	}
}

// do has the browser do something.
func (b *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.Fatal(err)
	}
}

// longest is how long something may take that a page brings about, on a machine that does much else.
const longest = 2 * time.Minute

// until waits for an expression to be true, or for a promise of it. Where one cannot be read, as on a page that gives way to the
// next or has no such element yet, it is not true: chromedp.Poll waits for ever there.
func (b *tab) until(expression string) {
	b.Helper()
	holds := `(async () => { try { return Boolean(await (` + expression + `)) } catch { return false } })()`
	for end := time.Now().Add(longest); time.Now().Before(end); b.do(chromedp.Sleep(20 * time.Millisecond)) {
		ctx, cancel := context.WithTimeout(b.ctx, 10*time.Second) // a promise may be one of a page that is gone
		is, err := chromedp.Run(ctx, chromedp.Evaluate[bool](holds, chromedp.EvalAwaitPromise))
		cancel()
		if err == nil && is {
			return
		}
	}
	b.Fatalf("%s does not become true\n%s", expression, b.text(`document.body.innerText`))
}

func (b *tab) text(expression string) string {
	b.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](expression))
	if err != nil {
		b.Fatal(err)
	}
	return v
}

// within is the expression of an element of the call adapter.
func within(selector string) string {
	return `document.querySelector("iframe[data-kind=call]").contentDocument.querySelector("` + selector + `")`
}

// answers has the agent answer the call in the adapter.
func (b *tab) answers(id int) {
	b.Helper()
	b.until(within("#incoming:not([hidden])") + ` !== null`)
	b.text(fmt.Sprintf(`(%s.value = "%d", %s.click(), "")`, within("#id"), id, within("#take")))
	b.until(within("#session:not([hidden])") + ` !== null`)
}

// ends has the agent end the call in the adapter.
func (b *tab) ends() {
	b.Helper()
	b.text(`(` + within("#end") + `.click(), "")`)
	b.until(within("#session[hidden]") + ` !== null`)
}

// complains fails where the browser did.
func (b *tab) complains() {
	b.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, fault := range b.faults {
		b.Error(fault)
	}
}

// heard are the types of the session's events, beginnings and ends, that the adapter told of.
func (c *cloud) heard(key string) (types []string) {
	c.Helper()
	var s struct {
		Events []session.Event `json:"events"`
	}
	resp, body := c.call(http.MethodGet, "/console/api/tenants/demo/sessions/"+key, "", nil)
	if resp.StatusCode == http.StatusNotFound {
		return nil
	}
	c.must(json.Unmarshal([]byte(body), &s))
	for _, e := range s.Events {
		if strings.HasPrefix(e.VendorType, "New_") || strings.HasPrefix(e.VendorType, "End_") {
			types = append(types, e.VendorType)
		}
	}
	return types
}

// line is the way from the browser to the cloud.
type line struct {
	state    atomic.Int32
	attempts atomic.Int32 // to send something
	cut      func()       // breaks what is open, as streams are
}

const (
	up   = iota
	down // nothing gets through
	deaf // requests get through, and their answers do not
	mute // pages can be read, and nothing can be sent
)

// through is the cloud's address behind a line.
func (l *line) through(t *testing.T, to string) string {
	t.Helper()
	srv := before(t, to, func(w http.ResponseWriter, r *http.Request, cloud http.Handler) {
		if r.Method == http.MethodPost {
			l.attempts.Add(1)
		}
		switch state := l.state.Load(); {
		case state == down || state == mute && r.Method == http.MethodPost:
			panic(http.ErrAbortHandler) // the connection breaks
		case state == deaf && r.Method == http.MethodPost:
			cloud.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}
		cloud.ServeHTTP(w, r)
	})
	l.cut = srv.CloseClientConnections
	return srv.URL
}

// before is a server before the cloud, which gives on to it what it likes.
func before(t *testing.T, to string, answer func(w http.ResponseWriter, r *http.Request, cloud http.Handler)) *httptest.Server {
	t.Helper()
	target, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	cloud := httputil.NewSingleHostReverseProxy(target)
	cloud.ErrorLog = quiet
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { answer(w, r, cloud) }))
	t.Cleanup(func() {
		srv.CloseClientConnections() // streams would hold Close up
		srv.Close()
	})
	return srv
}

var quiet = stdlog.New(io.Discard, "", 0)

// From a call that comes in to the record on the agent's page: the contact centre tells of the call by its webhook, the adapter
// in the browser that the agent has answered it.
func TestACallPopsItsRecordInABrowser(t *testing.T) {
	t.Parallel()
	b := open(t)
	c := start(t, local.Options{})
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, "<title>Record</title><p id=shown>%s</p>", r.URL.Path)
	}))
	t.Cleanup(page.Close)
	c.set(func(doc map[string]any) { section(doc, "crm")["page_url"] = page.URL + "/app/{RECORD_ID}" })

	b.do(chromedp.EmulateViewport(1280, 900), chromedp.Navigate(c.Client.URL+"/desk/demo/"))
	call := demo.Call(4711, c.Now().Add(6*time.Minute))
	for _, p := range call.Posts[:2] { // a customer calls, and waits
		c.insist(p)
	}
	b.answers(4711)
	b.until(`document.querySelector("#crm-frame").src !== "" && !document.querySelector("#crm").hidden`)
	shown := b.text(`document.querySelector("#crm-frame").src`)
	link := b.text(`document.querySelector("#record-link").href`)
	id, ok := strings.CutPrefix(shown, page.URL+"/app/")
	if !ok || id == "" || !strings.HasSuffix(link, "/records/"+id) {
		t.Errorf("the frame shows %s, and the link leads to %s", shown, link)
	}
	b.until(`[...document.querySelectorAll("#list .state")].map((s) => s.textContent).join() === "Shown"`)

	b.do(chromedp.Reload()) // which shows the record still, and ends nothing
	b.until(`[...document.querySelectorAll("#list .state")].map((s) => s.textContent).join() === "Shown"`)
	if again := b.text(`document.querySelector("#crm-frame").src`); again != shown {
		t.Errorf("after a reload the frame shows %q, want %s", again, shown)
	}
	c.must(c.Client.Drain(patience(t)))
	if got := strings.Join(c.heard("call-4711"), " "); got != "New_Call" {
		t.Errorf("of the adapter's events the session has %s", got)
	}
	b.complains()
}

// While the line is down, and then while no answer comes back, an agent takes two calls and reloads the page in between. All
// arrives, once, and in order.
func TestNothingIsLostOrDoubledWhileABrowserIsOffline(t *testing.T) {
	t.Parallel()
	b := open(t)
	c := start(t, local.Options{})
	var l line
	b.do(chromedp.EmulateViewport(360, 800), chromedp.Navigate(l.through(t, c.Client.URL)+"/desk/demo/"))
	b.until(within("#incoming:not([hidden])") + ` !== null`)
	b.until(unsent(0)) // the agent has signed in to both adapters
	waiting := func(n int) {
		b.until(fmt.Sprintf(`parseInt(document.querySelector("#waiting").textContent) >= %d`, n))
	}
	l.state.Store(down)
	b.answers(1)
	waiting(1)
	b.ends()
	b.answers(2)
	waiting(3)
	if got := c.heard("call-1"); got != nil {
		t.Errorf("there are %v of a browser that is offline", got)
	}
	l.state.Store(deaf)
	b.ends()
	waiting(4)
	l.state.Store(up)
	b.do(chromedp.Reload()) // the events are not the page's alone
	b.until(within("#incoming:not([hidden])") + ` !== null`)
	b.until(unsent(0))
	c.must(c.Client.Drain(patience(t)))
	for _, key := range []string{"call-1", "call-2"} {
		if got := strings.Join(c.heard(key), " "); got != "New_Call End_Call" {
			t.Errorf("%s has %s", key, got)
		}
	}
	if wide := b.text(`String(document.documentElement.scrollWidth)`); wide != "360" {
		t.Errorf("the page is %s wide on a screen of 360", wide)
	}
	b.complains()
}

// unsent is the expression for so many events in the browser's database.
func unsent(n int) string {
	return fmt.Sprintf(`new Promise((done) => {
		const asked = indexedDB.open("sessionbridge-desk/demo/" + document.body.dataset.agent)
		asked.onsuccess = () => {
			const count = asked.result.transaction("events").objectStore("events").count()
			count.onsuccess = () => { asked.result.close(); done(count.result === %d) }
		}
	})`, n)
}
