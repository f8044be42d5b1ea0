package session

import (
	"slices"
	"strings"
)

// handOver notes a transfer: with the ends its source names, else from who was there to who has come. before are the
// agents who were there.
func (c *cast) handOver(e *Event, before []Agent, legs []Leg) {
	t := Transfer{At: e.At, Kind: Conference}
	if e.Kind == Transferred {
		t.Kind = ""
	}
	if e.Transfer != nil {
		t = *e.Transfer
		t.At = e.At
	}
	if e.Parties != nil {
		c.readEnds(&t, before)
		if t.From == (End{}) && t.To == (End{}) && t.Kind != Redirect {
			return // a repeat: everybody was there already
		}
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

// readEnds takes the new agent for the one it goes to, and for the one it comes from who left, or else came last of those
// who were there.
func (c *cast) readEnds(t *Transfer, before []Agent) {
	after := c.present()
	for _, a := range after {
		if !slices.ContainsFunc(before, func(b Agent) bool { return same(a, b) }) {
			set(&t.To.AgentID, a.ID)
		}
	}
	if t.To == (End{}) {
		return
	}
	for _, b := range before {
		if t.Kind != Cold || !slices.ContainsFunc(after, func(a Agent) bool { return same(a, b) }) {
			set(&t.From.AgentID, b.ID)
		}
	}
}

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
