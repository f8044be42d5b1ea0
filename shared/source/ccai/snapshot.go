package ccai

import (
	"cmp"
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
	places := []payload.Place{outer}
	if item, ok := payload.ParseObject(root["item"]); ok {
		places = []payload.Place{{Path: payload.Join(en.Path, "item"), Object: item}, outer}
	}
	strict := payload.NewReader(places...)
	own := payload.NewReader(outer)
	r, notes := lenient(places)
	s := &snapshot{
		id:          own.Text("event_id"),
		at:          own.Millis("timestamp"),
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
	s.key = sessionKey(strict, s.known.Type)
	s.over = !s.endsAt.IsZero() || ended[strings.ToLower(r.Text("state", "status"))]
	size := len(en.Raw)
	s.participants, s.dispositions = participants(r, size), dispositions(r, size)
	s.transfers, s.files = transfers(r, size), files(r, s.known.Outcome == session.Voicemail, size)
	s.known.Notes = notes.Taken()
	if strict.Problem() == nil && s.key == "" {
		strict.Reject(strict.Path("call_id"), "absent, and so is chat_id; one of them must name the session")
	}
	if s.id == "" || len(s.id) > 128 {
		s.id = payload.ContentID(en)
	}
	return s, cmp.Or(strict.Problem(), own.Problem())
}

// lenient reads the same places for all that names neither the session nor the time of the notification: what of it
// cannot be read is unknown and noted, by its path within the item or the event.
func lenient(places []payload.Place) (payload.Reader, *payload.Notes) {
	var within []payload.Place
	for _, p := range places {
		within = append(within, payload.Place{Object: p.Object})
	}
	var notes payload.Notes
	return payload.Lenient(&notes, within...), &notes
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
func dispositions(r payload.Reader, size int) []session.Disposition {
	var out []session.Disposition
	for _, d := range listed(r, "dispositions", size) {
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

// enders are the words for who disconnected, without their prefix `disconnected_by_`. Their list is not public.
var enders = map[string]string{
	"agent": "agent", "end_user": "end_user", "system": "system", "virtual_agent": "system", "api": "system",
}

// whoEnded is who the platform says disconnected, else who caused the snapshot that ends the session. Once there are
// dispositions, the one who caused the snapshot is the agent who gave them.
func (s *snapshot) whoEnded() string {
	if by := enders[s.endedBy]; by != "" {
		return by
	}
	if !s.over || len(s.dispositions) > 0 || s.anyAgent(submitted) {
		return ""
	}
	switch t, _ := payload.Prefixed(s.initiator); {
	case t == session.PartyAgent:
		return "agent"
	case t == session.PartyVirtualAgent:
		return "system"
	case t == session.PartyEndUser, payload.Dialable(s.initiator) != "":
		return "end_user"
	}
	return ""
}
