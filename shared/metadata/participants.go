package metadata

import (
	"slices"
	"time"

	"sessionbridge.internal/shared/session"
)

type callParticipant struct {
	ID             unknown `json:"id"`
	Type           string  `json:"type"`
	Status         *string `json:"status"`
	CallID         any     `json:"call_id"`
	UserID         any     `json:"user_id"`
	EndUserID      any     `json:"end_user_id"`
	VirtualAgentID any     `json:"virtual_agent_id"`
	PhoneNumber    *string `json:"phone_number"`
	ConnectedAt    *string `json:"connected_at"`
	EndedAt        *string `json:"ended_at"`
	CallDuration   *int    `json:"call_duration"`
	HoldDuration   unknown `json:"hold_duration"`
	FailReason     unknown `json:"fail_reason"`

	AdapterFailCode    unknown `json:"adapter_fail_code"`
	AdapterFailMessage unknown `json:"adapter_fail_message"`
}

type chatParticipant struct {
	ID             unknown `json:"id"`
	Type           string  `json:"type"`
	Status         *string `json:"status"`
	ChatID         any     `json:"chat_id"`
	UserID         any     `json:"user_id"`
	EndUserID      any     `json:"end_user_id"`
	VirtualAgentID any     `json:"virtual_agent_id"`
	ChatDuration   *int    `json:"chat_duration"`
	ConnectedAt    *string `json:"connected_at"`
	EndedAt        *string `json:"ended_at"`
	FailReason     unknown `json:"fail_reason"`
}

// participants are the customer, then the others in the order they joined, then the agents of whom nobody said when they
// came. A session has a customer even where nothing is known of them.
func participants(s session.Session) []session.Participant {
	list := slices.Clone(s.Participants)
	if !slices.ContainsFunc(list, isCustomer) {
		list = slices.Insert(list, 0, session.Participant{
			Type: session.PartyEndUser, ID: s.Customer.ID, Number: s.Customer.Phone,
			Intervals: []session.Interval{{From: s.StartedAt, To: s.EndedAt}},
		})
	}
	for i := range list {
		if isCustomer(list[i]) {
			list[i].Intervals = customerIntervals(s, list[i].Intervals)
		}
	}
	for _, a := range s.Agents {
		if !slices.ContainsFunc(s.Participants, func(p session.Participant) bool { return isAgent(p, a) }) {
			list = append(list, agentAlone(s, a))
		}
	}
	return list
}

func isCustomer(p session.Participant) bool { return p.Type == session.PartyEndUser }

// customerIntervals are when the customer was there: from the start when they called or wrote, once they answered when we
// did. Where no event says when they came, the session has them from its start on.
func customerIntervals(s session.Session, spans []session.Interval) []session.Interval {
	if s.Direction == session.Inbound || len(spans) == 0 || !spans[0].From.Equal(s.StartedAt) {
		return spans
	}
	spans = slices.Clone(spans)
	spans[0].From = s.ConnectedAt
	return spans
}

// agentAlone is an agent who is no participant of the session.
func agentAlone(s session.Session, a session.Agent) session.Participant {
	left := a.LeftAt
	if left.IsZero() {
		left = s.EndedAt // nobody stays in a session that is over
	}
	return session.Participant{
		Type: session.PartyAgent, ID: a.ID, Intervals: []session.Interval{{From: a.JoinedAt, To: left}},
	}
}

// who is a participant as both records have it: from the first coming to the last going, with the time between that they
// were there.
type who struct {
	kind                            string
	userID, endUserID, virtualAgent any
	status, from, to                *string
	duration                        *int
}

func newWho(p session.Participant) who {
	w := who{kind: string(p.Type)}
	switch p.Type {
	case session.PartyEndUser:
		w.endUserID = number(p.ID)
	case session.PartyAgent, session.PartyManager:
		w.userID = number(p.ID)
	case session.PartyVirtualAgent:
		w.virtualAgent = number(p.ID)
	}
	if n := len(p.Intervals); n > 0 {
		w.from, w.to = stamp(p.Intervals[0].From), stamp(p.Intervals[n-1].To)
		w.duration = seconds(p.Intervals...)
	}
	switch {
	case w.to != nil:
		w.status = new("finished")
	case w.from != nil:
		w.status = new("connected")
	}
	return w
}

// seconds is how long intervals last together, in whole seconds; nil where a time is not known, or is before its start.
func seconds(spans ...session.Interval) *int {
	var d time.Duration
	for _, i := range spans {
		if i.From.IsZero() || i.To.Before(i.From) {
			return nil
		}
		d += i.To.Sub(i.From)
	}
	return new(int(d / time.Second))
}

func callParticipants(s session.Session, id string) []callParticipant {
	var list []callParticipant
	for _, p := range participants(s) {
		w := newWho(p)
		list = append(list, callParticipant{
			Type: w.kind, Status: w.status, CallID: number(id), UserID: w.userID, EndUserID: w.endUserID,
			VirtualAgentID: w.virtualAgent, PhoneNumber: text(p.Number),
			ConnectedAt: w.from, EndedAt: w.to, CallDuration: w.duration,
		})
	}
	return list
}

func chatParticipants(s session.Session, id string) []chatParticipant {
	var list []chatParticipant
	for _, p := range participants(s) {
		w := newWho(p)
		list = append(list, chatParticipant{
			Type: w.kind, Status: w.status, ChatID: number(id), UserID: w.userID, EndUserID: w.endUserID,
			VirtualAgentID: w.virtualAgent, ChatDuration: w.duration, ConnectedAt: w.from, EndedAt: w.to,
		})
	}
	return list
}
