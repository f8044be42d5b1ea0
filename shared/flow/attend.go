package flow

import (
	"strings"
	"time"

	"sessionbridge.internal/shared/session"
)

const (
	// attendedFor is how long after a session's end who was in it may still open its files: recordings are there only then.
	attendedFor = time.Hour
	// claimedFor is how long after the last news of a session from others an agent's page may say that the agent is in it now.
	claimedFor = 24 * time.Hour
)

// Attends says whether the files of a session are shown to the agent with the mail address, in any letter case, who need not be
// allowed to look at every session: whoever is in it, and, for an hour, who was in it when it ended. Who left before has
// nothing to do with what is sent since.
//
// What an agent's own page tells of that agent proves nothing: see credible.
func Attends(s session.Session, email string, now time.Time) bool {
	if email == "" || !s.EndedAt.IsZero() && now.After(s.EndedAt.Add(attendedFor)) {
		return false
	}
	for _, a := range s.Agents {
		stayed := a.LeftAt.IsZero() || !s.EndedAt.IsZero() && !a.LeftAt.Before(s.EndedAt)
		if stayed && strings.EqualFold(a.Email, email) {
			return credible(&s, email)
		}
	}
	return false
}

// credible says whether it is to be believed that the agent is in the session: a server names the address, or a page did while
// the session went on, by our own clock, and within a day of what others told of it. So nobody joins an old session by its
// number. Who says so of a session that is going on is believed, since a page is often the first to know.
func credible(s *session.Session, email string) bool {
	var claimed time.Time // the first time
	for _, e := range known(s) {
		if !mentions(e, email) {
			continue
		}
		if e.ToldBy == "" {
			return true
		}
		if claimed.IsZero() || e.ReceivedAt.Before(claimed) {
			claimed = e.ReceivedAt
		}
	}
	if claimed.IsZero() || !s.EndedAt.IsZero() && claimed.After(s.EndedAt) {
		return claimed.IsZero()
	}
	last := lastNews(s, email, claimed)
	return last.IsZero() || claimed.Before(last.Add(claimedFor))
}

// lastNews is when the last that others than the agent told of the session had been received by the given time; zero: nothing. What
// the CRM tells does not count: a record is in use for years.
func lastNews(s *session.Session, email string, by time.Time) (last time.Time) {
	for _, e := range known(s) {
		others := e.Kind != session.RecordChanged && !strings.EqualFold(e.ToldBy, email)
		if at := e.ReceivedAt; others && !at.After(by) && at.After(last) {
			last = at
		}
	}
	return last
}

// known are all events of the session.
func known(s *session.Session) (all []*session.Event) {
	for i := range s.Events {
		all = append(all, &s.Events[i])
	}
	for i := range s.Attached {
		for j := range s.Attached[i].Events {
			all = append(all, &s.Attached[i].Events[j])
		}
	}
	return all
}

// mentions says whether the event tells of the agent with the address. Some sources give it as a participant's name.
func mentions(e *session.Event, email string) bool {
	if e.Agent != nil && strings.EqualFold(e.Agent.Email, email) || e.Party != nil && strings.EqualFold(e.Party.Name, email) {
		return true
	}
	for _, p := range e.Parties {
		if strings.EqualFold(p.Name, email) {
			return true
		}
	}
	return false
}
