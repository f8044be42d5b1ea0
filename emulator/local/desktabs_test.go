package local_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"sessionbridge.internal/emulator/local"
)

// opens is another tab of the same browser.
func (b *tab) opens(address string) *tab {
	b.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx)
	b.Cleanup(cancel)
	other := &tab{T: b.T, ctx: ctx}
	if err := chromedp.Listen(ctx, other.hear); err != nil {
		b.Fatal(err)
	}
	other.do(chromedp.EmulateViewport(wide, high), chromedp.Navigate(address))
	return other
}

const (
	hasAdapters  = `document.querySelector("#elsewhere").hidden && document.querySelector("iframe[data-kind=call]").checkVisibility() && document.querySelector("iframe[data-kind=call]").hasAttribute("src")`
	hasNoAdapter = `document.querySelector("#elsewhere").checkVisibility() && !document.querySelector("iframe[data-kind=call]").checkVisibility() && !document.querySelector("iframe[data-kind=call]").hasAttribute("src")`
)

// Of two tabs of an agent one has the adapters. The other takes them over at a press, or once the first is gone, and sends what the first
// has left unsent: each event arrives once.
func TestTheAdaptersAreInOneTab(t *testing.T) {
	t.Parallel()
	b := open(t)
	c := start(t, local.Options{})
	var l line
	desk := l.through(t, c.Client.URL) + "/desk/demo/"
	b.do(chromedp.EmulateViewport(wide, high), chromedp.Navigate(desk))
	b.until(hasAdapters)
	b.until(within("#incoming:not([hidden])") + ` !== null`)
	second := b.opens(desk)
	second.until(hasNoAdapter)
	second.picture("tabs-elsewhere.png")

	b.answers(1)
	b.until(unsent(0))
	b.do(chromedp.Reload()) // which keeps them
	b.until(hasAdapters)
	b.until(within("#incoming:not([hidden])") + ` !== null`)
	second.until(hasNoAdapter)

	b.ordered(c, "+39 02 1234 5678")
	second.until(`[...document.querySelectorAll("#list li")].find((li) => li.innerText.includes("+39"))?.querySelector(".state").textContent === "On another page of yours"`)
	b.until(within("#number") + `.value === "+390212345678"`)

	l.state.Store(mute)
	second.text(`(document.querySelector("#use-here").click(), "")`)
	b.until(hasNoAdapter)
	second.until(hasAdapters)
	second.until(within("#incoming:not([hidden])") + ` !== null`)
	second.answers(2)
	second.ends()
	second.until(`parseInt(document.querySelector("#waiting").textContent) >= 2`)
	if err := chromedp.Cancel(second.ctx); err != nil { // closes it
		t.Fatal(err)
	}
	b.until(hasAdapters)
	l.state.Store(up)
	b.until(unsent(0))
	c.must(c.Client.Drain(patience(t)))
	for key, want := range map[string]string{"call-1": "New_Call", "call-2": "New_Call End_Call"} {
		if got := strings.Join(c.heard(key), " "); got != want {
			t.Errorf("%s has %q, want %q", key, got, want)
		}
	}
}

// Tabs of a CRM that all have the adapter, and so all hear of the same, tell of it once. The same words twice are two events.
func TestTabsOfACRMTellOfAnEventOnce(t *testing.T) {
	t.Parallel()
	b := open(t)
	c := start(t, local.Options{})
	y := &way{takes: func(http.ResponseWriter, *http.Request) bool { return false }}
	crm := includes(t, c, y.through(t, c.Client.URL))
	b.do(chromedp.EmulateViewport(wide, high), chromedp.Navigate(crm))
	second := b.opens(crm)
	const ready = `shown().contentDocument?.body?.dataset.agent !== undefined && shown().contentDocument.readyState === "complete"`
	tell := func(in *tab, text string) {
		in.text(fmt.Sprintf(`(document.querySelector("#adapter").contentWindow.eval(%q), "")`,
			fmt.Sprintf(`parent.postMessage(JSON.stringify({type: "Chat_Inbound_Message", data: {agent_id: 1, chat_id: 77, message: %q}}), "*")`, text)))
	}
	for _, one := range []*tab{b, second} {
		one.until(ready)
	}
	for _, one := range []*tab{b, second, second, b, b} { // the first has one more
		tell(one, "the same words")
	}
	tell(second, "the last words of the second")
	tell(b, "the last words of the first")
	b.comes("the last words", func() bool {
		return strings.Contains(y.posted(), "last words of the second") && strings.Contains(y.posted(), "last words of the first")
	})
	if n := strings.Count(y.posted(), "the same words"); n != 3 {
		t.Errorf("of what one tab has heard three times, and another twice, the desk is told %d times: %s", n, y.posted())
	}
}

// A press that nobody answers ends, and the page says what to do.
func TestWhatIsNotAnsweredIsToldOf(t *testing.T) {
	t.Parallel()
	b := openAhead(t)
	c := start(t, local.Options{})
	y := &way{takes: func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPost || strings.Contains(r.URL.Path, "/events/") {
			return false
		}
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
		return true
	}}
	desk := y.through(t, c.Client.URL) + "/desk/demo/"
	focus := emulation.SetFocusEmulationEnabledParams{Enabled: true}
	if _, err := chromedp.Call(b.ctx, emulation.SetFocusEmulationEnabled, focus); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct{ page, press, says string }{
		"a call":   {"call?number=%2B390212345678", `document.querySelector("#call").click()`, "has not answered in 20 seconds, so it may have the number or not"},
		"a search": {"", `document.querySelector("#search-q").value = "4711", document.querySelector("#search").requestSubmit()`, "has not answered in 30 seconds. Search again"},
	} {
		b.do(chromedp.Navigate(desk + tt.page))
		b.until(`document.readyState === "complete"`)
		b.passes("window", 2*time.Second) // the button of a call waits for a moment
		b.text(`(` + tt.press + `, "")`)
		b.passes("window", 31*time.Second)
		if says := b.text(`document.body.innerText`); !strings.Contains(says, tt.says) {
			t.Errorf("of %s the page says %s", name, says)
		}
	}
}

// A frame that cannot be had now says so, and is there once it can.
func TestAFrameTriesAgainWhereTheDeskIsNotThere(t *testing.T) {
	t.Parallel()
	b := open(t)
	c := start(t, local.Options{})
	var asked atomic.Int32
	y := &way{takes: func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/relay") || asked.Add(1) > 2 {
			return false
		}
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, againPage)
		return true
	}}
	b.do(chromedp.EmulateViewport(wide, high), chromedp.Navigate(includes(t, c, y.through(t, c.Client.URL))))
	b.until(`shown().contentDocument?.querySelector("#again")?.checkVisibility() && shown().className === "shown"`)
	b.picture("again.png")
	b.until(`shown().contentDocument?.body?.dataset.agent !== undefined`)
	b.complainsBut("503")
}

// againPage is what shared/people shows in a frame while something does not answer.
const againPage = `<!doctype html><link rel="stylesheet" href="/desk/signin/style.css"><script type="module" src="/desk/signin/frame.js"></script>
<body class="frame" data-again><main><h1>This is not possible right now</h1>
<div class="ways"><button id="again" type="button">Try now</button></div><p id="state" role="status">This page tries again by itself.</p></main>`
