package agentdesktop

import (
	"strings"

	"sessionbridge.internal/shared/source"
	"sessionbridge.internal/shared/source/payload"
)

// vendorEvent reads the fields of one event, wherever they stand in it.
type vendorEvent struct {
	payload.Reader
	hidden *source.Malformed // why the contact beside the event's name could not be read
}

// maxInner is how deep the contact may stand: the callback's pair holds the event, which holds the contact.
const maxInner = 2

// open finds the event's fields. The callback gets its event with all properties at the top; pages forward it so, or
// split into {event, data} or {event, contact}, or as the pair of the callback's arguments, {jQuery_eventType, data}. The
// SDK hands out its data as a string, older ones as an object too, so each may be either. The innermost goes first.
func open(env payload.Envelope) (vendorEvent, *source.Malformed) {
	outer, ok := payload.ParseObject(env.Event)
	if !ok {
		return vendorEvent{}, payload.Malformed(env.Path, "must be an event {event, id, uuid, …}")
	}
	var v vendorEvent
	places := []payload.Place{{Path: env.Path, Object: outer}}
	for range maxInner {
		inner, problem := within(places[0])
		if problem != nil {
			v.hidden = problem
		}
		if inner.Object == nil {
			break
		}
		places = append([]payload.Place{inner}, places...)
	}
	v.Reader = payload.NewReader(places...)
	return v, nil
}

// within is the first object that a place holds under a name events and contacts travel under, or why what stands there
// is none.
func within(outer payload.Place) (payload.Place, *source.Malformed) {
	var first *source.Malformed
	r := payload.NewReader(outer)
	for _, key := range []string{"data", "contact"} {
		raw, path := r.Find(key)
		if raw == nil {
			continue
		}
		o, problem := payload.Inner(raw, path)
		if problem == nil {
			return payload.Place{Path: path, Object: o}, nil
		}
		if first == nil {
			first = problem
		}
	}
	return payload.Place{}, first
}

// says compares one of the vendor's words, in any letter case.
func (v vendorEvent) says(key, word string) bool { return strings.EqualFold(v.Text(key), word) }
