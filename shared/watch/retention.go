package watch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sessionbridge.internal/shared/store"
)

// maxTenants bounds whose retention one run looks at.
const maxTenants = 10_000

// retainAll has every session expire when its tenant's settings want it to. A session is dated as it changes; here come those
// that change no more, after a change of the settings, and those that go on for so long that what is below them would be deleted
// before them. What does not get done in our time the next run goes on with.
func (w *Watch) retainAll(ctx context.Context, now time.Time) error {
	err := w.renewAll(ctx, now)
	tenants, failed := w.Store.Tenants(ctx, maxTenants)
	err = errors.Join(err, failed)
	for _, tenant := range tenants {
		if w.timeIsOver(now) {
			break
		}
		if failed := w.retain(ctx, tenant, now); failed != nil {
			err = errors.Join(err, fmt.Errorf("watch: retention of tenant %s: %w", tenant, failed))
		}
	}
	return err
}

func (w *Watch) timeIsOver(began time.Time) bool { return w.Clock().Sub(began) >= longest }

func (w *Watch) renewAll(ctx context.Context, now time.Time) error {
	dated := 0
	for more := true; more && !w.timeIsOver(now); {
		n, left, err := w.Store.Renew(ctx, now)
		if err != nil {
			return fmt.Errorf("watch: %w", err)
		}
		dated, more = dated+n, left
	}
	if dated > 0 {
		w.Log.InfoContext(ctx, "sessions go on for long, and what is below them is kept for longer", "count", dated)
	}
	return nil
}

// retain goes on with the tenant's sweep, or begins one where the settings want other days than the last one was about.
func (w *Watch) retain(ctx context.Context, tenant string, now time.Time) error {
	set, err := w.Settings.Get(ctx, tenant)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	sweep, err := w.Store.Sweep(ctx, tenant)
	if err != nil {
		return err
	}
	if days := set.KeepDays(); sweep.Days != days {
		sweep = store.Sweep{Days: days, Since: now}
	}
	for more := !sweep.Done; more && !w.timeIsOver(now); {
		if sweep, more, err = w.Store.SweepOn(ctx, tenant, sweep, now); err != nil {
			return err
		}
	}
	return nil
}
