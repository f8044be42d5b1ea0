package attendance

import (
	"slices"
	"time"

	"sessionbridge.internal/shared/presence"
)

// ended has an observation for each of the agent's logins on a side that a reading of all does not list any more.
func ended(a presence.Agent, side presence.Side, seen []presence.Observation, now time.Time) (out []presence.Observation) {
	for _, l := range desk(a, side).Logins {
		listed := slices.ContainsFunc(seen, func(o presence.Observation) bool { return o.Side == side && o.Login == l.ID })
		if over, _ := last(l); !listed && !over {
			out = append(out, presence.Observation{Side: side, Login: l.ID, LearntAt: now, Read: true, Ended: true})
		}
	}
	return out
}

// revived is an observation of a login that was taken to be over and is listed again, with no later time than that: it goes on now.
// A list that shifts between two of its pages misses one.
func revived(a presence.Agent, o presence.Observation) presence.Observation {
	for _, l := range desk(a, o.Side).Logins {
		if over, at := last(l); l.ID == o.Login && o.Read && !o.Ended && over && !o.At.After(at) {
			o.At = time.Time{}
		}
	}
	return o
}

// last says whether a login is over, by the last that was seen of it, and when that was.
func last(l presence.Login) (over bool, at time.Time) {
	if n := len(l.Seen); n > 0 {
		return l.Seen[n-1].Ended, l.Seen[n-1].At
	}
	return l.Base.Ended, l.Base.At
}

func desk(a presence.Agent, side presence.Side) presence.Desk {
	if side == presence.CRM {
		return a.CRM
	}
	return a.Centre
}
