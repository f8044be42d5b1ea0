package quality

import (
	"encoding/json"

	"sessionbridge.internal/shared/session"
)

// outgoing says whether the agent called the customer. Chats go the same way in both directions.
func (r *room) outgoing() bool {
	return r.s.Channel == session.Call && r.s.Direction == session.Outbound
}

// wait tells that a chat began, or entered a queue. Calls have no payload for it: their pages name the state and no event.
func (r *room) wait(e *session.Event) {
	if e.Kind == session.MenuSelected {
		r.turn("offered", false) // another queue is another cascade
	}
	if r.s.Channel != session.Chat {
		return
	}
	rep := r.report("waiting", nil, r.list(nil))
	switch {
	case e.Kind == session.MenuSelected:
		r.owe("waiting/"+e.ID, r.notAfterEnd(e.At), rep)
	case r.turn("started", true):
		rep.support = json.RawMessage("null")
		if number := r.s.CompanyNumber; number != "" {
			rep.support = encode(number)
		}
		r.owe("started", r.notAfterEnd(e.At), rep)
	}
}

// ring tells that an agent is rung, a chat's agent accepts, or an outgoing call rings. A call goes through a cascade until
// somebody takes it or it comes to another queue, and only its first projection is told; one to several agents at once is
// multicast, and is not (call page, "Inbound call is projected").
func (r *room) ring(e *session.Event) {
	p := r.of(e)
	if r.outgoing() && !r.answered {
		r.dial(p, e)
		return
	}
	if p == nil || p.in && !p.unseen || !r.turn("offered", true) {
		return
	}
	state, initiator := "ringing", customerName(r.s)
	p.state = "ringing"
	if r.s.Channel == session.Chat {
		state, initiator, p.state = "connected", r.name(p), "accepted"
	}
	if !r.multicast(e) {
		r.tell("ringing", e, state, initiator, r.list(p))
	}
	p.state = ""
}

// multicast says whether another agent is rung at the very same time.
func (r *room) multicast(e *session.Event) bool {
	for _, o := range r.events {
		if o.Kind == session.Ringing && o.At.Equal(e.At) && o.Agent != nil && r.of(o) != r.of(e) {
			return true
		}
	}
	return false
}

// dial tells that an outgoing call rings at the customer. The agent is there before.
func (r *room) dial(p *person, e *session.Event) {
	r.arrive(p)
	r.customer.state = "dialing"
	if r.turn("dialling", true) {
		r.tell("dialing", e, "dialing", r.name(p), r.list(nil))
	}
}

// connect tells that an agent answered, or that the customer answered an outgoing call. Nobody can answer whom no event
// names, so an answer is told once an agent is known.
func (r *room) connect(e *session.Event) {
	if !r.outgoing() {
		r.customer.state = ""
		r.comes(r.of(e), e)
		return
	}
	if !r.agentsCame(r.of(e)) {
		r.arrive(r.of(e))
	}
	r.customer.state = ""
	if r.hasAgent() && !r.answered {
		r.answered = true
		r.tell("answered", e, "connected", customerName(r.s), r.list(nil))
	}
	r.comes(r.of(e), e)
}

// comes tells that a human agent came: the first answers, a further one takes the session over or joins it. The first agent
// of an outgoing call is there before the customer is, and is not told.
func (r *room) comes(p *person, e *session.Event) {
	before, since := r.agentsCame(p), r.agentsIn(p)
	if !r.arrive(p) {
		return
	}
	r.turn("offered", false)
	if p.in && r.emptied {
		r.reopened++
	}
	r.emptied = false
	r.relieve(before, e)
	if !before && r.outgoing() {
		return
	}
	state := "connected"
	if before {
		state = r.takeOver(p, len(since) > 0, e)
	}
	if r.customer.state != "dialing" {
		r.customer.state = ""
	}
	r.tell("joined/"+p.key(), e, state, r.name(p), r.list(p))
}

// relieve lets the virtual agents go to whom the customer spoke before the first human agent.
func (r *room) relieve(came bool, e *session.Event) {
	for _, p := range r.arrived {
		if !came && p.kind == session.PartyVirtualAgent && p.in {
			p.leave(e.At)
		}
	}
}

// takeOver is the state of a call that a further agent takes: conferenced where they are beside another, transferred where
// the other has gone or handed it over without a word.
func (r *room) takeOver(p *person, beside bool, e *session.Event) string {
	t := r.handed
	r.handed = nil
	if t != nil && t.Kind != session.Warm && t.Kind != session.Conference {
		from := r.agent(endAgent(t.From))
		for _, o := range r.agentsIn(p) {
			if from == nil || from == o {
				o.leave(e.At)
			}
		}
		return "transferred"
	}
	if beside {
		return "conferenced"
	}
	return "transferred"
}

// joins tells that a third party answered, or in a chat a virtual agent. In a call, a virtual agent comes unannounced.
func (r *room) joins(p *person, e *session.Event) {
	if !r.arrive(p) || p.kind == session.PartyVirtualAgent && r.s.Channel == session.Call {
		return
	}
	r.tell("joined/"+p.key(), e, "connected", r.name(p), r.list(p))
}

// leaves tells that an agent left others behind. Who goes as the session ends is part of its end.
func (r *room) leaves(p *person, e *session.Event) {
	if p == nil {
		return
	}
	if e.Kind == session.Ended {
		r.ender = p
	}
	if !p.leave(e.At) {
		return
	}
	if len(r.agentsIn(p)) == 0 {
		r.emptied = e.Kind == session.Ended || len(r.s.Legs) > 0
		return
	}
	if end := r.s.EndedAt; !end.IsZero() && !e.At.Before(end) {
		return
	}
	p.state = "disconnected"
	r.tell("left/"+p.key(), e, "participantDisconnect", r.name(p), r.list(p))
	p.state = ""
}

// handOver remembers a transfer until somebody takes it, when it is told (call page, "Cold transfer initiated and
// accepted"). A second report of one that was taken changes nothing; nor does what the contact centre redirects by itself.
func (r *room) handOver(e *session.Event) {
	t := session.Transfer{}
	if e.Transfer != nil {
		t = *e.Transfer
	}
	if to := r.agent(endAgent(t.To)); t.Kind == session.Redirect || to != nil && to.in {
		return
	}
	if t.From.AgentID == "" && t.From.AgentEmail == "" && e.Agent != nil {
		t.From.AgentID, t.From.AgentEmail = e.Agent.ID, e.Agent.Email
	}
	r.handed = &t
	r.turn("offered", false)
}

// confer tells a conference. Where its new side is an agent of this session, they come; else it is a third party, whose number
// may not be known. A supervisor who steps in is not told.
func (r *room) confer(e *session.Event) {
	t := session.Transfer{}
	if e.Transfer != nil {
		t = *e.Transfer
	}
	if e.Party != nil && e.Party.Type == session.PartyManager {
		return
	}
	r.appear(r.of(e))
	r.customer.state = ""
	if to := r.agent(endAgent(t.To)); to != nil {
		if !to.in {
			r.handed = &session.Transfer{Kind: session.Conference}
			r.comes(to, e)
		}
		return
	}
	third := &session.Party{Type: session.PartyThird, Number: t.To.Number}
	if e.Party != nil && e.Party.Type == session.PartyThird {
		third = e.Party
	}
	p := r.party(third)
	r.arrive(p)
	r.tell("conferenced/"+e.ID, e, "conferenced", r.name(r.of(e)), r.list(p))
}
