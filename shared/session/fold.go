package session

import (
	"slices"
	"time"
)

// fold computes the session from its events: the name, the counters and the events are kept, all else is made anew.
func fold(s Session) Session {
	f := Session{
		Key: s.Key, Tenant: s.Tenant, Source: s.Source, Channel: s.Channel,
		UpdatedAt: s.UpdatedAt, FirstMessageAt: s.FirstMessageAt,
		Events: s.Events, Attached: s.Attached, Overflow: s.Overflow,
	}
	for i := range f.Events {
		if f.Events[i].Kind == Unknown {
			f.UnknownEvents++
		}
	}
	all := f.all()
	events := withinEnd(heard(all))
	for _, e := range events {
		f.learn(e)
	}
	f.Legs = foldLegs(all, f.Direction)
	t := readTimes(events, f.Legs)
	cast := takePart(events, f.Legs)
	over := t.over(cast)

	f.setTimes(t, cast, over)
	f.setDurations(t, events)
	f.Agents = cast.agents(t, f.EndedAt)
	f.Participants = cast.participants(&f)
	f.Transfers = cast.transfers
	f.Cobrowse = sharedScreens(events, f.EndedAt)
	f.Redactions = redactions(events, f.EndedAt)
	f.Status = status(t, cast, over, f.Direction)
	if over {
		f.Outcome = outcome(&f, t)
	}
	return f
}

// all are the session's events and those that were attached to it, in one order.
func (s *Session) all() []*Event {
	out := make([]*Event, 0, len(s.Events))
	for i := range s.Events {
		out = append(out, &s.Events[i])
	}
	for i := range s.Attached {
		for j := range s.Attached[i].Events {
			out = append(out, &s.Attached[i].Events[j])
		}
	}
	if len(s.Attached) > 0 {
		slices.SortFunc(out, func(a, b *Event) int { return Compare(*a, *b) })
	}
	return out
}

// setTimes fills the session's times. Events of sources without times of their own carry the time of their receipt, so a
// late one may seem to come after the end: its time is then no later than the end. Where the end itself was never
// reported, it is no later than what comes after it.
func (s *Session) setTimes(t times, c cast, over bool) {
	if over {
		s.EndedAt = first(t.ended, t.wrapUp, t.finished)
	}
	if over && t.isFinished(c) {
		s.FinishedAt = t.finished
	}
	s.ConnectedAt = notAfter(t.connected, s.EndedAt)
	s.StartedAt = notAfter(earlier(t.started, t.first), s.EndedAt)
}

// setDurations fills the durations. One that would be negative is unknown.
func (s *Session) setDurations(t times, events []*Event) {
	s.WaitSeconds = seconds(t.started, s.served(t))
	s.QueueSeconds = s.queueSeconds(t)
	s.HoldSeconds = sum(holds(events, s.EndedAt))
	if s.EndedAt.IsZero() {
		return
	}
	s.TalkSeconds = s.talkSeconds(t)
	s.WrapUpSeconds = seconds(t.afterWork(s.EndedAt), s.FinishedAt)
}

// seconds is the whole seconds from one time to the other, nil where either is unknown or they are in the wrong order.
func seconds(from, to time.Time) *int {
	if from.IsZero() || to.IsZero() || to.Before(from) {
		return nil
	}
	n := int(to.Sub(from) / time.Second)
	return &n
}

func notAfter(t, limit time.Time) time.Time {
	if !limit.IsZero() && t.After(limit) {
		return limit
	}
	return t
}

// first is the first of the times that is known.
func first(times ...time.Time) time.Time {
	for _, t := range times {
		if !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}
