package presence

import (
	"slices"
	"time"
)

// Standing is what a login's observations come to.
type Standing struct {
	State    string    `json:"state,omitempty"`
	At       time.Time `json:"at,omitzero"`        // of the last observation, by the side's clock
	LearntAt time.Time `json:"learnt_at,omitzero"` // of the last observation, by our clock
	Ended    bool      `json:"ended,omitempty"`
	// Away says that the agent is in a state which the side gives and takes by itself; Before is the one before that, Began
	// when it began, of a login of the CRM that is over: when it ended.
	Away   bool   `json:"away,omitempty"`
	Before string `json:"before,omitempty"`
	Began  Moment `json:"began,omitzero"`
	// Change is the last that somebody chose here.
	Change Change `json:"change,omitzero"`
	// Knew is the time, by the other side's clock, of the latest change from there that arrived here.
	Knew time.Time `json:"knew,omitzero"`
}

// Moment is one time by the side's clock and as it is compared with the other side's.
type Moment struct {
	At   time.Time `json:"at"`
	When time.Time `json:"when"`
}

// Change is a state that somebody chose.
type Change struct {
	State string `json:"state"`
	Moment
	// Knew is the time, by the other side's clock, of the latest change from there that had arrived here before: the chooser
	// saw it, so this change is the later one, whatever the clocks say.
	Knew time.Time `json:"knew,omitzero"`
}

// standing folds a login's observations.
func (d *Desk) standing(p Policy, side Side, l *Login) Standing {
	s := l.Base
	echoes := p.echoes(side, l.Seen, d.writesTo(l.ID))
	for i, e := range l.Seen {
		s = s.step(p, side, e, echoes[i])
	}
	return s
}

// step adds an observation, with the write of ours that it is the echo of.
func (s Standing) step(p Policy, side Side, e Seen, echo *Attempt) Standing {
	before := s
	s.At, s.LearntAt, s.Ended = e.At, e.LearntAt, e.Ended
	if e.State == "" {
		e.State = s.State
	}
	if e.Ended || p.system(side, e.State) {
		return s.leave(p, side, e, before)
	}
	s.State, s.Away = e.State, false
	if !before.Away && sameName(e.State, before.State) {
		return s // a repetition is no change
	}
	if echo != nil {
		// What nobody knows to have been done may have had another cause: it is no proof of what was known here.
		if echo.Outcome == Done && echo.Carries.After(s.Knew) {
			s.Knew = echo.Carries
		}
		return s
	}
	switch moment := (Moment{e.At, e.When}); {
	case side == Centre && before.loggedOut(p): // and has logged in again
		s.Change = Change{e.State, moment, s.Knew}
	case before.Away && sameName(e.State, before.Before): // taken up again where it was left
	case before.Away && side == Centre && (before.Before == "" || sameName(e.State, resumed)):
		// Perhaps the platform's own doing, or what was left before the agent was ever seen: what was chosen elsewhere since the
		// system state began, and waited, is later.
		s.Change = Change{e.State, before.Began, s.Knew}
	default:
		s.Change = Change{e.State, moment, s.Knew}
	}
	return s
}

// loggedOut says whether the contact centre's login was ended by a logout, which was told as a state: it was not only missed.
func (s *Standing) loggedOut(p Policy) bool {
	return s.Ended && !p.system(Centre, s.State) && !sameName(s.State, s.Before)
}

// leave is what a system state, or the end, makes of the standing. It is no choice, except where the CRM's, or the contact
// centre's logout, has a counterpart: who signs out has chosen what the other side should show.
func (s Standing) leave(p Policy, side Side, e Seen, before Standing) Standing {
	s.State, s.Away = e.State, true
	if !before.Away {
		s.Before = before.State
	}
	if !before.Away || side == CRM && e.Ended && !before.Ended {
		s.Began = Moment{e.At, e.When}
	}
	_, mapped := p.Counterpart(side, e.State)
	if chosen := side == CRM || e.Ended && !p.system(Centre, e.State); chosen && mapped && !sameName(e.State, before.State) {
		s.Change = Change{e.State, Moment{e.At, e.When}, s.Knew}
	}
	return s
}

// forget makes a login's oldest observation part of its base. The write it echoed cannot have another echo.
func (d *Desk) forget(p Policy, side Side, i int) {
	l := &d.Logins[i]
	echo := p.echoes(side, l.Seen, d.writesTo(l.ID))[0]
	l.Base = l.Base.step(p, side, l.Seen[0], echo)
	l.Seen = slices.Delete(l.Seen, 0, 1)
	if echo != nil {
		d.Attempts = slices.DeleteFunc(slices.Clone(d.Attempts), func(w Attempt) bool { return w == *echo })
	}
}

func (d *Desk) writesTo(login string) []Attempt {
	var out []Attempt
	for _, w := range d.Attempts {
		if w.Login == login {
			out = append(out, w)
		}
	}
	return out
}

// view is one side as Decide sees it.
type view struct {
	Standing
	login  *Login
	active int  // logins
	missed bool // one of those
	last   Attempt
}

// view is of the login that is active, else of the one active last. What a write that was done has made of it is known
// before its echo comes; but a system state that was seen while the write was under way may have followed it.
func (d *Desk) view(p Policy, side Side) view {
	var v view
	for i := range d.Logins {
		s := d.standing(p, side, &d.Logins[i])
		if !s.Ended {
			v.active++
			v.missed = v.missed || !d.Logins[i].MissedAt.IsZero()
		}
		if v.login == nil || v.Ended && !s.Ended || v.Ended == s.Ended && s.At.After(v.At) {
			v.Standing, v.login = s, &d.Logins[i]
		}
	}
	if v.login == nil {
		return v
	}
	if writes := d.writesTo(v.login.ID); len(writes) > 0 {
		v.last = writes[len(writes)-1]
	}
	if !v.Away && v.last.Outcome == Done && v.last.AnsweredAt.After(v.LearntAt) {
		v.State = v.last.Became
	}
	return v
}
