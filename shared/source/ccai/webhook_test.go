package ccai_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source/sourcetest"
)

func clock(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		panic(err)
	}
	return t
}

// steps are the six notifications of one call, in their documented order.
var steps = []string{
	"webhook-1-start", "webhook-2-routing", "webhook-3-assigned", "webhook-4-active", "webhook-5-end", "webhook-6-final",
}

func decodeFile(t *testing.T, name string) []session.Event {
	t.Helper()
	batch, err := decoderOf(name)(receipt, sourcetest.Read(t, name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return batch.Events
}

func fold(events ...session.Event) session.Session {
	var s session.Session
	for _, e := range events {
		s = session.Apply(s, e)
	}
	return s
}

// TestTheSixStepsFoldToOneCall decodes the six notifications and folds their events in each order of the notifications.
func TestTheSixStepsFoldToOneCall(t *testing.T) {
	t.Parallel()
	wait, queued, talk, wrapUp := 22, 16, 300, 30
	end := clock("2026-01-05T09:05:22Z")
	want := session.Session{
		Key: "call-103646", Tenant: "demo", Source: "ccai", Channel: session.Call, Direction: session.Inbound,
		Type: "Voice Inbound (IVR)", Status: session.StatusFinished, Outcome: session.Completed,
		StartedAt: clock("2026-01-05T09:00:00Z"), ConnectedAt: clock("2026-01-05T09:00:22Z"),
		EndedAt: clock("2026-01-05T09:05:22Z"), FinishedAt: clock("2026-01-05T09:05:52Z"), UpdatedAt: clock("2026-01-05T09:05:52Z"),
		WaitSeconds: &wait, QueueSeconds: &queued, TalkSeconds: &talk, WrapUpSeconds: &wrapUp,
		Customer: session.Customer{Phone: "+15550123456", PhoneRaw: "+1 (555) 012-3456"},
		Agents: []session.Agent{{
			ID: "1", Email: "kim@example.com", Name: "Kim P",
			JoinedAt: clock("2026-01-05T09:00:22Z"), LeftAt: clock("2026-01-05T09:05:22Z"),
		}},
		Participants: []session.Participant{
			{Type: session.PartyEndUser, Number: "+15550123456", Intervals: []session.Interval{{From: clock("2026-01-05T09:00:00Z"), To: end}}},
			{Type: session.PartyVirtualAgent, ID: "15", Intervals: []session.Interval{{From: clock("2026-01-05T09:00:05.3Z"), To: end}}},
			{Type: session.PartyAgent, ID: "1", Name: "Kim P", Intervals: []session.Interval{{From: clock("2026-01-05T09:00:22Z"), To: end}}},
		},
		VirtualAgent: &session.Bot{ID: "15"},
		Queue:        session.Queue{Path: "Support / Orders", PathIDs: "7/26"},
		Disposition:  &session.Disposition{Code: "resolved", Note: "Sent a replacement."},
		EndedBy:      "end_user",
	}
	var inOrder []session.Event
	byStep := make([][]session.Event, len(steps))
	for i, name := range steps {
		byStep[i] = decodeFile(t, name)
		inOrder = append(inOrder, byStep[i]...)
	}
	first := fold(inOrder...)
	inEveryOrder(session.Session{}, byStep, func(s session.Session) {
		if !reflect.DeepEqual(first, s) {
			t.Fatalf("another order of notifications (-in order +got):\n%s", cmp.Diff(first, s))
		}
	})
	first.Events = nil
	if diff := cmp.Diff(want, first); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// inEveryOrder applies the notifications to the session in every order. Orders that begin alike share their beginning.
func inEveryOrder(s session.Session, notifications [][]session.Event, check func(session.Session)) {
	if len(notifications) == 0 {
		check(s)
	}
	for i, events := range notifications {
		next := s
		for _, e := range events {
			next = session.Apply(next, e)
		}
		inEveryOrder(next, slices.Delete(slices.Clone(notifications), i, i+1), check)
	}
}

// TestOneLostNotificationDoesNotStrandTheCall leaves each step out in turn.
func TestOneLostNotificationDoesNotStrandTheCall(t *testing.T) {
	t.Parallel()
	for i, lost := range steps {
		t.Run(lost, func(t *testing.T) {
			t.Parallel()
			var s session.Session
			for j, name := range steps {
				if j != i {
					for _, e := range decodeFile(t, name) {
						s = session.Apply(s, e)
					}
				}
			}
			status := session.StatusFinished
			if lost == "webhook-6-final" {
				status = session.StatusEnded
			}
			if s.Status != status || s.Outcome != session.Completed || len(s.Agents) != 1 {
				t.Errorf("status %q, outcome %q, agents %v", s.Status, s.Outcome, s.Agents)
			}
			if s.StartedAt != clock("2026-01-05T09:00:00Z") || s.EndedAt != clock("2026-01-05T09:05:22Z") {
				t.Errorf("from %v to %v", s.StartedAt, s.EndedAt)
			}
		})
	}
}

func TestARepeatedFactIsTheSameEvent(t *testing.T) {
	t.Parallel()
	count := map[session.Kind]int{}
	var s session.Session
	for _, name := range append(steps, steps...) {
		for _, e := range decodeFile(t, name) {
			s = session.Apply(s, e)
		}
	}
	for _, e := range s.Events {
		count[e.Kind]++
	}
	want := map[session.Kind]int{
		session.Snapshot: 6, session.Started: 1, session.MenuSelected: 1, session.Ringing: 1, session.Connected: 1,
		session.ParticipantJoined: 2, session.ParticipantLeft: 1, session.Ended: 1, session.Dispositioned: 1, session.Finished: 1,
	}
	if diff := cmp.Diff(want, count); diff != "" {
		t.Errorf("events by kind (-want +got):\n%s", diff)
	}
}
