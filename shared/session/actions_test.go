package session_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/session"
)

func TestASmartActionIsKeptAsItWasLastToldOf(t *testing.T) {
	t.Parallel()
	asks := func(seconds int, a session.Action) session.Event {
		return webhookCall.event(session.SmartAction, seconds, func(e *session.Event) { e.ID, e.Action = fmt.Sprint("action", seconds), &a })
	}
	s := applyAll([]session.Event{
		asks(0, session.Action{ID: "1", Name: "verification"}),
		asks(5, session.Action{ID: "2", Name: "text"}),
		asks(9, session.Action{ID: "1", State: session.ActionFailed, Text: "no fingerprint"}),
		asks(12, session.Action{ID: "2", State: session.ActionCompleted, Text: "4711"}),
		webhookCall.event(session.SmartAction, 15, id("of a source that tells no more")),
	})
	want := []session.Action{
		{ID: "1", Name: "verification", State: session.ActionFailed, Text: "no fingerprint"},
		{ID: "2", Name: "text", State: session.ActionCompleted, Text: "4711"},
	}
	if diff := cmp.Diff(want, s.Actions); diff != "" {
		t.Errorf("smart actions (-want +got):\n%s", diff)
	}
}

func TestTheMenuSelectionIsWhatTheCustomerChose(t *testing.T) {
	t.Parallel()
	at := func(k session.Kind, seconds int, path string) session.Event {
		return webhookCall.event(k, seconds, func(e *session.Event) {
			e.ID = fmt.Sprint(k, seconds)
			if path != "" {
				e.Queue = &session.Queue{Path: path}
			}
		})
	}
	tests := map[string]struct {
		events []session.Event
		want   string
	}{
		"none":                         {[]session.Event{at(session.Started, 0, "")}, ""},
		"the queue":                    {[]session.Event{at(session.MenuSelected, 0, "Orders")}, "Orders"},
		"deeper in the menu":           {[]session.Event{at(session.MenuSelected, 0, "Orders"), at(session.MenuSelected, 5, "Orders / Status")}, "Orders / Status"},
		"not that of a transfer":       {[]session.Event{at(session.MenuSelected, 0, "Orders"), at(session.Transferred, 5, "Experts"), at(session.MenuSelected, 6, "Experts")}, "Orders"},
		"not that after an answer":     {[]session.Event{at(session.MenuSelected, 0, "Orders"), at(session.Connected, 5, ""), at(session.Snapshot, 6, "Experts")}, "Orders"},
		"first told with the answer":   {[]session.Event{at(session.Connected, 5, "Orders"), at(session.Transferred, 9, "Experts")}, "Orders"},
		"first told after the answer":  {[]session.Event{at(session.Connected, 5, ""), at(session.Snapshot, 6, "Orders"), at(session.Snapshot, 7, "Experts")}, "Orders"},
		"nothing is said by an empty ": {[]session.Event{at(session.MenuSelected, 0, "Orders"), at(session.Snapshot, 2, "")}, "Orders"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := applyAll(tt.events)
			if got := s.MenuSelection(); got != tt.want {
				t.Errorf("the selection is %q, want %q", got, tt.want)
			}
		})
	}
	if got := (&session.Session{Queue: session.Queue{Path: "Orders"}}).MenuSelection(); got != "Orders" {
		t.Errorf("without events it is %q, want the queue", got)
	}
}
