// Package presence keeps agents' states in step between the CRM and the contact centre: Cloud Scheduler has it look at all
// tenants every minute, and Cloud Tasks at one when something happened or is due.
package presence

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"sessionbridge.internal/shared/attendance"
	"sessionbridge.internal/shared/clock"
	"sessionbridge.internal/shared/cloud"
	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/function"
	"sessionbridge.internal/shared/inbound"
	"sessionbridge.internal/shared/outbound"
	"sessionbridge.internal/shared/schedule"
	"sessionbridge.internal/shared/secrets"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
)

// maxWake bounds a body.
const maxWake = 16 << 10

func init() { function.Register("presence", New) }

// New builds the function: POST / with an attendance.Wake. {"tenant":"x"} is a turn for that tenant, {} has one come for each.
func New(env *function.Env) (*function.Function, error) {
	env.Need("GOOGLE_CLOUD_PROJECT")
	env.Need("TASKS_LOCATION")
	dir, target := env.Need(secrets.DirEnv), attendance.TargetFrom(env.Need)
	if err := env.Missing(); err != nil {
		return nil, err
	}
	now := clock.FromEnv(env.Get)
	client, err := outbound.New(outbound.Options{Allow: strings.Split(env.Get(outbound.AllowEnv), ","), Now: now})
	if err != nil {
		return nil, err
	}
	db, tasks, log := store.Open(env.Get), schedule.Open(env.Get), env.Logger()
	runner := &attendance.Runner{
		Store: db, Settings: &settings.Cache{Load: db.Settings, Clock: now}, Secrets: secrets.NewResolver(dir, now), Client: client,
		Waker: attendance.Waker{Tasks: tasks, Target: target}, Clock: now, Log: log, Pause: cloud.Pause,
	}
	return function.New(inbound.Handler(log, func(w http.ResponseWriter, r *http.Request) error {
		wake, err := read(r)
		if err != nil {
			return err
		}
		if err := serve(r.Context(), runner, wake); err != nil {
			return err
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	}), db, tasks), nil
}

func read(r *http.Request) (wake attendance.Wake, err error) {
	if r.Method != http.MethodPost {
		return wake, fault.New(fault.MethodNotAllowed, "this is for Cloud Scheduler and Cloud Tasks").Allow(http.MethodPost)
	}
	body, err := inbound.JSON(r, maxWake)
	if err != nil {
		return wake, err
	}
	if err := json.Unmarshal(body, &wake); err != nil {
		return wake, fault.Wrap(fault.Malformed, err, `the body must be {"tenant":"…"}, or {} for all of them`)
	}
	return wake, nil
}

func serve(ctx context.Context, runner *attendance.Runner, wake attendance.Wake) error {
	if wake.Tenant == "" {
		return runner.Poll(ctx)
	}
	return runner.Run(ctx, wake.Tenant)
}
