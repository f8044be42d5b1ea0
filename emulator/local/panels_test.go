package local_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"sessionbridge.internal/emulator/demo"
	"sessionbridge.internal/emulator/local"
)

// An agent moves and hides an adapter by keyboard and by mouse. A call in it goes on, and the browser keeps where it was.
func TestAdaptersAreMovedAndHiddenInABrowser(t *testing.T) {
	t.Parallel()
	b := open(t)
	c := start(t, local.Options{})
	b.do(chromedp.EmulateViewport(1280, 900), chromedp.Navigate(c.Client.URL+"/desk/demo/"))
	b.answers(1)
	at := func() (x, y float64) {
		var p [2]float64
		if err := json.Unmarshal([]byte(b.text(`((r) => JSON.stringify([r.x, r.y]))(document.querySelector("#adapter-call").getBoundingClientRect())`)), &p); err != nil {
			t.Fatal(err)
		}
		return p[0], p[1]
	}
	moved := func(what string, x, y, dx, dy float64) {
		t.Helper()
		if nx, ny := at(); nx-x != dx || ny-y != dy {
			t.Errorf("%s moves it by %v, %v, want %v, %v", what, nx-x, ny-y, dx, dy)
		}
	}
	x, y := at()
	b.do(chromedp.Focus(chromedp.CSS("#adapter-call .move")), chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.ArrowLeft))
	moved("the keyboard", x, y, -16, 32)
	b.do(chromedp.KeyEvent(kb.Home))
	moved("Home", x, y, 0, 0)

	var handle [2]float64
	if err := json.Unmarshal([]byte(b.text(`((r) => JSON.stringify([r.x + 5, r.y + 5]))(document.querySelector("#adapter-call .move").getBoundingClientRect())`)), &handle); err != nil {
		t.Fatal(err)
	}
	b.do(chromedp.DragAndDropXY(handle[0], handle[1], handle[0]-200, handle[1]+100))
	moved("the mouse", x, y, -200, 100)

	b.do(chromedp.Click(chromedp.CSS("#adapter-call .hide")))
	if got := b.text(`document.querySelector("#adapter-call .hide").getAttribute("aria-expanded") + document.querySelector("#call-body").checkVisibility()`); got != "falsefalse" {
		t.Errorf("hidden it is %s", got)
	}
	if got := b.text(within("#state") + `.textContent`); got != "Call 1" {
		t.Errorf("the hidden adapter says %q", got)
	}
	b.do(chromedp.Reload())
	b.until(`document.querySelector("#adapter-call .hide").textContent === "Show"`)
	if got := b.text(`getComputedStyle(document.querySelector("#adapter-call")).translate`); got != "-200px 100px" {
		t.Errorf("after a reload it is moved by %s", got)
	}
	b.complains()
}

// A page of the CRM that has the desk in a frame is told of the record of each session, once, and gives AgentDesktop's
// events to the desk.
func TestAPageAroundTheDeskInABrowser(t *testing.T) {
	t.Parallel()
	b := open(t)
	c := start(t, local.Options{})
	around := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = fmt.Fprintf(w, `<script>got = []; addEventListener("message", (e) => got.push(e.data))</script><iframe src="%s/desk/demo/"></iframe>`, c.Client.URL)
	}))
	t.Cleanup(around.Close)
	c.set(func(doc map[string]any) { section(doc, "desk")["embed_origins"] = []string{around.URL} })

	b.do(chromedp.Navigate(around.URL))
	b.until(`document.querySelector("iframe").contentDocument.querySelector("#line")?.textContent.startsWith("Connected")`)
	call := demo.Call(5, c.Now().Add(6*time.Minute))
	for _, p := range call.Posts[:4] { // Kim answers
		p.Body = []byte(strings.ReplaceAll(string(p.Body), "kim@demo.example", "developer@localhost"))
		c.insist(p)
	}
	b.until(`got.length > 0`)
	first := b.text(`got[0]`)
	if !strings.HasPrefix(first, `{"type":"CRM_Record_Pop","data":{"recordUrl":"http`) {
		t.Errorf("the page around is told %s", first)
	}
	const desktop = `{"event":"ESTABLISHED","id":"7","uuid":"u7","type":"inbound"}`
	b.text(`(document.querySelector("iframe").contentWindow.postMessage({ type: "AgentDesktop_Event", data: ` + "`" + desktop + "`" + ` }, "*"), "")`)
	b.until(`got.length > 1`)
	c.must(c.Client.Drain(patience(t)))
	if second := b.text(`got.slice(1).join()`); strings.Count(second, "CRM_Record_Pop") != 1 || second == first {
		t.Errorf("then it is told %s", second)
	}
	if _, body := c.call(http.MethodGet, "/console/api/tenants/demo/sessions", "", nil); !strings.Contains(body, `"call-u7"`) {
		t.Errorf("there is no session of AgentDesktop's contact among\n%s", body)
	}
	b.complains()
}
