package ccai

import (
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

// participants reads those of whom it is known what they are.
func participants(r payload.Reader, size int) []participant {
	var out []participant
	for _, p := range listed(r, "participants", size) {
		known := participant{
			state:       presences[strings.ToLower(p.Text("state", "status"))],
			name:        p.Text("name", "virtual_agent_name"),
			dn:          p.Text("dn", "phone_number"),
			connectedAt: p.Time("connected_at"),
			endedAt:     p.Time("ended_at", "finished_at", "disconnected_at"),
		}
		known.kind = partyType(p, known.dn)
		switch known.kind {
		case "":
			continue
		case session.PartyAgent:
			known.agent = agent(p, known.dn)
		case session.PartyVirtualAgent:
			known.id = idOf(p, known.dn, "virtual_agent_id")
		case session.PartyManager:
			known.id = idOf(p, known.dn, "agent_id", "user_id")
		case session.PartyEndUser, session.PartyThird:
			known.id = p.ID("end_user_id")
		}
		out = append(out, known)
	}
	return out
}

// partyType reads what a participant is. The platform calls virtual agents `agent`, too, so what names them goes first:
// a dn such as `virtual_agent_15`, then an id that only they have. A supervisor has an agent's dn and stays one.
func partyType(r payload.Reader, dn string) session.PartyType {
	said := partyTypes[strings.ToLower(r.Text("type"))]
	if said == session.PartyManager {
		return said
	}
	if t, _ := payload.Prefixed(dn); t != "" {
		return t
	}
	if r.ID("virtual_agent_id") != "" && r.ID("user_id", "agent_id") == "" {
		return session.PartyVirtualAgent
	}
	return said
}

// agent reads a human agent.
func agent(r payload.Reader, dn string) *session.Agent {
	return &session.Agent{
		ID:       idOf(r, dn, "agent_id", "user_id"),
		CustomID: r.ID("agent_custom_id"),
		Email:    r.Text("email", "agent_email"),
		Name:     r.Text("name", "agent_name"),
	}
}

// idOf reads the id of who takes part. Where it stands is not documented: the keys name it elsewhere in the platform, a
// dn such as `agent_1` does as the initiator's does, and `id` is the last guess, since it may be the participant's own.
func idOf(r payload.Reader, dn string, keys ...string) string {
	if id := r.ID(keys...); id != "" {
		return id
	}
	if _, id := payload.Prefixed(dn); id != "" {
		return id
	}
	return r.ID("id", "participant_id")
}

// tookPart says whether the participant was, or is, in the session.
func (p *participant) tookPart() bool {
	return p.state == present || p.state == submitted || !p.connectedAt.IsZero()
}

func (p *participant) left() bool { return p.state == gone || p.state == submitted }

// ref is what an agent's facts are known by; empty for one without a name. A mail address does not stand in it, since an
// event's id is written to logs.
func ref(a *session.Agent) string {
	if a.ID == "" && a.Email != "" {
		return payload.ShortHash(strings.ToLower(a.Email))
	}
	return a.ID
}

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
