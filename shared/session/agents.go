package session

import (
	"slices"
	"time"
)

// agents are those who took part, in the order they joined; who joined at an unknown time comes last. Each has the time
// of their first coming and of their last going; the session's end, where known, is a going for all. Who ended it without
// having been seen to come took part where its beginning was not seen either: else it may only have rung there.
func (c *cast) agents(t times, ended time.Time) []Agent {
	unseen := t.started.IsZero() && t.ringing.IsZero()
	var out []Agent
	for _, p := range c.parts {
		if p.party.Type != PartyAgent || !p.came && !p.judged && !(p.closed && unseen) {
			continue
		}
		a := p.agent
		if a.LeftAt = p.lastOut; p.stillIn() || a.LeftAt.IsZero() {
			a.LeftAt = ended
		}
		a.LeftAt = notAfter(a.LeftAt, ended)
		a.JoinedAt = notAfter(p.firstIn, a.LeftAt)
		out = append(out, a)
	}
	slices.SortStableFunc(out, func(a, b Agent) int {
		if a.JoinedAt.IsZero() != b.JoinedAt.IsZero() {
			return -a.JoinedAt.Compare(b.JoinedAt) // the zero time is the earliest and must come last
		}
		return a.JoinedAt.Compare(b.JoinedAt)
	})
	return out
}

// participants are all sides that were in the session, each with its intervals, the customer first. Where no event lists
// the customer, they are there from the beginning to the end.
func (c *cast) participants(s *Session) []Participant {
	var customers, others []Participant
	for _, p := range c.parts {
		spans := within(p.spans, s.EndedAt)
		switch {
		case len(spans) == 0:
		case p.party.Type != PartyEndUser:
			others = append(others, p.participant(spans))
		case p.listed || s.Customer == (Customer{}):
			customers = append(customers, p.participant(spans))
		}
	}
	if len(customers) == 0 && s.Customer != (Customer{}) && !s.StartedAt.IsZero() {
		customers = []Participant{{
			Type: PartyEndUser, ID: s.Customer.ID, Name: s.Customer.Name, Number: number(s.Customer),
			Intervals: []Interval{{From: s.StartedAt, To: s.EndedAt}},
		}}
	}
	slices.SortStableFunc(others, func(a, b Participant) int { return a.Intervals[0].From.Compare(b.Intervals[0].From) })
	return append(customers, others...)
}

func (p *part) participant(spans []Interval) Participant {
	out := Participant{Type: p.party.Type, ID: p.party.ID, Name: p.party.Name, Number: p.party.Number, Intervals: spans}
	if p.party.Type == PartyAgent {
		set(&out.ID, p.agent.ID)
		set(&out.Name, p.agent.Name)
	}
	return out
}

// number is what to call the customer by; a word in its place is none.
func number(c Customer) string {
	switch c.knownBy() {
	case 2:
		return c.Phone
	case 1:
		return c.PhoneRaw
	}
	return ""
}

// within closes what is open at the session's end and cuts what passes it, as of sources whose events bear the time of
// their receipt.
func within(spans []Interval, ended time.Time) []Interval {
	var out []Interval
	for _, i := range spans {
		i.From = notAfter(i.From, ended)
		if i.To.IsZero() {
			i.To = ended
		}
		i.To = notAfter(i.To, ended)
		out = append(out, i)
	}
	return out
}
