// Package metadata writes a session's metadata file and transcript and sends its mail, fifteen minutes after its end,
// when Cloud Tasks says so.
package metadata

import (
	"context"
	"net/http"
	"strings"

	"sessionbridge.internal/shared/clock"
	"sessionbridge.internal/shared/closing"
	"sessionbridge.internal/shared/flow"
	"sessionbridge.internal/shared/function"
	"sessionbridge.internal/shared/inbound"
	"sessionbridge.internal/shared/outbound"
	"sessionbridge.internal/shared/places"
	"sessionbridge.internal/shared/schedule"
	"sessionbridge.internal/shared/secrets"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

func init() { function.Register("metadata", New) }

// New builds the function: POST / with a task of shared/work.
func New(env *function.Env) (*function.Function, error) {
	env.Need("GOOGLE_CLOUD_PROJECT")
	env.Need("TASKS_LOCATION")
	dir := env.Need(secrets.DirEnv)
	targets := flow.TargetsFrom(env.Need)
	if err := env.Missing(); err != nil {
		return nil, err
	}
	now := clock.FromEnv(env.Get)
	guard, err := outbound.New(outbound.Options{Allow: strings.Split(env.Get(outbound.AllowEnv), ","), Now: now})
	if err != nil {
		return nil, err
	}
	db, tasks, log := store.Open(env.Get), schedule.Open(env.Get), env.Logger()
	targets.Log = log
	resolver := secrets.NewResolver(dir, now)
	keeper, err := places.New(env.Get, guard, resolver, now)
	if err != nil {
		return nil, err
	}
	runner := &closing.Runner{
		Store: db, Tasks: tasks, Places: keeper, Dial: guard.Dial, Clock: now, Log: log, Target: targets.Metadata,
		Settings: &settings.Cache{Load: db.Settings, Clock: now},
		Secrets:  resolver,
	}
	return function.New(inbound.Handler(log, func(w http.ResponseWriter, r *http.Request) error {
		return work.Serve(w, r, func(ctx context.Context, wake work.Wake) error {
			if err := runner.Run(ctx, wake); err != nil {
				return err
			}
			return flow.Stored(ctx, db, tasks, runner.Settings, wake.ID, targets, now)
		})
	}), db, tasks, keeper), nil
}
