package session

import "slices"

// How much of a session is kept in its one document. Firestore's limit is 1 MiB a document
// (docs.cloud.google.com/firestore/quotas); the rest is for what is kept beside the events.
const (
	MaxEvents = 1_000     // events kept and folded
	MaxBytes  = 600 << 10 // their size, as Event.size tells it
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
	if len(events) >= count {
		return false
	}
	if 6*total(events, e, func(s string) int { return len(s) }) <= bytes { // no escape takes more: mostly enough to know
		return true
	}
	return total(events, e, textSize) <= bytes
}

func total(events []Event, e Event, text func(string) int) int {
	n := e.size(text)
	for i := range events {
		n += events[i].size(text)
	}
	return n
}

func closes(k Kind) bool {
	return k == Ended || k == WrapUp || k == Finished || k == Dispositioned
}

// bareSize is about what an event takes in JSON without its texts: names of fields, times, punctuation.
const bareSize = 250

// size is about how many bytes the event takes in the session's document, where text tells it of a text.
func (e *Event) size(text func(string) int) int {
	n := bareSize + text(e.ID) + text(e.Tenant) + text(e.Source) + text(e.Session) + text(e.Type) +
		text(e.EndedBy) + text(e.FailReason) + text(e.VendorType) + len(e.Raw)
	if a := e.Agent; a != nil {
		n += text(a.ID) + text(a.CustomID) + text(a.Email) + text(a.Name)
	}
	if c := e.Customer; c != nil {
		n += text(c.Name) + text(c.Phone) + text(c.PhoneRaw) + text(c.Email) + text(c.ID)
	}
	if q := e.Queue; q != nil {
		n += text(q.ID) + text(q.Path)
	}
	if c := e.Campaign; c != nil {
		n += text(c.ID) + text(c.Name)
	}
	if d := e.Disposition; d != nil {
		n += text(d.Code) + text(d.Name) + text(d.Note)
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
