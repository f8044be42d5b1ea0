package session

import (
	"slices"
	"time"
)

// talkSeconds is how long the customer and an agent were connected, holds included. Where the source counts legs, it is
// the time that is covered by those in which the customer talks, each from its connection for as long as the source says;
// else it runs from the connection to the end.
func (s *Session) talkSeconds(t times) *int {
	var talks []Interval
	unplaced := 0 // seconds of talk at an unknown time
	counted := false
	for i := range s.Legs {
		l := &s.Legs[i]
		if l.aside() || l.TalkSeconds == nil || !l.sided() {
			continue
		}
		counted = true
		if l.ConnectedAt.IsZero() {
			unplaced += max(*l.TalkSeconds, 0)
			continue
		}
		talks = append(talks, Interval{l.ConnectedAt, l.ConnectedAt.Add(time.Duration(*l.TalkSeconds) * time.Second)})
	}
	if !counted {
		return seconds(t.connected, t.talkedUntil())
	}
	n := int(covered(talks)/time.Second) + unplaced
	return &n
}

// covered is the time that at least one of the intervals covers.
func covered(intervals []Interval) time.Duration {
	slices.SortFunc(intervals, func(a, b Interval) int { return a.From.Compare(b.From) })
	var sum time.Duration
	var until time.Time
	for _, i := range intervals {
		if from := later(i.From, until); i.To.After(from) {
			sum += i.To.Sub(from)
			until = i.To
		}
	}
	return sum
}

// holds are the intervals in which the customer was on hold. Where events list who is there, the customer's own state
// tells, so that a third party on hold is no hold of the customer; else the kinds of events do. A talk, a conference and
// an end close a hold that nobody closed.
func holds(events []*Event, ended time.Time) []Interval {
	var w switched
	for _, e := range events {
		state, listed := customerIn(e.Parties)
		switch {
		case listed:
			w.turn(e.At, state == OnHold)
		case len(e.Parties) > 0:
		case e.Kind == Held:
			w.turn(e.At, true)
		case e.Kind == Resumed, e.Kind == Connected, e.Kind == Conferenced, e.Kind == Ended:
			w.turn(e.At, false)
		}
	}
	return w.until(ended)
}

func customerIn(parties []Party) (Presence, bool) {
	for _, p := range parties {
		if p.Type == PartyEndUser {
			return p.Presence, true
		}
	}
	return "", false
}

// redactions are the intervals in which the recording paused.
func redactions(events []*Event, ended time.Time) []Interval {
	var w switched
	for _, e := range events {
		switch {
		case e.Toggle && e.Kind == Redacted:
			w.turn(e.At, !w.on)
		case e.Kind == Redacted || e.Kind == Unredacted:
			w.turn(e.At, e.Kind == Redacted)
		}
	}
	return w.until(ended)
}

// switched is something that is on or off, and when it was on.
type switched struct {
	on   bool
	past []Interval
}

func (w *switched) turn(at time.Time, on bool) {
	switch {
	case on && !w.on:
		w.past = append(w.past, Interval{From: at})
	case !on && w.on:
		w.past[len(w.past)-1].To = at
	}
	w.on = on
}

// until closes what is still on at the end, where there is one, and leaves out what began after it.
func (w *switched) until(ended time.Time) []Interval {
	if ended.IsZero() {
		return w.past
	}
	var out []Interval
	for _, i := range w.past {
		if i.From.After(ended) {
			continue
		}
		if i.To.IsZero() || i.To.After(ended) {
			i.To = ended
		}
		out = append(out, i)
	}
	return out
}

// sum is the whole seconds of the intervals that are over, nil where there is no interval at all.
func sum(intervals []Interval) *int {
	if len(intervals) == 0 {
		return nil
	}
	var d time.Duration
	for _, i := range intervals {
		if !i.To.IsZero() {
			d += i.To.Sub(i.From)
		}
	}
	n := int(d / time.Second)
	return &n
}

// queueSeconds is what the source counted, else the time from the first queue to the connection or the end.
func (s *Session) queueSeconds(t times) *int {
	n, counted := 0, false
	for i := range s.Legs {
		if l := &s.Legs[i]; l.QueueSeconds != nil && !l.aside() {
			n, counted = n+max(*l.QueueSeconds, 0), true
		}
	}
	if counted {
		return &n
	}
	return seconds(t.queued, s.served(t))
}

// served is when the waiting was over: at the connection, else at the end; zero while it goes on.
func (s *Session) served(t times) time.Time {
	if !t.connected.IsZero() {
		return t.connected
	}
	return s.EndedAt
}
