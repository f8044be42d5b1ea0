package session_test

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/session"
)

// TestEveryOrderGivesOneSession applies every permutation of each sequence, with events repeated at random, and goes
// through JSON on the way, as the database does.
func TestEveryOrderGivesOneSession(t *testing.T) {
	t.Parallel()
	for name, events := range sequences {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := applyAll(events)
			everyOrder(events, session.Session{}, session.Apply, func(got session.Session, order []session.Event) {
				if !reflect.DeepEqual(got, want) {
					t.Fatalf("order %v (-want +got):\n%s", ids(order), cmp.Diff(want, got))
				}
			})
			if got := throughJSON(t, events); !reflect.DeepEqual(got, want) {
				t.Errorf("kept as JSON between events (-want +got):\n%s", cmp.Diff(want, got))
			}
		})
	}
}

// everyOrder folds the events in every order, each time one of them twice, and tells check the results. Orders that begin
// alike share the work of their beginning.
func everyOrder[S any](events []session.Event, zero S, apply func(S, session.Event) S, check func(S, []session.Event)) {
	random := rand.New(rand.NewPCG(1, uint64(len(events))))
	var orders func(s S, done, rest []session.Event)
	orders = func(s S, done, rest []session.Event) {
		if len(rest) == 0 {
			again := done[random.IntN(len(done))]
			check(apply(s, again), append(done, again))
		}
		for i, e := range rest {
			now, after := append(slices.Clip(done), e), apply(s, e)
			if random.IntN(4) == 0 {
				now = append(now, now[random.IntN(len(now))])
				after = apply(after, now[len(now)-1])
			}
			orders(after, now, slices.Delete(slices.Clone(rest), i, i+1))
		}
	}
	orders(zero, nil, events)
}

func throughJSON(t *testing.T, events []session.Event) session.Session {
	t.Helper()
	var s session.Session
	for _, e := range events {
		b, err := json.Marshal(session.Apply(s, e))
		if err != nil {
			t.Fatal(err)
		}
		s = session.Session{}
		if err := json.Unmarshal(b, &s); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func ids(events []session.Event) []string {
	var out []string
	for _, e := range events {
		out = append(out, e.ID)
	}
	return out
}

func TestApplyChangesNeitherArgument(t *testing.T) {
	t.Parallel()
	events := sequences["a call from start to disposition"]
	s := applyAll(events[2:])
	before, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	session.Apply(s, events[0])
	session.Apply(s, events[1])
	if after, _ := json.Marshal(s); string(after) != string(before) {
		t.Errorf("the session given changed:\nbefore %s\nafter  %s", before, after)
	}
}

// FuzzApply folds events made of random bytes, in two orders.
func FuzzApply(f *testing.F) {
	f.Add([]byte{0, 0, 0, 1, 3, 9, 2, 17, 40})
	f.Add([]byte{22, 200, 1, 2, 5, 1, 22, 100, 2, 0, 0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		events := randomEvents(data)
		forwards := applyAll(events)
		slices.Reverse(events)
		if backwards := applyAll(events); !reflect.DeepEqual(forwards, backwards) {
			t.Errorf("two orders differ (-forwards +backwards):\n%s", cmp.Diff(forwards, backwards))
		}
		if n := forwards.TalkSeconds; n != nil && *n < 0 {
			t.Errorf("talk of %d seconds", *n)
		}
	})
}

var someKinds = []session.Kind{
	session.Started, session.Ringing, session.Connected, session.Held, session.Resumed, session.ParticipantJoined,
	session.ParticipantLeft, session.MenuSelected, session.Dispositioned, session.Ended, session.WrapUp, session.Finished,
	session.MessageSent, session.Unknown, session.Snapshot, "made up",
}

// randomEvents reads three bytes an event: kind, time, and id with agent and who told it. Ids collide often, with other content.
func randomEvents(data []byte) []session.Event {
	var events []session.Event
	for ; len(data) >= 3 && len(events) < 40; data = data[3:] {
		e := webhookCall.event(someKinds[int(data[0])%len(someKinds)], int(data[1]), id(string('a'+rune(data[2]%16))))
		if data[2]&0x10 != 0 {
			e.ToldBy = lee.Email
		}
		switch data[2] >> 6 {
		case 1:
			e.Agent = kim
		case 2:
			e.Agent, e.Queue = lee, &session.Queue{ID: string('0' + rune(data[2]%8))}
		case 3:
			e.Customer = &session.Customer{PhoneRaw: "customer", Name: string('A' + rune(data[1]%26))}
		}
		events = append(events, e)
	}
	return events
}
