package session

import (
	"slices"
	"time"
)

// sharedScreens are the screens that were shared, in the order they began. One that was never seen to end ended with its
// session.
func sharedScreens(events []*Event, ended time.Time) []SharedScreen {
	var out []SharedScreen
	for _, e := range events {
		c := e.Cobrowse
		if c == nil {
			continue
		}
		i := slices.IndexFunc(out, func(s SharedScreen) bool { return s.ID == c.ID })
		if i < 0 {
			i = len(out)
			out = append(out, SharedScreen{ID: c.ID})
		}
		out[i].learn(c, e.At)
	}
	for i := range out {
		out[i].EndedAt = notAfter(first(out[i].EndedAt, ended), ended)
		out[i].StartedAt = notAfter(out[i].StartedAt, out[i].EndedAt)
	}
	return out
}

func (s *SharedScreen) learn(c *Sharing, at time.Time) {
	if c.Phase == SharingStarted {
		s.StartedAt = earlier(s.StartedAt, at)
	}
	if c.Phase == SharingEnded {
		s.EndedAt = earlier(s.EndedAt, at)
	}
	set(&s.RequestedBy, c.RequestedBy)
	set(&s.EndedBy, c.EndedBy)
	set(&s.RemoteControl, c.RemoteControl)
	set(&s.FullDevice, c.FullDevice)
}
