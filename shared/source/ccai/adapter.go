package ccai

import (
	"fmt"
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source"
	"sessionbridge.internal/shared/source/payload"
)

// DecodeAdapter reads events of the agent adapter: one or an array of them, bare or in the browser's envelope (see
// payload.Envelope), as JSON or as the JSON string in which the adapter posts it. Each becomes one event. Its id and
// time are the envelope's; a bare event's id is made of its content and its place, and its time is the receipt. A bare login
// or logout is named by its time, too: an agent's next one has the very same content.
//
// Its error is a *source.Malformed, under the limits of DecodeWebhook. The events of a session must name their call or
// chat. A type that nobody mapped is kept as Unknown, with its session where it names one.
func DecodeAdapter(receipt source.Receipt, body []byte) (source.Batch, error) {
	entries, problem := payload.Entries(body, "an event {type, data}, an envelope of one")
	if problem != nil {
		return source.Batch{}, problem
	}
	return payload.Decode(receipt, entries, decodeAdapterEntry)
}

func decodeAdapterEntry(receipt source.Receipt, en payload.Entry) ([]session.Event, *source.Malformed) {
	env, problem := payload.Open(en)
	if problem != nil {
		return nil, problem
	}
	in, problem := openAdapterEvent(env)
	if problem != nil {
		return nil, problem
	}
	in.zone = receipt.Zone
	e := env.NewEvent(receipt)
	if problem := in.fill(&e); problem != nil {
		return nil, problem
	}
	if env.Bare && (e.Kind == session.AgentLogin || e.Kind == session.AgentLogout) {
		e.ID = fmt.Sprintf("%s-%d", env.ID, receipt.At.UnixMicro())
	}
	return []session.Event{e}, nil
}

// adapterEvent is one event of the adapter while it is read: the Reader reads its fields.
type adapterEvent struct {
	payload.Reader
	fields payload.Object
	name   string // its type, as sent
	rule   adapterRule
	env    payload.Envelope
	zone   *time.Location // of times that come without one
}

// openAdapterEvent finds the event's fields. They stand in `data`; the documentation's samples of the call redaction
// events have them without it, and without a type.
func openAdapterEvent(env payload.Envelope) (adapterEvent, *source.Malformed) {
	outer, ok := payload.ParseObject(env.Event)
	if !ok {
		return adapterEvent{}, payload.Malformed(env.Path, "must be an event {type, data}")
	}
	r := payload.NewReader(payload.Place{Path: env.Path, Object: outer})
	in := adapterEvent{Reader: r, fields: outer, name: r.Text("type"), env: env}
	in.rule = ruleFor(in.name, outer)
	if raw, path := r.Find("data"); raw != nil {
		data, problem := payload.Inner(raw, path)
		if problem != nil && in.rule.kind != "" {
			return adapterEvent{}, problem
		}
		in.Reader, in.fields = payload.NewReader(payload.Place{Path: path, Object: data}), data
	}
	return in, nil
}

// fill reads the fields into the event.
func (in adapterEvent) fill(e *session.Event) *source.Malformed {
	e.VendorType, e.Kind = in.name, session.Unknown
	in.readShared(e)
	if in.rule.kind == "" {
		return in.unmapped(e)
	}
	if in.Problem() == nil && e.Session == "" && !in.rule.sessionless {
		in.Reject(in.Path("call_id"), "absent, and so is chat_id; one of them must name the session")
	}
	e.Kind = in.rule.kind
	if in.rule.read != nil {
		in.rule.read(in, e)
	}
	return in.Problem()
}

// unmapped accepts any event that has a type, whatever its fields hold, and one without a type that names its session.
func (in adapterEvent) unmapped(e *session.Event) *source.Malformed {
	if in.name == "" && e.Session == "" {
		path := payload.Join(in.env.Path, "type")
		return payload.Malformed(path, "absent, and so are call_id and chat_id; must be an event {type, data}")
	}
	return nil
}
