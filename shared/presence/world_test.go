package presence_test

import (
	"container/heap"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/shared/presence"
)

// world plays both sides, the agent who works in them, and the network between, in a time of its own. Everything in it
// comes from one seed.
type world struct {
	t      *testing.T
	r      *rand.Rand
	p      presence.Policy
	now    time.Time
	events schedule
	sides  map[presence.Side]*side
	agent  presence.Agent

	writes   []sent
	changes  []choice
	lastMove time.Time // of the agent or of a system state
	maxDelay time.Duration
	planned  time.Time // the next decision that was asked for
	largest  int       // bytes of an agent
}

// side is one of the systems as it really is.
type side struct {
	name  presence.Side
	login string
	skew  time.Duration
	state string
	since time.Time // true
	known time.Time // true time of the newest state that was delivered
	away  bool      // that one is a system state
}

type choice struct {
	side  presence.Side
	state string
	at    time.Time // true
}

type sent struct {
	presence.Write
	at time.Time
}

var (
	epoch      = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	crmStates  = []string{"Ready", "Ready mail", "Lunch", "Training", "Secret"} // the last has no counterpart
	centreOnes = []string{"Available", "Meal", "Break", "Coaching"}             // the last has none
)

func simulated() presence.Policy {
	return presence.Policy{Mapping: presence.Mapping{
		ToCentre: map[string]string{"Ready": "Available", "Ready mail": "Available", "Lunch": "Meal", "Training": "Break"},
		ToCRM:    map[string]string{"Available": "Ready mail"},
	}}
}

func newWorld(t *testing.T, seed uint64, p presence.Policy, skew, delay time.Duration) *world {
	w := &world{t: t, r: rand.New(rand.NewPCG(seed, 1)), p: p, now: epoch, maxDelay: delay}
	w.agent.Email = "kim@example.com"
	w.sides = map[presence.Side]*side{
		presence.CRM:    {name: presence.CRM, login: "ws1", skew: w.skew(skew)},
		presence.Centre: {name: presence.Centre, login: "11", skew: w.skew(skew)},
	}
	w.choose(presence.CRM, "Ready")
	w.choose(presence.Centre, "Available")
	return w
}

func (w *world) skew(most time.Duration) time.Duration {
	if most == 0 {
		return 0
	}
	return time.Duration(w.r.Int64N(int64(2*most))) - most
}

func (w *world) upTo(d time.Duration) time.Duration { return time.Duration(w.r.Int64N(int64(d) + 1)) }
func (w *world) chance(percent int) bool            { return w.r.IntN(100) < percent }

// in does something later.
func (w *world) in(d time.Duration, do func()) { heap.Push(&w.events, event{w.now.Add(d), do}) }

// run lets time pass until nothing is left to happen, and says whether that came about.
func (w *world) run() bool {
	for range 5000 {
		if w.events.Len() == 0 {
			return true
		}
		e := heap.Pop(&w.events).(event)
		w.now = e.at
		e.do()
	}
	return false
}

// choose is the agent's doing.
func (w *world) choose(side presence.Side, state string) {
	s := w.sides[side]
	if s.state == state || isSystem(s.state) {
		return
	}
	w.changes = append(w.changes, choice{side, state, w.now})
	w.set(s, state)
}

// set changes a side's state and reports it: late, more than once, in the letter case it likes.
func (w *world) set(s *side, state string) {
	s.state, s.since = state, w.now
	w.lastMove = w.now
	for first := true; first || w.chance(20); first = false {
		o := w.look(s)
		if w.chance(10) {
			o.State = strings.ToUpper(o.State)
		}
		w.in(w.upTo(w.maxDelay), func() { w.deliver(o) })
	}
}

// look is the side's state as it tells it.
func (w *world) look(s *side) presence.Observation {
	return presence.Observation{Side: s.name, Login: s.login, State: s.state, At: s.since.Add(s.skew)}
}

func (w *world) deliver(o presence.Observation) {
	o.LearntAt = w.now
	a, err := w.agent.Observe(w.p, o)
	if err != nil {
		w.t.Fatal(err)
	}
	s := w.sides[o.Side]
	if at := o.At.Add(-s.skew); !at.Before(s.known) {
		s.known, s.away = at, isSystem(o.State)
	}
	w.agent = w.stored(a)
	w.decide()
}

// stored is the agent as the database gives it back, now and then.
func (w *world) stored(a presence.Agent) presence.Agent {
	if !w.chance(10) {
		return a
	}
	b, err := json.Marshal(a)
	if err != nil {
		w.t.Fatal(err)
	}
	w.largest = max(w.largest, len(b))
	var back presence.Agent
	if err := json.Unmarshal(b, &back); err != nil {
		w.t.Fatal(err)
	}
	return back
}

func (w *world) decide() {
	d := presence.Decide(w.p, w.agent, w.now)
	for _, x := range d.Writes {
		w.send(x)
	}
	for _, name := range d.Look {
		w.in(w.upTo(time.Second), func() {
			o := w.look(w.sides[name])
			o.Read = true
			w.in(w.upTo(time.Second), func() { w.deliver(o) })
		})
	}
	if !d.Next.IsZero() && !d.Next.Equal(w.planned) {
		w.planned = d.Next
		w.in(d.Next.Sub(w.now), w.decide)
	}
}

func (w *world) send(x presence.Write) {
	s := w.sides[x.Side]
	if isSystem(x.State) || s.away {
		w.t.Errorf("%v: %q is written to the %s although it is known to be in a system state, or is one", w.now.Sub(epoch), x.State, x.Side)
	}
	w.writes = append(w.writes, sent{x, w.now})
	w.agent = w.stored(w.agent.Sent(x, w.now))
	if w.chance(5) { // the request is lost
		w.in(10*time.Second, func() { w.answer(x, presence.Lost, "", "") })
		return
	}
	w.in(w.upTo(2*time.Second), func() { w.land(s, x) })
}

// land is the request's arrival.
func (w *world) land(s *side, x presence.Write) {
	outcome, previous := presence.Done, s.state
	switch {
	case isSystem(s.state):
		outcome = presence.Busy
	case !strings.EqualFold(s.state, x.State):
		moved := w.lastMove
		w.set(s, w.renamed(named(x.State)))
		w.lastMove = moved
	}
	became := s.state
	switch {
	case w.chance(4): // the answer is lost
		w.in(10*time.Second, func() { w.answer(x, presence.Lost, "", "") })
	case w.chance(2): // and nobody is left to say so
		w.in(2*time.Minute, w.decide)
	default:
		w.in(w.upTo(2*time.Second), func() { w.answer(x, outcome, previous, became) })
	}
}

// named is the state's name in the side's own letter case.
func named(state string) string {
	for _, s := range slices.Concat(crmStates, centreOnes) {
		if strings.EqualFold(s, state) {
			return s
		}
	}
	return state
}

// renamed is what the side makes of a state it is given: the CRM knows two names for one now and then.
func (w *world) renamed(state string) string {
	if state == "Ready mail" && w.chance(20) {
		return "Ready"
	}
	return state
}

func (w *world) answer(x presence.Write, o presence.Outcome, previous, became string) {
	w.agent = w.stored(w.agent.Answered(presence.Result{Write: x, Outcome: o, Previous: previous, Became: became}, w.now))
	w.decide()
}

// call takes the agent away for a while. What follows is what was before, or Available by the platform's own doing, which
// counts as from the call's beginning, or what the agent chose.
func (w *world) call(length time.Duration) {
	s := w.sides[presence.Centre]
	if isSystem(s.state) {
		return
	}
	before, began := s.state, w.now
	w.set(s, "In-call")
	w.in(length*4/5, func() { w.set(s, "Wrap-up") })
	w.in(length, func() {
		switch {
		case w.chance(60):
			w.set(s, before)
		case before != "Available" && w.chance(50):
			w.changes = append(w.changes, choice{presence.Centre, "Available", began})
			w.set(s, "Available")
		default:
			s.state = ""
			if next := centreOnes[w.r.IntN(3)]; next != before && next != "Available" {
				w.choose(presence.Centre, next)
			} else {
				w.set(s, before)
			}
		}
	})
}

func isSystem(state string) bool {
	for _, s := range presence.SystemStates() {
		if strings.EqualFold(s, state) {
			return true
		}
	}
	return false
}

// event and schedule are the future.
type event struct {
	at time.Time
	do func()
}

type schedule []event

func (s schedule) Len() int           { return len(s) }
func (s schedule) Less(i, j int) bool { return s[i].at.Before(s[j].at) }
func (s schedule) Swap(i, j int)      { s[i], s[j] = s[j], s[i] }
func (s *schedule) Push(x any)        { *s = append(*s, x.(event)) }
func (s *schedule) Pop() any {
	e := (*s)[len(*s)-1]
	*s = (*s)[:len(*s)-1]
	return e
}
