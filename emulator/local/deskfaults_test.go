package local_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"

	"sessionbridge.internal/emulator/local"
)

// way is the way to the desk, on which requests are heard and held up.
type way struct {
	takes func(w http.ResponseWriter, r *http.Request) bool // answers a request in the desk's place
	cut   func()                                            // breaks what is under way
	mu    sync.Mutex
	posts strings.Builder
}

// through is the cloud's address at the end of the way.
func (y *way) through(t *testing.T, to string) string {
	t.Helper()
	srv := before(t, to, func(w http.ResponseWriter, r *http.Request, cloud http.Handler) {
		if y.takes(w, r) {
			return
		}
		if r.Method == http.MethodPost && strings.Contains(r.URL.Path, "/events/") {
			r.Body = y.note(r.Body)
		}
		cloud.ServeHTTP(w, r)
	})
	y.cut = srv.CloseClientConnections
	return srv.URL
}

func (y *way) note(body io.Reader) io.ReadCloser {
	b, _ := io.ReadAll(body) // what is cut off is not whole at the desk either
	y.mu.Lock()
	defer y.mu.Unlock()
	y.posts.Write(b)
	return io.NopCloser(bytes.NewReader(b))
}

// posted are the events that were sent.
func (y *way) posted() string {
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.posts.String()
}

// aClockForSignals has the time limits of requests go by aClock, too.
const aClockForSignals = `
AbortSignal.timeout = (ms) => {
	const late = new AbortController()
	setTimeout(() => late.abort(new DOMException('late', 'TimeoutError')), ms)
	return late.signal
}`

// openAhead starts a browser whose time can be moved ahead.
func openAhead(t *testing.T) *tab {
	t.Helper()
	b := open(t)
	b.script(aClock + aClockForSignals)
	b.do(chromedp.EmulateViewport(wide, high))
	return b
}

// passes moves the time of the page, or of a frame in it, ahead.
func (b *tab) passes(in string, d time.Duration) {
	b.Helper()
	b.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`%s.pass(%d)`, in, d.Milliseconds()), chromedp.EvalAwaitPromise))
}

// comes waits for something that the browser brings about.
func (b *tab) comes(what string, is func() bool) {
	b.Helper()
	for end := time.After(longest); !is(); b.text(`""`) {
		select {
		case <-end:
			b.Fatalf("%s does not come\n%s", what, b.text(`document.body.innerText`))
		default:
		}
	}
}

// widgetScript is AgentDesktop's SDK as it comes to be in a page: its object first, its functions later. It throws where nothing
// is bound. MakeCall is answered when one says so. The closed shadow root of desk.js is opened.
const widgetScript = `
const attach = Element.prototype.attachShadow
Element.prototype.attachShadow = function (how) { return attach.call(this, {...how, mode: 'open'}) }
globalThis.shown = () => document.querySelector('sessionbridge-desk').shadowRoot.querySelector('iframe')
const bound = new Set()
const sdk = {
  WIDGET: { bindContactCallback: (f) => bound.add(f), unbindContactCallback() { throw new Error('nothing is bound') } },
  CONTACT: { MakeCall: () => new Promise((_, fail) => { globalThis.refuses = fail }) },
}
globalThis.AGENTDESKTOP = {}
globalThis.comesWhole = () => Object.assign(AGENTDESKTOP, sdk)
globalThis.emit = (data) => bound.forEach((f) => f({}, data))
let errors = 0
console.error = () => errors++
let noise = 0
addEventListener('message', (e) => { if (e.data?.type === 'resize') noise++ })`

// noisyPage is a frame that has nothing to do with the desk, and talks.
const noisyPage = `<script>for (let i = 0; i < 1100; i++) parent.postMessage({type: 'resize', i}, '*')</script>`

// wordPage speaks as the frame does in which nobody is signed in.
const wordPage = `<script>addEventListener('message', (e) => e.ports[0].postMessage({kind: 'show', height: 60}))</script>`

// includes serves a page of the CRM that has the noise, the adapter and then desk.js, and returns its address.
func includes(t *testing.T, c *cloud, desk string) string {
	t.Helper()
	serve := func(page func(r *http.Request) string) string {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, page(r)) }))
		t.Cleanup(srv.Close)
		return srv.URL
	}
	noisy := serve(func(*http.Request) string { return noisyPage })
	adapter := serve(func(*http.Request) string { return `<title>Adapter</title>` })
	crm := serve(func(r *http.Request) string {
		if r.URL.Path != "/" {
			return ""
		}
		return fmt.Sprintf(`<!doctype html><title>CRM</title><script>%s</script><script type="module" src="%s/desk/demo/desk.js"></script>
			<iframe src="%s/"></iframe><iframe id="adapter" src="%s/"></iframe>`, widgetScript, desk, noisy, adapter)
	})
	crm = strings.Replace(crm, "127.0.0.1", "localhost", 1)
	c.set(func(doc map[string]any) {
		d := section(doc, "desk")
		d["adapters"] = map[string]any{"call": adapter + "/"}
		d["embed_origins"] = []string{crm}
	})
	return crm
}

// relays answers the frame of desk.js with trouble before it comes.
func relays(asked *atomic.Int32) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/relay") {
			return false
		}
		switch asked.Add(1) {
		case 1, 3:
			http.Error(w, "there is a new version in a moment", http.StatusServiceUnavailable)
		case 2:
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, wordPage)
		default:
			return false
		}
		return true
	}
}

// desk.js and its frame bear what goes wrong around them: an SDK that comes late and throws, events that cannot be written or
// are changed afterwards, another frame's noise, a frame that fails, and a call that takes its time and then fails.
func TestTheIncludedDeskOutlastsWhatGoesWrong(t *testing.T) {
	t.Parallel()
	b := openAhead(t)
	b.script(`; halt()`)
	c := start(t, local.Options{})
	var asked atomic.Int32
	y := &way{takes: relays(&asked)}
	b.do(chromedp.Navigate(includes(t, c, y.through(t, c.Client.URL))))
	loads := func(n int32) func() bool { return func() bool { return asked.Load() >= n } }

	b.text(`(dispatchEvent(new Event("online")), "")`)
	b.comes("the frame at once after the line is up", loads(2))
	b.until(`noise === 1100 && shown().className === "shown"`)
	b.text(`(document.querySelector("#adapter").contentWindow.eval('parent.postMessage(JSON.stringify({type: "New_Call", data: {agent_id: 1, call_id: 77}}), "*")'), "")`)
	b.passes("window", 2*time.Second)
	b.text(`(comesWhole(), "")`)
	b.passes("window", 2*time.Second)
	if n := b.text(`String(bound.size)`); n != "1" {
		t.Fatalf("the SDK that comes late is bound %s times", n)
	}
	b.text(`(() => {
		const one = {id: "o", uuid: "o", type: "inbound"}
		for (const event of ["POPUP", "RINGING", "ESTABLISHED"]) emit(Object.assign(one, {event}))
		for (const event of ["POISON", "POISON"]) { const round = {event}; emit(round.self = round) }
		emit({event: "HELD", id: "o", uuid: "o", type: "inbound", f: () => 1})
		return ""
	})()`)
	if n := b.text(`String(errors)`); n != "1" {
		t.Errorf("of what cannot be written the console is told %s times", n)
	}

	b.text(`(dispatchEvent(new Event("online")), "")`)
	b.passes("window", 40*time.Second)
	if n := asked.Load(); n != 2 {
		t.Errorf("a frame that speaks is loaded %d times", n)
	}
	b.text(`(shown().contentWindow.location.reload(), "")`)
	b.until(`shown().className === "" && shown().contentDocument?.body.innerText.includes("new version")`)
	b.passes("window", 16*time.Second)
	b.comes("the frame that had failed", loads(4))
	b.until(`shown().contentDocument?.body?.dataset.agent !== undefined`)
	b.text(`(emit(JSON.stringify({event: "RETRIEVED", id: "o", uuid: "o", type: "inbound"})), "")`)
	b.comes("the last event", func() bool {
		return strings.Contains(y.posted(), "RETRIEVED") && strings.Contains(y.posted(), "New_Call")
	})
	for event, n := range map[string]int{"New_Call": 1, "POPUP": 1, "RINGING": 1, "ESTABLISHED": 1, "HELD": 1, "POISON": 0} {
		if got := strings.Count(y.posted(), event); got != n {
			t.Errorf("%s is sent %d times, want %d", event, got, n)
		}
	}
	b.callsSlowly(c)
	b.complainsBut("503")
}

// callsSlowly has the SDK take its time over a call: the agent is not told to dial it, until it has failed.
func (b *tab) callsSlowly(c *cloud) {
	b.Helper()
	const frame, now = `shown().contentWindow`, `shown().contentDocument.querySelector("#now")`
	b.ordered(c, "+39 02 1234 5678")
	b.until(`globalThis.refuses !== undefined && shown().contentDocument.querySelector("#now-number").textContent !== ""`)
	b.passes(frame, 4*time.Second)
	b.until(now + `.hidden`)
	b.text(`(refuses(new Error("there is no line")), "")`)
	b.until(now + `.innerText.includes("+39 02 1234 5678") && ` + now + `.innerText.includes("there is no line") && shown().className === "shown"`)
	b.picture("include-refused.png")
}

// ordered puts a call on the agent's desk, and returns the command's id.
func (b *tab) ordered(c *cloud, number string) int64 {
	b.Helper()
	resp, body := c.call(http.MethodPost, "/desk/demo/calls", fmt.Sprintf(`{"number":%q}`, number), func(r *http.Request) { r.Header.Set("Content-Type", "application/json") })
	if resp.StatusCode != http.StatusAccepted {
		b.Fatalf("the call is answered %d %s", resp.StatusCode, body)
	}
	var command struct{ ID int64 }
	c.must(json.Unmarshal([]byte(body), &command))
	return command.ID
}

// complainsBut fails where the browser complained of something else.
func (b *tab) complainsBut(expected string) {
	b.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, fault := range b.faults {
		if !strings.Contains(fault, expected) {
			b.Error(fault)
		}
	}
}

// holds keeps requests without an answer.
type holds struct {
	reading      atomic.Bool  // of commands
	taking       atomic.Int64 // the id of a command
	now, most, n atomic.Int32
}

func (h *holds) takes(_ http.ResponseWriter, r *http.Request) bool {
	path := r.URL.Path
	asks := strings.HasSuffix(path, "/commands")
	switch {
	case h.reading.Load() && (asks || strings.HasSuffix(path, "/events")):
		if asks {
			h.n.Add(1)
			h.most.Store(max(h.most.Load(), h.now.Add(1)))
			defer h.now.Add(-1)
		}
	case strings.HasSuffix(path, fmt.Sprintf("/%d/taken", h.taking.Load())):
	default:
		return false
	}
	_, _ = io.Copy(io.Discard, r.Body) // only then the end of the connection is seen
	<-r.Context().Done()
	return true
}

// The desk bears a network in which requests hang, and a browser that clears the site's data: events are sent beside questions that
// nobody answers, commands are done beside one that hangs, and events are kept in a new database.
func TestTheDeskOutlastsWhatHangs(t *testing.T) {
	t.Parallel()
	b := openAhead(t)
	c := start(t, local.Options{})
	h := &holds{}
	h.reading.Store(true)
	y := &way{takes: h.takes}
	b.do(chromedp.Navigate(y.through(t, c.Client.URL) + "/desk/demo/"))
	b.until(within("#incoming:not([hidden])") + ` !== null`)

	for n := range int32(3) { // the end of the one before may be heard late
		b.comes("a question", func() bool { return h.n.Load() > n && h.now.Load() < 2 })
		b.passes("window", 21*time.Second)
	}
	if most := h.most.Load(); most > 2 {
		t.Errorf("the page asks %d times at once", most)
	}
	b.answers(1)
	b.comes("the call, told beside what hangs,", func() bool { return strings.Contains(y.posted(), "New_Call") })

	h.taking.Store(b.ordered(c, "+39 06 1234 5678"))
	b.ordered(c, "+39 02 1234 5678")
	h.reading.Store(false)
	y.cut()
	b.until(`document.querySelector("#list").innerText.includes("+39")`)
	b.text(`(halt(), "")`)            // else what hangs is given up meanwhile, where the machine is slow
	b.passes("window", 6*time.Second) // for which it holds up the one behind it
	states := func() string {
		return b.text(`[...document.querySelectorAll("#list li")].filter((li) => li.innerText.includes("+39")).map((li) => li.querySelector(".state").textContent).join()`)
	}
	var seen string
	b.comes("the call behind one that hangs", func() bool { seen = states(); return strings.HasPrefix(seen, "Sent") })
	if seen != "Sent to the adapter,New" {
		t.Errorf("the calls are %s", seen)
	}
	h.taking.Store(0)
	y.cut()
	b.text(`(resume(), "")`)
	b.comes("the call that hung", func() bool { return states() == "Sent to the adapter,Sent to the adapter" })

	clear := storage.ClearDataForOriginParams{Origin: b.text(`location.origin`), StorageTypes: "indexeddb"}
	if _, err := chromedp.Call(b.ctx, storage.ClearDataForOrigin, clear); err != nil {
		t.Fatal(err)
	}
	b.ends()
	b.comes("the event after the data was cleared", func() bool { return strings.Contains(y.posted(), "End_Call") })
	b.complains()
}
