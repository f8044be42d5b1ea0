package quality_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/quality"
	"sessionbridge.internal/shared/session"
)

// delivery plays a deliverer: after each event it hands over what it has not handed over yet.
type delivery struct {
	s     session.Session
	given map[string]quality.Payload
	order []string
}

func (d *delivery) take(e session.Event) {
	d.s = session.Apply(d.s, e)
	for _, p := range quality.Payloads(d.s) {
		if _, done := d.given[p.ID]; !done {
			d.given[p.ID] = p
			d.order = append(d.order, p.ID)
		}
	}
}

func deliver(events []session.Event) *delivery {
	d := &delivery{given: map[string]quality.Payload{}}
	for _, e := range events {
		d.take(e)
	}
	return d
}

// shuffled are the events in another order, some of them twice.
func shuffled(r *rand.Rand, events []session.Event) []session.Event {
	var out []session.Event
	for _, i := range r.Perm(len(events)) {
		out = append(out, events[i])
	}
	for range 3 {
		out = append(out, events[r.IntN(len(events))])
	}
	return out
}

func ids(payloads []quality.Payload) []string {
	out := []string{}
	for _, p := range payloads {
		out = append(out, p.ID)
	}
	return out
}

// TestAnyOrderAndRepetitionOwesTheSame compares ids, times and bytes.
func TestAnyOrderAndRepetitionOwesTheSame(t *testing.T) {
	t.Parallel()
	for name, events := range courses(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all := events(t)
			s, _ := session.ApplyAll(session.Session{}, all)
			want := quality.Payloads(s)
			r := rand.New(rand.NewPCG(1, 2))
			for range 5 {
				s, _ := session.ApplyAll(session.Session{}, shuffled(r, all))
				if diff := cmp.Diff(want, quality.Payloads(s)); diff != "" {
					t.Fatalf("(-in order +shuffled):\n%s", diff)
				}
			}
		})
	}
}

// TestEventsInTheirOrderAreHandedOverOnceInTheirOrder hands over after each event, as they came: nothing is doubled, lost
// or out of order.
func TestEventsInTheirOrderAreHandedOverOnceInTheirOrder(t *testing.T) {
	t.Parallel()
	for name, events := range courses(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := deliver(events(t))
			owed := ids(quality.Payloads(d.s))
			if strings.Contains(name, "udesk") { // reports each leg once it is over, and then the next
				d.order = slices.DeleteFunc(d.order, func(id string) bool {
					return strings.HasPrefix(id, "ended-") && !slices.Contains(owed, id)
				})
			}
			if diff := cmp.Diff(owed, append([]string{}, d.order...)); diff != "" {
				t.Errorf("(-owed +handed over):\n%s", diff)
			}
		})
	}
}

// TestLateEventsDoubleAndLoseNothing hands over after each event, whose order is any: in the end all that is owed was handed
// over, and nothing else but what cannot be known without waiting: that an agent who left was the last one, who seemed to
// leave others behind; and that a call that had ended for all agents known went on at another.
func TestLateEventsDoubleAndLoseNothing(t *testing.T) {
	t.Parallel()
	for name, events := range courses(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all := events(t)
			r := rand.New(rand.NewPCG(3, 4))
			for range 4 {
				d := deliver(shuffled(r, all))
				owed := map[string]bool{}
				for _, id := range ids(quality.Payloads(d.s)) {
					owed[id] = true
					if _, done := d.given[id]; !done {
						t.Errorf("%s was lost", id)
					}
				}
				for id, p := range d.given {
					if !owed[id] && !strings.HasPrefix(id, "left-") && !strings.HasPrefix(id, "ended-") {
						t.Fatalf("%s was handed over and is not owed: %s", id, p.Body)
					}
				}
			}
		})
	}
}
