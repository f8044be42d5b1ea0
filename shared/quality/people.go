package quality

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"sessionbridge.internal/shared/session"
)

// person is an agent, human or virtual, or a third party, with what the events told of them so far.
type person struct {
	kind            session.PartyType
	agent           session.Agent
	party           session.Party
	state           string // of the moment, such as muted; empty is connected
	named           string // the agent's key, by the first event that names them
	in, gone        bool
	unseen          bool // in by what they did: their coming was not reported yet
	comings, goings int
	left            time.Time
}

// cast is everyone whom the events name, in the order of their first coming, and the customer.
type cast struct {
	channel  session.Channel
	known    []*person // as named
	arrived  []*person // as they came
	customer person
}

// newCast reads all names first, so that an agent who is known by mail at first, and by id later, is one person with one name.
func newCast(s *session.Session, events []*session.Event) *cast {
	c := &cast{channel: s.Channel, customer: person{kind: session.PartyEndUser}}
	for _, e := range events {
		if e.Agent != nil {
			c.agent(*e.Agent)
		}
		if t := e.Transfer; t != nil {
			c.agent(endAgent(t.From))
			c.agent(endAgent(t.To))
		}
	}
	return c
}

func endAgent(e session.End) session.Agent { return session.Agent{ID: e.AgentID, Email: e.AgentEmail} }

// agent finds a human agent by id or, where one of the two has none, by mail; nil where nobody is named.
func (c *cast) agent(a session.Agent) *person {
	if a.ID == "" && a.Email == "" {
		return nil
	}
	for _, p := range c.known {
		if p.kind == session.PartyAgent && sameAgent(p.agent, a) {
			p.agent = session.Agent{ID: cmp.Or(p.agent.ID, a.ID), Email: cmp.Or(p.agent.Email, a.Email)}
			return p
		}
	}
	p := &person{kind: session.PartyAgent, agent: session.Agent{ID: a.ID, Email: a.Email}, named: agentKey(a)}
	c.known = append(c.known, p)
	return p
}

func sameAgent(a, b session.Agent) bool {
	if a.ID != "" && b.ID != "" {
		return a.ID == b.ID
	}
	return a.Email != "" && strings.EqualFold(a.Email, b.Email)
}

// of is the event's own agent.
func (c *cast) of(e *session.Event) *person {
	if e.Agent == nil {
		return nil
	}
	return c.agent(*e.Agent)
}

// party is a virtual agent or a third party; nil for anyone else. Agents speak for themselves: one of whom another tells may
// never connect. Who listens is beside the session.
func (c *cast) party(party *session.Party) *person {
	if party == nil || party.Type != session.PartyVirtualAgent && party.Type != session.PartyThird {
		return nil
	}
	for _, p := range c.known {
		if p.kind == party.Type && p.party.ID == party.ID && p.party.Number == party.Number {
			return p
		}
	}
	p := &person{kind: party.Type, party: *party}
	c.known = append(c.known, p)
	return p
}

// arrive says whether a person comes, once however often it is reported. Of sources without times of their own, the coming
// may seem to follow the going: then it is told, and they are not in.
func (c *cast) arrive(p *person) bool {
	if p == nil || p.in && !p.unseen {
		return false
	}
	late := p.goings > p.comings
	p.comings++
	c.meet(p)
	p.in, p.gone, p.unseen, p.state = !late, late, false, ""
	return true
}

// appear has a person be in who does something before their coming is reported. Should it be reported after all, it is told:
// an answer whose time is that of its receipt may seem to follow what the agent did then.
func (c *cast) appear(p *person) {
	if p == nil || p.in || p.gone {
		return
	}
	c.meet(p)
	p.in, p.unseen = true, true
}

func (c *cast) meet(p *person) {
	if !slices.Contains(c.arrived, p) {
		c.arrived = append(c.arrived, p)
	}
}

// leave says whether a person who was in goes.
func (p *person) leave(at time.Time) bool {
	was := p.in
	if p.unseen { // whose coming will be told belongs before this
		p.comings++
	}
	if !p.gone {
		p.goings++
		p.left = at
	}
	p.in, p.gone, p.unseen, p.state = false, true, false, ""
	return was
}

// agentsIn are the human agents who are in, but for one of them.
func (c *cast) agentsIn(except *person) []*person {
	return slices.DeleteFunc(slices.Clone(c.arrived), func(p *person) bool {
		return p == except || !p.in || p.kind != session.PartyAgent
	})
}

// agentsCame says whether human agents but one ever came.
func (c *cast) agentsCame(except *person) bool {
	return slices.ContainsFunc(c.arrived, func(p *person) bool { return p != except && p.kind == session.PartyAgent })
}

// hasAgent says whether any human agent is known to come, be it later.
func (c *cast) hasAgent() bool {
	return slices.ContainsFunc(c.known, func(p *person) bool { return p.kind == session.PartyAgent })
}

// key names a person within the session, whatever later events add: an agent who was known by mail is not another one
// once an id is known.
func (p *person) key() string {
	if p.kind == session.PartyAgent {
		return p.named
	}
	return string(p.kind) + "/" + cmp.Or(p.party.ID, p.party.Number)
}

// name is what the payloads call a person.
func (c *cast) name(p *person) *string {
	switch {
	case p == nil:
		return nil
	case p.kind != session.PartyAgent:
		return partyName(c.channel, p.party)
	case p.agent.ID == "":
		return &p.agent.Email
	}
	return named(c.channel, session.PartyAgent, p.agent.ID)
}
