package session

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"time"
)

// Apply adds one event to its session and returns the session anew; neither argument is changed. The session may be
// zero: it then takes its name from the event.
//
// The result depends only on which events were applied, not on their order or on how often each came: the events are
// kept, sorted, and folded from the beginning each time. What bounds this is room (see MaxEvents): an arrival that finds
// the session full counts in Overflow and changes nothing else but UpdatedAt. A RecordChanged that finds no room does not even
// count.
//
// Two events with one ID are one event, unless just one of them is a RecordChanged. Where they differ, as when a source repeats a fact with a later time, the
// earlier one is kept, whichever came first; but what an agent's page tells (ToldBy) never takes the place of what a server does.
//
// A chat message only lowers FirstMessageAt, since messages are kept apart. An event of no session, or of another one,
// changes nothing. Nor does a RecordChanged to a zero session: what a CRM tells begins none.
func Apply(s Session, e Event) Session {
	s, _ = ApplyAll(s, []Event{e})
	return s
}

// ApplyAll is Apply for one event after the other, with one fold at the end. It also returns the arrivals that found the
// session full.
func ApplyAll(s Session, events []Event) (_ Session, over []Event) {
	changed := false
	for _, e := range events {
		e = tidy(e)
		if !concerns(e, s) {
			continue
		}
		s = named(s, e)
		if e.Kind == MessageSent {
			s.FirstMessageAt = earlier(s.FirstMessageAt, e.At)
			continue
		}
		if e.Kind != RecordChanged {
			s.UpdatedAt = later(s.UpdatedAt, e.At)
		}
		kept, news, ok := insert(s.Events, e)
		if !ok && e.Kind == RecordChanged {
			continue // it is in the CRM, and would make a record in use for years look like a session that lost something
		}
		if !ok { // what it says may fit where the vendor's JSON does not
			s.Overflow++
			over = append(over, e)
			e.Raw, e.CustomData = nil, nil
			reserved, _ := reserve(&e)
			if kept, news, ok = insert(s.Events, e); !ok || reserved == 0 {
				continue
			}
		}
		s.Events, changed = kept, changed || news
	}
	if changed {
		s = fold(s)
	}
	return s, over
}

// Attach replaces what one position knows to belong to the session, unless a later revision of the position spoke already.
// The session must have events of its own.
func Attach(s Session, a Attachment) Session {
	i := slices.IndexFunc(s.Attached, func(b Attachment) bool { return b.Position == a.Position })
	if i >= 0 && s.Attached[i].Revision > a.Revision || i < 0 && len(a.Events) == 0 {
		return s
	}
	s.Attached = slices.Clone(s.Attached)
	if i < 0 {
		s.Attached = append(s.Attached, a)
	} else {
		s.Attached[i] = a
	}
	slices.SortFunc(s.Attached, func(a, b Attachment) int { return strings.Compare(a.Position, b.Position) })
	return fold(s)
}

// tidy brings the event's times into the one form that survives the database, which keeps microseconds and no zone:
// events that differ in nanoseconds only would otherwise be ordered one way now and another after a reading.
func tidy(e Event) Event {
	e.ReceivedAt = e.ReceivedAt.UTC().Truncate(time.Microsecond)
	e.At = e.At.UTC().Truncate(time.Microsecond)
	if e.At.IsZero() {
		e.At = e.ReceivedAt
	}
	return e
}

func concerns(e Event, s Session) bool {
	if e.Session == "" {
		return false
	}
	return s.Key == "" && e.Kind != RecordChanged || s.Key == e.Session && s.Tenant == e.Tenant && s.Source == e.Source
}

// named gives a zero session its name. The channel is the part of the key before the first hyphen (see Key).
func named(s Session, e Event) Session {
	if s.Key != "" {
		return s
	}
	s.Key, s.Tenant, s.Source = e.Session, e.Tenant, e.Source
	if c, _, ok := strings.Cut(e.Session, "-"); ok && (Channel(c) == Call || Channel(c) == Chat) {
		s.Channel = Channel(c)
	}
	s.Status = StatusQueued
	return s
}

// precedes decides which of two events with one ID stays: a server's before a page's, then the one that happened first, then the one received first,
// then the one whose JSON is less. It is a total order on what events say, without which the result would depend on
// which came first.
func precedes(a, b Event) bool {
	if told := a.ToldBy != ""; told != (b.ToldBy != "") {
		return !told
	}
	if c := a.At.Compare(b.At); c != 0 {
		return c < 0
	}
	if c := a.ReceivedAt.Compare(b.ReceivedAt); c != 0 {
		return c < 0
	}
	if reflect.DeepEqual(a, b) { // mostly a plain repeat
		return false
	}
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Compare(x, y) < 0
}

// earlier is the earlier of two times; a zero time is unknown and gives way.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// later is the later of two times; a zero time is unknown and gives way.
func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
