package attendance

import (
	"slices"
	"time"

	"sessionbridge.internal/shared/presence"
	"sessionbridge.internal/shared/settings"
)

// PolicyOf is the policy that the settings ask for. Settings that are valid make a policy that passes its Check.
func PolicyOf(s *settings.Presence) presence.Policy {
	return presence.Policy{
		Mapping: presence.Mapping{ToCentre: s.ToCentre, ToCRM: s.ToCRM}, TwoWay: s.TwoWay, Priority: presence.Priority(s.Priority),
		SystemStates: s.SystemStates, CRMSystemStates: s.CRMSystem(), WindowSeconds: s.WindowSeconds,
	}
}

// Decide is presence.Decide for the agent of a tenant with the settings: a contact centre that only reports is neither
// written nor looked at.
func Decide(s *settings.Presence, a presence.Agent, now time.Time) presence.Decision {
	d := presence.Decide(PolicyOf(s), a, now)
	if s.Reports() {
		d.Look = slices.DeleteFunc(d.Look, func(s presence.Side) bool { return s == presence.Centre })
		d.Writes = slices.DeleteFunc(d.Writes, func(w presence.Write) bool { return w.Side == presence.Centre })
	}
	return d
}
