package session

import "slices"

// How much of a session is kept in its one document. Firestore's limit is 1 MiB a document
// (docs.cloud.google.com/firestore/quotas); the rest is for what is kept beside the events.
const (
	MaxEvents = 1_000     // events kept and folded
	MaxBytes  = 600 << 10 // their size, as Event.size estimates it
)

// The reserve is what only events that end, finish or judge the session may use beyond those limits: a session that
// overflowed must still end.
const (
	reserveEvents = 50
	reserveBytes  = 64 << 10
)

// insert returns the events with e among them, in the order of Compare and each ID once, or false where there is no
// room. The given slice is not changed.
func insert(events []Event, e Event) ([]Event, bool) {
	rest := events
	if i := slices.IndexFunc(events, func(o Event) bool { return o.ID == e.ID }); i >= 0 {
		if !precedes(e, events[i]) {
			return events, true
		}
		rest = slices.Delete(slices.Clone(events), i, i+1)
	}
	if !fits(rest, e) {
		return nil, false
	}
	i, _ := slices.BinarySearchFunc(rest, e, Compare)
	return slices.Insert(slices.Clip(rest), i, e), true // clipped, so that Insert copies
}

func fits(events []Event, e Event) bool {
	count, bytes := MaxEvents, MaxBytes
	if closes(e.Kind) {
		count, bytes = count+reserveEvents, bytes+reserveBytes
	}
	size := e.size()
	for i := range events {
		size += events[i].size()
	}
	return len(events) < count && size <= bytes
}

func closes(k Kind) bool {
	return k == Ended || k == WrapUp || k == Finished || k == Dispositioned
}

// bareSize is about what an event takes in JSON without its texts: names of fields, times, punctuation.
const bareSize = 250

// size is about how many bytes the event takes in the session's document.
func (e *Event) size() int {
	n := bareSize + len(e.ID) + len(e.Tenant) + len(e.Source) + len(e.Session) + len(e.Type) +
		len(e.EndedBy) + len(e.FailReason) + len(e.VendorType) + len(e.Raw)
	if a := e.Agent; a != nil {
		n += len(a.ID) + len(a.CustomID) + len(a.Email) + len(a.Name)
	}
	if c := e.Customer; c != nil {
		n += len(c.Name) + len(c.Phone) + len(c.PhoneRaw) + len(c.Email) + len(c.ID)
	}
	if q := e.Queue; q != nil {
		n += len(q.ID) + len(q.Path)
	}
	if c := e.Campaign; c != nil {
		n += len(c.ID) + len(c.Name)
	}
	if d := e.Disposition; d != nil {
		n += len(d.Code) + len(d.Name) + len(d.Note)
	}
	return n
}
