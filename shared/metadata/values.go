package metadata

import (
	"encoding/json"
	"iter"
	"slices"
	"strings"
	"time"

	"sessionbridge.internal/shared/session"
)

// text is null for the empty string: what is unknown is never written as "".
func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// stamp writes a time as the platform's samples do, `2018-06-07T19:49:52.896Z`; the zero time never happened: null.
func stamp(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	return new(t.UTC().Format("2006-01-02T15:04:05.000Z"))
}

// number is a vendor's identifier: a JSON integer where it is one, a string where it is not, null where there is none.
func number(id string) any {
	switch {
	case id == "":
		return nil
	case isInteger(id):
		return json.Number(id)
	}
	return id
}

// isInteger holds for what every JSON reader gives back unchanged: no sign, no leading zero, and short enough for the
// 53 bits of a double (RFC 8259, section 6).
func isInteger(id string) bool {
	if len(id) > 15 || (id[0] == '0' && id != "0") {
		return false
	}
	return strings.Trim(id, "0123456789") == ""
}

// firstAt is when the first event happened that is one; zero when none is. Those of consultations and of a supervisor's
// listening are beside the session and pass for nothing.
func firstAt(s session.Session, is func(session.Event) bool) (at time.Time) {
	for e := range events(s) {
		if !aside(e.Leg) && is(e) && (at.IsZero() || e.At.Before(at)) {
			at = e.At
		}
	}
	return at
}

// events are the session's own, and those of agents' places of work that belong to it after all.
func events(s session.Session) iter.Seq[session.Event] {
	return func(yield func(session.Event) bool) {
		for _, e := range s.Events {
			if !yield(e) {
				return
			}
		}
		for _, a := range s.Attached {
			for _, e := range a.Events {
				if !yield(e) {
					return
				}
			}
		}
	}
}

// updatedAt is the time of the latest fact: of what happened, of its becoming known, which for a late event is later, and
// of what the CRM made of it. A message is no event of the session's; of the messages the document has the first one's time.
func updatedAt(s session.Session, crm CRM) time.Time {
	latest := s.UpdatedAt
	for _, t := range []time.Time{s.FirstMessageAt, s.EndedAt, s.FinishedAt, crm.At} {
		latest = later(latest, t)
	}
	for e := range events(s) {
		latest = later(later(latest, e.At), e.ReceivedAt)
	}
	return latest
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func aside(l *session.Leg) bool {
	return l != nil && (l.Kind == session.ConsultLeg || l.Kind == session.ListeningLeg)
}

// queued holds for the event that put the session into a queue.
func queued(e session.Event) bool {
	return e.Kind == session.MenuSelected || (e.Kind == session.Ringing && !hasAgent(e))
}

// assigned holds for the event that gave the session to an agent.
func assigned(e session.Event) bool {
	return hasAgent(e) && (e.Kind == session.Ringing || e.Kind == session.Connected)
}

// hasAgent says whether the event is an agent's, or lists one among those who are there.
func hasAgent(e session.Event) bool {
	isAgent := func(p session.Party) bool { return p.Type == session.PartyAgent }
	return e.Agent != nil || slices.ContainsFunc(e.Parties, isAgent)
}

// verified is true or null: that no event says so does not mean the customer failed a verification.
func verified(s session.Session) *bool {
	if !s.Verified {
		return nil
	}
	return new(true)
}
