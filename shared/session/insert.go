package session

import "slices"

// How much of a session is kept in its one document. Firestore's limit is 1 MiB a document
// (docs.cloud.google.com/firestore/quotas); the rest is for what is kept beside the events.
const (
	MaxEvents = 1_000     // events kept and folded
	MaxBytes  = 600 << 10 // their size, as Event.size tells it
)

// The reserve is what only events that end, finish or judge the session may use beyond those limits: a session that
// overflowed must still end. Half of it is for files too, which are announced last.
const (
	reserveEvents = 50
	reserveBytes  = 64 << 10
)

// insert returns the events with e among them, in the order of Compare and each ID once, and whether that changed anything;
// ok is false where there is no room. The given slice is not changed.
//
// What the CRM tells has ids of its own: whoever may tell of a record must not take an event of the contact centre away.
func insert(events []Event, e Event) (kept []Event, changed, ok bool) {
	rest := events
	if i := slices.IndexFunc(events, func(o Event) bool { return sameID(&o, &e) }); i >= 0 {
		if !precedes(e, events[i]) {
			return events, false, true
		}
		rest = slices.Delete(slices.Clone(events), i, i+1)
	}
	if !fits(rest, e) {
		return nil, false, false
	}
	i, _ := slices.BinarySearchFunc(rest, e, Compare)
	return slices.Insert(slices.Clip(rest), i, e), true, true // clipped, so that Insert copies
}

func sameID(a, b *Event) bool {
	return a.ID == b.ID && (a.Kind == RecordChanged) == (b.Kind == RecordChanged)
}

func fits(events []Event, e Event) bool {
	count, bytes := reserve(&e)
	count, bytes = MaxEvents+count, MaxBytes+bytes
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

// reserve is how much an event may use of the reserve. However many files there are, the end finds room. Less than nothing is
// what an event must leave to others.
func reserve(e *Event) (count, bytes int) {
	switch {
	case closes(e):
		return reserveEvents, reserveBytes
	case e.Kind == RecordChanged:
		return MaxEvents/recordShare - MaxEvents, MaxBytes/recordShare - MaxBytes
	case e.Kind == FileReady:
		return reserveEvents / 2, reserveBytes / 2
	}
	return 0, 0
}

// closes says whether an event ends, finishes or judges the session, or a leg of it.
func closes(e *Event) bool {
	switch e.Kind {
	case Ended, WrapUp, Finished, Dispositioned:
		return true
	}
	return e.Leg != nil && (!e.Leg.AgentSide.HangupAt.IsZero() || !e.Leg.CustomerSide.HangupAt.IsZero())
}

// bareSize is about what an event takes in JSON without its texts: names of fields, times, punctuation; partSize is the
// same of one part of it.
const (
	bareSize = 250
	partSize = 150
)

// size is about how many bytes the event takes in the session's document, where text tells it of a text.
func (e *Event) size(text func(string) int) int {
	n := bareSize + len(e.Raw)
	texts := func(all ...string) {
		for _, s := range all {
			n += text(s)
		}
	}
	texts(e.ID, e.Tenant, e.Source, e.Session, e.Type, e.Language, e.CompanyNumber, e.EndedBy, e.FailReason, e.RecordURL, e.State, e.VendorType, e.ToldBy)
	if a := e.Agent; a != nil {
		texts(a.ID, a.CustomID, a.Email, a.Name)
		n += 2 * (partSize + text(a.ID) + text(a.CustomID) + text(a.Email) + text(a.Name)) // among the agents and participants
	}
	if c := e.Customer; c != nil {
		texts(c.Name, c.Phone, c.PhoneRaw, c.Email, c.ID, c.AccountID)
	}
	if q := e.Queue; q != nil {
		texts(q.ID, q.Path, q.PathIDs)
	}
	if c := e.Campaign; c != nil {
		texts(c.ID, c.Name)
	}
	if d := e.Disposition; d != nil {
		texts(d.Code, d.Name, d.Note)
	}
	return n + 2*e.partsSize(text) // once in the event, once in what is folded from it
}

// partsSize is the size of what few events have.
func (e *Event) partsSize(text func(string) int) int {
	n := 0
	add := func(all ...string) {
		n += partSize
		for _, s := range all {
			n += text(s)
		}
	}
	if d := e.CustomData; d != nil {
		add()
		n += len(d.Signed) + len(d.Unsigned) + len(d.SIPHeaders) + len(d.VAParameters) + len(d.SessionVariables) + len(d.Predefined)
	}
	if c := e.Cobrowse; c != nil {
		add(c.ID, c.RequestedBy, c.EndedBy, c.RemoteControl, c.FullDevice)
	}
	if f := e.File; f != nil {
		add(f.ID, f.URL)
	}
	if r := e.Rating; r != nil {
		add(r.Feedback)
	}
	if r := e.Record; r != nil {
		add(r.texts()...)
	}
	if a := e.Answer; a != nil {
		add(a.Question, a.Text)
	}
	if a := e.Action; a != nil {
		add(a.ID, a.Name, string(a.State), a.Text)
	}
	if t := e.Transfer; t != nil {
		add(t.From.texts() + t.To.texts())
	}
	if v := e.VirtualAgent; v != nil {
		add(v.ID, v.Name)
	}
	if l := e.Leg; l != nil {
		add(l.ID, string(l.Kind), l.VendorKind, l.AgentID, l.Number, l.Result, l.Reason)
		n += 3 * partSize // ten times
	}
	if p := e.Party; p != nil {
		add(p.ID, p.Name, p.Number)
	}
	for _, p := range e.Parties {
		add(p.ID, p.Name, p.Number)
	}
	for _, note := range e.Notes {
		n += text(note) + len(`"",`)
	}
	return n
}

func (e End) texts() string {
	return e.AgentID + e.AgentEmail + e.CustomID + e.QueueID + e.QueuePath + e.Number
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
