package session

import (
	"context"

	"sessionbridge.internal/shared/attendance"
	"sessionbridge.internal/shared/session"
)

// attend takes over what events at a position tell of its agent's state, which is kept in step with the CRM's.
func (f *folder) attend(ctx context.Context, p session.Position, events []session.Event) error {
	set, err := f.settings.Get(ctx, p.Tenant)
	if err != nil {
		return err
	}
	return attendance.Note(ctx, f.store, attendance.Waker{Tasks: f.tasks, Target: f.turns}, set, p, events, f.clock())
}
