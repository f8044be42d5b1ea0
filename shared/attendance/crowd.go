package attendance

import (
	"fmt"
	"slices"
	"time"

	"sessionbridge.internal/shared/presence"
)

// forgetAfter is how long an agent is kept who is signed in nowhere.
const forgetAfter = 30 * 24 * time.Hour

// gone says whether the agent has been signed in nowhere for so long that nothing need be known any more.
func gone(a presence.Agent, now time.Time) bool {
	for _, l := range slices.Concat(a.CRM.Logins, a.Centre.Logins) {
		if e := l.Last(); !e.Ended || now.Sub(e.LearntAt) < forgetAfter {
			return false
		}
	}
	return true
}

// fitting is who is looked after, of all in order: who is known, and of the others as many as there is room for beside them.
func fitting(all []string, known map[string]presence.Agent, most int) (kept, left []string) {
	room := most - len(known)
	for _, email := range all {
		if _, ok := known[email]; !ok && room <= 0 {
			left = append(left, email)
			continue
		} else if !ok {
			room--
		}
		kept = append(kept, email)
	}
	return kept, left
}

// crowded notes at each side how many of its agents are left out.
func (t *turn) crowded(seen map[string][]presence.Observation, left []string) {
	for _, email := range left {
		for side, r := range t.reach {
			if slices.ContainsFunc(seen[email], func(o presence.Observation) bool { return o.Side == side }) {
				r.left++
				t.reach[side] = r
			}
		}
	}
}

// tooMany is what a side with agents who are left out shows.
func tooMany(left int) error {
	return fmt.Errorf("%d of its agents are not looked after: the most that a tenant can have is %d", left, MaxAgents)
}
