// Package watch has Cloud Scheduler look every hour whether everything that sessions owe will be done; shared/watch does it.
package watch

import (
	"net/http"

	"sessionbridge.internal/shared/clock"
	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/flow"
	"sessionbridge.internal/shared/function"
	"sessionbridge.internal/shared/inbound"
	"sessionbridge.internal/shared/schedule"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/watch"
)

func init() { function.Register("watch", New) }

// New builds the function: POST /, whatever its body; 204 once all was looked at.
func New(env *function.Env) (*function.Function, error) {
	env.Need("GOOGLE_CLOUD_PROJECT")
	env.Need("TASKS_LOCATION")
	targets := flow.TargetsFrom(env.Need)
	if err := env.Missing(); err != nil {
		return nil, err
	}
	now := clock.FromEnv(env.Get)
	db, tasks, log := store.Open(env.Get), schedule.Open(env.Get), env.Logger()
	w := &watch.Watch{
		Store: db, Tasks: tasks, Settings: &settings.Cache{Load: db.Settings, Clock: now}, Clock: now, Log: log, Targets: targets,
	}
	return function.New(inbound.Handler(log, func(a http.ResponseWriter, r *http.Request) error {
		if r.Method != http.MethodPost {
			return fault.New(fault.MethodNotAllowed, "this is for Cloud Scheduler").Allow(http.MethodPost)
		}
		if err := w.Run(r.Context()); err != nil {
			return err
		}
		a.WriteHeader(http.StatusNoContent)
		return nil
	}), db, tasks), nil
}
