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
	n := bareSize + textSize(e.ID) + textSize(e.Tenant) + textSize(e.Source) + textSize(e.Session) + textSize(e.Type) +
		textSize(e.EndedBy) + textSize(e.FailReason) + textSize(e.VendorType) + len(e.Raw)
	if a := e.Agent; a != nil {
		n += textSize(a.ID) + textSize(a.CustomID) + textSize(a.Email) + textSize(a.Name)
	}
	if c := e.Customer; c != nil {
		n += textSize(c.Name) + textSize(c.Phone) + textSize(c.PhoneRaw) + textSize(c.Email) + textSize(c.ID)
	}
	if q := e.Queue; q != nil {
		n += textSize(q.ID) + textSize(q.Path)
	}
	if c := e.Campaign; c != nil {
		n += textSize(c.ID) + textSize(c.Name)
	}
	if d := e.Disposition; d != nil {
		n += textSize(d.Code) + textSize(d.Name) + textSize(d.Note)
	}
	return n
}

// textSize is how many bytes a text takes in JSON: a control character takes six, a quote or backslash two.
func textSize(s string) int {
	n := len(s)
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ':
			n += 5
		case c == '"' || c == '\\':
			n++
		}
	}
	return n
}
