package attendance

import (
	"context"
	"time"

	"sessionbridge.internal/shared/presence"
)

// What is sent in one turn: the rest is for the next one, which looks first. A turn that sends for long writes over what an agent
// chose meanwhile.
const (
	maxBatch  = 100 // agents in one request to the contact centre
	maxWrites = 100 // to the CRM
	sendFor   = 15 * time.Second
	holdFor   = 5 * time.Second // a write that is marked as sent
)

// cannotWrite says that the side of a write could not even be read, wants to be left alone, or was written so much that it is left to
// the next turn.
func (t *turn) cannotWrite(w presence.Write) bool {
	c := t.caller(w.Side)
	if c == nil || c.held() || t.reach[w.Side].err != nil {
		return true
	}
	if t.spent[w.Side] >= sendFor || w.Side == presence.CRM && t.asked >= maxWrites {
		t.lookAgain(t.Clock())
		return true
	}
	return false
}

// full says whether what is marked as sent to the contact centre must be sent now.
func (t *turn) full() bool {
	n := len(t.pending)
	return n >= maxBatch || n > 0 && t.Clock().Sub(t.marked) >= holdFor
}

// flush sends what is marked as sent to the contact centre, and notes each answer as it comes.
func (t *turn) flush(ctx context.Context) error {
	batches, err := presence.Batches(t.pending, maxBatch)
	if err != nil { // the platform's ids are numbers, by how they are read
		t.Log.ErrorContext(ctx, "a state cannot be written", "tenant", t.tenant, "error", err)
	}
	t.pending = nil
	for _, b := range batches {
		began := t.Clock()
		results := t.centre.write(ctx, t.policy, b)
		t.spent[presence.Centre] += t.Clock().Sub(began)
		for _, r := range results {
			if err := t.note(ctx, r); err != nil {
				return err
			}
		}
	}
	return nil
}

// tellCRM writes one agent after the other. Each is decided upon anew, right before.
func (t *turn) tellCRM(ctx context.Context) error {
	for _, email := range t.later {
		if err := t.renew(ctx); err != nil {
			return err
		}
		d, err := t.settle(ctx, email, nil, presence.CRM)
		if err != nil {
			return err
		}
		t.heed(d)
		for _, w := range d.Writes {
			if w.Side != presence.CRM {
				continue
			}
			began := t.Clock()
			result := t.crm.write(ctx, w)
			t.asked, t.spent[presence.CRM] = t.asked+1, t.spent[presence.CRM]+t.Clock().Sub(began)
			if err := t.note(ctx, result); err != nil {
				return err
			}
		}
	}
	return nil
}

// note stores what became of a write, and sees when the agent is to be looked at again. That stands even where the turn's time
// is over by now.
func (t *turn) note(ctx context.Context, r presence.Result) error {
	a, err := t.Store.UpdateAgent(context.WithoutCancel(ctx), t.tenant, r.Write.Email, func(a presence.Agent) presence.Agent {
		return a.Answered(r, t.Clock())
	})
	if err != nil {
		return err
	}
	t.agents[a.Email] = a
	t.heed(Decide(t.set, a, t.Clock()))
	return nil
}
