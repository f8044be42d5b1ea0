package attendance

import (
	"context"
	"reflect"
	"slices"
	"time"

	"sessionbridge.internal/shared/presence"
	"sessionbridge.internal/shared/settings"
)

// turn is one for a tenant.
type turn struct {
	*Runner
	tenant string
	set    *settings.Presence
	policy presence.Policy
	holder string

	crm    *kustomer
	centre *ccai // nil where the contact centre only reports
	reach  map[presence.Side]reached

	agents map[string]presence.Agent // as they were stored when the turn began, by e-mail address
	next   time.Time                 // when there must be another turn; zero: there is no need
	asked  int                       // writes to the CRM so far
}

// sighting is an observation of the agent with an e-mail address.
type sighting struct {
	email string
	presence.Observation
}

const (
	maxBatch  = 100 // agents in one request to the contact centre
	maxWrites = 100 // to the CRM in one turn: what is left is for the next one
	soon      = time.Second
)

// run reads both sides, observes, decides for every agent and writes.
func (t *turn) run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, turnTime)
	defer cancel()
	t.reach = map[presence.Side]reached{}
	if err := t.load(ctx); err != nil {
		return err
	}
	seen := t.look(ctx)
	writes, err := t.settleAll(ctx, seen)
	if err != nil {
		return err
	}
	return t.note(ctx, t.send(ctx, writes))
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
	t.lookAt(ctx, presence.CRM, seen, func(now time.Time) (all []sighting, err error) {
		if t.crm, err = t.kustomer(t); err != nil {
			return nil, err
		}
		return t.crm.read(ctx, now)
	})
	if !t.set.Reports() {
		t.lookAt(ctx, presence.Centre, seen, func(now time.Time) (all []sighting, err error) {
			if t.centre, err = t.ccai(t); err != nil {
				return nil, err
			}
			return t.centre.read(ctx, now)
		})
	}
	return seen
}

// lookAt reads one side. What is read counts as of before it was asked for: a change meanwhile may not be in it.
func (t *turn) lookAt(ctx context.Context, side presence.Side, seen map[string][]presence.Observation, read func(time.Time) ([]sighting, error)) {
	now := t.Clock()
	all, err := read(now)
	t.reach[side] = reached{now, err}
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
		seen[email] = append(seen[email], ended(a, side, seen[email], now)...)
	}
}

// settleAll observes and decides for every agent, and returns what is to be written, which is stored as sent.
func (t *turn) settleAll(ctx context.Context, seen map[string][]presence.Observation) (writes []presence.Write, err error) {
	emails := make([]string, 0, len(seen)+len(t.agents))
	for email := range seen {
		emails = append(emails, email)
	}
	for email := range t.agents {
		emails = append(emails, email)
	}
	slices.Sort(emails)
	for _, email := range slices.Compact(emails) {
		d, err := t.settle(ctx, email, seen[email])
		if err != nil {
			return nil, err
		}
		writes = append(writes, d.Writes...)
		for _, w := range d.Writes {
			if w.Side == presence.CRM {
				t.asked++
			}
		}
		t.heed(d)
	}
	return writes, nil
}

// settle adds the observations to one agent and decides. In one update stand what was seen and that the writes are sent, so that no
// two turns decide the same, and an echo that is faster than the answer is known. Where nothing came of it, nothing is stored.
func (t *turn) settle(ctx context.Context, email string, seen []presence.Observation) (d presence.Decision, err error) {
	f := func(a presence.Agent) presence.Agent {
		a, d = t.decide(a, seen)
		return a
	}
	known, ok := t.agents[email]
	if !ok {
		known.Email = email
	}
	if after := f(known); len(d.Writes) == 0 && ok && quiet(known, after) {
		return d, nil
	}
	_, err = t.Store.UpdateAgent(ctx, t.tenant, email, f)
	return d, err
}

func (t *turn) decide(a presence.Agent, seen []presence.Observation) (presence.Agent, presence.Decision) {
	for _, o := range seen {
		if after, err := a.Observe(t.policy, revived(a, o)); err == nil { // what can be no state is left out
			a = after
		}
	}
	now := t.Clock()
	d := Decide(t.set, a, now)
	d.Writes = slices.DeleteFunc(d.Writes, t.cannotWrite)
	for _, w := range d.Writes {
		a = a.Sent(w, now)
	}
	return a, d
}

// cannotWrite says that the side of a write could not even be read, or was written so often that it is left to the next turn.
func (t *turn) cannotWrite(w presence.Write) bool {
	if t.reach[w.Side].err != nil {
		return true
	}
	if w.Side == presence.CRM && t.asked >= maxWrites {
		t.lookAgain(t.Clock())
		return true
	}
	return false
}

// send writes, one batch or session after the other.
func (t *turn) send(ctx context.Context, writes []presence.Write) (results []presence.Result) {
	batches, err := presence.Batches(writes, maxBatch)
	if err != nil { // the platform's ids are numbers, by how they are read
		t.Log.ErrorContext(ctx, "a state cannot be written", "tenant", t.tenant, "error", err)
	}
	for _, b := range batches {
		results = append(results, t.centre.write(ctx, t.policy, b)...)
	}
	for _, w := range writes {
		if w.Side == presence.CRM {
			results = append(results, t.crm.write(ctx, w))
		}
	}
	return results
}

// note stores what became of the writes, and sees when each agent is to be looked at again.
func (t *turn) note(ctx context.Context, results []presence.Result) error {
	for _, r := range results {
		a, err := t.Store.UpdateAgent(ctx, t.tenant, r.Write.Email, func(a presence.Agent) presence.Agent {
			return a.Answered(r, t.Clock())
		})
		if err != nil {
			return err
		}
		t.heed(Decide(t.set, a, t.Clock()))
	}
	return nil
}

// heed remembers when there must be another turn: at the moment that the decision names, and soon for what is to be looked at.
// What is to be written is left to the poll while its side cannot be reached.
func (t *turn) heed(d presence.Decision) {
	if !d.Next.IsZero() {
		t.lookAgain(d.Next)
	}
	if slices.ContainsFunc(d.Look, func(s presence.Side) bool { return t.reach[s].err == nil }) {
		t.lookAgain(t.Clock().Add(soon))
	}
}

func (t *turn) lookAgain(at time.Time) {
	if t.next.IsZero() || at.Before(t.next) {
		t.next = at
	}
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
