// Package quality makes the payloads that contact centres export to applications for quality management (QM) out of the
// events of sessions, so that a QM application sees one and the same feed whichever source a call came from. It is pure:
// events in, payloads out.
//
// Its neighbours: shared/session gives the sessions and events; shared/source/qm reads the same payloads where they are a
// source; who delivers the payloads remembers which of them it handed over.
//
// Sources of its rules: docs.cloud.google.com/contact-center/ccai-platform/docs/qm-call-session-data for agents and calls
// ("call page" in the comments), .../docs/qm-chat-session-data for chats ("chat page").
package quality

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"sessionbridge.internal/shared/session"
)

// Payload is one QM event that is owed.
type Payload struct {
	// ID is the same however often and in whatever order the events came: letters, digits and hyphens, at most 50, fit for a
	// header. It names nobody.
	ID string
	// Key names what must stay in order: a call, a chat, or for logins and logouts an agent.
	Key string
	At  time.Time
	// Channel is call or chat. Logins and logouts are the call page's, and go with the calls.
	Channel session.Channel
	// Body is compact JSON, its fields in the documented order.
	Body []byte
}

// Payloads are what is owed for a session, in the order it happened: all of it, every time. They depend on the session's
// events alone, so the deliverer computes them after each change and hands over those whose ID it has not handed over yet.
//
// A payload is sent as it is known when it is due. What a later event adds (the customer's number, an agent's name) shows
// in the payloads not handed over yet, and changes no ID.
//
// Where the source sends QM events itself, each of them is one payload again; else they are made from what happened.
func Payloads(s session.Session) []Payload {
	if s.Key == "" || s.Channel != session.Call && s.Channel != session.Chat {
		return nil
	}
	if slices.ContainsFunc(s.Events, func(e session.Event) bool { return relays(&s, &e) }) {
		return relayed(&s)
	}
	return derived(&s)
}

// Agent is the payload of an agent's login or logout; false for any other event, and where nobody is named. An agent without
// an id goes by their mail address, since the QM application needs one name for them.
func Agent(e session.Event) (Payload, bool) {
	state, ok := agentStates[e.Kind]
	if !ok || e.Agent == nil || e.Agent.ID == "" && e.Agent.Email == "" {
		return Payload{}, false
	}
	who := agentKey(*e.Agent)
	return Payload{
		ID:      payloadID(state, e.Tenant, e.Source, who, e.ID),
		Key:     strings.Join([]string{e.Tenant, e.Source, "agent-" + digest(who)}, "/"),
		At:      e.At,
		Channel: session.Call,
		Body:    agentBody(*e.Agent, state),
	}, true
}

// agentStates are the documented states of agents (call page, "Agent state fields").
var agentStates = map[session.Kind]string{session.AgentLogin: "login", session.AgentLogout: "logout"}

// payload is one report of a session. The fact it tells and its number among those of the same fact name it.
func payload(s *session.Session, fact string, at time.Time, r report) Payload {
	p := Payload{
		ID:      payloadID(fact, s.Tenant, s.Source, s.Key, fact),
		Key:     strings.Join([]string{s.Tenant, s.Source, s.Key}, "/"),
		At:      at,
		Channel: s.Channel,
	}
	if s.Channel == session.Chat {
		p.Body = chatBody(s, r)
	} else {
		p.Body = callBody(s, r)
	}
	return p
}

// payloadID begins with a word for people, which is the fact's up to its first slash.
func payloadID(fact string, parts ...string) string {
	label, _, _ := strings.Cut(fact, "/")
	return label + "-" + digest(parts...)
}

// digest tells lists of texts apart without showing them.
func digest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
