package presence_test

import (
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/shared/presence"
)

// play is an agent's course, told in steps; seconds are since epoch.
type play struct {
	t   *testing.T
	p   presence.Policy
	a   presence.Agent
	now time.Time
}

func at(seconds float64) time.Time {
	return epoch.Add(time.Duration(seconds * float64(time.Second)))
}

// see is an observation that comes at once, by a right clock.
func (y *play) see(side presence.Side, login, state string, since float64) {
	y.late(side, login, state, since, since)
}

func (y *play) late(side presence.Side, login, state string, since, learnt float64) {
	y.t.Helper()
	y.observe(presence.Observation{Side: side, Login: login, State: state, At: at(since), LearntAt: at(learnt)})
}

func (y *play) observe(o presence.Observation) {
	y.t.Helper()
	a, err := y.a.Observe(y.p, o)
	if err != nil {
		y.t.Fatal(err)
	}
	y.a, y.now = a, later(y.now, o.LearntAt)
}

func (y *play) crm(state string, since float64) {
	y.t.Helper()
	y.see(presence.CRM, "ws1", state, since)
}
func (y *play) centre(state string, since float64) {
	y.t.Helper()
	y.see(presence.Centre, "11", state, since)
}

// write sends what is decided, exactly one write, and has it answered a second later.
func (y *play) write(o presence.Outcome, previous, became string) {
	y.t.Helper()
	d := presence.Decide(y.p, y.a, y.now)
	if len(d.Writes) != 1 {
		y.t.Fatalf("%d writes are decided, not one: %v, because %v", len(d.Writes), d.Writes, d.Reasons)
	}
	y.a = y.a.Sent(d.Writes[0], y.now)
	y.now = y.now.Add(time.Second)
	y.a = y.a.Answered(presence.Result{Write: d.Writes[0], Outcome: o, Previous: previous, Became: became}, y.now)
}

func (y *play) wait(seconds float64) {
	y.now = y.now.Add(time.Duration(seconds * float64(time.Second)))
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// told is a decision in short: "centre=Meal", "look centre", "waiting crm".
func told(d presence.Decision) string {
	var out []string
	for _, w := range d.Writes {
		out = append(out, string(w.Side)+"="+w.State)
	}
	for _, s := range d.Look {
		out = append(out, "look "+string(s))
	}
	for _, r := range d.Reasons {
		out = append(out, string(r.Code)+" "+string(r.Side))
	}
	return strings.Join(out, ", ")
}

const (
	crm    = presence.CRM
	centre = presence.Centre
	done   = presence.Done
)

// Each wait names its end.
func TestNextIsWhenADecisionMayChange(t *testing.T) {
	t.Parallel()
	y := &play{t: t, p: simulated(), now: epoch}
	y.centre("Available", 1)
	y.crm("Lunch", 2)
	y.write(presence.Refused, "Available", "Available")
	for tries, pause := range []time.Duration{30, 60, 120, 240, 480, 900, 900} {
		d := presence.Decide(y.p, y.a, y.now)
		if got := d.Next.Sub(y.now); got != pause*time.Second {
			t.Fatalf("after %d tries the pause is %v, want %v s", tries+1, got, int(pause))
		}
		y.now = d.Next
		y.write(presence.Refused, "Available", "Available")
	}
}

func TestEveryReasonIsASentenceThatNamesNobody(t *testing.T) {
	t.Parallel()
	for _, code := range []presence.Code{presence.Unmapped, presence.SystemTarget, presence.TwoLogins, presence.Unseen, presence.SignedOut, presence.Waiting, presence.Declined, presence.Unknown, presence.Restless} {
		for _, side := range []presence.Side{crm, centre} {
			s := presence.Reason{Code: code, Side: side, State: "Lunch"}.String()
			if len(s) < 40 || strings.Contains(s, "%") || strings.Contains(s, "@") || !strings.Contains(s, map[presence.Side]string{crm: "CRM", centre: "contact centre"}[side]) {
				t.Errorf("%s on %s: %q", code, side, s)
			}
		}
	}
}
