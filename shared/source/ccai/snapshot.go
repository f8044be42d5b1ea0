package ccai

import (
	"encoding/json"
	"strings"
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source"
	"sessionbridge.internal/shared/source/payload"
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

func readSnapshot(root payload.Object, en payload.Entry) (*snapshot, *source.Malformed) {
	places := []payload.Place{{Path: en.Path, Object: root}}
	if item, ok := payload.ParseObject(root["item"]); ok {
		places = []payload.Place{{Path: payload.Join(en.Path, "item"), Object: item}, {Path: en.Path, Object: root}}
	}
	r, outer := payload.NewReader(places...), payload.Place{Path: en.Path, Object: root}
	s := &snapshot{
		id:          payload.NewReader(outer).Text("event_id"),
		at:          r.Millis("timestamp"),
		sessionType: r.Text("session_type_v2", "session_type", "call_type", "chat_type"),
		createdAt:   r.Time("created_at"),
		connectedAt: r.Time("connected_at"),
		endsAt:      r.Time("ends_at"),
		queue:       path(r, "queue_path_names"),
		initiator:   r.Text("initiator"),
		endedBy:     strings.TrimPrefix(strings.ToLower(r.Text("disconnected_by")), "disconnected_by_"),
		failReason:  reason(r, "fail_reason", "nothing"),
		voicemail:   reason(r, "voicemail_reason", "not_voicemail") != "",
	}
	s.key = sessionKey(r, s.sessionType)
	s.over = !s.endsAt.IsZero() || ended[strings.ToLower(r.Text("state", "status"))]
	s.participants = participants(r)
	s.dispositions = dispositions(r)
	if r.Problem() == nil && s.key == "" {
		r.Reject(r.Path("call_id"), "absent, and so is chat_id; one of them must name the session")
	}
	if s.id == "" || len(s.id) > 128 {
		s.id = payload.ContentID(en)
	}
	return s, r.Problem()
}

// ended are the states of a session that is over. `disconnected` is the one of the external session events; the others
// are those of the session metadata (docs.cloud.google.com/contact-center/ccai-platform/docs/crm-session-metadata).
var ended = map[string]bool{"disconnected": true, "finished": true, "failed": true}

// reason reads a reason, absent where it is the word by which the platform says that there is none.
func reason(r payload.Reader, key, none string) string {
	if s := r.Text(key); !strings.EqualFold(s, none) {
		return s
	}
	return ""
}

// path reads a queue's path, which is a text with slashes or an array of names, as the names joined by " / ".
func path(r payload.Reader, key string) string {
	names := strings.Split(r.Text(key), "/")
	if raw, _ := r.Find(key); len(raw) > 0 && raw[0] == '[' {
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
	return payload.Clip(strings.Join(kept, " / "), 1_000)
}

// dispositions reads the agents' codes and notes. `custom_code_id` is the code where the platform gives no other.
func dispositions(r payload.Reader) []session.Disposition {
	var out []session.Disposition
	for _, d := range r.Objects("dispositions") {
		code := d.Text("code")
		if code == "" {
			code = d.ID("code", "custom_code_id")
		}
		known := session.Disposition{Code: code, Name: d.Text("name"), Note: d.Prose("note", "notes")}
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
	case strings.HasPrefix(s.initiator, "end_user_"), payload.Dialable(s.initiator) != "":
		return "end_user"
	}
	return ""
}
