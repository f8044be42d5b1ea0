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
			random := rand.New(rand.NewPCG(1, uint64(len(events))))
			permutations(slices.Clone(events), len(events), func(order []session.Event) {
				order = repeated(order, random)
				if got := applyAll(order); !reflect.DeepEqual(got, want) {
					t.Fatalf("order %v (-want +got):\n%s", ids(order), cmp.Diff(want, got))
				}
			})
			if got := throughJSON(t, events); !reflect.DeepEqual(got, want) {
				t.Errorf("kept as JSON between events (-want +got):\n%s", cmp.Diff(want, got))
			}
		})
	}
}

// permutations calls f with every order of the events (Heap's algorithm); f must not keep the slice.
func permutations(events []session.Event, n int, f func([]session.Event)) {
	if n <= 1 {
		f(events)
		return
	}
	for i := range n {
		permutations(events, n-1, f)
		if n%2 == 0 {
			events[i], events[n-1] = events[n-1], events[i]
		} else {
			events[0], events[n-1] = events[n-1], events[0]
		}
	}
}

// repeated inserts one event a second time, anywhere.
func repeated(events []session.Event, random *rand.Rand) []session.Event {
	again := events[random.IntN(len(events))]
	return slices.Insert(slices.Clone(events), random.IntN(len(events)+1), again)
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

// randomEvents reads three bytes an event: kind, time, and id with agent. Ids collide often, with other content.
func randomEvents(data []byte) []session.Event {
	var events []session.Event
	for ; len(data) >= 3 && len(events) < 40; data = data[3:] {
		e := webhookCall.event(someKinds[int(data[0])%len(someKinds)], int(data[1]), id(string('a'+rune(data[2]%16))))
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
