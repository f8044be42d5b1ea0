// Package kustomer reads what Kustomer, a CRM, tells of changes: the deliveries of its outbound webhooks, and the status of an
// agent as a step of a workflow reports it. It exists so that nothing beyond it knows the CRM's envelope. Its parent,
// shared/source, holds what all readers share; emulator/kustomer makes the same envelopes; shared/session says how a session
// is named there (ExternalID).
//
// Sources of its rules: developer.kustomer.com/docs/events ("The event envelope"), …/docs/events/outbound-webhooks and
// …/docs/events/delivery-and-retries: a delivery comes at least once, in no order, and is signed, which its doorway checks.
//
// It is strict about the envelope, by whose id a repeat is known, and lenient about the record in it.
package kustomer

import (
	"fmt"
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source"
	"sessionbridge.internal/shared/source/payload"
)

// Decode reads one delivery, `{"id","name","org","data","changes","createdAt"}`, or one status of an agent,
// `{"email","status","at"}`. It becomes at most one event:
//
//   - RecordChanged, of the session that the record's externalId names, for what was made or changed of a conversation or a
//     message (session.ExternalID). Its source is that session's; its id is the envelope's after "kustomer-", its time the
//     envelope's. It has no Raw: the record is in the CRM, most of what changes there was written by us, and it is full of
//     personal data.
//   - AgentState for a status, of the agent with this email.
//   - None for any other of a conversation, message, customer or user: it is about no session.
//   - Unknown for a name that nobody knows, with the name and the id alone, for the same reasons.
//
// Its error is a *source.Malformed: no JSON object, beyond the limits (1 MiB, 32 levels), an envelope without an id, a name or
// a record, or a status without its agent.
func Decode(receipt source.Receipt, body []byte) (source.Batch, error) {
	body, problem := payload.Check(body)
	if problem != nil {
		return source.Batch{}, problem
	}
	return payload.Decode(receipt, []payload.Entry{{Raw: body}}, read)
}

func read(receipt source.Receipt, en payload.Entry) ([]session.Event, *source.Malformed) {
	o, ok := payload.ParseObject(en.Raw)
	if !ok {
		return nil, payload.Malformed("", "must be one event, an object with id, name and data, or a status with email and status")
	}
	r := payload.NewReader(payload.Place{Object: o})
	e := payload.NewEvent(receipt, "")
	if o["email"] != nil && o["name"] == nil {
		e.Raw = en.Raw
		readStatus(&e, r, en)
	} else {
		readEnvelope(&e, r)
	}
	if problem := r.Problem(); problem != nil {
		return nil, problem
	}
	if e.Kind == session.Unknown && isKnown(e.VendorType) {
		return nil, nil
	}
	return []session.Event{e}, nil
}

// readStatus reads what a workflow's REST step tells of an agent. The shape is ours, since work sessions are no domain to
// subscribe to. Without a time, the same status may come twice and mean two things, so the receipt's tells them apart.
func readStatus(e *session.Event, r payload.Reader, en payload.Entry) {
	e.Kind, e.VendorType = session.AgentState, "status"
	e.Agent = &session.Agent{Email: r.Text("email")}
	if e.State = r.Text("status"); e.State == "" || e.Agent.Email == "" {
		r.Reject("status", "absent, or no text, or email is; both must say whose status it is and which")
	}
	e.ID = fmt.Sprintf("%s-%d", payload.ContentID(en), e.ReceivedAt.UnixMicro())
	if at := r.Time("at"); !at.IsZero() {
		e.At = at
		e.ID = "status-" + payload.ShortHash(e.Agent.Email, e.State, at.Format(time.RFC3339Nano))
	}
}

// readEnvelope reads a delivery.
func readEnvelope(e *session.Event, r payload.Reader) {
	e.Kind, e.ID, e.VendorType = session.Unknown, r.ID("id"), r.Text("name")
	if at := r.Time("createdAt"); !at.IsZero() {
		e.At = at
	}
	if e.ID == "" {
		r.Reject("id", "absent; must be the event's id, by which a repeat is known")
	}
	if e.VendorType == "" {
		r.Reject("name", "absent; must be the name of the event, such as kustomer.conversation.update")
	}
	records := r.Objects("data")
	if len(records) != 1 {
		r.Reject("data", "absent, or not one object; must be the record")
		return
	}
	readRecord(e, r, records[0])
}
