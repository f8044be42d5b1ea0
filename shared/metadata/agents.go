package metadata

import (
	"slices"
	"strings"

	"sessionbridge.internal/shared/session"
)

type humanAgent struct {
	ID          any     `json:"id"`
	Name        *string `json:"name"`
	AvatarURL   unknown `json:"avatar_url"`
	Email       *string `json:"email"`
	FirstName   unknown `json:"first_name"`
	LastName    unknown `json:"last_name"`
	AgentNumber unknown `json:"agent_number"`
}

func newHumanAgent(a session.Agent) *humanAgent {
	return &humanAgent{ID: number(a.ID), Name: text(a.Name), Email: text(a.Email)}
}

type virtualAgent struct {
	ID        any     `json:"id"`
	Name      *string `json:"name"`
	AvatarURL unknown `json:"avatar_url"`
	VAAlias   unknown `json:"va_alias"`
}

// newAgentInfo is the one agent, human or virtual, who alone handled the session. It is nil, and so left out, where
// nobody or several did, or both kinds: readers then find them among the participants.
func newAgentInfo(s session.Session) any {
	agents, bots := humans(s), bots(s)
	switch {
	case len(agents) == 1 && len(bots) == 0:
		return newHumanAgent(agents[0])
	case len(agents) == 0 && len(bots) == 1:
		return virtualAgent{ID: number(bots[0].ID), Name: text(bots[0].Name)}
	}
	return nil
}

// humans are the human agents who took part, each once: those who handled the session, and those of whom only the
// participants tell.
func humans(s session.Session) []session.Agent {
	list := slices.Clone(s.Agents)
	for _, p := range s.Participants {
		if p.Type == session.PartyAgent && !slices.ContainsFunc(list, func(a session.Agent) bool { return isAgent(p, a) }) {
			list = append(list, session.Agent{ID: p.ID, Name: p.Name})
		}
	}
	return list
}

// isAgent says whether a participant is that agent. One without an id is known by the name, for which the platform's
// adapter has the mail address of agents who were added to a session.
func isAgent(p session.Participant, a session.Agent) bool {
	switch {
	case p.Type != session.PartyAgent:
		return false
	case p.ID != "":
		return a.ID == p.ID
	}
	return p.Name == a.Name || strings.EqualFold(p.Name, a.Email)
}

type bot struct {
	ID   any     `json:"id"`
	Name *string `json:"name"`
}

func newBot(b *session.Bot) *bot {
	if b == nil {
		return nil
	}
	return &bot{ID: number(b.ID), Name: text(b.Name)}
}

// bots are the virtual agents who took part, each once. The session itself names the last one only.
func bots(s session.Session) []session.Bot {
	var list []session.Bot
	if s.VirtualAgent != nil {
		list = append(list, *s.VirtualAgent)
	}
	for _, p := range s.Participants {
		known := slices.ContainsFunc(list, func(b session.Bot) bool { return b.ID == p.ID })
		if p.Type == session.PartyVirtualAgent && !known {
			list = append(list, session.Bot{ID: p.ID, Name: p.Name})
		}
	}
	return list
}

// botHandling is one stretch of time in which a virtual agent took part.
type botHandling struct {
	VirtualAgent          bot     `json:"virtual_agent"`
	StartedAt             *string `json:"started_at"`
	EndedAt               *string `json:"ended_at"`
	CallDuration          *int    `json:"call_duration"`
	EscalationReason      unknown `json:"escalation_reason"`
	FinishReason          unknown `json:"finish_reason"`
	Sentiment             unknown `json:"sentiment"`
	ResponseCount         unknown `json:"response_count"`
	FallbackResponseCount unknown `json:"fallback_response_count"`
	TransferID            unknown `json:"transfer_id"`
}

func botHandlings(s session.Session) []botHandling {
	list := []botHandling{}
	for _, p := range s.Participants {
		if p.Type != session.PartyVirtualAgent {
			continue
		}
		for _, i := range p.Intervals {
			list = append(list, botHandling{
				VirtualAgent: bot{ID: number(p.ID), Name: text(p.Name)},
				StartedAt:    stamp(i.From), EndedAt: stamp(i.To), CallDuration: seconds(i),
			})
		}
	}
	return list
}

// handling is one stretch of time in which an agent took part.
type handling struct {
	ID           unknown `json:"id"`
	AgentID      any     `json:"agent_id"`
	StartedAt    *string `json:"started_at"`
	EndedAt      *string `json:"ended_at"`
	BCWDuration  unknown `json:"bcw_duration"`
	CallDuration *int    `json:"call_duration"`
	HoldDuration *int    `json:"hold_duration"`
	ACWDuration  *int    `json:"acw_duration"`
	MenuPath     unknown `json:"menu_path"`
	Transfer     unknown `json:"transfer"`
}

// handlings are the agents' stretches. Of the holds and the after-work the session knows how long they took, not whose they
// were, so only the one stretch of one agent has them.
func handlings(s session.Session) []handling {
	list := []handling{}
	for _, p := range participants(s) {
		if p.Type != session.PartyAgent {
			continue
		}
		for _, i := range p.Intervals {
			list = append(list, handling{
				AgentID: number(p.ID), StartedAt: stamp(i.From), EndedAt: stamp(i.To), CallDuration: seconds(i),
			})
		}
	}
	if len(list) == 1 {
		list[0].HoldDuration, list[0].ACWDuration = s.HoldSeconds, s.WrapUpSeconds
	}
	return list
}
