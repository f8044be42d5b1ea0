package ccai

import (
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source"
	"sessionbridge.internal/shared/source/payload"
)

// DecodeWebhook reads a payload of external session events, `{"count": n, "events": […]}`; an array of events or a
// single one is read too. Each event is a snapshot of its session and becomes one event of kind Snapshot, under the
// platform's event_id and with the payload's own JSON, and one event per fact that it shows, under an id made of the
// session and the fact: what later snapshots repeat is then the same event (see facts).
//
// Its error is a *source.Malformed: the body is no JSON, of the wrong shape, or beyond the limits (1 MiB, 1,000 events,
// 40 levels), or no entry could be read. An entry without call_id and chat_id cannot.
func DecodeWebhook(receipt source.Receipt, body []byte) (source.Batch, error) {
	body, problem := payload.Check(body)
	if problem != nil {
		return source.Batch{}, problem
	}
	entries, problem := notifications(body)
	if problem != nil {
		return source.Batch{}, problem
	}
	batch, err := payload.Decode(receipt, entries, decodeNotification)
	for i := range batch.Events {
		batch.Events[i].Raw = withoutCredentials(batch.Events[i].Raw)
	}
	return batch, err
}

// notifications splits a payload; `count` is not needed and not read.
func notifications(body []byte) ([]payload.Entry, *source.Malformed) {
	if body[0] == '[' {
		return payload.Elements(body, "")
	}
	root, ok := payload.ParseObject(body)
	if !ok {
		return nil, payload.Malformed("", "must be an object {count, events} or an array of events")
	}
	events, there := root["events"]
	if !there {
		return []payload.Entry{{Raw: body}}, nil
	}
	if events[0] != '[' {
		return nil, payload.Malformed("events", "must be an array of events")
	}
	return payload.Elements(events, "events")
}

func decodeNotification(receipt source.Receipt, en payload.Entry) ([]session.Event, *source.Malformed) {
	root, ok := payload.ParseObject(en.Raw)
	if !ok {
		return nil, payload.Malformed(en.Path, "must be an object with event_id, timestamp and item")
	}
	s, problem := readSnapshot(root, en)
	if problem != nil {
		return nil, problem
	}
	base := payload.NewEvent(receipt, s.id)
	base.Session = s.key
	if !s.at.IsZero() {
		base.At = s.at
	}
	events := make([]session.Event, 1, 6+2*len(s.participants)+len(s.dispositions)+len(s.transfers)+len(s.files))
	events[0] = s.whole(base, en.Raw)
	return s.facts(events, base), nil
}
