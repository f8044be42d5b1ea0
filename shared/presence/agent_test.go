package presence_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/shared/presence"
)

func TestEmail(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ in, want string }{
		"letter case and spaces around do not count": {" Kim@Example.COM ", "kim@example.com"},
		"nothing is no address":                      {"", ""},
		"a name is no address":                       {"kim", ""},
		"a domain is no address":                     {"@example.com", ""},
		"two are no address":                         {"a@example.com b@example.com", ""},
		"an endless one is no address":               {strings.Repeat("a", 300) + "@example.com", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := presence.Email(c.in)
			if got != c.want || (c.want == "") != errors.Is(err, presence.ErrEmail) {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

func TestWhatIsNoObservationIsRefused(t *testing.T) {
	t.Parallel()
	good := presence.Observation{Side: crm, Login: "ws1", State: "Ready", At: at(1), LearntAt: at(1)}
	for name, spoil := range map[string]func(*presence.Observation){
		"another side":         func(o *presence.Observation) { o.Side = "phone" },
		"no login":             func(o *presence.Observation) { o.Login = "" },
		"an endless login":     func(o *presence.Observation) { o.Login = strings.Repeat("x", 201) },
		"no state":             func(o *presence.Observation) { o.State = "  " },
		"an endless state":     func(o *presence.Observation) { o.State = strings.Repeat("x", 201) },
		"no time of receiving": func(o *presence.Observation) { o.LearntAt = time.Time{} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := good
			spoil(&o)
			a, err := presence.Agent{}.Observe(presence.Policy{}, o)
			if !errors.Is(err, presence.ErrObservation) || !reflect.DeepEqual(a, presence.Agent{}) {
				t.Errorf("got %+v, %v", a, err)
			}
		})
	}
}

// Any order of the same observations, with any repetition, comes to the same.
func TestOrderAndRepetitionDoNotMatter(t *testing.T) {
	t.Parallel()
	states := []string{"Available", "In-call", "Wrap-up", "Available", "Break", "Missed Call", "Break", "Available", "Meal"}
	var want string
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 2))
		y := &play{t: t, p: simulated(), now: epoch}
		y.p.TwoWay = true
		y.crm("Ready", 0.5)
		for _, i := range append(r.Perm(len(states)), r.Perm(len(states))...) {
			y.late(centre, "11", states[i], float64(i+1), 20)
		}
		got := told(presence.Decide(y.p, y.a, y.now))
		if want == "" {
			want = "crm=Lunch"
		}
		if got != want {
			t.Fatalf("seed %d: %q, want %q", seed, got, want)
		}
	}
}

// What somebody chose outlives any number of calls, in an agent that does not grow.
func TestAnAgentStaysSmallAndForgetsNoChoice(t *testing.T) {
	t.Parallel()
	y := &play{t: t, p: simulated(), now: epoch}
	y.p.TwoWay = true
	y.crm("Ready", 1)
	y.centre("Meal", 2)
	for i := range 200 {
		y.centre([]string{"In-call", "Wrap-up", "Meal"}[i%3], float64(10+i))
	}
	y.centre("Meal", 300)
	for i := range 20 {
		y.observe(presence.Observation{Side: crm, Login: fmt.Sprintf("old%d", i), State: "Offline", At: at(float64(i) / 100), LearntAt: at(400), Ended: true})
	}
	if got := told(presence.Decide(y.p, y.a, y.now)); got != "crm=Lunch" {
		t.Errorf("decided %q", got)
	}
	b, err := json.Marshal(y.a)
	if err != nil || len(b) > 8<<10 {
		t.Errorf("%d bytes, %v", len(b), err)
	}
	y.late(centre, "11", "Break", 3, 500) // older than all that is remembered
	if got := told(presence.Decide(y.p, y.a, y.now)); got != "crm=Lunch" {
		t.Errorf("an ancient observation came back: %q", got)
	}
}

func TestObservingLeavesTheAgentBeforeAsItWas(t *testing.T) {
	t.Parallel()
	y := &play{t: t, p: simulated(), now: epoch}
	y.crm("Ready", 1)
	y.centre("Available", 2)
	y.crm("Lunch", 3)
	before, err := json.Marshal(y.a)
	if err != nil {
		t.Fatal(err)
	}
	old := y.a
	y.late(crm, "ws1", "Training", 2, 4)
	y.write(done, "Available", "Meal")
	y.centre("Meal", 5)
	if after, _ := json.Marshal(old); string(after) != string(before) {
		t.Errorf("it was\n%s\nand is\n%s", before, after)
	}
}

// Without times of their own, observations count as they come, and a repetition is none.
func TestWithoutATimeTheReceiptCounts(t *testing.T) {
	t.Parallel()
	y := &play{t: t, p: simulated(), now: epoch}
	y.centre("Available", 1)
	for i, state := range []string{"Ready", "Lunch", "Lunch"} {
		y.observe(presence.Observation{Side: crm, Login: "ws1", State: state, LearntAt: at(float64(2 + i))})
	}
	if got := told(presence.Decide(y.p, y.a, y.now)); got != "centre=Meal" {
		t.Errorf("decided %q", got)
	}
	// A time far in the future is none either: it would be the last word for ever.
	y.late(crm, "ws1", "Training", 1e7, 8)
	y.crm("Ready", 9)
	if got := told(presence.Decide(y.p, y.a, y.now)); got != "" {
		t.Errorf("decided %q", got)
	}
}
