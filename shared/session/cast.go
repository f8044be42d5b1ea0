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
	counts          map[Kind]int
	spans           []Interval
	came, closed    bool // came in; ended or judged the session
	listed          bool // named by an event that lists all who are there
}

// takePart gathers those whom events name. Who was only offered the session (Ringing, or ParticipantLeft without having
// come) is among them and filtered out later.
func takePart(events []*Event, legs []Leg) cast {
	var c cast
	for _, e := range events {
		if e.Agent != nil && *e.Agent != (Agent{}) {
			c.agent(*e.Agent).note(e)
		}
		if e.Party != nil {
			c.party(*e.Party).mention(e)
		}
		before := c.present()
		if e.Parties != nil {
			c.list(e)
		}
		if e.Kind == Transferred || e.Kind == Conferenced {
			c.handOver(e, before, legs)
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
	p := &part{party: party, counts: map[Kind]int{}}
	c.parts = append(c.parts, p)
	return p
}

func same(a, b Agent) bool {
	if a.ID != "" && b.ID != "" {
		return a.ID == b.ID
	}
	return a.Email != "" && strings.EqualFold(a.Email, b.Email)
}

// note takes over what an agent's own event tells of that agent.
func (p *part) note(e *Event) {
	p.agent = p.agent.with(*e.Agent)
	p.counts[e.Kind]++
	switch e.Kind {
	case Connected, ParticipantJoined:
		p.came = true
		p.firstIn, p.lastIn = earlier(p.firstIn, e.At), later(p.lastIn, e.At)
		p.open(e.At)
	case Ended:
		p.closed = true
		p.lastOut = later(p.lastOut, e.At)
		p.close(e.At)
	case WrapUp, Finished:
		p.closed = true
		if !p.lastOut.After(p.lastIn) { // they went at the end of the talk, which was not reported
			p.lastOut = e.At
		}
		p.close(e.At)
	case ParticipantLeft:
		p.lastOut = later(p.lastOut, e.At)
		p.close(e.At)
	case Dispositioned:
		p.closed = true
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

// list reads who is there: who is named comes or stays, who is not named any more has gone.
func (c *cast) list(e *Event) {
	named := map[*part]bool{}
	for _, party := range e.Parties {
		p := c.party(party)
		p.listed, named[p] = true, true
		switch party.Presence {
		case Offered, "":
		case Gone:
			p.leave(e.At)
		default:
			p.arrive(e.At)
		}
	}
	for _, p := range c.parts {
		if p.listed && !named[p] {
			p.leave(e.At)
		}
	}
}

// arrive and leave count a coming or going once, however many lists show it.
func (p *part) arrive(at time.Time) {
	if p.isOpen() {
		return
	}
	p.came = true
	p.counts[ParticipantJoined]++
	p.firstIn, p.lastIn = earlier(p.firstIn, at), later(p.lastIn, at)
	p.open(at)
}

func (p *part) leave(at time.Time) {
	if !p.isOpen() {
		return
	}
	p.counts[ParticipantLeft]++
	p.lastOut = later(p.lastOut, at)
	p.close(at)
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

// stillIn says whether the agent is in the session now: they came in last, and came in more often than they went.
// The second half is for sources without times of their own, whose late events seem to come last. One coming or going
// may be reported by two kinds of event, so kinds are counted each for itself.
func (p *part) stillIn() bool {
	in := max(p.counts[Connected], p.counts[ParticipantJoined])
	out := max(p.counts[Ended], p.counts[ParticipantLeft], p.counts[WrapUp], p.counts[Finished])
	return in > out && p.lastIn.After(p.lastOut)
}

// anyoneIn says whether an agent is in the session now.
func (c *cast) anyoneIn() bool {
	return slices.ContainsFunc(c.parts, func(p *part) bool { return p.party.Type == PartyAgent && p.stillIn() })
}

// present are the agents who are in, as the events so far tell.
func (c *cast) present() []Agent {
	var in []Agent
	for _, p := range c.parts {
		if p.party.Type == PartyAgent && p.isOpen() {
			in = append(in, p.agent)
		}
	}
	return in
}
