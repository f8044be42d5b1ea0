package session

import (
	"slices"
	"strings"
	"time"
)

// handOver notes a transfer: with the ends its source names, else from who was there to who has come.
func (c *cast) handOver(e *Event, legs []Leg) {
	t := Transfer{At: e.At, Kind: Conference}
	if e.Kind == Transferred {
		t.Kind = ""
	}
	if e.Transfer != nil {
		t = *e.Transfer
		t.At = e.At
	}
	if len(e.Parties) > 0 && !c.readEnds(&t) && t.Kind != Redirect {
		return // a repeat: nobody came or went since the last one
	}
	if t.Kind == "" && e.Leg != nil {
		t.Kind = Cold
		if l := consulted(legs, e); l != nil {
			t.Kind = Warm
			set(&t.To.Number, number(Customer{PhoneRaw: l.Number})) // an address tells not whose it is
		}
	}
	if n := len(c.transfers); n > 0 && alike(c.transfers[n-1], t) {
		return
	}
	c.transfers = append(c.transfers, t)
}

// readEnds takes the agent who came last for the one it goes to, and for the one it comes from who came last before. They
// may have come, or gone, before the transfer itself is reported. It is false where that was the last transfer already.
func (c *cast) readEnds(t *Transfer) bool {
	var since time.Time
	if n := len(c.transfers); n > 0 {
		since = c.transfers[n-1].At
	}
	var to, from *part
	for _, p := range c.byComing() {
		switch {
		case to == nil && p.isOpen() && p.lastComing().After(since):
			to = p
		case from == nil && p != to:
			from = p
		}
	}
	if to != nil {
		t.To.AgentID = to.agent.ID
	}
	if from != nil {
		t.From.AgentID = from.agent.ID
	}
	return to != nil || from != nil && !from.isOpen() && from.lastOut.After(since)
}

// byComing are the agents who were ever in, the one who came last first.
func (c *cast) byComing() []*part {
	var in []*part
	for _, p := range c.parts {
		if p.party.Type == PartyAgent && len(p.spans) > 0 {
			in = append(in, p)
		}
	}
	slices.Reverse(in) // of those who came at one time, the one named last
	slices.SortStableFunc(in, func(a, b *part) int { return b.lastComing().Compare(a.lastComing()) })
	return in
}

func (p *part) lastComing() time.Time { return p.spans[len(p.spans)-1].From }

// consulted is the consultation that an agent had before handing the session over, nil where there was none.
func consulted(legs []Leg, e *Event) *Leg {
	for i := range legs {
		l := &legs[i]
		if l.Kind != ConsultLeg || l.ConnectedAt.IsZero() || l.ConnectedAt.After(e.At) {
			continue
		}
		given := strings.EqualFold(l.Reason, "transferred") // AgentDesktop's word, whichever leg it clears first
		if given || l.EndedAt.IsZero() || !l.EndedAt.Before(e.At) {
			return l
		}
	}
	return nil
}

// alike says whether two transfers in a row are one that was reported twice, as by the pages of both agents.
func alike(a, b Transfer) bool {
	a.At = b.At
	return a == b
}
