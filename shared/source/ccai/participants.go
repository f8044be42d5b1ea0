package ccai

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source/payload"
)

// participant is one side of a session, as a snapshot shows it.
type participant struct {
	kind        session.PartyType // end_user for the customer's side
	state       presence
	id          string         // the platform's, of an end user or a virtual agent
	name        string         // likewise
	agent       *session.Agent // nil for who is none
	dn          string
	connectedAt time.Time
	endedAt     time.Time
}

// presence is what a participant's state means for taking part.
type presence int

const (
	elsewhere presence = iota // no state, or one without a meaning here
	offered                   // projected to, or accepted and not yet connected
	present
	gone
	submitted // gone, and the disposition given: took part
)

// presences are the states of participants: those of the external session events (`accepted`, `connected`,
// `disconnected`, `dispositionSubmitted`), and the other ones that QM events document for participants
// (docs.cloud.google.com/contact-center/ccai-platform/docs/qm-call-session-data). Keys are lower case.
//
// That a participant is held or muted is taken for being there and for nothing more: since when, no snapshot says.
var presences = map[string]presence{
	"ringing": offered, "dialing": offered, "accepted": offered,
	"connected": present, "held": present, "muted": present, "unmuted": present, "redacted": present, "unredacted": present,
	"disconnected": gone, "transferred": gone, "finished": gone, "dispositionsubmitted": submitted,
}

// partyTypes are the platform's words for participants: those of the external session events, of the session metadata,
// and of the chat transcript's roles (docs.cloud.google.com/contact-center/ccai-platform/docs/chat-transcript-metadata).
var partyTypes = map[string]session.PartyType{
	"agent":    session.PartyAgent,
	"external": session.PartyEndUser, "end_user": session.PartyEndUser,
	"virtual_agent": session.PartyVirtualAgent, "task_virtual_agent": session.PartyVirtualAgent,
	"manager":     session.PartyManager,
	"third_party": session.PartyThird, "external_agent": session.PartyThird,
}

// participants reads those whose type is known.
func participants(r payload.Reader) []participant {
	var out []participant
	for _, p := range r.Objects("participants") {
		known := participant{
			kind:        partyTypes[strings.ToLower(p.Text("type"))],
			state:       presences[strings.ToLower(p.Text("state", "status"))],
			name:        p.Text("name", "virtual_agent_name"),
			dn:          p.Text("dn", "phone_number"),
			connectedAt: p.Time("connected_at"),
			endedAt:     p.Time("ended_at", "finished_at", "disconnected_at"),
		}
		switch known.kind {
		case "":
			continue
		case session.PartyAgent:
			known.agent = agent(p, known.dn)
		case session.PartyVirtualAgent:
			known.id = idOf(p, known.dn, "virtual_agent_", "virtual_agent_id")
		case session.PartyManager:
			known.id = idOf(p, known.dn, "manager_", "agent_id", "user_id")
		case session.PartyEndUser, session.PartyThird:
			known.id = p.ID("end_user_id")
		}
		out = append(out, known)
	}
	return out
}

// agent reads a human agent.
func agent(r payload.Reader, dn string) *session.Agent {
	return &session.Agent{
		ID:       idOf(r, dn, "agent_", "agent_id", "user_id"),
		CustomID: r.ID("agent_custom_id"),
		Email:    r.Text("email", "agent_email"),
		Name:     r.Text("name", "agent_name"),
	}
}

// idOf reads the id of who takes part. Where it stands is not documented: the keys name it elsewhere in the platform, a
// dn such as `agent_1` does as the initiator's does, and `id` is the last guess, since it may be the participant's own.
func idOf(r payload.Reader, dn, prefix string, keys ...string) string {
	if id := r.ID(keys...); id != "" {
		return id
	}
	if id, ok := strings.CutPrefix(dn, prefix); ok {
		return id
	}
	return r.ID("id", "participant_id")
}

// tookPart says whether the participant was, or is, in the session.
func (p *participant) tookPart() bool {
	return p.state == present || p.state == submitted || !p.connectedAt.IsZero()
}

func (p *participant) left() bool { return p.state == gone || p.state == submitted }

// ref is what an agent's facts are known by.
func (p *participant) ref() string { return cmp.Or(p.agent.ID, p.agent.Email) }

func (s *snapshot) anyAgent(state presence) bool {
	return slices.ContainsFunc(s.participants, func(p participant) bool { return p.agent != nil && p.state == state })
}

// answered says whether an agent took part.
func (s *snapshot) answered() bool {
	return slices.ContainsFunc(s.participants, func(p participant) bool { return p.agent != nil && p.tookPart() })
}

// submitter is the agent who gave a disposition, nil where it is not one agent for certain.
func (s *snapshot) submitter() *session.Agent {
	var found *session.Agent
	for _, p := range s.participants {
		if p.agent == nil || p.state != submitted {
			continue
		}
		if found != nil {
			return nil
		}
		found = p.agent
	}
	return found
}
