package presence

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Agent is what is known of one agent on both sides. It is a value, small (some kilobytes at most) and made to be stored
// as JSON under its e-mail address; every method that changes it returns a new one. What is pending is not stored: Decide
// finds it anew each time.
type Agent struct {
	Email  string `json:"email"` // in the form of Email; the join of the two sides
	CRM    Desk   `json:"crm,omitzero"`
	Centre Desk   `json:"centre,omitzero"`
}

// Desk is what is known of an agent on one side.
type Desk struct {
	Logins   []Login   `json:"logins,omitempty"`   // at most maxLogins
	Attempts []Attempt `json:"attempts,omitempty"` // our own writes, the oldest first, at most maxAttempts
}

// Login is one work session in the CRM, or one agent of the contact centre. A person should have one on each side.
type Login struct {
	ID     string    `json:"id"`
	Base   Standing  `json:"base,omitzero"`    // what came of the observations that are forgotten
	Seen   []Seen    `json:"seen,omitempty"`   // in the order of the side's clock, at most maxSeen
	ReadAt time.Time `json:"read_at,omitzero"` // when its state was last read, by our clock
	// MissedAt is when a reading of all active logins did not have it, by our clock; zero: the last one had.
	MissedAt time.Time `json:"missed_at,omitzero"`
}

// Seen is one observed state.
type Seen struct {
	State    string    `json:"state"`
	At       time.Time `json:"at"`        // since when, by the side's clock
	When     time.Time `json:"when"`      // the same for comparison with the other side: LearntAt where At is not to be believed
	LearntAt time.Time `json:"learnt_at"` // by our clock
	Ended    bool      `json:"ended,omitempty"`
}

// How much is remembered.
const (
	maxLogins   = 4
	maxSeen     = 16
	maxAttempts = 8
	maxName     = 200 // bytes of a state's or a login's name
)

// Observation is one side's state as somebody told or read it.
type Observation struct {
	Side  Side
	Login string // the CRM's work session or the contact centre's agent id
	State string // as the side names it; may be empty where Ended
	// At is since when the agent has been in the state by the side's clock; zero where the side does not tell.
	At time.Time
	// LearntAt is when we received it, by our clock.
	LearntAt time.Time
	// Read says that the state was asked for and is the current one, as against told by an event, which may come late.
	Read bool
	// Ended says that the login is over: signed out, no longer active.
	Ended bool
	// Missed says that a reading of all active logins did not have this one. One such may be a list that shifted between two of
	// its pages; with the second the login is over, as of the first.
	Missed bool
}

// ErrObservation is in every error of Observe: what was observed cannot be an agent's state.
var ErrObservation = errors.New("presence: this is no observation of an agent's state")

// ErrEmail is the error of Email.
var ErrEmail = errors.New("presence: this is no e-mail address to know an agent by")

// Email is the form of an address under which an agent is known: the sides do not agree on its letter case.
func Email(address string) (string, error) {
	e := strings.ToLower(strings.TrimSpace(address))
	at := strings.IndexByte(e, '@')
	if at < 1 || at == len(e)-1 || len(e) > 254 || strings.ContainsAny(e, " \t\r\n") {
		return "", ErrEmail
	}
	return e, nil
}

func (o *Observation) check() error {
	switch {
	case o.Side != CRM && o.Side != Centre:
		return fmt.Errorf("%w: its side is neither %q nor %q", ErrObservation, CRM, Centre)
	case o.Login == "" || len(o.Login) > maxName:
		return fmt.Errorf("%w: its login must have 1 to %d bytes", ErrObservation, maxName)
	case o.State == "" && !o.Ended && !o.Missed || len(o.State) > maxName:
		return fmt.Errorf("%w: its state must have 1 to %d bytes", ErrObservation, maxName)
	case o.LearntAt.IsZero():
		return fmt.Errorf("%w: it does not say when it was learnt", ErrObservation)
	}
	return nil
}

// Observe adds an observation. The agent is returned as it was together with an ErrObservation. Repeated observations
// change nothing, except that one that was read is known to be current; the order in which they come matters only where
// their times are not to be believed.
func (a Agent) Observe(p Policy, o Observation) (Agent, error) {
	o.State = strings.TrimSpace(o.State)
	if err := o.check(); err != nil {
		return a, err
	}
	d := a.desk(o.Side)
	i := slices.IndexFunc(d.Logins, func(l Login) bool { return l.ID == o.Login })
	if i < 0 {
		i = len(d.Logins)
		d.Logins = append(slices.Clip(d.Logins), Login{ID: o.Login})
	}
	d.Logins = slices.Clone(d.Logins)
	if l := &d.Logins[i]; o.Missed && !l.missed(&o) {
		return a.with(o.Side, d), nil
	}
	d.see(p, o, i)
	return a.with(o.Side, d.tidy(p, o.Side)), nil
}

// missed notes the first reading without the login. With the second it is over: the observation becomes that.
func (l *Login) missed(o *Observation) bool {
	if l.MissedAt.IsZero() {
		l.MissedAt = o.LearntAt
	}
	o.Read, o.Ended, o.At = true, true, l.MissedAt
	return o.LearntAt.After(l.MissedAt)
}

// see adds the observation to its login.
func (d *Desk) see(p Policy, o Observation, i int) {
	l := &d.Logins[i]
	e, believed := o.seen(p, l.ReadAt)
	if o.Read && o.LearntAt.After(l.ReadAt) {
		l.ReadAt, l.MissedAt = o.LearntAt, time.Time{}
	}
	if last := l.Last(); o.Read && o.LearntAt.After(last.LearntAt) && !e.At.After(last.At) && !last.shows(e) {
		e.At = last.At // it is what the side says now, whatever its clock says
		if o.LearntAt.After(e.At) {
			e.At = o.LearntAt
		}
	}
	if !e.At.After(l.Base.At) || l.repeats(e, believed) {
		return
	}
	at, _ := slices.BinarySearchFunc(l.Seen, e, compareSeen)
	l.Seen = slices.Insert(slices.Clone(l.Seen), at, e)
	for len(l.Seen) > maxSeen {
		d.forget(p, o.Side, i)
	}
}

// Last is what the login was seen to be last.
func (l *Login) Last() Seen {
	if n := len(l.Seen); n > 0 {
		return l.Seen[n-1]
	}
	return Seen{State: l.Base.State, At: l.Base.At, LearntAt: l.Base.LearntAt, Ended: l.Base.Ended}
}

// shows says whether the other is of the same state; an end may name none.
func (s *Seen) shows(e Seen) bool {
	return s.Ended == e.Ended && (sameName(s.State, e.State) || e.Ended && e.State == "")
}

// repeats says whether the login has been seen so before. Without a time of its own that can be believed an observation
// repeats what is known if that is its state.
func (l *Login) repeats(e Seen, believed bool) bool {
	if last := l.Last(); !believed && len(l.Seen) > 0 {
		return last.shows(e)
	}
	return slices.ContainsFunc(l.Seen, func(s Seen) bool {
		return s.At.Equal(e.At) && sameName(s.State, e.State) && s.Ended == e.Ended
	})
}

// seen is the observation with its times. Between the sides At counts where it can be: not before we last looked, or for
// an event that was told, not before it came; each give or take the window. Else the receipt counts. At that is further ahead
// does not even order its own side's states: it would be the side's last word until then, and is not believed.
func (o *Observation) seen(p Policy, readAt time.Time) (e Seen, believed bool) {
	e = Seen{State: o.State, At: o.At, When: o.At, LearntAt: o.LearntAt, Ended: o.Ended}
	if e.At.IsZero() || e.At.After(o.LearntAt.Add(p.window())) {
		e.At, e.When = o.LearntAt, o.LearntAt
		return e, false
	}
	earliest := o.LearntAt
	if o.Read {
		earliest = readAt
	}
	if e.At.Before(earliest.Add(-p.window())) {
		e.When = o.LearntAt
	}
	return e, true
}

func compareSeen(a, b Seen) int {
	return cmp.Or(a.At.Compare(b.At), a.LearntAt.Compare(b.LearntAt), strings.Compare(a.State, b.State))
}

// tidy drops the login that has been over longest while there are too many; where none is over, the newest: it would have its
// place again, and another none, with each reading.
func (d Desk) tidy(p Policy, side Side) Desk {
	for len(d.Logins) > maxLogins {
		out := len(d.Logins) - 1
		first := d.standing(p, side, &d.Logins[out])
		for i := range d.Logins {
			s := d.standing(p, side, &d.Logins[i])
			if s.Ended && (!first.Ended || s.LearntAt.Before(first.LearntAt)) {
				out, first = i, s
			}
		}
		d.Logins = slices.Delete(d.Logins, out, out+1)
	}
	return d
}

func (a *Agent) desk(side Side) Desk {
	if side == CRM {
		return a.CRM
	}
	return a.Centre
}

func (a Agent) with(side Side, d Desk) Agent {
	if side == CRM {
		a.CRM = d
	} else {
		a.Centre = d
	}
	return a
}
