package session

import (
	"context"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/work"
)

// tellLogins sees to it that quality management is told of agents' logins and logouts, which belong to no session. A repeat
// makes the same task, and an event that comes after its task is forgotten the same payload, which receivers know by its id.
func (f *folder) tellLogins(ctx context.Context, p session.Position, events []session.Event) error {
	set, err := f.settings.Get(ctx, p.Tenant)
	if err != nil || set.Quality.For(string(session.Call)) == nil {
		return err
	}
	for _, e := range loginsOf(p, events) {
		if w, ok := work.LoginOf(e); ok {
			if err := f.tellLogin(ctx, w); err != nil {
				return err
			}
		}
	}
	return nil
}

// tellLogin sets a login aside whose task cannot be made, since the position's other events must not wait for it: from
// there a person has it told.
func (f *folder) tellLogin(ctx context.Context, w work.Wake) error {
	err := work.EnsureLogin(ctx, f.tasks, w, f.clock(), f.targets.Quality)
	if err == nil || ctx.Err() != nil {
		return err
	}
	f.log.ErrorContext(ctx, "a login is set aside: its task could not be made", "tenant", w.Tenant, "source", w.Source, "problem", err.Error())
	aside, err := work.LoginAside(w, f.clock(), err.Error())
	if err != nil {
		return err
	}
	return f.store.SetAside(ctx, aside)
}

// loginsOf are the logins and logouts that the events tell of their position: they themselves, and one whose meaning they
// change. Sources without an event for the end of a pause report another login (AgentDesktop), which is none: the agent was
// logged in all the time. A login that follows another one is told, as it is not known whether the logout was lost.
func loginsOf(p session.Position, events []session.Event) (told []session.Event) {
	came := map[string]bool{}
	for _, e := range events {
		came[e.ID] = true
	}
	var away, changed bool // by the event before
	for _, e := range p.Events {
		state := e.Kind == session.AgentPause || e.Kind == session.AgentState
		login := e.Kind == session.AgentLogin
		if !state && !login && e.Kind != session.AgentLogout {
			continue
		}
		if !state && (came[e.ID] || changed) && !(login && away) {
			told = append(told, e)
		}
		away, changed = state, came[e.ID]
	}
	return told
}
