// Package quality hands a session's events, or an agent's login, to the company's application for quality management, when
// Cloud Tasks says so.
package quality

import (
	"net/http"
	"strings"

	"sessionbridge.internal/shared/clock"
	"sessionbridge.internal/shared/function"
	"sessionbridge.internal/shared/inbound"
	"sessionbridge.internal/shared/outbound"
	"sessionbridge.internal/shared/qmfeed"
	"sessionbridge.internal/shared/schedule"
	"sessionbridge.internal/shared/secrets"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/signin"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

func init() { function.Register("quality", New) }

// New builds the function: POST / with a task of shared/work.
func New(env *function.Env) (*function.Function, error) {
	env.Need("GOOGLE_CLOUD_PROJECT")
	env.Need("TASKS_LOCATION")
	dir, target := env.Need(secrets.DirEnv), work.Target{Queue: env.Need("QUALITY_QUEUE"), URL: env.Need("QUALITY_URL")}
	if err := env.Missing(); err != nil {
		return nil, err
	}
	now := clock.FromEnv(env.Get)
	client, err := outbound.New(outbound.Options{Allow: strings.Split(env.Get(outbound.AllowEnv), ","), Now: now})
	if err != nil {
		return nil, err
	}
	db, tasks, log := store.Open(env.Get), schedule.Open(env.Get), env.Logger()
	runner := &qmfeed.Runner{
		Store: db, Tasks: tasks, Client: client, Clock: now, Log: log, Target: target,
		Settings: &settings.Cache{Load: db.Settings, Clock: now},
		Signer:   &signin.Signer{Secrets: secrets.NewResolver(dir, now), Client: client, Store: db, Clock: now},
	}
	return function.New(inbound.Handler(log, func(w http.ResponseWriter, r *http.Request) error {
		return work.Serve(w, r, runner.Run)
	}), db, tasks), nil
}
