package session

import (
	"context"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/work"
)

// tellLogins sees to it that quality management is told of agents' logins and logouts, which belong to no session. A repeat
// makes the same task, and an event that comes after its task is forgotten the same payload, which receivers know by its id.
func (f *folder) tellLogins(ctx context.Context, events []session.Event) error {
	set, err := f.settings.Get(ctx, events[0].Tenant)
	if err != nil || set.Quality.For(string(session.Call)) == nil {
		return err
	}
	for _, e := range events {
		w, ok := work.LoginOf(e)
		if !ok {
			continue
		}
		if err := work.EnsureLogin(ctx, f.tasks, w, f.clock(), f.targets.Quality); err != nil {
			return err
		}
	}
	return nil
}
