package metadata

import (
	"encoding/json"
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

// firstAt is when the first event happened that is one; zero when none is. A session's events are sorted by time. Those
// of consultations and of a supervisor's listening are beside the session and pass for nothing.
func firstAt(s session.Session, is func(session.Event) bool) time.Time {
	for _, e := range s.Events {
		if !aside(e.Leg) && is(e) {
			return e.At
		}
	}
	return time.Time{}
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
	if firstAt(s, func(e session.Event) bool { return e.Kind == session.Verified }).IsZero() {
		return nil
	}
	return new(true)
}
