package console

import (
	"net/http"
	"time"

	"sessionbridge.internal/shared/attendance"
	"sessionbridge.internal/shared/presence"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
)

// agentView is what is known of one agent: what a source's events tell, and, where states are kept in step with the CRM, how they
// stand on both sides.
type agentView struct {
	Source   string          `json:"source,omitempty"` // empty: no event tells of the agent
	Agent    session.Agent   `json:"agent,omitzero"`
	State    string          `json:"state,omitempty"`
	StateAt  time.Time       `json:"state_at,omitzero"`
	Orphans  []session.Event `json:"orphans,omitempty"` // of consultations for which no call was on hold
	Presence *presenceView   `json:"presence,omitempty"`
}

// presenceView is an agent's state on both sides.
type presenceView struct {
	CRM    []loginView `json:"crm"` // the logins; a person should have one that is active
	Centre []loginView `json:"centre"`
	// Reasons say why a side is not as it should be; empty: both are, or will be at once.
	Reasons []reasonView `json:"reasons,omitempty"`
}

// loginView is a state by one login: a work session of the CRM, an agent id of the contact centre, or a source and position.
type loginView struct {
	Login string    `json:"login"`
	State string    `json:"state"`
	At    time.Time `json:"at,omitzero"`    // since when, by the side's own clock
	Over  bool      `json:"over,omitempty"` // signed out
}

type reasonView struct {
	presence.Reason
	Text string `json:"text"` // in a sentence, with what to do about it
}

// attendanceView is how keeping states in step goes.
type attendanceView struct {
	TurnAt time.Time   `json:"turn_at,omitzero"` // when both sides were looked at last
	CRM    store.Reach `json:"crm,omitzero"`
	Centre store.Reach `json:"centre,omitzero"`
}

// maxAgents bounds one list.
const maxAgents = 1_000

// agentsView is the agents, and how keeping their states in step goes where that is done.
type agentsView struct {
	Agents   []agentView     `json:"agents"`
	Presence *attendanceView `json:"presence,omitempty"`
	More     bool            `json:"more,omitempty"` // there are more than are listed
}

// agents answers the agents whose states are known, with the consultations that belong to no session; and, where states are kept in
// step with the CRM, both sides of each, and what is wrong with either.
func (c *console) agents(w http.ResponseWriter, r *http.Request) error {
	v, err := c.agentsOf(r)
	if err != nil {
		return err
	}
	return answer(w, v)
}

func (c *console) agentsOf(r *http.Request) (v agentsView, err error) {
	set, err := c.tenant(r)
	if err != nil {
		return v, err
	}
	positions, err := c.store.Positions(r.Context(), r.PathValue("tenant"), maxAgents+1)
	if err != nil {
		return v, err
	}
	if v.More = len(positions) > maxAgents; v.More {
		positions = positions[:maxAgents]
	}
	v.Agents = []agentView{}
	for _, p := range positions {
		v.Agents = append(v.Agents, agentView{Source: p.Source, Agent: p.Agent, State: p.State, StateAt: p.StateAt, Orphans: p.Orphans()})
	}
	if set.Presence == nil {
		return v, nil
	}
	if err := c.inStep(r, set.Presence, &v); err != nil {
		return v, err
	}
	at, err := c.store.Attendance(r.Context(), r.PathValue("tenant"))
	v.Presence = &attendanceView{at.TurnAt, at.CRM, at.Centre}
	return v, err
}

// inStep adds both sides to the agents, by their e-mail addresses; who is not listed is then.
func (c *console) inStep(r *http.Request, set *settings.Presence, v *agentsView) error {
	agents, err := c.store.Agents(r.Context(), r.PathValue("tenant"), maxAgents+1)
	if err != nil {
		return err
	}
	if len(agents) > maxAgents {
		v.More, agents = true, agents[:maxAgents]
	}
	at := map[string][]int{}
	for i, shown := range v.Agents {
		if email, err := presence.Email(shown.Agent.Email); err == nil {
			at[email] = append(at[email], i)
		}
	}
	for _, a := range agents {
		if at[a.Email] == nil {
			v.Agents = append(v.Agents, agentView{Agent: session.Agent{Email: a.Email}, Presence: sides(set, a, c.clock())})
		}
		for _, i := range at[a.Email] {
			v.Agents[i].Presence = sides(set, a, c.clock())
		}
	}
	return nil
}

func sides(set *settings.Presence, a presence.Agent, now time.Time) *presenceView {
	v := &presenceView{CRM: logins(a.CRM), Centre: logins(a.Centre)}
	for _, reason := range attendance.Decide(set, a, now).Reasons {
		v.Reasons = append(v.Reasons, reasonView{reason, reason.String()})
	}
	return v
}

func logins(d presence.Desk) []loginView {
	out := []loginView{}
	for _, l := range d.Logins {
		v := loginView{l.ID, l.Base.State, l.Base.At, l.Base.Ended}
		for _, s := range l.Seen {
			if v.At, v.Over = s.At, s.Ended; s.State != "" {
				v.State = s.State
			}
		}
		out = append(out, v)
	}
	return out
}
