package watch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
)

// maxTenants bounds whose retention one run looks at.
const maxTenants = 10_000

// renewAll dates anew what would be deleted before its session: of those that go on for so long.
func (w *Watch) renewAll(ctx context.Context, now time.Time) error {
	dated, inTime := 0, w.within(renewing)
	for more := true; more && inTime(); {
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

// retainAll has every session expire when its tenant's settings want it to. A session is dated as it changes; here come those
// that change no more, after a change of the settings. What does not get done in our time the next run goes on with.
func (w *Watch) retainAll(ctx context.Context, now time.Time) error {
	inTime := w.within(max(retaining, longest-w.Clock().Sub(now)))
	tenants, err := w.Store.Tenants(ctx, maxTenants)
	if err != nil {
		err = fmt.Errorf("watch: %w", err)
	}
	for _, tenant := range tenants {
		if !inTime() {
			break
		}
		if failed := w.retain(ctx, tenant, now, inTime); failed != nil {
			err = errors.Join(err, fmt.Errorf("watch: retention of tenant %s: %w", tenant, failed))
		}
	}
	return err
}

// retain goes on with the tenant's sweep, or begins one where its settings have changed.
func (w *Watch) retain(ctx context.Context, tenant string, now time.Time, inTime func() bool) error {
	days, version, err := w.wanted(ctx, tenant)
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
	sweep = sweep.Of(days, version, now)
	for more := !sweep.Done; more && inTime(); {
		if sweep, more, err = w.Store.SweepOn(ctx, tenant, sweep, now); err != nil {
			return err
		}
	}
	return nil
}

// wanted is for how many days the tenant's sessions are kept, as the version of its settings says that stands in the database now.
// The same reading has the tenant found whose agents are to be kept in step, if an earlier release wrote the settings.
func (w *Watch) wanted(ctx context.Context, tenant string) (days int, version string, err error) {
	doc, version, marked, err := w.Store.MarkedSettings(ctx, tenant)
	if err != nil {
		return 0, "", err
	}
	if marked {
		w.Log.InfoContext(ctx, "a tenant is marked by whether it wants presence", "tenant", tenant)
	}
	set, err := settings.Parse(doc)
	if err != nil {
		return 0, "", err
	}
	return set.KeepDays(), version, nil
}
