package metadata

import (
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
	VirtualAgentID unknown `json:"virtual_agent_id"`
	PhoneNumber    *string `json:"phone_number"`
	ConnectedAt    *string `json:"connected_at"`
	EndedAt        *string `json:"ended_at"`
	CallDuration   *int    `json:"call_duration"`
	HoldDuration   unknown `json:"hold_duration"`
	FailReason     unknown `json:"fail_reason"`
}

type chatParticipant struct {
	ID           unknown `json:"id"`
	Type         string  `json:"type"`
	Status       *string `json:"status"`
	ChatID       any     `json:"chat_id"`
	UserID       any     `json:"user_id"`
	EndUserID    any     `json:"end_user_id"`
	ChatDuration *int    `json:"chat_duration"`
	ConnectedAt  *string `json:"connected_at"`
	EndedAt      *string `json:"ended_at"`
	FailReason   unknown `json:"fail_reason"`
}

// participant is one who took part, before the channel decides how that is written.
type participant struct {
	kind, userID, endUserID, phone string
	from, to                       time.Time
}

// participants are the end user and then the agents in the order they joined.
func participants(s session.Session) []participant {
	list := []participant{{
		kind: "end_user", endUserID: s.Customer.ID, phone: s.Customer.Phone,
		from: customerFrom(s), to: s.EndedAt,
	}}
	for _, a := range s.Agents {
		left := a.LeftAt
		if left.IsZero() {
			left = s.EndedAt // nobody stays in a session that is over
		}
		list = append(list, participant{kind: "agent", userID: a.ID, from: a.JoinedAt, to: left})
	}
	return list
}

// customerFrom is when the customer was there: from the start when they called or wrote, once they answered when we did.
func customerFrom(s session.Session) time.Time {
	if s.Direction == session.Inbound {
		return s.StartedAt
	}
	return s.ConnectedAt
}

func (p participant) status() *string {
	switch {
	case !p.to.IsZero():
		return new("finished")
	case !p.from.IsZero():
		return new("connected")
	}
	return nil
}

func (p participant) seconds() *int {
	if p.from.IsZero() || p.to.Before(p.from) {
		return nil
	}
	return new(int(p.to.Sub(p.from) / time.Second))
}

func callParticipants(s session.Session, id string) []callParticipant {
	var list []callParticipant
	for _, p := range participants(s) {
		list = append(list, callParticipant{
			Type: p.kind, Status: p.status(), CallID: number(id), UserID: number(p.userID), EndUserID: number(p.endUserID),
			PhoneNumber: text(p.phone), ConnectedAt: stamp(p.from), EndedAt: stamp(p.to), CallDuration: p.seconds(),
		})
	}
	return list
}

func chatParticipants(s session.Session, id string) []chatParticipant {
	var list []chatParticipant
	for _, p := range participants(s) {
		list = append(list, chatParticipant{
			Type: p.kind, Status: p.status(), ChatID: number(id), UserID: number(p.userID), EndUserID: number(p.endUserID),
			ChatDuration: p.seconds(), ConnectedAt: stamp(p.from), EndedAt: stamp(p.to),
		})
	}
	return list
}
