package session

import "time"

// fold computes the session from its events: the name, the counters and the events are kept, all else is made anew.
func fold(s Session) Session {
	f := Session{
		Key: s.Key, Tenant: s.Tenant, Source: s.Source, Channel: s.Channel,
		UpdatedAt: s.UpdatedAt, FirstMessageAt: s.FirstMessageAt,
		Events: s.Events, Overflow: s.Overflow,
	}
	for i := range f.Events {
		f.learn(&f.Events[i])
		if f.Events[i].Kind == Unknown {
			f.UnknownEvents++
		}
	}
	t := readTimes(f.Events)
	parts := takePart(f.Events)
	over := t.over(parts)

	f.setTimes(t, over)
	f.Agents = agents(parts, f.EndedAt)
	f.Status = status(t, parts, over)
	if over {
		f.Outcome = outcome(&f, t)
	}
	return f
}

// setTimes fills the session's times and durations. Events of sources without times of their own carry the time of
// their receipt, so a late one may seem to come after the end: its time is then no later than the end, and the duration
// that would be negative is unknown.
func (s *Session) setTimes(t times, over bool) {
	if over {
		s.EndedAt, s.FinishedAt = t.ended, t.finished
	}
	s.ConnectedAt = notAfter(t.connected, s.EndedAt)
	s.StartedAt = notAfter(earlier(t.started, t.first), s.EndedAt)
	s.WaitSeconds = seconds(t.started, t.connected)
	s.TalkSeconds = seconds(t.connected, s.EndedAt)
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
