package local_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"sessionbridge.internal/emulator/demo"
	"sessionbridge.internal/emulator/local"
)

// chatWith has the contact centre tell of a chat between somebody and the agent who is signed in at the desk.
func (c *cloud) chatWith(id int, number string) {
	c.Helper()
	type object = map[string]any
	body, err := json.Marshal(object{"count": 1, "events": []object{{
		"event_id": fmt.Sprintf("chat-%d", id), "timestamp": c.Now().UnixMilli(),
		"item": object{
			"chat_id": id, "session_type": "Messaging Inbound (Web Chat)", "state": "connected", "connected_at": c.Now().Format(time.RFC3339),
			"participants": []object{
				{"type": "external", "state": "connected", "dn": number},
				{"type": "agent", "state": "connected", "agent_id": 9, "name": "Dev", "email": "developer@localhost"},
			},
		},
	}}})
	c.must(err)
	c.insist(demo.Post{What: "a chat", Source: "ccai", Body: body})
}

// tells has the chat adapter tell the desk of an event.
func (b *tab) tells(event string) {
	b.Helper()
	const chat = `document.querySelector("iframe[data-kind=chat]")`
	b.until(chat + `.contentDocument?.querySelector("#answer") != null`)
	b.text(fmt.Sprintf(`(() => {
		const frame = %s
		dispatchEvent(new MessageEvent("message", { source: frame.contentWindow, origin: new URL(frame.src).origin, data: JSON.stringify(%s) }))
		return ""
	})()`, chat, event))
}

// atRecords is the demo cloud with a page of the CRM for a desk's frame.
func atRecords(t *testing.T) (*cloud, *httptest.Server) {
	t.Helper()
	c := start(t, local.Options{})
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, "<!doctype html><html lang=en><title>Record</title><p>%s</p>", r.URL.Path)
	}))
	t.Cleanup(page.Close)
	c.set(func(doc map[string]any) { section(doc, "crm")["page_url"] = page.URL + "/app/{RECORD_ID}" })
	return c, page
}

const (
	frameShows = `document.querySelector("#crm-frame").getAttribute("src")`
	states     = `[...document.querySelectorAll("#list .state")].map((s) => s.textContent).join()`
	lineSays   = `document.querySelector("#line").textContent`
)

// A record comes while an agent's line does not: while nothing gets through, and while no answer comes back. Either is shown once the
// line is up, after a reload too, and the page says meanwhile that it is not connected.
func TestARecordWaitsForTheLine(t *testing.T) {
	t.Parallel()
	b := open(t)
	c, _ := atRecords(t)
	var l line
	b.do(chromedp.EmulateViewport(1280, 900), chromedp.Navigate(l.through(t, c.Client.URL)+"/desk/demo/"))
	b.until(lineSays + ` === "Connected"`)

	l.state.Store(mute)
	c.chatWith(7001, "+15559007001")
	b.until(states + ` === "Waits for the line"`)
	l.state.Store(up)
	b.until(states + ` === "Shown"`)
	first := b.text(frameShows)

	l.state.Store(deaf)
	b.tells(`{ type: "End_Chat", data: { chat_id: 7001 } }`)
	c.chatWith(7002, "+15559007002")
	b.until(states + ` === "Waits for the line,Shown"`)
	l.state.Store(up)
	b.do(chromedp.Reload()) // the page has it, and does not know
	b.until(states + ` === "Shown,Done"`)
	b.until(frameShows + fmt.Sprintf(` !== %q`, first))
	shown := b.text(frameShows)

	c.advance(20 * time.Minute) // the desk has forgotten both by then
	b.do(chromedp.Reload())
	b.until(frameShows + fmt.Sprintf(` === %q && !document.querySelector("#record").hidden`, shown))
	if got := b.text(`document.querySelector("#record-title").textContent`); got != "The record of +15559007002" {
		t.Errorf("after a reload the record is called %q", got)
	}

	l.state.Store(down)
	l.cut()
	b.until(lineSays + `.startsWith("Not connected")`)
	l.state.Store(up)
	b.until(lineSays + ` === "Connected"`)
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#signout").click()`))
	b.until(`Object.keys(sessionStorage).every((key) => !key.startsWith("sessionbridge-pops"))`)
}

// An agent has two chats. The record of the first stays where the agent may be writing, and the second's is a press away; each comes with its
// chat, and by its row. What the contact centre asks for itself is shown too, in the frame only if it is the CRM's.
func TestEachChatHasItsRecord(t *testing.T) {
	t.Parallel()
	b := open(t)
	c, page := atRecords(t)
	b.do(chromedp.EmulateViewport(1280, 900), chromedp.Navigate(c.Client.URL+"/desk/demo/"))
	c.chatWith(7001, "+15559007001")
	b.until(states + ` === "Shown"`)
	first := b.text(frameShows)
	if top := b.text(`String(document.querySelector("#crm-frame").getBoundingClientRect().top < 200 && document.querySelector("#crm").getBoundingClientRect().bottom <= innerHeight)`); top != "true" {
		t.Error("the CRM's page does not stand at the top of the window, or is higher")
	}

	c.chatWith(7002, "+15559007002")
	b.until(states + ` === "Ready,Shown"`)
	is := func(want string) { b.until(frameShows + fmt.Sprintf(` === %q`, want)) }
	is(first)
	b.until(`document.querySelector("#offers button").textContent === "Chat with +15559007002: show its record"`)
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#offers button").click()`))
	b.until(frameShows + fmt.Sprintf(` !== %q && document.querySelector("#offers").children.length === 0`, first))
	second := b.text(frameShows)

	b.tells(`{ type: "Active_Chat", data: { chat_id: 7001 } }`)
	is(first)
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#list button").click()`))
	is(second)

	asked := page.URL + "/app/asked"
	b.tells(fmt.Sprintf(`{ type: "CRM_Record_Pop", data: { recordUrl: %q } }`, first)) // which is ours already
	is(second)
	b.tells(`{ type: "Active_Chat", data: { chat_id: 7002 } }`)
	b.tells(fmt.Sprintf(`{ type: "CRM_Record_Pop", data: { recordUrl: %q } }`, asked))
	is(asked)
	b.tells(`{ type: "CRM_Record_Pop", data: { recordUrl: "https://elsewhere.example/1" } }`)
	b.until(`document.querySelector("#record-link").href === "https://elsewhere.example/1"`)
	b.tells(`{ type: "CRM_Record_Pop", data: { recordUrl: "javascript:alert(1)" } }`)
	is(asked)

	for id := 7003; id < 7006; id++ {
		c.chatWith(id, fmt.Sprintf("+1555900%d", id))
	}
	b.until(`document.querySelector("#list-more").textContent === "Show 2 more"`)
	b.until(`[...document.querySelectorAll("#list li")].filter((li) => li.offsetHeight).length === 3`)
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#list-more").click()`))
	b.until(`[...document.querySelectorAll("#list li")].filter((li) => li.offsetHeight).length === 5`)
	b.until(unsent(0))
	b.complainsBut("status of 400") // the webhook's word for the address that is none
}
