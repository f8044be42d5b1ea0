package session

import (
	"slices"
	"strings"
	"time"
)

// cast is everyone who has a part in a session, in order of appearance, and how it was handed from one to another.
type cast struct {
	parts     []*part
	transfers []Transfer
}

// part is one side's share in a session: an agent's, the customer's, a third party's.
type part struct {
	party           Party
	agent           Agent // for agents
	firstIn, lastIn time.Time
	lastOut         time.Time
	rungAt          time.Time // last offered
	wrapsUp         bool      // at the after-work, which is not finished
	comings, goings int
	gone            bool // went last, or went without having been seen to come
	spans           []Interval
	came            bool // came in
	closed, judged  bool // ended the session; gave its disposition
	listed          bool // named by an event that lists all who are there
}

// takePart gathers those whom events name. Who was only offered the session (Ringing, or ParticipantLeft without having
// come) is among them and filtered out later.
func takePart(events []*Event, legs []Leg) cast {
	var c cast
	for _, e := range events {
		if e.Agent != nil && *e.Agent != (Agent{}) {
			c.speaker(e).note(e)
		}
		if e.Party != nil {
			c.party(*e.Party).mention(e)
		}
		c.list(e)
		if e.Kind == Transferred || e.Kind == Conferenced {
			c.handOver(e, legs)
		}
	}
	return c
}

// agent is the part of an agent, made where there is none. Agents are compared by ID where both have one, else by email,
// whose letter case differs between samples of one source.
func (c *cast) agent(a Agent) *part {
	return c.find(Party{Type: PartyAgent, ID: a.ID, Name: a.Name}, func(p *part) bool {
		return p.party.Type == PartyAgent && same(p.agent, a)
	})
}

// speaker is the part of the agent whose event it is. A page that knows an agent's id must not put its own agent's address
// in the place of theirs, nor end a call for them: one that contradicts the address has a part of its own.
func (c *cast) speaker(e *Event) *part {
	return c.find(Party{Type: PartyAgent, ID: e.Agent.ID, Name: e.Agent.Name}, func(p *part) bool {
		return p.party.Type == PartyAgent && same(p.agent, *e.Agent) && !e.contradicts(p.agent.Email)
	})
}

func (c *cast) party(party Party) *part {
	if a := party.agent(); a.ID != "" || a.Email != "" {
		p := c.agent(a)
		p.agent = p.agent.with(a)
		return p
	}
	p := c.find(party, func(p *part) bool {
		return p.party.Type == party.Type && p.party.ID == party.ID && p.party.Number == party.Number
	})
	set(&p.party.Name, party.Name)
	return p
}

// agent is the party as an agent; a name that is a mail address names one too. Empty for others.
func (p Party) agent() Agent {
	switch {
	case p.Type != PartyAgent:
		return Agent{}
	case p.ID == "" && strings.Contains(p.Name, "@"):
		return Agent{Email: p.Name}
	}
	return Agent{ID: p.ID, Name: p.Name}
}

func (c *cast) find(party Party, is func(*part) bool) *part {
	for _, p := range c.parts {
		if is(p) {
			return p
		}
	}
	p := &part{party: party}
	c.parts = append(c.parts, p)
	return p
}

func same(a, b Agent) bool {
	if a.ID != "" && b.ID != "" {
		return a.ID == b.ID
	}
	return a.Email != "" && strings.EqualFold(a.Email, b.Email)
}

// note takes over what an agent's own event tells of that agent. Who puts a call on hold is in it.
func (p *part) note(e *Event) {
	p.agent = p.agent.with(*e.Agent)
	switch e.Kind {
	case Ringing:
		p.rungAt = later(p.rungAt, e.At)
	case Connected, ParticipantJoined:
		p.arrive(e.At)
	case Held, Resumed, Muted, Unmuted:
		if e.Leg != nil && !p.gone {
			p.arrive(e.At)
		}
	case Ended:
		p.closed = true
		p.leave(e.At)
	case ParticipantLeft:
		p.leave(e.At)
	case WrapUp, Finished:
		p.closed, p.wrapsUp = true, e.Kind == WrapUp
		if !p.lastOut.After(p.lastIn) { // they went at the end of the talk, which was not reported
			p.leave(e.At)
		}
	case Dispositioned:
		p.judged = true
	}
}

// mention takes over what is told of someone by another. It moves nobody's session: an agent who was only added may never
// connect, and nobody must wait for them.
func (p *part) mention(e *Event) {
	switch e.Kind {
	case ParticipantJoined:
		p.open(e.At)
	case ParticipantLeft:
		p.close(e.At)
	}
}

// list reads who is there: who is named comes or stays, who is not named any more has gone. While it rings somewhere, only
// that side is listed beside the customer, and absence says nothing.
func (c *cast) list(e *Event) {
	if len(e.Parties) == 0 {
		return
	}
	named := map[*part]bool{}
	for _, party := range e.Parties {
		p := c.party(party)
		p.listed, named[p] = true, true
		switch party.Presence {
		case Offered, "":
		case Gone:
			p.drop(e.At)
		default:
			p.arrive(e.At)
		}
	}
	for _, p := range c.parts {
		if p.listed && !named[p] && e.Kind != Ringing {
			p.drop(e.At)
		}
	}
}

// arrive counts a coming, once however often it is reported.
func (p *part) arrive(at time.Time) {
	p.came = true
	p.firstIn, p.lastIn = earlier(p.firstIn, at), later(p.lastIn, at)
	if !p.isOpen() {
		p.comings++
	}
	p.gone = false
	p.open(at)
}

// leave counts a going, likewise. One that is seen before any coming counts too: of sources without times of their own,
// the coming may only seem to be later.
func (p *part) leave(at time.Time) {
	p.lastOut = later(p.lastOut, at)
	if !p.gone {
		p.goings++
	}
	p.gone = true
	p.close(at)
}

// drop is leave, for whom a list shows to be gone: that says nothing of who was never there.
func (p *part) drop(at time.Time) {
	if p.isOpen() {
		p.leave(at)
	}
}

func (p *part) isOpen() bool { return len(p.spans) > 0 && p.spans[len(p.spans)-1].To.IsZero() }

func (p *part) open(at time.Time) {
	if !p.isOpen() {
		p.spans = append(p.spans, Interval{From: at})
	}
}

func (p *part) close(at time.Time) {
	if p.isOpen() {
		p.spans[len(p.spans)-1].To = at
	}
}

// stillIn says whether the agent is in the session now: they came last, and came more often than they went. The second
// half is for sources without times of their own, whose late events seem to come last.
func (p *part) stillIn() bool { return p.isOpen() && p.comings > p.goings }

// anyoneIn says whether an agent is in the session now.
func (c *cast) anyoneIn() bool { return c.anyAgent((*part).stillIn) }

func (c *cast) anyAgent(is func(*part) bool) bool {
	return slices.ContainsFunc(c.parts, func(p *part) bool { return p.party.Type == PartyAgent && is(p) })
}

// anyoneWrapsUp says whether an agent is at the after-work.
func (c *cast) anyoneWrapsUp() bool { return c.anyAgent(func(p *part) bool { return p.wrapsUp }) }

// ringsAfter says whether the session was offered to an agent after an end, and that agent has neither taken nor left it.
func (c *cast) ringsAfter(ended time.Time) bool {
	return !ended.IsZero() && c.anyAgent(func(p *part) bool { return p.rungAt.After(ended) && p.lastOut.Before(p.rungAt) })
}
