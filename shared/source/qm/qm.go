// Package qm reads the events that the CCAI Platform exports to quality-management (QM) applications, for a contact
// centre that can send us nothing else or not soon enough: it alone tells when a call rings, is held and is muted. It
// exists so that nothing beyond it knows the two shapes of these events. Its parent, shared/source, holds what all
// vendors' readers share; shared/session holds the events it makes.
//
// Sources of its rules: docs.cloud.google.com/contact-center/ccai-platform/docs/qm-call-session-data for agents and
// calls, .../docs/qm-chat-session-data for chats.
//
// It reads leniently where the platform may add or move fields: null, an empty string and an absent field are the same,
// words are compared without regard to letter case, an id may be a number or a string. It is strict where a wrong
// reading would name the wrong session or person: an id that is there but unreadable rejects the event.
package qm

import (
	"bytes"
	"fmt"
	"strings"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source"
	"sessionbridge.internal/shared/source/payload"
)

// maxObjects is how many objects one payload may hold, which are what decoding takes memory for: as many as the events it may
// hold, with an envelope and three participants each.
const maxObjects = 7_000

// Decode reads QM events: one or an array of them, each bare or in an envelope (payload.Envelope), through which whoever
// forwards them can give each an id and a time. Each becomes one event.
//
// QM events have neither. Two that are equal byte for byte may tell two things: "answered" and "taken off hold" are one
// and the same. So a bare event is named by its content, its place in the payload and the time of its receipt, and a
// repeated delivery is another event: to repeat the state that holds anyway changes nothing in a session, while an end
// of a hold taken for a repeat would be lost. In an envelope the id is the delivery's, and repeats are one event.
//
// Its error is a *source.Malformed. An event of another type is kept as Unknown, with its session where it names one.
func Decode(receipt source.Receipt, body []byte) (source.Batch, error) {
	entries, problem := payload.Entries(body, "an event {type, item} or {chat_id, state}, an envelope of one")
	if problem == nil && bytes.Count(body, []byte("{")) > maxObjects {
		problem = payload.Malformed("", "more than %d objects", maxObjects)
	}
	if problem != nil {
		return source.Batch{}, problem
	}
	return payload.Decode(receipt, entries, readEntry)
}

func readEntry(receipt source.Receipt, en payload.Entry) ([]session.Event, *source.Malformed) {
	env, problem := payload.Open(en)
	if problem != nil {
		return nil, problem
	}
	o, ok := payload.ParseObject(env.Event)
	if !ok {
		return nil, payload.Malformed(env.Path, "must be an event {type, item} or {chat_id, state}")
	}
	e := env.NewEvent(receipt)
	e.Agent = nil // the envelope's is who forwarded the event, not whose event it is
	if env.Bare {
		e.ID = fmt.Sprintf("%s-%d", env.ID, receipt.At.UnixMicro())
	}
	if problem := read(&e, payload.NewReader(payload.Place{Path: env.Path, Object: o}), o); problem != nil {
		return nil, problem
	}
	return []session.Event{e}, nil
}

// read fills the event from one of the three shapes.
func read(e *session.Event, r payload.Reader, o payload.Object) *source.Malformed {
	vendorType := r.Text("type")
	switch item, _ := r.Find("item"); {
	case strings.EqualFold(vendorType, agentState):
		readAgent(e, itemOf(r))
	case strings.EqualFold(vendorType, callState):
		readCall(e, itemOf(r))
	case vendorType != "":
		readUnknown(e, r, vendorType)
		return nil
	case item == nil:
		readChat(e, r, o)
	default:
		r.Reject(r.Path("type"), "absent; must be %s or %s", agentState, callState)
	}
	return r.Problem()
}

// The documented types, and what a chat's events, which have none, are called.
const (
	agentState = "AgentState"
	callState  = "CallState"
	chatState  = "chat"
)

// vendorName is the vendor's name of an event: its type and, since one type is not much of a name, the state it reports.
func vendorName(vendorType, state string) string {
	return strings.TrimSuffix(vendorType+"/"+state, "/")
}

// itemOf is the object that holds the event's fields.
func itemOf(r payload.Reader) payload.Reader {
	if raw, _ := r.Find("item"); len(raw) > 0 && raw[0] == '{' {
		return r.Objects("item")[0]
	}
	r.Reject(r.Path("item"), "must be an object, the event's fields")
	return r
}

// readAgent reads an agent's change of state. Only `login` and `logout` are documented.
func readAgent(e *session.Event, item payload.Reader) {
	state := item.Text("State")
	e.VendorType = vendorName(agentState, state)
	switch strings.ToLower(state) {
	case "login":
		e.Kind = session.AgentLogin
	case "logout":
		e.Kind = session.AgentLogout
	case "":
		e.Kind = session.Unknown
	default:
		e.Kind, e.State = session.AgentState, state
	}
	agent := session.Agent{ID: item.ID("ParticipantID"), Email: item.Text("Email")}
	if agent == (session.Agent{}) {
		item.Reject(item.Path("ParticipantID"), "absent, and so is Email; one of them must name the agent")
	}
	e.Agent = &agent
}

// readUnknown keeps an event of an undocumented type, whatever its fields hold.
func readUnknown(e *session.Event, r payload.Reader, vendorType string) {
	e.Kind, e.VendorType = session.Unknown, vendorType
	if id := r.SessionID("chat_id"); id != "" {
		e.Session = session.Key(session.Chat, id)
	}
	raw, path := r.Find("item")
	item, _ := payload.ParseObject(raw)
	if id := payload.NewReader(payload.Place{Path: path, Object: item}).SessionID("CallID"); id != "" {
		e.Session = session.Key(session.Call, id)
	}
}
