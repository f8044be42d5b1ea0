package session

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// aside says whether a leg is beside its session.
func (l *Leg) aside() bool {
	return l != nil && (l.Kind == ConsultLeg || l.Kind == ListeningLeg)
}

// heard are the events that say something about the session itself, in their order. Left out are those that nobody
// understood, those of legs beside the session, and what a leg reports after its end: a leg that was cleared is not
// opened again by a late or repeated event. Only its connection, if it is news, still counts, no later than the end.
func heard(events []*Event) []*Event {
	ends, connected := legEnds(events), map[string]bool{}
	var out []*Event
	for _, e := range events {
		if e.Kind == Unknown || e.Leg.aside() {
			continue
		}
		key := legOf(e)
		if end, over := ends.of(e); over && moves(e.Kind) && e.At.After(end) {
			if e.Kind != Connected || connected[key] {
				continue
			}
			late := *e
			late.At = end
			e = &late
		}
		connected[key] = connected[key] || e.Kind == Connected
		out = append(out, e)
	}
	return out
}

// ends are when legs ended first, by legOf, and when the last desk's leg of an id did, by that id alone.
type ends map[string]time.Time

func legEnds(events []*Event) ends {
	m := ends{}
	for _, e := range events {
		if e.Kind != Ended || e.Leg == nil {
			continue
		}
		if _, known := m[legOf(e)]; !known {
			m[legOf(e)] = e.At
		}
		m[e.Leg.ID] = later(m[e.Leg.ID], m[legOf(e)])
	}
	return m
}

// of is when the event's leg ended. An end that named no agent is every desk's; an event that names none is of the last.
func (m ends) of(e *Event) (end time.Time, over bool) {
	if e.Leg == nil {
		return end, false
	}
	for _, key := range []string{legOf(e), e.Leg.ID + nobody} {
		if end, over = m[key]; over {
			return end, true
		}
	}
	if e.Agent == nil {
		end, over = m[e.Leg.ID]
	}
	return end, over
}

const nobody = "\x00"

// legOf names the event's leg on its agent's desk: a call that is handed on may keep its leg's id on the next agent's desk.
func legOf(e *Event) string {
	switch {
	case e.Leg == nil:
		return ""
	case e.Agent == nil:
		return e.Leg.ID + nobody
	}
	return e.Leg.ID + nobody + cmp.Or(e.Agent.ID, strings.ToLower(e.Agent.Email))
}

// moves are the kinds that open or close a leg, or a hold in it.
func moves(k Kind) bool {
	switch k {
	case Ringing, Connected, Held, Resumed, Conferenced, ParticipantJoined, Ended:
		return true
	}
	return false
}

// foldLegs gathers what is known of each leg, in the order they appeared. A report about a leg is not bound to a desk; what
// happens on one is: one id on two desks is two legs.
func foldLegs(events []*Event, d Direction) []Leg {
	var legs []Leg
	var keys []string
	for _, e := range events {
		if e.Leg == nil || e.Kind == Unknown {
			continue
		}
		key := legOf(e)
		j := slices.Index(keys, key)
		switch {
		case j >= 0:
		case e.Kind == Snapshot || e.Agent == nil: // of no desk: the first leg of the id
			key = e.Leg.ID + nobody
			j = slices.IndexFunc(legs, func(l Leg) bool { return l.ID == e.Leg.ID })
		default: // the first desk takes over what was of none
			if j = slices.Index(keys, e.Leg.ID+nobody); j >= 0 {
				keys[j] = key
			}
		}
		if j < 0 {
			j = len(legs)
			legs, keys = append(legs, Leg{ID: e.Leg.ID}), append(keys, key)
		}
		legs[j].learn(e)
	}
	for i := range legs {
		legs[i].derive(d)
	}
	return legs
}

func (l *Leg) learn(e *Event) {
	l.merge(e.Leg)
	if e.Agent != nil {
		set(&l.AgentID, e.Agent.ID)
	}
	switch e.Kind {
	case Started:
		l.StartedAt = earlier(l.StartedAt, e.At)
	case Ringing:
		l.RingingAt = earlier(l.RingingAt, e.At)
	case Connected:
		l.ConnectedAt = earlier(l.ConnectedAt, e.At)
	case Ended:
		l.EndedAt = earlier(l.EndedAt, e.At)
	}
}

// merge takes over what a later report says of the leg; what is empty erases nothing.
func (l *Leg) merge(later *Leg) {
	set(&l.Kind, later.Kind)
	set(&l.VendorKind, later.VendorKind)
	set(&l.AgentID, later.AgentID)
	set(&l.Number, later.Number)
	set(&l.Result, later.Result)
	set(&l.Outcome, later.Outcome)
	set(&l.Reason, later.Reason)
	l.AgentSide.merge(later.AgentSide)
	l.CustomerSide.merge(later.CustomerSide)
	for _, t := range []struct{ to, from *time.Time }{
		{&l.StartedAt, &later.StartedAt}, {&l.RingingAt, &later.RingingAt},
		{&l.ConnectedAt, &later.ConnectedAt}, {&l.EndedAt, &later.EndedAt},
	} {
		setTime(t.to, *t.from)
	}
	if later.TalkSeconds != nil {
		l.TalkSeconds = later.TalkSeconds
	}
	if later.QueueSeconds != nil {
		l.QueueSeconds = later.QueueSeconds
	}
}

func (s *Side) merge(later Side) {
	setTime(&s.RingAt, later.RingAt)
	setTime(&s.AnswerAt, later.AnswerAt)
	setTime(&s.HangupAt, later.HangupAt)
}

func setTime(field *time.Time, t time.Time) {
	if !t.IsZero() {
		*field = t.UTC()
	}
}

// derive fills the leg's own times from those of its two sides. It is connected once both have answered; in an inbound
// call, whose customer is there from the beginning, once the agent has. It ends when the later side hangs up. A voicemail
// is no talk, whoever answered.
func (l *Leg) derive(d Direction) {
	if a, c := l.AgentSide, l.CustomerSide; l.sided() {
		for _, t := range []time.Time{a.RingAt, c.RingAt, a.AnswerAt, c.AnswerAt} {
			l.StartedAt = earlier(l.StartedAt, t)
		}
		l.RingingAt = earlier(l.RingingAt, ringing(d, a, c))
		if !a.AnswerAt.IsZero() && (!c.AnswerAt.IsZero() || d == Inbound) {
			l.ConnectedAt = later(a.AnswerAt, c.AnswerAt)
		}
		l.EndedAt = later(l.EndedAt, later(a.HangupAt, c.HangupAt))
	}
	if l.Outcome == Voicemail {
		l.ConnectedAt, l.TalkSeconds = time.Time{}, nil
	}
	if l.TalkSeconds == nil {
		l.TalkSeconds = seconds(l.ConnectedAt, l.EndedAt)
	}
}

func ringing(d Direction, agent, customer Side) time.Time {
	if d == Inbound {
		return agent.RingAt
	}
	return customer.RingAt
}

// sided says whether the source gave the leg's two sides times of their own.
func (l *Leg) sided() bool { return l.AgentSide != (Side{}) || l.CustomerSide != (Side{}) }
