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
	state       presence
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
var presences = map[string]presence{
	"ringing": offered, "dialing": offered, "accepted": offered,
	"connected": present, "held": present, "muted": present, "unmuted": present, "redacted": present, "unredacted": present,
	"disconnected": gone, "transferred": gone, "dispositionsubmitted": submitted,
}

func participants(r payload.Reader) []participant {
	var out []participant
	for _, p := range r.Objects("participants") {
		known := participant{
			state:       presences[strings.ToLower(p.Text("state", "status"))],
			dn:          p.Text("dn", "phone_number"),
			connectedAt: p.Time("connected_at"),
			endedAt:     p.Time("ended_at", "disconnected_at"),
		}
		switch strings.ToLower(p.Text("type")) {
		case "agent":
			known.agent = agent(p, known.dn)
			out = append(out, known)
		case "external", "end_user":
			out = append(out, known)
		}
	}
	return out
}

// agent reads a human agent. Where the id stands is not documented: agent_id and user_id name agents elsewhere in the
// platform, a dn of `agent_1` does as the initiator's does, and `id` is the last guess, since it may be the
// participant's own.
func agent(r payload.Reader, dn string) *session.Agent {
	a := &session.Agent{
		ID:       r.ID("agent_id", "user_id"),
		CustomID: r.ID("agent_custom_id"),
		Email:    r.Text("email", "agent_email"),
		Name:     r.Text("name", "agent_name"),
	}
	if id, ok := strings.CutPrefix(dn, "agent_"); ok && a.ID == "" {
		a.ID = id
	}
	if a.ID == "" {
		a.ID = r.ID("id", "participant_id")
	}
	return a
}

// customer is what the external participants tell of the customer, nil where they tell nothing. The first one counts:
// who comes later is a third party.
func (s *snapshot) customer() *session.Customer {
	for _, p := range s.participants {
		if p.agent == nil && p.dn != "" {
			c := customer(p.dn)
			return &c
		}
	}
	return nil
}

// tookPart says whether the participant was, or is, in the session.
func (p *participant) tookPart() bool {
	return p.state == present || p.state == submitted || !p.connectedAt.IsZero()
}

func (p *participant) left() bool { return p.state == gone || p.state == submitted }

// name is what the participant's facts are known by.
func (p *participant) name() string {
	if p.agent.ID != "" {
		return p.agent.ID
	}
	return p.agent.Email
}

func (s *snapshot) anyAgent(state presence) bool {
	return slices.ContainsFunc(s.participants, func(p participant) bool { return p.agent != nil && p.state == state })
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

// customer reads a dn, the number or name by which the platform knows an end user: a phone number, a word such as
// `anonymous`, or `end_user_5`, which is the platform's id of the end user and no number in any form.
func customer(dn string) session.Customer {
	if id, ok := strings.CutPrefix(dn, "end_user_"); ok {
		return session.Customer{ID: id}
	}
	return session.Customer{Phone: payload.Dialable(dn), PhoneRaw: dn}
}
