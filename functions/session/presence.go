package session

import (
	"context"
	"errors"

	"sessionbridge.internal/shared/attendance"
	"sessionbridge.internal/shared/session"
)

// attend takes over what events at a position tell of its agent's state, which is kept in step with the CRM's. That no turn
// can be asked for holds up nobody's events.
func (f *folder) attend(ctx context.Context, p session.Position, events []session.Event) error {
	set, err := f.settings.Get(ctx, p.Tenant)
	if err != nil {
		return err
	}
	err = attendance.Note(ctx, f.store, attendance.Waker{Tasks: f.tasks, Target: f.turns}, set, p, events, f.clock())
	if errors.Is(err, attendance.ErrNoTurn) && ctx.Err() == nil {
		f.log.ErrorContext(ctx, "an agent's state waits for the next poll", "tenant", p.Tenant, "source", p.Source, "problem", err.Error())
		return nil
	}
	return err
}
