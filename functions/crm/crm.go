// Package crm does what a session owes its CRM, when Cloud Tasks says so. Its tasks run on that CRM's own queue, so one
// CRM's trouble is its own.
package crm

import (
	"net/http"
	"strings"

	"sessionbridge.internal/shared/clock"
	"sessionbridge.internal/shared/flow"
	"sessionbridge.internal/shared/function"
	"sessionbridge.internal/shared/inbound"
	"sessionbridge.internal/shared/outbound"
	"sessionbridge.internal/shared/places"
	"sessionbridge.internal/shared/schedule"
	"sessionbridge.internal/shared/secrets"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/signin"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

func init() { function.Register("crm", New) }

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
	db, tasks, log := store.Open(env.Get), schedule.Open(env.Get), env.Logger()
	targets.Log = log
	resolver := secrets.NewResolver(dir, now)
	keeper, err := places.New(env.Get, client, resolver, now)
	if err != nil {
		return nil, err
	}
	runner := &flow.Runner{
		Store: db, Tasks: tasks, Client: client, Files: keeper, Clock: now, Log: log, Targets: targets,
		Settings: &settings.Cache{Load: db.Settings, Clock: now},
		Signer:   &signin.Signer{Secrets: resolver, Client: client, Store: db, Clock: now},
	}
	return function.New(inbound.Handler(log, func(w http.ResponseWriter, r *http.Request) error {
		return work.Serve(w, r, runner.Run)
	}), db, tasks, keeper), nil
}
