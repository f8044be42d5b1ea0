package attendance

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"time"

	"sessionbridge.internal/shared/presence"
)

// settleAll observes and decides for every agent. What is to be written to the contact centre is sent on the way, batch by batch;
// who is to be written in the CRM is left to tellCRM.
func (t *turn) settleAll(ctx context.Context, seen map[string][]presence.Observation) error {
	emails := slices.Collect(maps.Keys(seen))
	for email := range t.agents {
		emails = append(emails, email)
	}
	slices.Sort(emails)
	emails, left := fitting(slices.Compact(emails), t.agents, MaxAgents)
	t.crowded(seen, left)
	for _, email := range emails {
		if err := t.settleOne(ctx, email, seen[email]); err != nil {
			return err
		}
	}
	return t.flush(ctx)
}

func (t *turn) settleOne(ctx context.Context, email string, seen []presence.Observation) error {
	if err := t.renew(ctx); err != nil {
		return err
	}
	d, err := t.settle(ctx, email, seen, presence.Centre)
	if err != nil {
		return err
	}
	for _, w := range d.Writes {
		if w.Side == presence.CRM {
			t.later = append(t.later, email)
			continue
		}
		if len(t.pending) == 0 {
			t.marked = t.Clock()
		}
		t.pending = append(t.pending, w)
	}
	t.heed(d)
	if t.full() {
		err = t.flush(ctx)
	}
	if err == nil && gone(t.agents[email], t.Clock()) {
		err = t.Store.RemoveAgent(ctx, t.tenant, email, func(a presence.Agent) bool { return gone(a, t.Clock()) })
	}
	return err
}

// settle adds the observations to one agent and decides. In one update stand what was seen and that the writes to the side are sent, so
// that no two turns decide the same, and an echo that is faster than the answer is known. Where nothing came of it, nothing is stored.
func (t *turn) settle(ctx context.Context, email string, seen []presence.Observation, side presence.Side) (d presence.Decision, err error) {
	f := func(a presence.Agent) presence.Agent {
		a, d = t.decide(a, seen, side)
		return a
	}
	known, ok := t.agents[email]
	if !ok {
		known.Email = email
	}
	if after := f(known); len(d.Writes) == 0 && ok && quiet(known, after) {
		return d, nil
	}
	a, err := t.Store.UpdateAgent(ctx, t.tenant, email, f)
	if err == nil {
		t.agents[email] = a
	}
	return d, err
}

func (t *turn) decide(a presence.Agent, seen []presence.Observation, side presence.Side) (presence.Agent, presence.Decision) {
	now := t.Clock()
	if t.set.Reports() {
		seen = append(slices.Clip(seen), lapsed(a, now)...)
	}
	for _, o := range seen {
		if after, err := a.Observe(t.policy, o); err == nil { // what can be no state is left out
			a = after
		}
	}
	d := Decide(t.set, a, now)
	d.Writes = slices.DeleteFunc(d.Writes, t.cannotWrite)
	for _, w := range d.Writes {
		if w.Side == side {
			a = a.Sent(w, now)
		}
	}
	return a, d
}

// refresh is how old the time of the last reading may be in the store.
const refresh = 10 * time.Minute

// quiet says whether nothing but the time of the last reading is different, by less than is worth a write.
func quiet(before, after presence.Agent) bool {
	for _, desks := range [][2]*presence.Desk{{&before.CRM, &after.CRM}, {&before.Centre, &after.Centre}} {
		if len(desks[0].Logins) != len(desks[1].Logins) {
			return false
		}
		desks[1].Logins = slices.Clone(desks[1].Logins)
		for i := range desks[1].Logins {
			was, is := desks[0].Logins[i].ReadAt, &desks[1].Logins[i].ReadAt
			if is.Sub(was) >= refresh {
				return false
			}
			*is = was
		}
	}
	return reflect.DeepEqual(before, after)
}
