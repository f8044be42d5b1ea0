package session

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Position is one agent's place of work: the agent's state, and what happens there that names no session. A consultation
// is the case it is made for: the contact centre reports it as a call of its own, which nothing links to the call that
// the agent put on hold for it, except that both are on one position (see Attached).
//
// Like a session it is the fold of its events, the same for every order and any repetition of them, as long as there are
// no more than MaxPositionEvents: then the oldest are forgotten, but for the agent's state.
type Position struct {
	Key     string    `json:"key"`
	Tenant  string    `json:"tenant"`
	Source  string    `json:"source"`
	Agent   Agent     `json:"agent,omitzero"`
	State   string    `json:"state,omitempty"` // logged_in, paused, logged_out, or the vendor's word
	StateAt time.Time `json:"state_at,omitzero"`
	Events  []Event   `json:"events,omitempty"` // in the order of Compare; those of sessions without their contents
	// Revision counts the changes, so that what was concluded from an older one never replaces what a newer one says.
	Revision int64 `json:"revision,omitempty"`
}

// How much a position remembers.
const (
	MaxPositionEvents = 200
	maxPositionBytes  = 400 << 10
	maxPositionRaw    = 100 << 10 // of one event; a longer one is left out
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

// maxAhead is how far a sender's clock may be ahead of ours.
const maxAhead = 24 * time.Hour

// believable is the event's time or, where that is more than maxAhead beyond its receipt, the receipt: one status dated years
// ahead would else be the last word on its agent for as long.
func believable(e Event) time.Time {
	if !e.ReceivedAt.IsZero() && e.At.Sub(e.ReceivedAt) > maxAhead {
		return e.ReceivedAt
	}
	return e.At
}

// Note adds one event to its position and returns the position anew; neither argument is changed. The position may be
// zero. An event of another position changes nothing. One from more than a day ahead counts as of its receipt.
func (p Position) Note(e Event) Position {
	e = tidy(e)
	e.At = believable(e)
	key := e.Position()
	if key == "" || p.Key != "" && (p.Key != key || p.Tenant != e.Tenant || p.Source != e.Source) {
		return p
	}
	p.Key, p.Tenant, p.Source = key, e.Tenant, e.Source
	if e.Session != "" {
		e = e.outline()
	} else if n := len(e.Raw); n > maxPositionRaw {
		e.Raw = json.RawMessage(fmt.Sprintf("\"%d bytes were too many to keep\"", n))
	}
	if i := slices.IndexFunc(p.Events, func(o Event) bool { return o.ID == e.ID }); i >= 0 {
		if !precedes(e, p.Events[i]) {
			return p
		}
		p.Events = slices.Delete(slices.Clone(p.Events), i, i+1)
	}
	i, _ := slices.BinarySearchFunc(p.Events, e, Compare)
	p.Events = remembered(slices.Insert(slices.Clip(p.Events), i, e))
	p.Revision++
	return p.fold()
}

// outline is what a position keeps of a session's event.
func (e *Event) outline() Event {
	o := Event{ID: e.ID, Tenant: e.Tenant, Source: e.Source, Session: e.Session, Kind: e.Kind, At: e.At, ReceivedAt: e.ReceivedAt, Sequence: e.Sequence, Agent: e.Agent, ToldBy: e.ToldBy}
	if e.Leg != nil {
		o.Leg = &Leg{ID: e.Leg.ID, Kind: e.Leg.Kind}
	}
	if e.Cobrowse != nil {
		o.Cobrowse = &Sharing{ID: e.Cobrowse.ID, Phase: e.Cobrowse.Phase}
	}
	return o
}

// remembered drops the oldest events that are too many: those of sessions first, then the others, but never the one that
// tells the agent's state.
func remembered(events []Event) []Event {
	state := -1
	bytes := 0
	for i := range events {
		bytes += events[i].size(textSize)
		if events[i].state() != "" {
			state = i
		}
	}
	keep := make([]bool, len(events))
	n := len(events)
	for i := range keep {
		keep[i] = true
	}
	for _, ofSessions := range []bool{true, false} {
		for i := range events {
			if n <= MaxPositionEvents && bytes <= maxPositionBytes || n == 1 {
				break
			}
			if (events[i].Session != "") == ofSessions && i != state {
				keep[i] = false
				n, bytes = n-1, bytes-events[i].size(textSize)
			}
		}
	}
	if n == len(events) {
		return events
	}
	var out []Event
	for i, e := range events {
		if keep[i] {
			out = append(out, e)
		}
	}
	return out
}

// states are what the kinds of an agent's own events say.
var states = map[Kind]string{AgentLogin: "logged_in", AgentPause: "paused", AgentLogout: "logged_out"}

func (p Position) fold() Position {
	p.Agent, p.State, p.StateAt = Agent{}, "", time.Time{}
	whose := p.address()
	for i := range p.Events {
		e := &p.Events[i]
		if e.contradicts(whose) {
			continue
		}
		if e.Agent != nil {
			p.Agent = p.Agent.with(*e.Agent)
		}
		if state := e.state(); state != "" {
			p.State, p.StateAt = state, e.At
		}
	}
	return p
}

// state is what the event says of its agent's, empty where it says nothing.
func (e *Event) state() string {
	if !e.ofAgent() {
		return ""
	}
	return cmp.Or(states[e.Kind], e.State)
}

// Attached are the position's events without a session that belong to the session after all, with its name: those of a
// consultation for which its call is on hold, and those of a screen it shares (see Attach).
//
// A consultation belongs to the call that was on hold while it went on; of several to the one held last before it began,
// but on the position of no known agent, to none.
func (p Position) Attached(session string) Attachment {
	a := Attachment{Position: p.Key, Revision: p.Revision}
	for i := range p.Events {
		if e := p.Events[i]; e.Session == "" && session != "" && p.owner(&e) == session {
			e.Session = session
			a.Events = append(a.Events, e)
		}
	}
	return a
}

// Sessions are the sessions whose attached events may not be what the position says, if they were once as before says: those
// that own other events now. Where nothing changed, which is a repeat whose first time may have been cut short, they are
// all that ever were here.
func (p Position) Sessions(before Position) (keys []string) {
	add := func(key string) {
		if key != "" && !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	if p.Revision == before.Revision {
		for i := range p.Events {
			add(p.Events[i].Session)
		}
		return keys
	}
	owned := map[string]string{}
	for i := range before.Events {
		if e := &before.Events[i]; e.Session == "" {
			owned[e.ID] = before.owner(e)
		}
	}
	for i := range p.Events {
		e := &p.Events[i]
		if e.Session != "" {
			continue
		}
		if was, now := owned[e.ID], p.owner(e); was != now {
			add(was)
			add(now)
		}
	}
	return keys
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
		if e.Kind == AgentLogin || e.Kind == AgentLogout { // whatever was on hold here has gone, seen or not
			for key, at := range open {
				out[at].To = e.At
				delete(open, key)
			}
		}
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
