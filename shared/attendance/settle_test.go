package attendance_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"sessionbridge.internal/shared/attendance"
	"sessionbridge.internal/shared/presence"
	"sessionbridge.internal/shared/settings"
)

var (
	firstSeed = flag.Uint64("seed", 1, "the first seed of the random half hours")
	courses   = flag.Int("courses", 3, "how many random half hours of each kind")
)

// Whatever happens in half an hour of changes, calls and faults, the two sides come to the same, stay so, and follow the agent's
// next choice.
func TestEveryHalfHourSettles(t *testing.T) {
	t.Parallel()
	for _, priority := range []string{settings.PriorityLatest, settings.PriorityCRM} {
		for seed := *firstSeed; seed < *firstSeed+uint64(*courses); seed++ {
			t.Run(fmt.Sprintf("%s, seed %d", priority, seed), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, twoWay, func(s *settings.Presence) { s.Priority = priority })
				o := &office{world: w, r: rand.New(rand.NewPCG(seed, 1)), done: map[time.Time]bool{}}
				o.pass(30*time.Minute, o.something)
				w.plan(`{}`)
				_ = w.centre.EndCall(kim) // there may be none
				_ = w.centre.EndWrapUp(kim)
				o.pass(25*time.Minute, func() {}) // the longest pause after a refusal, with room
				o.inStep()
				crm, centre := w.writes()
				o.pass(5*time.Minute, func() {})
				w.wantWrites(crm, centre)
				o.follows(priority == settings.PriorityCRM)
				t.Logf("%d writes to the CRM, %d to the contact centre, %d turns", crm, centre, o.turns)
			})
		}
	}
}

// office plays the agent, and what the platform does by itself.
type office struct {
	*world
	r     *rand.Rand
	done  map[time.Time]bool // the moments whose tasks were run
	turns int
}

// pass lets time pass in steps, with a turn every minute and at every task.
func (o *office) pass(d time.Duration, do func()) {
	o.Helper()
	const step = 5 * time.Second
	due := map[time.Time]bool{}
	for end := o.clock.Now().Add(d); o.clock.Now().Before(end); {
		for _, at := range o.due() {
			due[at] = true
		}
		minute := o.clock.Now().Truncate(time.Minute)
		o.clock.Advance(step)
		do()
		wake := o.clock.Now().Truncate(time.Minute).After(minute)
		for at := range due {
			if !at.After(o.clock.Now()) && !o.done[at] {
				wake, o.done[at] = true, true
			}
		}
		if wake {
			o.turns++
			o.must(o.runner.Run(o.Context(), "demo"))
		}
	}
}

func (o *office) something() {
	switch n := o.r.IntN(100); {
	case n < 4:
		_ = o.crm.SetStatus(kim, pick(o, "Available", "Mail", "Lunch", "Training"))
	case n < 8:
		_ = o.centre.SetStatus(kim, pick(o, "Available", "Meal", "Break"))
	case n < 10:
		_ = o.centre.Ring(kim)
	case n < 15:
		_ = o.centre.EndCall(kim)
	case n < 20:
		_ = o.centre.EndWrapUp(kim)
	case n < 25:
		o.plan(pick(o,
			`{"centre":[{"mode":"reset","after":true,"match":"POST"}]}`, `{"centre":[{"status":500}]}`, `{"centre":[{"status":429,"match":"POST"}]}`,
			`{"centre":[{"mode":"reset","match":"POST"}]}`, `{"kustomer":[{"mode":"reset","after":true,"match":"PUT"}]}`,
			`{"kustomer":[{"status":503,"times":3}]}`, `{"kustomer":[{"mode":"garbage","match":"PUT"}]}`))
	}
}

func pick(o *office, of ...string) string { return of[o.r.IntN(len(of))] }

func (o *office) inStep() {
	o.Helper()
	got := o.states()
	if want, ok := attendance.PolicyOf(&o.settings).Counterpart(presence.CRM, got[0]); !ok || want != got[1] {
		o.Errorf("the CRM has %q and the contact centre %q, want %q; %v", got[0], got[1], want, o.reasons(kim))
	}
}

// follows has the agent choose once more, in either system.
func (o *office) follows(crmOnly bool) {
	o.Helper()
	centre := "Meal"
	if o.centre.Status(kim) == centre {
		centre = "Break"
	}
	crm := map[string]string{"Meal": "Lunch", "Break": "Training"}[centre]
	if crmOnly || o.r.IntN(2) == 0 {
		o.must(o.crm.SetStatus(kim, crm))
	} else {
		o.must(o.centre.SetStatus(kim, centre))
	}
	o.pass(3*time.Minute, func() {})
	o.want(crm, centre)
}
