package ccai_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/session"
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
	batch, err := decoderOf(name)(receipt, read(t, name+".json"))
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
	wait, talk := 22, 300
	want := session.Session{
		Key: "call-103646", Tenant: "demo", Source: "ccai", Channel: session.Call, Direction: session.Inbound,
		Type: "Voice Inbound (IVR)", Status: session.StatusFinished, Outcome: session.Completed,
		StartedAt: clock("2026-01-05T09:00:00Z"), ConnectedAt: clock("2026-01-05T09:00:22Z"),
		EndedAt: clock("2026-01-05T09:05:22Z"), FinishedAt: clock("2026-01-05T09:05:52Z"), UpdatedAt: clock("2026-01-05T09:05:52Z"),
		WaitSeconds: &wait, TalkSeconds: &talk,
		Customer: session.Customer{Phone: "+15550123456", PhoneRaw: "+1 (555) 012-3456"},
		Agents: []session.Agent{{
			ID: "1", Email: "kim@example.com", Name: "Kim P",
			JoinedAt: clock("2026-01-05T09:00:22Z"), LeftAt: clock("2026-01-05T09:05:22Z"),
		}},
		Queue:       session.Queue{Path: "Support / Orders"},
		Disposition: &session.Disposition{Code: "resolved", Note: "Sent a replacement."},
		EndedBy:     "end_user",
	}
	var inOrder []session.Event
	byStep := make([][]session.Event, len(steps))
	for i, name := range steps {
		byStep[i] = decodeFile(t, name)
		inOrder = append(inOrder, byStep[i]...)
	}
	first := fold(inOrder...)
	permute(byStep, func(order [][]session.Event) {
		var s session.Session
		for _, events := range order {
			for _, e := range events {
				s = session.Apply(s, e)
			}
		}
		if !reflect.DeepEqual(first, s) {
			t.Fatalf("another order of notifications (-in order +got):\n%s", cmp.Diff(first, s))
		}
	})
	first.Events = nil
	if diff := cmp.Diff(want, first); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func permute[T any](items []T, f func([]T)) {
	var rec func(int)
	rec = func(k int) {
		if k == len(items) {
			f(items)
			return
		}
		for i := k; i < len(items); i++ {
			items[k], items[i] = items[i], items[k]
			rec(k + 1)
			items[k], items[i] = items[i], items[k]
		}
	}
	rec(0)
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
		session.ParticipantJoined: 1, session.ParticipantLeft: 1, session.Ended: 1, session.Dispositioned: 1, session.Finished: 1,
	}
	if diff := cmp.Diff(want, count); diff != "" {
		t.Errorf("events by kind (-want +got):\n%s", diff)
	}
}

// TestNothingIsLost finds every entry of every sample in the Raw of an event.
func TestNothingIsLost(t *testing.T) {
	t.Parallel()
	for name, body := range samples(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			batch, err := decoderOf(name)(receipt, body)
			if err != nil {
				t.Fatal(err)
			}
			var raws strings.Builder
			for _, e := range batch.Events {
				raws.Write(e.Raw)
			}
			var ids []string
			collectIDs(t, body, &ids)
			for _, id := range ids {
				if !strings.Contains(raws.String(), id) {
					t.Errorf("%s is in no event's Raw", id)
				}
			}
			if len(ids) == 0 {
				t.Error("the sample names nothing to look for")
			}
		})
	}
}

// collectIDs gathers the values by which a sample's entries can be told apart.
func collectIDs(t *testing.T, body []byte, ids *[]string) {
	t.Helper()
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, x := range v {
				walk(x)
			}
		case map[string]any:
			for k, x := range v {
				if s, ok := x.(string); ok && (k == "event_id" || k == "type" || k == "note") {
					*ids = append(*ids, s)
				}
				walk(x)
			}
		}
	}
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatal(err)
	}
	walk(v)
	if len(*ids) == 0 { // the event itself is a string
		*ids = append(*ids, "End_Call")
	}
}
