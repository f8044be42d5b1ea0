// Package attendance keeps agents' states in step between a tenant's CRM and its contact centre. It does what
// shared/presence decides: it reads both sides, observes, and writes. One turn does so for all of a tenant's agents; one turn
// runs at a time.
//
// functions/presence runs turns: every minute, and whenever a task says so; functions/session notes what events tell
// (Note); functions/console shows what is known. shared/store keeps the agents, shared/settings says what is wanted.
package attendance

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"sessionbridge.internal/shared/clock"
	"sessionbridge.internal/shared/outbound"
	"sessionbridge.internal/shared/secrets"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
)

// Runner runs turns. One is enough for a process; all methods may be called at once from many goroutines.
type Runner struct {
	Store    *store.Store
	Settings *settings.Cache
	Secrets  *secrets.Resolver
	Client   *outbound.Client
	Waker    Waker
	Clock    clock.Clock
	Log      *slog.Logger
	// Pause lets time pass between two requests to one side: cloud.Pause, or a test's.
	Pause func(context.Context, time.Duration) error

	known directories
}

// MaxAgents bounds how many agents of a tenant are looked after. Who is new beyond it is left out, which the store.Reach of their side
// shows.
const MaxAgents = 5_000

// maxTenants bounds how many tenants one Poll wakes.
const maxTenants = 1_000

// turnTime bounds a turn: within the time that a task has, so that it can still say what came of it.
const turnTime = 4 * time.Minute

// Poll has a turn come for every tenant whose settings want one, and costs nothing for others. A tenant whose settings cannot be read is logged and left
// out; an error means that Poll is to be called again.
func (r *Runner) Poll(ctx context.Context) error {
	tenants, err := r.Store.TenantsWithPresence(ctx, maxTenants)
	if err != nil {
		return err
	}
	var errs []error
	for _, tenant := range tenants {
		set, err := r.Settings.Get(ctx, tenant)
		switch {
		case err != nil:
			r.Log.WarnContext(ctx, "a tenant's agents are left alone: its settings cannot be read", "tenant", tenant, "error", err)
		case set.Presence != nil:
			errs = append(errs, r.Waker.Wake(ctx, tenant, r.Clock()))
		}
	}
	return errors.Join(errs...)
}

// Run does one turn for the tenant, and has the next one come at the moment that something is to be looked at again. While
// another turn is under way it does nothing but have that one be followed by another. What is wrong with one side stands in
// the tenant's store.Attendance and is no error: an error is a service of ours that does not answer, after which the task
// must come again.
func (r *Runner) Run(ctx context.Context, tenant string) error {
	set, err := r.Settings.Get(ctx, tenant)
	if errors.Is(err, store.ErrNotFound) || err == nil && set.Presence == nil {
		r.Log.InfoContext(ctx, "no agents are to be kept in step", "tenant", tenant)
		return nil
	}
	if err != nil {
		return err
	}
	t := &turn{Runner: r, tenant: tenant, set: set.Presence, policy: PolicyOf(set.Presence)}
	began, err := t.begin(ctx)
	if err != nil {
		return err
	}
	if !began { // and should that turn have died, there is one right after its lease
		return r.Waker.Wake(ctx, tenant, t.until)
	}
	err = t.run(ctx)
	again, endErr := t.end(context.WithoutCancel(ctx))
	if err := errors.Join(err, endErr); err != nil {
		return fmt.Errorf("attendance: a turn of tenant %s: %w", tenant, err)
	}
	if again {
		t.lookAgain(r.Clock())
	}
	if t.next.IsZero() {
		return nil
	}
	return r.Waker.Wake(ctx, tenant, latest(t.next, r.Clock()))
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
