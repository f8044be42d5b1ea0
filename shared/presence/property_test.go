package presence_test

import (
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"

	"sessionbridge.internal/shared/presence"
)

var (
	firstSeed = flag.Uint64("seed", 1, "the first seed of the random courses")
	courses   = flag.Int("courses", 250, "how many random courses of each kind")
)

// Whatever the network does, the sides settle, soon, on what the policy says, and no write goes over a system state (which
// world.send watches).
func TestEveryCourseSettlesOnWhatThePolicySays(t *testing.T) {
	t.Parallel()
	for _, twoWay := range []bool{false, true} {
		for _, priority := range []presence.Priority{presence.LatestChange, presence.CRMOverrides} {
			for _, skew := range []time.Duration{0, time.Minute} {
				t.Run(fmt.Sprintf("two-way %v, %s, skew %v", twoWay, priority, skew), func(t *testing.T) {
					t.Parallel()
					p := simulated()
					p.TwoWay, p.Priority = twoWay, priority
					playCourses(t, p, skew)
				})
			}
		}
	}
}

func playCourses(t *testing.T, p presence.Policy, skew time.Duration) {
	exact, many, most, all, largest := 0, 0, 0, 0, 0
	for seed := *firstSeed; seed < *firstSeed+uint64(*courses); seed++ {
		w := newWorld(t, seed, p, skew, 50*time.Second)
		w.scatter()
		if !w.run() {
			t.Fatalf("seed %d: it never ends; %d writes", seed, len(w.writes))
		}
		after := w.writesAfter()
		most, all, largest = max(most, after), all+len(w.writes), max(largest, w.largest)
		if after > afewWrites {
			many++
		}
		if after > mostWrites {
			t.Errorf("seed %d: %d writes after the last change", seed, after)
		}
		allowed := w.allowed(skew)
		if len(allowed) == 1 {
			exact++
		}
		if !slices.ContainsFunc(allowed, w.settledOn) {
			t.Errorf("seed %d: CRM %q, centre %q; by the policy it is one of %v", seed, w.sides[presence.CRM].state, w.sides[presence.Centre].state, allowed)
		}
		if t.Failed() {
			t.Fatalf("replay with -seed %d -courses 1\n%s", seed, w.story())
		}
	}
	t.Logf("%d courses, %d with one right end, %d writes, at most %d after the last change, %d times more than %d; an agent has %d bytes at most", *courses, exact, all, most, many, afewWrites, largest)
	if most := 16 << 10; largest > most {
		t.Errorf("an agent grew to %d bytes, more than %d", largest, most)
	}
	if many > 1+*courses/200 {
		t.Errorf("%d courses took more than %d writes after the last change", many, afewWrites)
	}
	if least := *courses / 2; skew == 0 && exact < least {
		t.Errorf("only %d courses have one right end: the test proves little", exact)
	}
}

// mostWrites bounds the writes after the last change. One for each side, and again for those that were lost, refused or
// crossed by a change, make a handful; what cannot be told from an echo can make more, up to what one side is given in
// five minutes.
const (
	mostWrites = 12
	afewWrites = 5
)

// scatter plans half an hour: changes on both sides, some close to each other, and calls.
func (w *world) scatter() {
	at := time.Duration(0)
	for range 2 + w.r.IntN(8) {
		if w.chance(40) {
			at += w.upTo(5 * time.Second)
		} else {
			at += w.upTo(6 * time.Minute)
		}
		switch {
		case w.chance(25):
			length := time.Second + w.upTo(5*time.Minute)
			w.in(at, func() { w.call(length) })
		case w.chance(50):
			state := crmStates[w.r.IntN(len(crmStates))]
			w.in(at, func() { w.choose(presence.CRM, state) })
		default:
			state := centreOnes[w.r.IntN(len(centreOnes))]
			w.in(at, func() { w.choose(presence.Centre, state) })
		}
	}
}

func (w *world) writesAfter() (n int) {
	for _, x := range w.writes {
		if x.at.After(w.lastMove) {
			n++
		}
	}
	return n
}

// allowed are the changes of which one must hold in the end: the one the policy names, and what it would name if a choice
// that cannot be told from the echo of our own write did not count, or a write near it counted in its place; of each, those
// too that the clocks' skew hides behind it.
func (w *world) allowed(skew time.Duration) []choice {
	var sure []choice
	sets := [][]choice{w.changes}
	for i, c := range w.changes {
		near, alike := w.near(c, skew)
		if !alike {
			sure = append(sure, c)
			continue
		}
		others := slices.Delete(slices.Clone(w.changes), i, i+1)
		sets = append(sets, others)
		for _, x := range near {
			sets = append(sets, append(slices.Clip(others), choice{x.Side, x.State, x.at}))
		}
	}
	var out []choice
	for _, set := range append(sets, sure) {
		for _, c := range w.byPolicy(set, 2*skew) {
			if !slices.Contains(out, c) {
				out = append(out, c)
			}
		}
	}
	return out
}

// byPolicy is the change that holds of these, and those up to span before it.
func (w *world) byPolicy(changes []choice, span time.Duration) []choice {
	sorted := slices.Clone(changes)
	slices.SortStableFunc(sorted, func(a, b choice) int { return b.at.Compare(a.at) })
	if i := slices.IndexFunc(sorted, func(c choice) bool { return c.side == presence.CRM }); i >= 0 && w.p.Priority == presence.CRMOverrides {
		if _, ok := w.p.Counterpart(presence.CRM, sorted[i].state); ok {
			return sorted[i : i+1] // one side's clock knows its own order
		}
	}
	n := min(1, len(sorted))
	for n < len(sorted) && sorted[n].at.After(sorted[0].at.Add(-span)) {
		n++
	}
	return sorted[:n]
}

// near are our writes to the same side at about the time of the agent's choice; alike says whether it may pass for the echo
// of one of them, which may leave the echo of another to pass for a choice.
func (w *world) near(c choice, skew time.Duration) (near []sent, alike bool) {
	doubt := presence.DefaultWindow + time.Minute + 10*time.Second + skew
	b, _ := w.p.Counterpart(c.side, c.state)
	for _, x := range w.writes {
		if x.Side != c.side || c.at.Sub(x.at).Abs() >= doubt {
			continue
		}
		near = append(near, x)
		a, _ := w.p.Counterpart(x.Side, x.State)
		alike = alike || x.State == c.state || c.side == presence.CRM && a != "" && a == b
	}
	return near, alike
}

// settledOn says whether both sides are as they should be if c holds.
func (w *world) settledOn(c choice) bool {
	crm, centre := w.sides[presence.CRM].state, w.sides[presence.Centre].state
	there, mapped := w.p.Counterpart(presence.CRM, crm)
	if c.side == presence.Centre {
		_, back := w.p.Counterpart(presence.Centre, c.state)
		return centre == c.state && (!w.p.TwoWay || !back || mapped && there == centre)
	}
	to, ok := w.p.Counterpart(presence.CRM, c.state)
	if !ok {
		return crm == c.state
	}
	return centre == to && mapped && there == to
}

func (w *world) story() string {
	var lines []string
	for _, c := range w.changes {
		lines = append(lines, fmt.Sprintf("%8.1fs %s: the agent chooses %q", c.at.Sub(epoch).Seconds(), c.side, c.state))
	}
	for _, x := range w.writes {
		lines = append(lines, fmt.Sprintf("%8.1fs %s: we write %q", x.at.Sub(epoch).Seconds(), x.Side, x.State))
	}
	slices.Sort(lines)
	out := fmt.Sprintf("skews: CRM %v, centre %v\n", w.sides[presence.CRM].skew, w.sides[presence.Centre].skew)
	for _, l := range lines {
		out += l + "\n"
	}
	return out
}
