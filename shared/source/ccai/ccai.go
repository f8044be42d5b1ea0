// Package ccai reads what Google's Contact Center AI Platform sends: the external session events, which its servers
// post to a webhook, and the agent adapter's events, which the agents' browsers forward. It exists so that nothing
// beyond it knows the platform's names and shapes. Its parent, shared/source, holds what all vendors' readers share;
// shared/session holds the events it makes.
//
// Sources of its rules: docs.cloud.google.com/contact-center/ccai-platform/docs/external-session-events for the
// webhook, and .../docs/custom-crm ("Event types") for the adapter.
//
// It reads leniently where the platform may add or move fields, and strictly where a wrong reading would name the wrong
// session or the wrong time: an id or a time that is there but unreadable rejects the event; any other field of an
// unexpected type counts as absent, and so does null. Of two equal keys in one object the last counts, as in
// JavaScript. Bytes that are not UTF-8 become U+FFFD.
package ccai

import (
	"encoding/json"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source"
)

// entry is one event within a payload.
type entry struct {
	path  string // its JSON path, empty where it is the whole payload
	index int    // its place in the payload
	raw   json.RawMessage
}

// decoder reads one entry into the events it tells of.
type decoder func(source.Receipt, entry) ([]session.Event, *source.Malformed)

// decodeAll reads each entry by itself. One that cannot be read is kept as an Unknown event beside its problem; where
// none can, the payload as a whole is malformed.
func decodeAll(receipt source.Receipt, entries []entry, decode decoder) (source.Batch, error) {
	var batch source.Batch
	for _, en := range entries {
		events, problem := decode(receipt, en)
		if problem != nil {
			batch.Rejected = append(batch.Rejected, problem)
			events = []session.Event{unknown(receipt, en)}
		}
		batch.Events = append(batch.Events, events...)
	}
	if n := len(batch.Rejected); n > 0 && n == len(entries) {
		return source.Batch{}, batch.Rejected[0]
	}
	return batch, nil
}

// unknown keeps an entry that could not be read.
func unknown(receipt source.Receipt, en entry) session.Event {
	e := newEvent(receipt, contentID(en))
	e.Kind, e.Raw = session.Unknown, en.raw
	return e
}

func newEvent(receipt source.Receipt, id string) session.Event {
	at := receipt.At.UTC()
	return session.Event{ID: id, Tenant: receipt.Tenant, Source: receipt.Source, At: at, ReceivedAt: at}
}
