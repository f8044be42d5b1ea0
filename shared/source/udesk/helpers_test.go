package udesk_test

import (
	"encoding/json"
	"maps"
	"testing"
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source"
	"sessionbridge.internal/shared/source/sourcetest"
	"sessionbridge.internal/shared/source/udesk"
)

// post is a call trigger notification, or part of a chat's.
type post map[string]any

// with is the post with some fields changed.
func (p post) with(changes post) post {
	out := maps.Clone(p)
	maps.Copy(out, changes)
	return out
}

func (p post) json(t *testing.T) string {
	t.Helper()
	b, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func calls(t *testing.T, p post) []session.Event {
	t.Helper()
	return events(t, udesk.DecodeCall, p.json(t))
}

func chats(t *testing.T, action string, message any) []session.Event {
	t.Helper()
	return events(t, udesk.DecodeChat, post{"action": action, "message": message}.json(t))
}

func events(t *testing.T, decode source.Decoder, body string) []session.Event {
	t.Helper()
	batch, err := decode(receipt, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return batch.Events
}

// only is the one event of a kind; it fails where there is another number of them.
func only(t *testing.T, events []session.Event, kind session.Kind) session.Event {
	t.Helper()
	found := all(events, kind)
	if len(found) != 1 {
		t.Fatalf("%d events of kind %s, want one", len(found), kind)
	}
	return found[0]
}

func all(events []session.Event, kind session.Kind) []session.Event {
	var out []session.Event
	for _, e := range events {
		if e.Kind == kind {
			out = append(out, e)
		}
	}
	return out
}

// folded is the one session the events make.
func folded(t *testing.T, events ...session.Event) session.Session {
	t.Helper()
	sessions := sourcetest.Fold(events...)
	if len(sessions) != 1 {
		t.Fatalf("%d sessions, want one", len(sessions))
	}
	for _, s := range sessions {
		return s
	}
	return session.Session{}
}

// at is a time of the samples' day, "11:48:05".
func at(t *testing.T, clock string) time.Time {
	t.Helper()
	parsed, err := time.Parse(time.RFC3339, "2018-03-22T"+clock+"+08:00")
	if err != nil {
		t.Fatal(err)
	}
	return parsed.UTC()
}

// stamp is a time as Udesk writes it.
func stamp(clock string) string { return "2018-03-22 " + clock + " +0800" }
