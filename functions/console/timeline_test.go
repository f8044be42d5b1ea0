package console_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/store"
)

// talkative has a chat of so many messages a second apart, with one change of state in their middle.
func talkative(t *testing.T, messages int) *world {
	t.Helper()
	w := newWorld(t)
	at := w.clock.Now()
	of := func(id string, kind session.Kind, seconds int) session.Event {
		return session.Event{ID: id, Tenant: "demo", Source: "ccai", Session: "chat-9", Kind: kind, At: at.Add(time.Duration(seconds) * time.Second)}
	}
	for from := 0; from < messages; from += 200 { // of which the database takes 500 at once
		_, err := w.store.Update(t.Context(), store.ID{Tenant: "demo", Source: "ccai", Key: "chat-9"}, func(d *store.Document) (c store.Change, err error) {
			d.Session = session.Apply(d.Session, of("began", session.Started, 0))
			d.Session = session.Apply(d.Session, of("held", session.Held, messages/2))
			d.Session = session.Apply(d.Session, of("ended", session.Ended, messages+1))
			for i := from; i < min(messages, from+200); i++ {
				e := of(fmt.Sprintf("m%d", i), session.MessageSent, i)
				e.Message = &session.Message{Role: session.EndUser, Text: "أين طلبي رقم ABC-123؟ 0-0"}
				c.Messages = append(c.Messages, e)
			}
			c.Deliveries = []store.Delivery{{Work: "crm", Number: from + 1, Step: "create_account", At: at.Add(time.Hour), Verdict: store.Done}}
			return c, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// entries are the kinds of the timeline's lines that are not within a fold, and how many are.
func entries(t *testing.T, w *world, query string) (kinds []string, within int) {
	t.Helper()
	root, err := html.Parse(w.ask(t, "GET", "/console/demo/sessions/chat-9?source=ccai"+query, audience).Body)
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		kind, _, _ := strings.Cut(attr(n, "class"), " ")
		switch {
		case n.Data != "li" || attr(n, "id") == "":
		case n.Parent.Parent.Data == "details":
			within++
		default:
			kinds = append(kinds, kind)
		}
	}
	return kinds, within
}

func TestMessagesInARowAreOneEntry(t *testing.T) {
	t.Parallel()
	w := talkative(t, 450)
	for query, want := range map[string]struct {
		kinds  string
		within int
	}{
		"":                 {"event message event message event delivery delivery delivery", 450},
		"&show=events":     {"event event event", 0},
		"&show=deliveries": {"delivery delivery delivery", 0},
		"&show=none":       {"event message event message event delivery delivery delivery", 450},
	} {
		kinds, within := entries(t, w, query)
		if got := strings.Join(kinds, " "); got != want.kinds || within != want.within {
			t.Errorf("%q shows %s with %d in folds, want %+v", query, got, within, want)
		}
	}
	if kinds, within := entries(t, w, "&show=messages"); len(kinds) != 450 || within != 0 {
		t.Errorf("of the messages alone %d stand there and %d in folds", len(kinds), within)
	}
	shown, links := text(t, w.ask(t, "GET", "/console/demo/sessions/chat-9?source=ccai", audience))
	if !strings.Contains(shown, "All 456Events 3Messages 450Deliveries 3") || !strings.Contains(shown, "225 messages, until") {
		t.Errorf("the page says %.900s", shown)
	}
	if !strings.Contains(strings.Join(links, " "), "/console/demo/sessions/chat-9?source=ccai&show=events#timeline") {
		t.Errorf("the links are %q", links)
	}
}

func TestFewMessagesStandAsTheyAre(t *testing.T) {
	t.Parallel()
	kinds, within := entries(t, talkative(t, 12), "")
	if got := strings.Join(kinds, ""); got != "event"+strings.Repeat("message", 6)+"event"+strings.Repeat("message", 6)+"eventdelivery" || within != 0 {
		t.Errorf("it shows %q with %d in folds", kinds, within)
	}
}

func TestMessagesBeyondThoseOfAPageAreTold(t *testing.T) {
	t.Parallel()
	shown, _ := text(t, talkative(t, 600).ask(t, "GET", "/console/demo/sessions/chat-9", audience))
	for _, want := range []string{"100 later messages are left out", "Began", "Ended", "create account"} {
		if !strings.Contains(shown, want) {
			t.Errorf("%q is not in %.600s", want, shown)
		}
	}
}

// What is written from right to left stands for itself, or it scrambles what is beside it (w3.org/International, "Inline markup
// and bidirectional text in HTML").
func TestWhatPeopleWroteHasItsOwnDirection(t *testing.T) {
	t.Parallel()
	w := talkative(t, 2)
	const name = "محمد 12"
	w.change(t, "chat-9", func(d *store.Document) {
		d.Session.Customer.Name, d.Session.Queue.Path, d.Session.Feedback = name, name, name
		d.Session.Agents = []session.Agent{{Name: name}}
		d.CRM.State, d.CRM.Problem, d.CRM.Failures = session.CRMDead, name, 3
	})
	for _, path := range []string{"/console/demo/", "/console/demo/sessions/chat-9", "/console/demo/dead", "/console/demo/coverage?day=2026-01-05"} {
		root, err := html.Parse(w.ask(t, "GET", path, audience).Body)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for node := range root.Descendants() {
			if node.Type == html.TextNode && (strings.Contains(node.Data, name) || strings.Contains(node.Data, "طلبي")) && node.Parent.Data != "pre" {
				n++
				if attr(node.Parent, "dir") != "auto" && node.Parent.Data != "bdi" {
					t.Errorf("%s: %q stands in a <%s> of no direction", path, node.Data, node.Parent.Data)
				}
			}
		}
		if n == 0 {
			t.Errorf("%s shows nothing of it", path)
		}
	}
}
