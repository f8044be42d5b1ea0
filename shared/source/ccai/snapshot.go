package ccai

import (
	"encoding/json"
	"strings"
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source"
	"sessionbridge.internal/shared/source/payload"
)

// snapshot is what one notification says about its session.
type snapshot struct {
	id          string    // event_id, else by content
	at          time.Time // timestamp; zero where it is absent
	key         string
	createdAt   time.Time
	connectedAt time.Time // when the session connected, which is when it began: step 1 says connected already
	endsAt      time.Time
	over        bool
	initiator   string
	endedBy     string
	deflected   bool
	verified    bool

	// known is what the session's own fields say, in the form in which an event carries it.
	known        session.Event
	customerID   string
	participants []participant
	dispositions []session.Disposition
	transfers    []transfer
	files        []session.File
}

// readSnapshot reads a notification. The documentation does not say for each field whether it stands in the event or in
// its `item`: both are read, and the item goes first. The item is enriched as the session goes on, with which fields is
// not documented: those of the session metadata are read
// (docs.cloud.google.com/contact-center/ccai-platform/docs/call-session-metadata and .../chat-session-metadata).
func readSnapshot(root payload.Object, en payload.Entry) (*snapshot, *source.Malformed) {
	outer := payload.Place{Path: en.Path, Object: root}
	r := payload.NewReader(outer)
	if item, ok := payload.ParseObject(root["item"]); ok {
		r = payload.NewReader(payload.Place{Path: payload.Join(en.Path, "item"), Object: item}, outer)
	}
	s := &snapshot{
		id:          payload.NewReader(outer).Text("event_id"),
		at:          r.Millis("timestamp"),
		createdAt:   r.Time("created_at"),
		connectedAt: r.Time("connected_at"),
		endsAt:      r.Time("ends_at"),
		initiator:   r.Text("initiator"),
		endedBy:     strings.TrimPrefix(strings.ToLower(r.Text("disconnected_by")), "disconnected_by_"),
		deflected:   reason(r, "deflection", "no_deflection") != "",
		known:       readKnown(r),
		customerID:  customerID(r),
	}
	verified, _ := r.Find("verified")
	s.verified = string(verified) == "true"
	s.key = sessionKey(r, s.known.Type)
	s.over = !s.endsAt.IsZero() || ended[strings.ToLower(r.Text("state", "status"))]
	s.participants, s.dispositions = participants(r), dispositions(r)
	s.transfers, s.files = transfers(r, len(en.Raw)), files(r, s.known.Outcome == session.Voicemail, len(en.Raw))
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
var ended = map[string]bool{"disconnected": true, "finished": true, "failed": true, "recovered": true, "deflected": true}

// readKnown reads the fields that an event carries as they are.
func readKnown(r payload.Reader) session.Event {
	e := session.Event{
		Type:         r.Text("session_type_v2", "session_type", "call_type", "chat_type"),
		Language:     r.Text("lang"),
		Queue:        orNil(queue(r)),
		Campaign:     campaign(r),
		VirtualAgent: bot(r),
		CustomData:   customData(r),
		Rating:       rating(r),
		FailReason:   reason(r, "fail_reason", "nothing"),
	}
	e.Direction = direction(e.Type)
	e.CompanyNumber = companyNumber(r, e.Direction)
	if reason(r, "voicemail_reason", "not_voicemail") != "" {
		e.Outcome = session.Voicemail
	}
	return e
}

// reason reads a reason, absent where it is the word by which the platform says that there is none.
func reason(r payload.Reader, key, none string) string {
	if s := r.Text(key); !strings.EqualFold(s, none) {
		return s
	}
	return ""
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
	e := s.known
	e.ID, e.Tenant, e.Source, e.Session, e.At, e.ReceivedAt = base.ID, base.Tenant, base.Source, base.Session, base.At, base.ReceivedAt
	e.Kind, e.VendorType, e.Raw = session.Snapshot, "external_session_event", raw
	e.Customer, e.EndedBy = s.customer(), s.whoEnded()
	if e.VirtualAgent == nil {
		e.VirtualAgent = s.bot()
	}
	// A deflection is no outcome before the end: a session that was sent elsewhere may still come to an agent.
	if e.Outcome == "" && s.over && s.deflected && !s.answered() {
		e.Outcome = session.Deflected
	}
	if n := len(s.dispositions); n > 0 {
		e.Disposition = &s.dispositions[n-1]
	}
	return e
}

// whoEnded is who the platform says disconnected, else who caused the snapshot that ends the session. Once there are
// dispositions, the one who caused the snapshot is the agent who gave them.
func (s *snapshot) whoEnded() string {
	switch s.endedBy {
	case "", "unknown":
	case "virtual_agent":
		return "system"
	default:
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
