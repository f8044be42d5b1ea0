package attendance

import (
	"cmp"
	"context"
	"errors"
	"time"

	"sessionbridge.internal/shared/presence"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
)

// The states that the model's own kinds of events tell of an agent, as in session.Position.
const (
	LoggedIn  = "logged_in"
	Paused    = "paused"
	LoggedOut = "logged_out" // the login is over
)

// crmSource is the source of a CRM's own events.
const crmSource = "kustomer"

// Note takes what events at a position tell of its agent's state, and has a turn come. Of a contact centre that only reports,
// they are its side: the login is source/position, and the state is one of the above or, of other states, the vendor's word.
// A side that can be read is only read the sooner for them, since what it says itself is the truth. Events that tell nothing
// of an agent's state, and positions of no known e-mail address, are let go.
func Note(ctx context.Context, db *store.Store, w Waker, set settings.Settings, p session.Position, events []session.Event, now time.Time) error {
	told := observations(p, events)
	if set.Presence == nil || len(told) == 0 {
		return nil
	}
	if set.Presence.Reports() && p.Source != crmSource {
		policy := PolicyOf(set.Presence)
		_, err := db.UpdateAgent(ctx, p.Tenant, p.Agent.Email, func(a presence.Agent) presence.Agent {
			for _, o := range told {
				if after, err := a.Observe(policy, o); err == nil { // what can be no state stands at the position alone
					a = after
				}
			}
			return a
		})
		if errors.Is(err, presence.ErrEmail) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return w.WakeForEvent(ctx, p.Tenant, now)
}

// observations are those of the position's login that events tell.
func observations(p session.Position, events []session.Event) (out []presence.Observation) {
	for _, e := range events {
		state := stateOf(e)
		if state == "" {
			continue
		}
		out = append(out, presence.Observation{
			Side: presence.Centre, Login: p.Source + "/" + p.Key, State: state, At: e.At, LearntAt: cmp.Or(e.ReceivedAt, e.At),
			Ended: e.Kind == session.AgentLogout,
		})
	}
	return out
}

func stateOf(e session.Event) string {
	switch e.Kind {
	case session.AgentLogin:
		return LoggedIn
	case session.AgentPause:
		return Paused
	case session.AgentLogout:
		return LoggedOut
	case session.AgentState:
		return e.State
	}
	return ""
}
