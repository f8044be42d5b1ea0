package ccai

import (
	"encoding/json"
	"strings"
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source"
)

// snapshot is what one notification says about its session. The documentation does not say for each field whether it
// stands in the event or in its `item`: both are read, and the item goes first.
type snapshot struct {
	id          string    // event_id, else by content
	at          time.Time // timestamp; zero where it is absent
	key         string
	sessionType string
	createdAt   time.Time
	connectedAt time.Time // when the session connected, which is when it began: step 1 says connected already
	endsAt      time.Time
	over        bool
	queue       string
	initiator   string
	endedBy     string
	failReason  string
	voicemail   bool

	participants []participant
	dispositions []session.Disposition
}

func readSnapshot(root object, en entry) (*snapshot, *source.Malformed) {
	places := []place{{en.path, root}}
	if item, ok := parseObject(root["item"]); ok {
		places = []place{{join(en.path, "item"), item}, {en.path, root}}
	}
	r, outer := newReader(places...), place{en.path, root}
	s := &snapshot{
		id:          newReader(outer).text("event_id"),
		at:          r.millis("timestamp"),
		sessionType: r.text("session_type_v2", "session_type", "call_type", "chat_type"),
		createdAt:   r.time("created_at"),
		connectedAt: r.time("connected_at"),
		endsAt:      r.time("ends_at"),
		queue:       r.path("queue_path_names"),
		initiator:   r.text("initiator"),
		endedBy:     strings.TrimPrefix(strings.ToLower(r.text("disconnected_by")), "disconnected_by_"),
		failReason:  r.reason("fail_reason", "nothing"),
		voicemail:   r.reason("voicemail_reason", "not_voicemail") != "",
	}
	s.key = r.sessionKey(s.sessionType)
	s.over = !s.endsAt.IsZero() || ended[strings.ToLower(r.text("state", "status"))]
	s.participants = r.participants()
	s.dispositions = r.dispositions()
	if *r.problem == nil && s.key == "" {
		r.reject(join(places[0].path, "call_id"), "absent, and so is chat_id; one of them must name the session")
	}
	if s.id == "" || len(s.id) > maxID {
		s.id = contentID(en)
	}
	return s, *r.problem
}

// ended are the states of a session that is over. `disconnected` is the one of the external session events; the others
// are those of the session metadata (docs.cloud.google.com/contact-center/ccai-platform/docs/crm-session-metadata).
var ended = map[string]bool{"disconnected": true, "finished": true, "failed": true}

// reason reads a reason, absent where it is the word by which the platform says that there is none.
func (r reader) reason(key, none string) string {
	if s := r.text(key); !strings.EqualFold(s, none) {
		return s
	}
	return ""
}

// path reads a queue's path, which is a text with slashes or an array of names, as the names joined by " / ".
func (r reader) path(key string) string {
	names := strings.Split(r.text(key), "/")
	if raw, _ := r.find(key); len(raw) > 0 && raw[0] == '[' {
		if json.Unmarshal(raw, &names) != nil {
			return ""
		}
	}
	var kept []string
	for _, n := range names {
		if n = strings.TrimSpace(n); n != "" {
			kept = append(kept, n)
		}
	}
	return clip(strings.Join(kept, " / "), maxText)
}

// dispositions reads the agents' codes and notes. `custom_code_id` is the code where the platform gives no other.
func (r reader) dispositions() []session.Disposition {
	var out []session.Disposition
	for _, d := range r.objects("dispositions") {
		code := d.text("code")
		if code == "" {
			code = d.id("code", "custom_code_id")
		}
		known := session.Disposition{Code: code, Name: d.text("name"), Note: d.prose("note", "notes")}
		if known != (session.Disposition{}) {
			out = append(out, known)
		}
	}
	return out
}

// whole is the notification as one event: it carries what the snapshot knows of the session, and the payload as it came.
func (s *snapshot) whole(base session.Event, raw json.RawMessage) session.Event {
	e := base
	e.Kind, e.VendorType, e.Raw = session.Snapshot, "external_session_event", raw
	e.Type, e.Direction = s.sessionType, direction(s.sessionType)
	e.Customer = s.customer()
	e.FailReason, e.EndedBy = s.failReason, s.whoEnded()
	if s.queue != "" {
		e.Queue = &session.Queue{Path: s.queue}
	}
	if s.voicemail {
		e.Outcome = session.Voicemail
	}
	if n := len(s.dispositions); n > 0 {
		e.Disposition = &s.dispositions[n-1]
	}
	return e
}

// whoEnded is who the platform says disconnected, else who caused the snapshot that ends the session. Once there are
// dispositions, the one who caused the snapshot is the agent who gave them.
func (s *snapshot) whoEnded() string {
	if s.endedBy != "" && s.endedBy != "unknown" {
		return s.endedBy
	}
	if !s.over || len(s.dispositions) > 0 || s.anyAgent(submitted) {
		return ""
	}
	switch {
	case strings.HasPrefix(s.initiator, "agent_"):
		return "agent"
	case strings.HasPrefix(s.initiator, "virtual_agent_"):
		return "system"
	case strings.HasPrefix(s.initiator, "end_user_"), dialable(s.initiator) != "":
		return "end_user"
	}
	return ""
}
