package metadata

import (
	"cmp"
	"slices"
	"strings"

	"sessionbridge.internal/shared/session"
)

type transfer struct {
	ID             unknown     `json:"id"`
	Status         *string     `json:"status"`
	FailReason     unknown     `json:"fail_reason"`
	Deflection     unknown     `json:"deflection"`
	AnswerTypePath unknown     `json:"answer_type_path"`
	FromAgent      *humanAgent `json:"from_agent"`
	ToAgent        *humanAgent `json:"to_agent"`

	FromVirtualAgent       unknown   `json:"from_virtual_agent"`
	ToVirtualAgent         unknown   `json:"to_virtual_agent"`
	FromMenuPath           *menuPath `json:"from_menu_path"`
	ToMenuPath             *menuPath `json:"to_menu_path"`
	FromQueuePriorityLevel unknown   `json:"from_queue_priority_level"`
	ToQueuePriorityLevel   unknown   `json:"to_queue_priority_level"`

	WaitDuration unknown `json:"wait_duration"`
	CallDuration unknown `json:"call_duration"`
	CreatedAt    *string `json:"created_at"`
	AssignedAt   unknown `json:"assigned_at"`
	ConnectedAt  unknown `json:"connected_at"`
	UpdatedAt    unknown `json:"updated_at"`
}

// transfers are the session's. Of a transfer to a number outside, the number has no field.
func transfers(s session.Session) []transfer {
	list := make([]transfer, 0, len(s.Transfers))
	for _, t := range s.Transfers {
		list = append(list, transfer{
			Status:    transferStatus(t.Kind),
			FromAgent: transferAgent(s, t.From), ToAgent: transferAgent(s, t.To),
			FromMenuPath: newMenuPath(t.From.QueuePath, ""), ToMenuPath: newMenuPath(t.To.QueuePath, ""),
			CreatedAt: stamp(t.At),
		})
	}
	return list
}

// transferStatus is `transferred`, the only status that is public, or null where that word would be wrong: in a
// conference nobody handed anything over, and a redirection came before an agent took the session.
func transferStatus(k session.TransferKind) *string {
	if k == session.Conference || k == session.Redirect {
		return nil
	}
	return new("transferred")
}

// transferAgent is the agent at one end of a transfer, with what the session knows of them; nil where the end is none.
func transferAgent(s session.Session, end session.End) *humanAgent {
	if end.AgentID == "" && end.AgentEmail == "" {
		return nil
	}
	agent := session.Agent{ID: end.AgentID, Email: end.AgentEmail}
	agents := humans(s)
	if i := slices.IndexFunc(agents, func(a session.Agent) bool { return sameAgent(a, agent) }); i >= 0 {
		agent = session.Agent{
			ID: cmp.Or(agents[i].ID, end.AgentID), Email: cmp.Or(agents[i].Email, end.AgentEmail), Name: agents[i].Name,
		}
	}
	return newHumanAgent(agent)
}

// sameAgent compares by id where both have one, else by mail address, whose letter case differs between samples.
func sameAgent(a, b session.Agent) bool {
	if a.ID != "" && b.ID != "" {
		return a.ID == b.ID
	}
	return a.Email != "" && strings.EqualFold(a.Email, b.Email)
}
