package session_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/session"
)

// changed is what the CRM tells a number of seconds into a call.
func changed(seconds int) session.Event {
	return webhookCall.event(session.RecordChanged, seconds, id(fmt.Sprint("r", seconds)), func(e *session.Event) {
		e.Record = &session.RecordChange{Type: "conversation", ID: "c1", Status: "done", By: "u1", Changed: []string{"status"}}
	})
}

func TestWhatTheCRMTellsIsKeptAndChangesNothing(t *testing.T) {
	t.Parallel()
	for name, kinds := range map[string][]session.Kind{
		"while the call goes on": {session.Started, session.Connected},
		"after its end":          {session.Started, session.Connected, session.Ended, session.Finished},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var s session.Session
			for i, kind := range kinds {
				s = session.Apply(s, webhookCall.event(kind, 10*i))
			}
			after := session.Apply(s, changed(500))
			if n := len(after.Events); n != len(s.Events)+1 || after.Events[n-1].Record.Status != "done" {
				t.Fatalf("its events are %+v", after.Events)
			}
			after.Events = s.Events
			if diff := cmp.Diff(s, after); diff != "" {
				t.Errorf("the session is another (-before +after):\n%s", diff)
			}
		})
	}
}

func TestWhatTheCRMTellsBeginsNoSession(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(session.Session{}, session.Apply(session.Session{}, changed(5))); diff != "" {
		t.Errorf("a session began (-want +got):\n%s", diff)
	}
}

func TestWhatTheCRMTellsLeavesRoomForTheRest(t *testing.T) {
	t.Parallel()
	s := session.Apply(session.Session{}, webhookCall.event(session.Started, 0))
	for i := range session.MaxEvents/4 + 10 {
		s = session.Apply(s, changed(i+1))
	}
	if n := len(s.Events); n > session.MaxEvents/4 || n < session.MaxEvents/5 || s.Overflow != 0 {
		t.Errorf("%d events are kept and %d count as lost, want about a quarter of the room used and none", n, s.Overflow)
	}
	if s = session.Apply(s, webhookCall.event(session.Verified, 5_000)); !s.Verified {
		t.Error("what the contact centre tells finds no room")
	}
}

// Whoever may tell of a record chooses the id and the time of what they tell.
func TestWhatTheCRMTellsTakesNoEventAway(t *testing.T) {
	t.Parallel()
	started, ended := webhookCall.event(session.Started, 0), webhookCall.event(session.Ended, 60)
	for name, seconds := range map[string]int{"at an earlier time": -3_600, "at the same time": 60, "at a later time": 3_600} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			forged := changed(seconds)
			forged.ID = ended.ID
			after, _ := session.ApplyAll(session.Session{}, []session.Event{started, ended, forged})
			before, _ := session.ApplyAll(session.Session{}, []session.Event{started, forged, ended})
			if diff := cmp.Diff(before, after); diff != "" {
				t.Errorf("the order counts (-first +last):\n%s", diff)
			}
			if len(after.Events) != 3 || after.EndedAt.IsZero() {
				t.Errorf("it ended at %v, with %d events", after.EndedAt, len(after.Events))
			}
		})
	}
}
