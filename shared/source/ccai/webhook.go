package ccai

import (
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source"
)

// DecodeWebhook reads a payload of external session events, `{"count": n, "events": […]}`; an array of events or a
// single one is read too. Each event is a snapshot of its session and becomes one event of kind Snapshot, under the
// platform's event_id and with the payload's own JSON, and one event per fact that it shows, under an id made of the
// session and the fact: what later snapshots repeat is then the same event (see facts).
//
// Its error is a *source.Malformed: the body is no JSON, of the wrong shape, or beyond the limits (1 MiB, 1,000 events,
// 32 levels), or no entry could be read. An entry without call_id and chat_id cannot.
func DecodeWebhook(receipt source.Receipt, body []byte) (source.Batch, error) {
	body, problem := check(body)
	if problem != nil {
		return source.Batch{}, problem
	}
	entries, problem := notifications(body)
	if problem != nil {
		return source.Batch{}, problem
	}
	return decodeAll(receipt, entries, decodeNotification)
}

// notifications splits a payload; `count` is not needed and not read.
func notifications(body []byte) ([]entry, *source.Malformed) {
	if body[0] == '[' {
		return elements(body, "")
	}
	root, ok := parseObject(body)
	if !ok {
		return nil, malformed("", "must be an object {count, events} or an array of events")
	}
	events, there := root["events"]
	if !there {
		return []entry{{raw: body}}, nil
	}
	if events[0] != '[' {
		return nil, malformed("events", "must be an array of events")
	}
	return elements(events, "events")
}

func decodeNotification(receipt source.Receipt, en entry) ([]session.Event, *source.Malformed) {
	root, ok := parseObject(en.raw)
	if !ok {
		return nil, malformed(en.path, "must be an object with event_id, timestamp and item")
	}
	s, problem := readSnapshot(root, en)
	if problem != nil {
		return nil, problem
	}
	base := newEvent(receipt, s.id)
	base.Session = s.key
	if !s.at.IsZero() {
		base.At = s.at
	}
	return append([]session.Event{s.whole(base, en.raw)}, s.facts(base)...), nil
}
