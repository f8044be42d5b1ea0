package session_test

import (
	"testing"
	"time"

	"sessionbridge.internal/shared/session"
)

// While a release is put in the place of another, or taken back, the older one meets kinds of events that it does not know: they
// are kept with the session, for a release that does, and say nothing of it.
func TestAnEventOfALaterReleaseSaysNothing(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	event := func(id string, kind session.Kind, at time.Time) session.Event {
		return session.Event{ID: id, Tenant: "demo", Source: "ccai", Session: "call-1", Kind: kind, At: at}
	}
	known := []session.Event{event("1", session.Started, at), event("2", session.Ended, at.Add(time.Minute))}
	before, _ := session.ApplyAll(session.Session{}, known)
	after, overflow := session.ApplyAll(before, []session.Event{event("3", "foreseen", at.Add(30*time.Second))})
	if len(overflow) != 0 || after.Status != before.Status || after.Outcome != before.Outcome || !after.EndedAt.Equal(before.EndedAt) || !after.StartedAt.Equal(before.StartedAt) {
		t.Errorf("the session was %+v and is %+v", before, after)
	}
	if len(after.Events) != len(before.Events)+1 {
		t.Errorf("%d events are kept, want %d", len(after.Events), len(before.Events)+1)
	}
}
