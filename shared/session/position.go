package session

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Position is one agent's place of work: the agent's state, and what happens there that names no session. A consultation
// is the case it is made for: the contact centre reports it as a call of its own, which nothing links to the call that
// the agent put on hold for it, except that both are on one position (see Attached).
//
// Like a session it is the fold of its events, the same for every order and any repetition of them, as long as there are
// no more than MaxPositionEvents: then the oldest are forgotten.
type Position struct {
	Key     string    `json:"key"`
	Tenant  string    `json:"tenant"`
	Source  string    `json:"source"`
	Agent   Agent     `json:"agent,omitzero"`
	State   string    `json:"state,omitempty"` // logged_in, paused, logged_out, or the vendor's word
	StateAt time.Time `json:"state_at,omitzero"`
	Events  []Event   `json:"events,omitempty"` // in the order of Compare; those of sessions without their contents
}

// How much a position remembers.
const (
	MaxPositionEvents = 200
	maxPositionBytes  = 400 << 10
)

// NoAgent is the key of the position on which events stand that name no agent.
const NoAgent = "-"

// Position is the key of the position on which the event is to be noted, empty where it is the session's matter only.
func (e *Event) Position() string {
	switch {
	case e.ofAgent(), e.Kind == Cobrowse:
		return e.positionKey("")
	case e.Leg == nil:
		return ""
	case e.Session == "" && e.Leg.Kind == ConsultLeg:
		return e.positionKey(NoAgent)
	case e.Leg.Kind == MainLeg && (e.Kind == Held || e.Kind == Resumed || e.Kind == Ended):
		return e.positionKey(NoAgent)
	}
	return ""
}

// ofAgent says whether the event is about an agent alone.
func (e *Event) ofAgent() bool {
	switch e.Kind {
	case AgentLogin, AgentPause, AgentState, AgentLogout:
		return true
	case AgentAssist, RecordPop:
		return e.Session == ""
	}
	return false
}

func (e *Event) positionKey(nobody string) string {
	if e.Agent == nil {
		return nobody
	}
	return cmp.Or(e.Agent.ID, strings.ToLower(e.Agent.Email), nobody)
}

// Note adds one event to its position and returns the position anew; neither argument is changed. The position may be
// zero. An event of another position changes nothing.
func (p Position) Note(e Event) Position {
	e = tidy(e)
	key := e.Position()
	if key == "" || p.Key != "" && (p.Key != key || p.Tenant != e.Tenant || p.Source != e.Source) {
		return p
	}
	p.Key, p.Tenant, p.Source = key, e.Tenant, e.Source
	if e.Session != "" {
		e = e.outline()
	}
	if i := slices.IndexFunc(p.Events, func(o Event) bool { return o.ID == e.ID }); i >= 0 {
		if !precedes(e, p.Events[i]) {
			return p
		}
		p.Events = slices.Delete(slices.Clone(p.Events), i, i+1)
	}
	i, _ := slices.BinarySearchFunc(p.Events, e, Compare)
	p.Events = remembered(slices.Insert(slices.Clip(p.Events), i, e))
	return p.fold()
}

// outline is what a position keeps of a session's event.
func (e *Event) outline() Event {
	o := Event{ID: e.ID, Tenant: e.Tenant, Source: e.Source, Session: e.Session, Kind: e.Kind, At: e.At, ReceivedAt: e.ReceivedAt, Sequence: e.Sequence, Agent: e.Agent}
	if e.Leg != nil {
		o.Leg = &Leg{ID: e.Leg.ID, Kind: e.Leg.Kind}
	}
	if e.Cobrowse != nil {
		o.Cobrowse = &Sharing{ID: e.Cobrowse.ID, Phase: e.Cobrowse.Phase}
	}
	return o
}

// remembered drops the oldest events that are too many.
func remembered(events []Event) []Event {
	bytes := 0
	for i := len(events) - 1; i >= 0; i-- {
		bytes += events[i].size(textSize)
		if len(events)-i > MaxPositionEvents || bytes > maxPositionBytes && i < len(events)-1 {
			return slices.Clone(events[i+1:])
		}
	}
	return events
}

// states are what the kinds of an agent's own events say.
var states = map[Kind]string{AgentLogin: "logged_in", AgentPause: "paused", AgentLogout: "logged_out"}

func (p Position) fold() Position {
	p.Agent, p.State, p.StateAt = Agent{}, "", time.Time{}
	for i := range p.Events {
		e := &p.Events[i]
		if e.Agent != nil {
			p.Agent = p.Agent.with(*e.Agent)
		}
		if state := cmp.Or(states[e.Kind], e.State); state != "" && e.ofAgent() {
			p.State, p.StateAt = state, e.At
		}
	}
	return p
}

// Attached are the position's events without a session that belong to the session after all, with its name: those of a
// consultation for which its call is on hold, and those of a screen it shares. They are to be applied to the session like
// its own; doing so again is harmless.
//
// A consultation belongs to the call that was on hold while it went on; of several to the one held last before it began,
// but on the position of no known agent, to none.
func (p Position) Attached(session string) []Event {
	var out []Event
	for i := range p.Events {
		if e := p.Events[i]; e.Session == "" && p.owner(&e) == session {
			e.Session = session
			out = append(out, e)
		}
	}
	return out
}

// Concerns is the session to which an event of the position belongs: its own, or the one it is attached to; empty where
// there is none.
func (p Position) Concerns(e Event) string {
	if e.Session != "" {
		return e.Session
	}
	return p.owner(&e)
}

// Orphans are the events of consultations that belong to no session known so far.
func (p Position) Orphans() []Event {
	var out []Event
	for i := range p.Events {
		if e := &p.Events[i]; e.Session == "" && e.Leg != nil && p.owner(e) == "" {
			out = append(out, *e)
		}
	}
	return out
}

func (p Position) owner(e *Event) string {
	switch {
	case e.Leg != nil:
		return p.holder(e.Leg.ID)
	case e.Cobrowse != nil && e.Cobrowse.ID != "":
		for i := range p.Events {
			if o := &p.Events[i]; o.Session != "" && o.Cobrowse != nil && o.Cobrowse.ID == e.Cobrowse.ID {
				return o.Session
			}
		}
	}
	return ""
}

// holder is the session that was on hold during a consultation.
func (p Position) holder(leg string) string {
	began, over := p.consultation(leg)
	var found *hold
	for _, h := range p.holds() {
		if h.From.After(over) || !h.To.IsZero() && h.To.Before(began) {
			continue
		}
		if found != nil && p.Key == NoAgent && found.session != h.session {
			return ""
		}
		if found == nil || !h.From.After(began) {
			found = &h
		}
	}
	if found == nil {
		return ""
	}
	return found.session
}

// consultation is the interval that is known of a leg.
func (p Position) consultation(leg string) (began, over time.Time) {
	for i := range p.Events {
		if e := &p.Events[i]; e.Session == "" && e.Leg != nil && e.Leg.ID == leg {
			began, over = earlier(began, e.At), later(over, e.At)
		}
	}
	return began, over
}

type hold struct {
	Interval
	session string
}

// holds are the intervals in which calls were on hold here, by their beginning.
func (p Position) holds() []hold {
	var out []hold
	open := map[string]int{} // session: its open hold
	for i := range p.Events {
		e := &p.Events[i]
		if e.Session == "" || e.Leg == nil {
			continue
		}
		at, held := open[e.Session]
		switch {
		case e.Kind == Held && !held:
			open[e.Session] = len(out)
			out = append(out, hold{Interval{From: e.At}, e.Session})
		case e.Kind != Held && held:
			out[at].To = e.At
			delete(open, e.Session)
		}
	}
	return out
}
