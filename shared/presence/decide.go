package presence

import "time"

// Decision is what is to be done for one agent now.
type Decision struct {
	// Writes are to be sent, at most one for each side.
	Writes []Write
	// Look names the sides whose state is to be read before anything is written to them.
	Look []Side
	// Next is when to decide again even if nothing is observed until then; zero: there is no need to.
	Next time.Time
	// Reasons say why a side is not as it should be, for people.
	Reasons []Reason
}

// Decide says what is to be written so that both sides have the state that holds. It writes nothing while one side has two
// logins of the agent, nothing over a state that the side gives by itself or to such a state, and one thing at a time.
func Decide(p Policy, a Agent, now time.Time) Decision {
	var d Decision
	views := map[Side]view{CRM: a.CRM.view(p, CRM), Centre: a.Centre.view(p, Centre)}
	for _, side := range []Side{CRM, Centre} {
		if v := views[side]; v.login == nil {
			d.because(Unseen, side, "")
		} else if v.active > 1 {
			d.because(TwoLogins, side, "")
			if v.missed { // perhaps there is only one
				d.Look = append(d.Look, side)
			}
		}
	}
	if len(d.Reasons) > 0 {
		return d
	}
	from, change := p.holds(views[CRM], views[Centre])
	if change == (Change{}) {
		return d
	}
	for _, side := range []Side{Centre, CRM} {
		if side == Centre || p.TwoWay {
			d.serve(p, now, target{side, from, change, views[side], a.desk(side), a.Email})
		}
	}
	return d
}

// holds is the change that holds, and where it was chosen. Where the CRM overrides, what it overrode does not come back when the
// agent leaves it: then the contact centre's changes count that are made from there on.
func (p Policy) holds(crm, centre view) (Side, Change) {
	a, b := crm.Change, centre.Change
	_, mapped := p.toCentre(a.State)
	switch {
	case b == (Change{}):
		return CRM, a
	case a == (Change{}):
		return Centre, b
	case p.Priority == CRMOverrides && mapped && (!crm.Ended || !b.When.After(crm.Began.When)):
		return CRM, a
	case !a.Knew.Before(b.At):
		return CRM, a
	case !b.Knew.Before(a.At):
		return Centre, b
	case b.When.After(a.When):
		return Centre, b
	}
	return CRM, a
}

// target is one side, and the change it should follow.
type target struct {
	side   Side
	from   Side
	change Change
	view
	desk  Desk
	email string
}

// state is what the side should have.
func (t *target) state(p Policy) (string, bool) {
	if t.side == t.from {
		return t.change.State, true
	}
	return p.Counterpart(t.from, t.change.State)
}

// serve decides for one side.
func (d *Decision) serve(p Policy, now time.Time, t target) {
	want, ok := t.state(p)
	switch {
	case !ok:
		d.because(Unmapped, t.from, t.change.State)
	case t.inStep(p, want):
	case p.system(t.side, want):
		if t.side != t.from {
			d.because(SystemTarget, t.from, t.change.State)
		}
	case t.Ended:
		d.because(SignedOut, t.side, want)
	case !t.login.MissedAt.IsZero():
		d.Look = append(d.Look, t.side)
	case t.Away:
		d.because(Waiting, t.side, t.State)
	case d.held(now, &t, want), d.restless(now, &t, want):
	default:
		d.Writes = append(d.Writes, Write{t.email, t.side, t.login.ID, want, t.change.At})
	}
}

// inStep says whether the side has the state already, or will have it when its system state ends. One that our last write
// became, by the answer's own words, is the one we wrote.
func (t *target) inStep(p Policy, want string) bool {
	if t.Away {
		return sameName(t.State, want) || p.same(t.side, t.Before, want)
	}
	return p.same(t.side, t.State, want) ||
		t.last.Outcome == Done && sameName(t.last.State, want) && sameName(t.last.Became, t.State)
}

// held says whether the last write to the side keeps the next one waiting.
func (d *Decision) held(now time.Time, t *target, want string) bool {
	outcome, since := t.last.outcome(now)
	repeated := sameName(t.last.State, want)
	switch {
	case t.last.SentAt.IsZero(), outcome == Done:
		return false
	case outcome == "":
		return d.until(t.last.SentAt.Add(underWay))
	case outcome == Lost && !t.login.ReadAt.After(since):
		d.because(Unknown, t.side, t.last.State)
		d.Look = append(d.Look, t.side)
		return true
	case outcome == Lost:
		return repeated && d.wait(now, since.Add(pause(t.last.Tries-1)), Unknown, t, want)
	case outcome == Busy:
		return !t.LearntAt.After(since) && d.wait(now, since.Add(pause(t.last.Tries)), Waiting, t, t.last.Became)
	}
	return repeated && d.wait(now, since.Add(pause(t.last.Tries)), Declined, t, want)
}

// restless keeps a side from being written over and over, which is what happens when somebody else's automation changes it
// back each time.
func (d *Decision) restless(now time.Time, t *target, want string) bool {
	n := len(t.desk.Attempts)
	return n >= maxWrites && d.wait(now, t.desk.Attempts[n-maxWrites].SentAt.Add(calm), Restless, t, want)
}

// wait gives the reason if the time has not come.
func (d *Decision) wait(now, until time.Time, code Code, t *target, state string) bool {
	if !now.Before(until) {
		return false
	}
	d.because(code, t.side, state)
	return d.until(until)
}

func (d *Decision) until(at time.Time) bool {
	if d.Next.IsZero() || at.Before(d.Next) {
		d.Next = at
	}
	return true
}
