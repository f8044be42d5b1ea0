package attendance

import (
	"slices"
	"strings"
	"time"

	"sessionbridge.internal/shared/presence"
)

// missed has an observation for each of the agent's logins on a side that a reading of all does not list.
func missed(a presence.Agent, side presence.Side, seen []presence.Observation, now time.Time) (out []presence.Observation) {
	for _, l := range desk(a, side).Logins {
		listed := slices.ContainsFunc(seen, func(o presence.Observation) bool { return o.Side == side && o.Login == l.ID })
		if !listed && !l.Last().Ended {
			out = append(out, presence.Observation{Side: side, Login: l.ID, LearntAt: now, Missed: true})
		}
	}
	return out
}

// silence is how long a login that is only reported goes on without an event. A desk that crashes tells of no logout.
const silence = 24 * time.Hour

// lapsed has an observation for each login of a contact centre that only reports which is over although nobody told so: one that
// was read when the contact centre was another, one of somebody who has logged in elsewhere since, and one that is silent. The latter
// two count as logged out: as of the other login, and right after the last event.
func lapsed(a presence.Agent, now time.Time) (out []presence.Observation) {
	for _, l := range a.Centre.Logins {
		last, other := l.Last(), elsewhere(a, l)
		o := presence.Observation{Side: presence.Centre, Login: l.ID, LearntAt: now, Read: true, Ended: true}
		switch {
		case last.Ended:
			continue
		case !reported(l):
		case !other.IsZero():
			o.State, o.At = LoggedOut, other
		case now.Sub(last.LearntAt) >= silence:
			o.State, o.At = LoggedOut, last.At.Add(time.Millisecond)
		default:
			continue
		}
		out = append(out, o)
	}
	return out
}

// elsewhere is when the agent logged in at another place after the last that was told of this login; zero: nowhere.
func elsewhere(a presence.Agent, l presence.Login) time.Time {
	for _, other := range a.Centre.Logins {
		for _, e := range other.Seen {
			if other.ID != l.ID && reported(other) && strings.EqualFold(e.State, LoggedIn) && e.At.After(l.Last().At) {
				return e.At
			}
		}
	}
	return time.Time{}
}

// reported says whether events tell of the login: it is named by their source and the position.
func reported(l presence.Login) bool { return strings.Contains(l.ID, "/") }

func desk(a presence.Agent, side presence.Side) presence.Desk {
	if side == presence.CRM {
		return a.CRM
	}
	return a.Centre
}
