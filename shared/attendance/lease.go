package attendance

import (
	"context"
	"crypto/rand"
	"time"

	"sessionbridge.internal/shared/presence"
	"sessionbridge.internal/shared/store"
)

// leaseFor is how long a turn may be silent before it is taken for dead.
const leaseFor = turnTime + time.Minute

// begin takes the tenant's lease. False: another turn is under way, and will be followed by another one.
func (t *turn) begin(ctx context.Context) (began bool, err error) {
	t.holder = rand.Text()
	_, err = t.Store.UpdateAttendance(ctx, t.tenant, func(a store.Attendance) store.Attendance {
		now := t.Clock()
		if began = a.Holder == "" || !a.Until.After(now); !began {
			a.Again = true
			return a
		}
		a.Holder, a.Until, a.Again = t.holder, now.Add(leaseFor), false
		return a
	})
	return began, err
}

// end gives the lease back and notes how the sides could be reached. It says whether a turn was asked for meanwhile.
func (t *turn) end(ctx context.Context) (again bool, err error) {
	_, err = t.Store.UpdateAttendance(ctx, t.tenant, func(a store.Attendance) store.Attendance {
		now := t.Clock()
		if again = false; a.Holder == t.holder {
			again = a.Again
			a.Holder, a.Until, a.Again = "", time.Time{}, false
		}
		a.TurnAt = now
		a.CRM = t.reach[presence.CRM].after(a.CRM, now)
		a.Centre = t.reach[presence.Centre].after(a.Centre, now)
		return a
	})
	return again, err
}

// reached is what came of reading a side: nothing, where it was not read.
type reached struct {
	at  time.Time
	err error
}

func (r reached) after(was store.Reach, now time.Time) store.Reach {
	switch {
	case r.err == nil && r.at.IsZero():
		return was
	case r.err == nil:
		return store.Reach{ReadAt: r.at}
	case was.Problem == "":
		was.Since = now
	}
	was.Problem = store.Problem(r.err)
	return was
}
