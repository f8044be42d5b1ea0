package presence

import (
	"cmp"
	"slices"
	"time"
)

// Write is a state to be written.
type Write struct {
	Email string // whose
	Side  Side
	Login string // the CRM's work session or the contact centre's agent id
	State string
	// Carries is the time of the change it takes over, by the clock of the side where that was chosen.
	Carries time.Time
}

// Outcome is what became of a write.
type Outcome string

// The outcomes. A write has none while it is under way.
const (
	Done    Outcome = "done"
	Busy    Outcome = "busy"    // refused because of a system state
	Refused Outcome = "refused" // refused for another reason
	Lost    Outcome = "lost"    // nobody knows
)

// Attempt is one write of ours.
type Attempt struct {
	Login      string    `json:"login"`
	State      string    `json:"state"`
	Carries    time.Time `json:"carries,omitzero"`
	SentAt     time.Time `json:"sent_at"`
	AnsweredAt time.Time `json:"answered_at,omitzero"`
	Outcome    Outcome   `json:"outcome,omitempty"`
	Became     string    `json:"became,omitempty"` // the state after it, as the answer names it
	Idle       bool      `json:"idle,omitempty"`   // it changed nothing, so it has no echo
	Tries      int       `json:"tries"`            // how many in a row for this state, without success
}

// How writes are paced.
const (
	underWay    = time.Minute // after which a write without an answer is lost
	firstPause  = 30 * time.Second
	longestWait = 15 * time.Minute
	calm        = 5 * time.Minute // in which no side is written more often than maxWrites
	maxWrites   = 6
)

// Sent records a write that is about to be sent. It is to be stored before: the echo may come before the answer.
func (a Agent) Sent(w Write, now time.Time) Agent {
	d := a.desk(w.Side)
	t := Attempt{Login: w.Login, State: w.State, Carries: w.Carries, SentAt: now, Tries: 1}
	if n := len(d.Attempts); n > 0 {
		if last := d.Attempts[n-1]; last.Login == w.Login && last.Outcome != Done && sameName(last.State, w.State) {
			t.Tries = last.Tries + 1
		}
	}
	d.Attempts = append(slices.Clone(d.Attempts), t)
	d.Attempts = slices.Clone(d.Attempts[max(0, len(d.Attempts)-maxAttempts):])
	return a.with(w.Side, d)
}

// Result is what became of one write. Previous and Became are the states before and after it that the answer names, empty
// where it names none.
type Result struct {
	Write    Write
	Outcome  Outcome
	Previous string
	Became   string
}

// Answered records what became of the last write like the result's. A write that is not remembered, or was answered
// before, changes nothing.
func (a Agent) Answered(r Result, now time.Time) Agent {
	d := a.desk(r.Write.Side)
	for i, t := range slices.Backward(d.Attempts) {
		if t.Login != r.Write.Login || !sameName(t.State, r.Write.State) {
			continue
		}
		if t.Outcome == "" {
			d.Attempts = slices.Clone(d.Attempts)
			d.Attempts[i] = t.answered(r, now)
		}
		break
	}
	return a.with(r.Write.Side, d)
}

func (t Attempt) answered(r Result, now time.Time) Attempt {
	t.Outcome, t.AnsweredAt, t.Became = r.Outcome, now, clip(r.Became)
	if r.Outcome == Done {
		t.Became = cmp.Or(t.Became, t.State)
		t.Idle = r.Previous != "" && sameName(r.Previous, t.Became)
	}
	return t
}

// outcome is Lost for what has been under way too long: whoever sent it is gone.
func (t *Attempt) outcome(now time.Time) (Outcome, time.Time) {
	if over := t.SentAt.Add(underWay); t.Outcome == "" && !now.Before(over) {
		return Lost, over
	}
	return t.Outcome, t.AnsweredAt
}

// pause is how long to wait after a number of tries in vain: half a minute, doubled each time, up to a quarter of an hour;
// nothing after none.
func pause(tries int) time.Duration {
	if tries < 1 {
		return 0
	}
	return min(firstPause<<min(tries-1, 10), longestWait)
}
