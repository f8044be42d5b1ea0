package attendance

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"sessionbridge.internal/shared/presence"
	"sessionbridge.internal/shared/store"
)

// leaseFor is how long a turn may be silent before it is taken for dead. It renews the lease when a third of that has passed.
const leaseFor = 90 * time.Second

// errOvertaken says that the turn was taken for dead, and another one is under way.
var errOvertaken = errors.New("another turn has begun meanwhile")

// begin takes the tenant's lease. False: another turn is under way until then at most, and will be followed by another one.
func (t *turn) begin(ctx context.Context) (began bool, err error) {
	t.holder = rand.Text()
	t.was, err = t.Store.UpdateAttendance(ctx, t.tenant, func(a store.Attendance) store.Attendance {
		now := t.Clock()
		if began = a.Holder == "" || !a.Until.After(now); !began {
			a.Again = true
			return a
		}
		a.Holder, a.Until, a.Again = t.holder, now.Add(leaseFor), false
		return a
	})
	t.until = t.was.Until
	return began, err
}

// renew keeps the lease while the turn goes on: it is called before whatever takes its time.
func (t *turn) renew(ctx context.Context) error {
	if t.until.Sub(t.Clock()) > leaseFor*2/3 {
		return nil
	}
	a, err := t.Store.UpdateAttendance(ctx, t.tenant, func(a store.Attendance) store.Attendance {
		if a.Holder == t.holder {
			a.Until = t.Clock().Add(leaseFor)
		}
		return a
	})
	if err == nil && a.Holder != t.holder {
		err = errOvertaken
	}
	t.until = a.Until
	return err
}

// end gives the lease back and notes how the sides could be reached. It says whether a turn was asked for meanwhile. A turn that was
// overtaken has nothing to say.
func (t *turn) end(ctx context.Context) (again bool, err error) {
	_, err = t.Store.UpdateAttendance(ctx, t.tenant, func(a store.Attendance) store.Attendance {
		if again = false; a.Holder != t.holder {
			return a
		}
		now := t.Clock()
		again = a.Again
		a.Holder, a.Until, a.Again = "", time.Time{}, false
		a.TurnAt = now
		a.CRM = t.reach[presence.CRM].after(a.CRM, now)
		a.Centre = t.reach[presence.Centre].after(a.Centre, now)
		if t.set.Reports() {
			a.Centre = store.Reach{}
		}
		return a
	})
	return again, err
}

// reached is what came of reading a side: nothing, where it was not read.
type reached struct {
	at        time.Time
	err       error
	left      int       // agents who are not looked after
	notBefore time.Time // when it may be asked again; zero: at once
}

func (r reached) after(was store.Reach, now time.Time) store.Reach {
	if r.err == nil && r.at.IsZero() {
		return was
	}
	is := store.Reach{ReadAt: was.ReadAt, NotBefore: r.notBefore, Since: was.Since}
	if r.err == nil {
		is.ReadAt = r.at
	}
	problem := r.err
	if r.err == nil && r.left > 0 {
		problem = tooMany(r.left)
	}
	switch {
	case problem == nil:
		is.Since = time.Time{}
		return is
	case was.Problem == "":
		is.Since = now
	}
	is.Problem = store.Problem(problem)
	return is
}
