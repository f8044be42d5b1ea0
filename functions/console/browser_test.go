package console_test

import (
	"context"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"sessionbridge.internal/emulator/people"
	"sessionbridge.internal/shared/session"
)

// browser is Chromium at the console, signed in as Ada, with all that it complained of.
type browser struct {
	context.Context
	url string

	mu     sync.Mutex
	faults []string
}

// forLong bounds the browser's start, and a test with it: one that needs it has failed.
const forLong = 4 * time.Minute

// open starts a browser, or says that there is none. In CI=true there must be one.
func (w *world) open(t *testing.T) *browser {
	t.Helper()
	if _, err := exec.LookPath("chromium"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("there is no chromium to look at the pages with")
		}
		t.Skip("there is no chromium to look at the pages with: install it to run this test")
	}
	srv := httptest.NewServer(w)
	t.Cleanup(srv.Close)
	token, err := w.issuer.Token(people.Person{Email: "ada@example.com"}, audience)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), chromedp.Headless, chromedp.NoSandbox, chromedp.ExecPath("chromium"), chromedp.WSURLReadTimeout(forLong))
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := &browser{url: srv.URL}
	if err := chromedp.Listen(ctx, b.hear); err != nil { // which starts it
		t.Fatal(err)
	}
	b.Context, cancel = context.WithTimeout(ctx, forLong)
	t.Cleanup(cancel)
	headers := network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Authorization": "Bearer " + token}}
	if _, err := chromedp.Call(b, network.SetExtraHTTPHeaders, headers); err != nil {
		t.Fatal(err)
	}
	return b
}

// hear notes what goes wrong in the browser.
func (b *browser) hear(event any) {
	var fault string
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		fault = "an exception: " + e.ExceptionDetails.Text
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError {
			fault = "the console has an error"
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError {
			fault = e.Entry.Text + " " + e.Entry.URL
		}
	}
	if fault != "" {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.faults = append(b.faults, fault)
	}
}

// do has the browser do something, and fails where it cannot or complains.
func (b *browser) do(t *testing.T, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(b, actions...); err != nil {
		t.Fatal(err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, fault := range b.faults {
		t.Error(fault)
	}
	b.faults = nil
}

// evaluate is the value of an expression in the page.
func evaluate[T any](t *testing.T, b *browser, expression string) T {
	t.Helper()
	v, err := chromedp.Run(b, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestPagesInABrowser(t *testing.T) {
	t.Parallel()
	w := furnished(t)
	b := w.open(t)
	for _, width := range []int64{1280, 400} {
		for _, path := range pages {
			if strings.HasSuffix(path, "/none") || strings.HasSuffix(path, "since=x") {
				continue // a browser notes their status as an error
			}
			b.do(t, chromedp.EmulateViewport(width, 900), chromedp.Navigate(b.url+path), chromedp.WaitReady(chromedp.CSS("main")))
			if wide := evaluate[int](t, b, "document.documentElement.scrollWidth"); wide > int(width) {
				t.Errorf("%s is %d wide on a screen of %d", path, wide, width)
			}
			if raw := evaluate[int](t, b, `[...document.querySelectorAll("time")].filter((t) => t.textContent.endsWith("UTC")).length`); raw > 0 {
				t.Errorf("%s has %d times that are not in the reader's zone", path, raw)
			}
		}
	}
}

// Who walks through a list by keyboard stays where they are when it is read anew by itself.
func TestTheFocusStaysWhenAPageIsReadAnew(t *testing.T) {
	t.Parallel()
	w := furnished(t)
	b := w.open(t)
	// What waits for seconds is done when the test says so.
	const script = `const wait = setTimeout; globalThis.setTimeout = (f, ms) => (ms < 5000 ? wait(f, ms) : (globalThis.again = f, 0))`
	if _, err := chromedp.Call(b, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script}); err != nil {
		t.Fatal(err)
	}
	b.do(t, chromedp.Navigate(b.url+"/console/demo/"), chromedp.WaitVisible(chromedp.CSS("button[data-live]")))
	was := evaluate[string](t, b, `(globalThis.link = document.querySelector("#result a.main"), link.focus(), again(), link.href)`)
	b.do(t, chromedp.Poll[chromedp.Void](`!link.isConnected`, chromedp.WithPollingTimeout(0)))
	if is := evaluate[string](t, b, `document.activeElement.href ?? document.activeElement.outerHTML`); is != was {
		t.Errorf("the focus is at %s, want %s", is, was)
	}
}

func TestAPersonRepairsASessionInABrowser(t *testing.T) {
	t.Parallel()
	w := furnished(t)
	b := w.open(t)
	css := func(s string) chromedp.CSS { return chromedp.CSS(s) }
	b.do(t, chromedp.Navigate(b.url+"/console/demo/"), chromedp.WaitVisible(css("button[data-live]")))
	evaluate[bool](t, b, `(() => { const s = document.querySelector("#trouble"); s.value = "dead"; return s.dispatchEvent(new Event("change", {bubbles: true})); })()`)
	b.do(t,
		chromedp.Poll[chromedp.Void](`document.querySelectorAll("#result tbody tr").length === 1 && location.search === "?trouble=dead"`, chromedp.WithPollingTimeout(0)),
		chromedp.Evaluate[chromedp.Void](`document.querySelector("#result a.main").click()`), // the row may be read again meanwhile
		chromedp.WaitVisible(css(".ask summary")),
		chromedp.Click(css(`form.choose input[value="7"]`)), chromedp.Click(css("form.choose button")), chromedp.WaitVisible(css(".said")),
	)
	if said := evaluate[string](t, b, `document.querySelector(".said").textContent`); !strings.Contains(said, "The choice is noted") {
		t.Errorf("the page says %q", said)
	}
	if got := w.crmOf(t, "call-1"); got.AccountID != "7" || got.State == session.CRMDead {
		t.Errorf("the work in the CRM is %+v", got)
	}
}
