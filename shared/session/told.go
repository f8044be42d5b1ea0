package session

import (
	"strings"
	"time"
)

// contradicts says whether the event, told by an agent's page, names another address than is known of its agent: an id is no
// secret, and a page may name any.
func (e *Event) contradicts(known string) bool {
	return e.ToldBy != "" && known != "" && e.Agent != nil && e.Agent.Email != "" && !strings.EqualFold(e.Agent.Email, known)
}

// withinEnd are the events without what agents' pages tell of the talk after its end, where a server told of that end: nobody comes
// in any more, and the end stays where it is. What comes after a talk, the after-work and its finish, is told by pages all
// the time. A session of which only pages tell has no such end, and neither has one that ended for one agent.
func withinEnd(events []*Event) []*Event {
	end, told := vouchedEnd(events)
	if end.IsZero() || !told {
		return events
	}
	var out []*Event
	for _, e := range events {
		switch {
		case e.ToldBy == "" || !e.At.After(end):
		case e.comes():
			continue
		case e.Kind == Ended:
			late := *e
			late.At = end
			e = &late
		}
		out = append(out, e)
	}
	return out
}

// vouchedEnd is the session's end as servers tell it, and whether pages tell of the session at all.
func vouchedEnd(events []*Event) (end time.Time, told bool) {
	var ended, finished time.Time
	for _, e := range events {
		switch {
		case e.ToldBy != "":
			told = true
		case e.Agent != nil:
		case e.Kind == Ended:
			ended = later(ended, e.At)
		case e.Kind == Finished:
			finished = later(finished, e.At)
		}
	}
	return first(ended, finished), told
}

// comes says whether the event shows somebody in the talk.
func (e *Event) comes() bool {
	switch e.Kind {
	case Started, Ringing, Connected, Held, Resumed, Muted, Unmuted, Transferred, Conferenced, ParticipantJoined:
		return true
	}
	return false
}

// address is whose position it is: as a server says, else as the page said from which something came first. Our own clock
// decides, since a page dates its events itself.
func (p Position) address() string {
	var email string
	var heard time.Time
	for i := range p.Events {
		e := &p.Events[i]
		switch {
		case e.Agent == nil || e.Agent.Email == "":
		case e.ToldBy == "":
			return e.Agent.Email
		case heard.IsZero() || e.ReceivedAt.Before(heard):
			email, heard = e.Agent.Email, e.ReceivedAt
		}
	}
	return email
}
