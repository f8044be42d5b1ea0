package presence

import "time"

// echoes has the write that each observation is the echo of, nil for one of none. Echoes come in the order of the writes,
// each write has one at most, and most have one: so it is the assignment that keeps the order and leaves the fewest writes
// without, of several such the one in which times differ least. Taking each write's nearest would do only while clocks are
// right: off by a minute, the echo of one write is nearer to another.
func (p Policy) echoes(side Side, seen []Seen, writes []Attempt) []*Attempt {
	best := make([][]fit, len(seen)+1) // for seen[i:] and writes[j:]
	best[len(seen)] = make([]fit, len(writes)+1)
	for i := len(seen) - 1; i >= 0; i-- {
		best[i] = make([]fit, len(writes)+1)
		for j := len(writes) - 1; j >= 0; j-- {
			best[i][j] = best[i+1][j].or(best[i][j+1])
			if apart, ok := writes[j].echoed(p, side, seen[i]); ok {
				best[i][j] = best[i+1][j+1].with(apart).or(best[i][j])
			}
		}
	}
	out := make([]*Attempt, len(seen))
	for i, j := 0, 0; i < len(seen) && j < len(writes); {
		switch best[i][j] {
		case best[i+1][j]:
			i++
		case best[i][j+1]:
			j++
		default:
			out[i] = &writes[j]
			i, j = i+1, j+1
		}
	}
	return out
}

// fit is how good an assignment is.
type fit struct {
	echoes int
	apart  time.Duration
}

func (f fit) with(apart time.Duration) fit { return fit{f.echoes + 1, f.apart + apart} }

func (f fit) or(g fit) fit {
	if g.echoes > f.echoes || g.echoes == f.echoes && g.apart < f.apart {
		return g
	}
	return f
}

// echoed says whether an observation may be of this write: learnt after it was sent, of its state or the one it became, and
// since about then by the side's clock or, where that is far off, by ours; and how far from the time it was under way.
func (t *Attempt) echoed(p Policy, side Side, e Seen) (apart time.Duration, ok bool) {
	if !e.LearntAt.After(t.SentAt) || t.Idle || t.Outcome == Busy || t.Outcome == Refused {
		return 0, false
	}
	if !p.same(side, e.State, t.State) && !sameName(e.State, t.Became) {
		return 0, false
	}
	over := t.AnsweredAt
	if over.IsZero() {
		over = t.SentAt.Add(underWay)
	}
	distance := func(at time.Time) time.Duration { return max(t.SentAt.Sub(at), at.Sub(over), 0) }
	apart = min(distance(e.At), distance(e.When))
	return apart, apart <= p.window()
}
