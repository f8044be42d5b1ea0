package metadata

import (
	"strings"

	"sessionbridge.internal/shared/session"
)

// ticket is the CRM record. is_out_ticket_account is false because our record always stands for the interaction, never
// for the customer; without a record it is null.
type ticket struct {
	OutTicketID        *string `json:"out_ticket_id"`
	OutTicketURL       *string `json:"out_ticket_url"`
	IsOutTicketAccount *bool   `json:"is_out_ticket_account"`
}

func newTicket(crm CRM) ticket {
	if crm.RecordID == "" {
		return ticket{}
	}
	return ticket{OutTicketID: text(crm.RecordID), OutTicketURL: text(crm.RecordURL), IsOutTicketAccount: new(false)}
}

type agentInfo struct {
	ID          any     `json:"id"`
	Name        *string `json:"name"`
	AvatarURL   unknown `json:"avatar_url"`
	Email       *string `json:"email"`
	FirstName   unknown `json:"first_name"`
	LastName    unknown `json:"last_name"`
	AgentNumber unknown `json:"agent_number"`
}

// newAgentInfo is nil, and so left out, unless one agent alone handled the session; readers then find the agents among
// the participants. An agent who left and came back is still one agent.
func newAgentInfo(agents []session.Agent) *agentInfo {
	if len(agents) == 0 {
		return nil
	}
	a := agents[0]
	for _, other := range agents[1:] {
		if other.ID != a.ID || other.Email != a.Email {
			return nil
		}
	}
	return &agentInfo{ID: number(a.ID), Name: text(a.Name), Email: text(a.Email)}
}

type endUser struct {
	ID           any     `json:"id"`
	Identifier   unknown `json:"identifier"`
	OutContactID *string `json:"out_contact_id"`
}

func newEndUser(s session.Session, crm CRM) endUser {
	return endUser{ID: number(s.Customer.ID), OutContactID: text(crm.AccountID)}
}

type selectedMenu struct {
	ID        any     `json:"id"`
	Name      *string `json:"name"`
	ParentID  unknown `json:"parent_id"`
	Position  unknown `json:"position"`
	Deleted   unknown `json:"deleted"`
	Hidden    unknown `json:"hidden"`
	MenuType  unknown `json:"menu_type"`
	OutputMsg unknown `json:"output_msg"`
}

func newSelectedMenu(q session.Queue) *selectedMenu {
	if q == (session.Queue{}) {
		return nil
	}
	parts := strings.Split(q.Path, queueSeparator)
	return &selectedMenu{ID: number(q.ID), Name: text(parts[len(parts)-1])}
}

type menuPath struct {
	ItemsCount       int     `json:"items_count"`
	Name             string  `json:"name"`
	MaterializedPath unknown `json:"materialized_path"` // the ids of the path's menus: we know only the last one's
}

// queueSeparator joins the parts of session.Queue.Path; the metadata's menu path is joined by a bare slash.
const queueSeparator = " / "

func newMenuPath(q session.Queue) *menuPath {
	if q.Path == "" {
		return nil
	}
	parts := strings.Split(q.Path, queueSeparator)
	return &menuPath{ItemsCount: len(parts), Name: strings.Join(parts, "/")}
}

// transfer says that there was one, and when: which agents and queues it ran between is not in the session yet.
type transfer struct {
	ID        unknown `json:"id"`
	Status    string  `json:"status"`
	FromAgent unknown `json:"from_agent"`
	ToAgent   unknown `json:"to_agent"`
	CreatedAt *string `json:"created_at"`
}

func transfers(s session.Session) []transfer {
	list := []transfer{}
	for _, e := range s.Events {
		if e.Kind == session.Transferred {
			list = append(list, transfer{Status: "transferred", CreatedAt: stamp(e.At)})
		}
	}
	return list
}
