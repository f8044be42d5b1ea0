package attendance

import (
	"context"
	"fmt"
	"slices"
	"time"

	"sessionbridge.internal/shared/presence"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
)

// turn is one for a tenant.
type turn struct {
	*Runner
	tenant string
	set    *settings.Presence
	policy presence.Policy

	holder string
	until  time.Time        // when the lease is over
	was    store.Attendance // when the turn began

	crm    *kustomer
	centre *ccai // nil where the contact centre only reports
	reach  map[presence.Side]reached

	agents  map[string]presence.Agent // as they are stored, by e-mail address
	pending []presence.Write          // to the contact centre, marked as sent
	marked  time.Time                 // when the first of those was
	later   []string                  // who is to be written in the CRM, by e-mail address
	next    time.Time                 // when there must be another turn; zero: there is no need
	asked   int                       // writes to the CRM so far
	spent   map[presence.Side]time.Duration
}

// sighting is an observation of the agent with an e-mail address.
type sighting struct {
	email string
	presence.Observation
}

const soon = time.Second

// run reads both sides, observes, decides for every agent and writes.
func (t *turn) run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, turnTime)
	defer cancel()
	t.reach, t.spent = map[presence.Side]reached{}, map[presence.Side]time.Duration{}
	if err := t.load(ctx); err != nil {
		return err
	}
	seen := t.look(ctx)
	err := t.settleAll(ctx, seen)
	if err == nil {
		err = t.tellCRM(ctx)
	}
	t.spare()
	return err
}

func (t *turn) load(ctx context.Context) error {
	all, err := t.Store.Agents(ctx, t.tenant, MaxAgents)
	t.agents = map[string]presence.Agent{}
	for _, a := range all {
		t.agents[a.Email] = a
	}
	return err
}

// look reads what can be read. The trouble of one side is not the other's.
func (t *turn) look(ctx context.Context) map[string][]presence.Observation {
	seen := map[string][]presence.Observation{}
	t.lookAt(ctx, presence.CRM, t.was.CRM, seen, func(now time.Time) (all []sighting, err error) {
		if t.crm, err = t.kustomer(t); err != nil {
			return nil, err
		}
		return t.crm.read(ctx, now)
	})
	if !t.set.Reports() {
		t.lookAt(ctx, presence.Centre, t.was.Centre, seen, func(now time.Time) (all []sighting, err error) {
			if t.centre, err = t.ccai(t); err != nil {
				return nil, err
			}
			return t.centre.read(ctx, now)
		})
	}
	return seen
}

// lookAt reads one side, unless it asked to be left alone. What is read counts as of before it was asked for: a change
// meanwhile may not be in it.
func (t *turn) lookAt(ctx context.Context, side presence.Side, was store.Reach, seen map[string][]presence.Observation, read func(time.Time) ([]sighting, error)) {
	now := t.Clock()
	if was.NotBefore.After(now) {
		t.reach[side] = reached{err: leftAlone(was.NotBefore), notBefore: was.NotBefore}
		return
	}
	all, err := read(now)
	t.reach[side] = reached{at: now, err: err}
	if err != nil {
		t.Log.WarnContext(ctx, "a side's agents cannot be read", "tenant", t.tenant, "side", string(side), "error", err)
		return
	}
	for _, s := range all {
		if email, err := presence.Email(s.email); err == nil {
			seen[email] = append(seen[email], s.Observation)
		}
	}
	for email, a := range t.agents {
		seen[email] = append(seen[email], missed(a, side, seen[email], now)...)
	}
}

// leftAlone is the trouble of a side that must not be asked yet.
func leftAlone(until time.Time) error {
	return fmt.Errorf("%w: it answered 429, and is asked again at %s", ErrUnavailable, until.UTC().Format(time.RFC3339))
}

// caller makes the requests to a side; nil where there are none.
func (t *turn) caller(side presence.Side) *caller {
	switch {
	case side == presence.CRM && t.crm != nil:
		return t.crm.caller
	case side == presence.Centre && t.centre != nil:
		return t.centre.caller
	}
	return nil
}

// spare notes which sides asked to be left alone in this turn, and until when.
func (t *turn) spare() {
	for side, r := range t.reach {
		if c := t.caller(side); c != nil && c.held() {
			r.notBefore = c.notBefore
			t.reach[side] = r
		}
		if !r.notBefore.IsZero() {
			t.lookAgain(r.notBefore)
		}
	}
}

// heed remembers when there must be another turn: at the moment that the decision names, and soon for what is to be looked at.
// What is to be written is left to the poll while its side cannot be reached.
func (t *turn) heed(d presence.Decision) {
	if !d.Next.IsZero() {
		t.lookAgain(d.Next)
	}
	if slices.ContainsFunc(d.Look, func(s presence.Side) bool { return t.reach[s].err == nil && !t.reach[s].at.IsZero() }) {
		t.lookAgain(t.Clock().Add(soon))
	}
}

func (t *turn) lookAgain(at time.Time) {
	if t.next.IsZero() || at.Before(t.next) {
		t.next = at
	}
}
