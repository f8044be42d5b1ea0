package console_test

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/store"
)

func (b *browser) setZone(t *testing.T, name string) {
	t.Helper()
	if _, err := chromedp.Call(b, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: name}); err != nil {
		t.Fatal(err)
	}
}

// What a reader reads and what they fill in are of one zone: theirs.
func TestTimesAreOfTheReadersZone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.open(t)
	b.setZone(t, "Asia/Tokyo")
	b.do(t, chromedp.Navigate(b.url+"/console/demo/?since=2026-01-05T09:30"), chromedp.WaitReady(chromedp.CSS("#since")))
	if got := evaluate[string](t, b, `document.querySelector("#since").value + document.querySelector("label[for=since]").textContent`); got != "2026-01-05T18:30Changed since, Asia/Tokyo" {
		t.Errorf("the field is %s", got)
	}
	evaluate[bool](t, b, `(() => { const s = document.querySelector("#since"); s.value = "2026-01-05T17:59"; return s.dispatchEvent(new Event("change", {bubbles: true})); })()`)
	b.do(t, chromedp.Poll[chromedp.Void](`document.querySelectorAll("#result tbody tr").length === 2 && location.search.includes("since=2026-01-05T08%3A59%3A00.000Z")`, chromedp.WithPollingTimeout(0)))
	if got := evaluate[string](t, b, `document.querySelector("#since").value`); got != "2026-01-05T17:59" {
		t.Errorf("then the field is %s", got)
	}
	b.do(t, chromedp.Navigate(b.url+"/console/demo/coverage?day=2026-01-05"), chromedp.Click(chromedp.CSS("a[data-day]")), chromedp.WaitReady(chromedp.CSS(`#zone[value="Asia/Tokyo"]`)))
	if shown := evaluate[string](t, b, `document.querySelector("h1").textContent + document.querySelector("a[data-day]").hidden`); shown != "Coverage of 2026-01-05, Asia/Tokyotrue" {
		t.Errorf("the report is %s", shown)
	}
}

// A name of any length takes the room of its column, and no other's.
func TestALongNameLeavesTheListReadable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.change(t, "chat-2", func(d *store.Document) {
		d.Session.Queue.Path = strings.Repeat("Überweisungsangelegenheiten", 7)
		d.Session.Customer.Name = strings.Repeat("x", 180)
		d.CRM.State = session.CRMWaiting
	})
	b := w.open(t)
	b.do(t, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(b.url+"/console/demo/"), chromedp.WaitReady(chromedp.CSS("table")))
	for what, most := range map[string]float64{
		`Math.max(...[...document.querySelectorAll("tbody tr")].map((r) => r.offsetHeight))`: 130,
		`document.documentElement.scrollWidth`:                                               1280,
		`Math.max(...[...document.querySelectorAll(".badge")].map((b) => b.offsetHeight))`:   30,
		`document.querySelector("tbody th .main").offsetHeight`:                              30,
	} {
		if got := evaluate[float64](t, b, what); got > most {
			t.Errorf("%s is %v, want at most %v", what, got, most)
		}
	}
}

func TestALongChatIsAShortPage(t *testing.T) {
	t.Parallel()
	w := talkative(t, 500)
	b := w.open(t)
	b.do(t, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(b.url+"/console/demo/sessions/chat-9"), chromedp.WaitReady(chromedp.CSS(".chips")))
	if high := evaluate[int](t, b, "document.documentElement.scrollHeight"); high > 2500 {
		t.Errorf("the page is %d high", high)
	}
	b.do(t, chromedp.Click(chromedp.CSS(".run summary")), chromedp.WaitVisible(chromedp.CSS(".run blockquote")), chromedp.Click(chromedp.CSS(".chips a:nth-child(2)")), chromedp.WaitReady(chromedp.CSS(`.chips a:nth-child(2)[aria-current]`)))
	if n := evaluate[int](t, b, `document.querySelectorAll(".timeline > li").length`); n != 3 {
		t.Errorf("of the events %d are shown, want 3", n)
	}
}
