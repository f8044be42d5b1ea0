// Package export brings one file of a session, such as a recording, from its source into the company's storage, when Cloud
// Tasks says so.
package export

import (
	"context"
	"net/http"
	"strings"

	"sessionbridge.internal/shared/clock"
	"sessionbridge.internal/shared/export"
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

func init() { function.Register("export", New) }

// New builds the function: POST / with a task of shared/work.
func New(env *function.Env) (*function.Function, error) {
	env.Need("GOOGLE_CLOUD_PROJECT")
	env.Need("TASKS_LOCATION")
	dir, targets := env.Need(secrets.DirEnv), flow.TargetsFrom(env.Need)
	if err := env.Missing(); err != nil {
		return nil, err
	}
	now := clock.FromEnv(env.Get)
	client, err := outbound.New(outbound.Options{Allow: strings.Split(env.Get(outbound.AllowEnv), ","), Now: now})
	if err != nil {
		return nil, err
	}
	keeper, err := places.New(env.Get, client, secrets.NewResolver(dir, now), now)
	if err != nil {
		return nil, err
	}
	db, tasks, log := store.Open(env.Get), schedule.Open(env.Get), env.Logger()
	targets.Log = log
	runner := &export.Runner{
		Store: db, Tasks: tasks, Places: keeper, Clock: now, Log: log, Target: targets.Files,
		Settings: &settings.Cache{Load: db.Settings, Clock: now},
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
