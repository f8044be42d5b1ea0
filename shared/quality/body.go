package quality

import (
	"bytes"
	"encoding/json"
	"strings"

	"sessionbridge.internal/shared/session"
)

// report is what one payload of a session says, before it takes the shape of a call or a chat. What is empty is not known,
// and its key is left out.
type report struct {
	state, direction, initiator, language string
	queueIDs, queueNames, queueID         string
	recording                             *bool
	headers                               json.RawMessage
	sides                                 []side
	mediaID                               string
	sessionType                           string
	support                               json.RawMessage // a number or null; nil leaves the key out
}

// side is one participant. A nil name is the documented null.
type side struct {
	name                 *string
	kind, state, mediaID string
}

// maxSides is how many participants one payload lists; the documentation's samples have three.
const maxSides = 30

// The order of the fields is that of the samples. Custom_headers, which no sample has, stands where the call page's table
// has it; MediaID stands behind the participants as in every sample, though the table has it among their fields.
type (
	envelope struct {
		Type string `json:"type"`
		Item any    `json:"item"`
	}
	agentItem struct {
		ParticipantID string `json:"ParticipantID"`
		Email         string `json:"Email"`
		State         string `json:"State"`
	}
	callItem struct {
		CallID             string            `json:"CallID"`
		State              string            `json:"State"`
		Direction          string            `json:"Direction,omitempty"`
		Initiator          string            `json:"Initiator,omitempty"`
		QueuePathIDs       string            `json:"Queue_path_ids,omitempty"`
		QueuePathNames     string            `json:"Queue_path_names,omitempty"`
		Language           string            `json:"Language,omitempty"`
		QueueUUID          json.RawMessage   `json:"Queue_uuid,omitempty"`
		RecordingPermitted *bool             `json:"Recording_permitted,omitempty"`
		CustomHeaders      json.RawMessage   `json:"Custom_headers,omitempty"`
		Participants       []callParticipant `json:"Participants"`
		MediaID            string            `json:"MediaID,omitempty"`
	}
	callParticipant struct {
		ParticipantID *string `json:"ParticipantID"`
		Type          string  `json:"Type"`
		State         string  `json:"State"`
	}
	chatEvent struct {
		QueuePathIDs   string            `json:"queue_path_ids,omitempty"`
		QueuePathNames string            `json:"queue_path_names,omitempty"`
		Language       string            `json:"language,omitempty"`
		SupportNumber  json.RawMessage   `json:"support_number,omitempty"`
		SessionType    string            `json:"session_type_v2,omitempty"`
		ChatID         json.RawMessage   `json:"chat_id"`
		State          string            `json:"state"`
		Direction      string            `json:"direction,omitempty"`
		Initiator      string            `json:"initiator,omitempty"`
		Participants   []chatParticipant `json:"participants"`
	}
	chatParticipant struct {
		State   string  `json:"state"`
		Type    string  `json:"type"`
		MediaID string  `json:"media_id,omitempty"`
		DN      *string `json:"dn"`
	}
)

func agentBody(a session.Agent, state string) []byte {
	return encode(envelope{"AgentState", agentItem{agentName(a), a.Email, state}})
}

func callBody(s *session.Session, r report) []byte {
	item := callItem{
		CallID: vendorID(s), State: r.state, Direction: r.direction, Initiator: r.initiator,
		QueuePathIDs: r.queueIDs, QueuePathNames: r.queueNames, Language: r.language, QueueUUID: idLiteral(r.queueID),
		RecordingPermitted: r.recording, CustomHeaders: r.headers, MediaID: r.mediaID,
		Participants: make([]callParticipant, 0, len(r.sides)),
	}
	for _, p := range r.sides {
		item.Participants = append(item.Participants, callParticipant{p.name, p.kind, p.state})
	}
	return encode(envelope{"CallState", item})
}

func chatBody(s *session.Session, r report) []byte {
	e := chatEvent{
		QueuePathIDs: r.queueIDs, QueuePathNames: r.queueNames, Language: r.language, SupportNumber: r.support,
		SessionType: r.sessionType, ChatID: idLiteral(vendorID(s)), State: r.state, Direction: r.direction, Initiator: r.initiator,
		Participants: make([]chatParticipant, 0, len(r.sides)),
	}
	for _, p := range r.sides {
		e.Participants = append(e.Participants, chatParticipant{p.state, p.kind, p.mediaID, p.name})
	}
	return encode(e)
}

// encode writes compact JSON with &, < and > as they are.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // of texts and checked JSON alone
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// vendorID is the contact centre's own id of the session, behind the channel in the session's key.
func vendorID(s *session.Session) string {
	return strings.TrimPrefix(s.Key, string(s.Channel)+"-")
}

// idLiteral is an id as the samples have those of queues and chats: as a number where it is one, else as text. One of more
// than 15 digits would lose some of them in a reader that keeps numbers in floating point (RFC 8259, section 6).
func idLiteral(id string) json.RawMessage {
	switch {
	case id == "":
		return nil
	case len(id) <= 15 && strings.Trim(id, "0123456789") == "" && (id == "0" || id[0] != '0'):
		return json.RawMessage(id)
	}
	return encode(id)
}

// object is raw where it is a JSON object, else nil.
func object(raw json.RawMessage) json.RawMessage {
	if raw = bytes.TrimSpace(raw); len(raw) == 0 || raw[0] != '{' || !json.Valid(raw) {
		return nil
	}
	return raw
}

// directions are seen from the contact centre (call page, "Direction").
var directions = map[session.Direction]string{session.Inbound: "incoming", session.Outbound: "outgoing"}

// pathNames are the names of a queue's path in the way of the payloads: support/orders/status.
func pathNames(path string) string { return strings.ReplaceAll(path, " / ", "/") }
