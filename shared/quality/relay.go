package quality

import (
	"encoding/json"
	"slices"
	"strings"

	"sessionbridge.internal/shared/session"
)

// callStates are those of the call page: the nine of its table, and the two that only its samples have.
var callStates = canonical("dialing", "waiting", "ringing", "connected", "redirected", "deflected", "transferred",
	"conferenced", "disconnected", "held", "participantDisconnect")

// participantStates are those of the call page's table; chats have two more, of the chat page and of the external session
// events.
var (
	participantStates = canonical("dialing", "ringing", "connected", "held", "disconnected", "callback", "deflected",
		"transferred", "redacted", "unredacted", "muted", "unmuted")
	chatStates = canonical("accepted", "dispositionSubmitted")
)

// canonical finds a word by itself in lower case, since a source is read without regard to letter case.
func canonical(words ...string) map[string]string {
	m := map[string]string{}
	for _, w := range words {
		m[strings.ToLower(w)] = w
	}
	return m
}

// relays says whether an event came as a QM event of the session's channel, in a documented state or not.
func relays(s *session.Session, e *session.Event) bool {
	name, _, _ := strings.Cut(e.VendorType, "/")
	if s.Channel == session.Chat {
		return name == "chat"
	}
	return strings.EqualFold(name, "CallState")
}

// stateOf is the state that the source sent, empty where it is not documented.
func stateOf(e *session.Event) string {
	_, state, _ := strings.Cut(e.VendorType, "/")
	return callStates[strings.ToLower(state)]
}

// relayed are the source's own QM events, each a payload. What the model does not keep is read from the event as it came.
// An event in an undocumented state is left out: who reads the payloads cannot know it.
func relayed(s *session.Session) []Payload {
	var out []Payload
	for i := range s.Events {
		e := &s.Events[i]
		if state := stateOf(e); state != "" && relays(s, e) {
			out = append(out, payload(s, "relayed/"+e.ID, e.At, relay(s, e, state)))
		}
	}
	return out
}

// relay says again what a QM event said. As in the samples, and other than the field table has it, an outgoing call has
// the fields of a queue where the source sent them.
func relay(s *session.Session, e *session.Event, state string) report {
	raw := readRaw(e.Raw)
	r := report{
		state: state, direction: directions[e.Direction], language: e.Language, sessionType: e.Type,
		initiator: scalar(raw.Initiator), mediaID: scalar(raw.MediaID),
		queueIDs: scalar(raw.QueueIDs), queueNames: scalar(raw.QueueNames), queueID: scalar(raw.QueueID),
		sides: relaySides(s.Channel, e.Parties, raw.sides()),
	}
	if json.Unmarshal(raw.Recording, &r.recording) != nil {
		r.recording = nil
	}
	if e.CustomData != nil {
		r.headers = object(e.CustomData.SIPHeaders)
	}
	if q := e.Queue; q != nil && r.queueIDs+r.queueNames+r.queueID == "" {
		r.queueIDs, r.queueNames, r.queueID = q.PathIDs, pathNames(q.Path), q.ID
	}
	if s.Channel == session.Chat {
		r.support = support(e, raw)
	}
	return r
}

// support is the support_number of "chat started", the one event that has it, be it null. An event whose JSON was not
// kept has it by its kind.
func support(e *session.Event, raw rawReport) json.RawMessage {
	switch number := scalar(raw.Support); {
	case number != "":
		return encode(number)
	case raw.Support != nil, len(e.Raw) == 0 && e.Kind == session.Started:
		return json.RawMessage("null")
	}
	return nil
}

// relaySides are the participants: as they came where they can be matched with those that were read, else as read.
func relaySides(c session.Channel, parties []session.Party, raw []rawSide) []side {
	out := make([]side, 0, len(parties))
	for i, p := range parties {
		if len(out) == maxSides {
			break
		}
		s := side{name: partyName(c, p), kind: typeOf(p.Type), state: presences[p.Presence]}
		if len(raw) == len(parties) {
			s.refine(c, raw[i])
		}
		if s.state == "" {
			s.state = "connected"
		}
		out = append(out, s)
	}
	return out
}

func (s *side) refine(c session.Channel, r rawSide) {
	if id := scalar(r.ID); id != "" {
		s.name = &id
	} else if dn := scalar(r.DN); dn != "" {
		s.name = &dn
	}
	word := strings.ToLower(scalar(r.State))
	if state := participantStates[word]; state != "" {
		s.state = state
	} else if state := chatStates[word]; state != "" && c == session.Chat {
		s.state = state
	}
	s.mediaID = scalar(r.MediaID)
}

// presences in the words of the payloads.
var presences = map[session.Presence]string{
	session.Offered: "ringing", session.Present: "connected", session.OnHold: "held", session.IsMuted: "muted",
	session.IsUnmuted: "unmuted", session.IsRedacted: "redacted", session.IsUnredacted: "unredacted", session.Gone: "disconnected",
}

// rawReport is what is read from an event as it came, of calls and chats; encoding/json does not regard letter case.
type rawReport struct {
	Initiator    json.RawMessage   `json:"initiator"`
	QueueIDs     json.RawMessage   `json:"queue_path_ids"`
	QueueNames   json.RawMessage   `json:"queue_path_names"`
	QueueID      json.RawMessage   `json:"queue_uuid"`
	Recording    json.RawMessage   `json:"recording_permitted"`
	Support      json.RawMessage   `json:"support_number"`
	MediaID      json.RawMessage   `json:"mediaid"`
	Participants []json.RawMessage `json:"participants"`
}

type rawSide struct {
	ID      json.RawMessage `json:"participantid"`
	DN      json.RawMessage `json:"dn"`
	State   json.RawMessage `json:"state"`
	MediaID json.RawMessage `json:"media_id"`
}

// readRaw reads an event, or its item where it has one. What is no such thing has no fields.
func readRaw(raw json.RawMessage) (r rawReport) {
	var outer struct{ Item json.RawMessage }
	if json.Unmarshal(raw, &outer) != nil {
		return r
	}
	if object(outer.Item) != nil {
		raw = outer.Item
	}
	_ = json.Unmarshal(raw, &r) // a field of another type is not there
	return r
}

// sides are the participants that are objects, as the reader of these events has them, too.
func (r rawReport) sides() []rawSide {
	objects := slices.DeleteFunc(slices.Clone(r.Participants), func(p json.RawMessage) bool { return object(p) == nil })
	out := make([]rawSide, len(objects))
	for i, o := range objects {
		_ = json.Unmarshal(o, &out[i]) // valid, and any field is a RawMessage
	}
	return out
}

// scalar is a text or a number as it was written, empty for anything else.
func scalar(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var number json.Number
	if json.Unmarshal(raw, &number) == nil {
		return number.String()
	}
	return ""
}
