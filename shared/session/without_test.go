package session_test

import (
	"slices"
	"testing"
	"time"

	"sessionbridge.internal/shared/session"
)

func TestAPositionForgetsASession(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	note := func(id, key string, kind session.Kind, minute int, leg *session.Leg) session.Event {
		return session.Event{ID: id, Tenant: "demo", Source: "agentdesktop", Session: key, Kind: kind, At: at.Add(time.Duration(minute) * time.Minute),
			Agent: &session.Agent{ID: "7"}, Leg: leg}
	}
	main, consult := &session.Leg{ID: "m", Kind: session.MainLeg}, &session.Leg{ID: "c", Kind: session.ConsultLeg}
	var p session.Position
	for _, e := range []session.Event{
		note("login", "", session.AgentLogin, 0, nil),
		note("held", "call-1", session.Held, 1, main), note("consult", "", session.Started, 2, consult), note("resumed", "call-1", session.Resumed, 3, main),
		note("held-2", "call-2", session.Held, 8, main),
	} {
		p = p.Note(e)
	}
	for name, want := range map[string][]string{
		"call-1": {"login", "held-2"},
		"call-2": {"login", "held", "consult", "resumed"},
		"call-3": {"login", "held", "consult", "resumed", "held-2"},
		"":       {"login", "held", "consult", "resumed", "held-2"},
	} {
		got := p.Without(name)
		var ids []string
		for _, e := range got.Events {
			ids = append(ids, e.ID)
		}
		if !slices.Equal(ids, want) || got.State != "logged_in" {
			t.Errorf("without %q it has %v and is %s, want %v", name, ids, got.State, want)
		}
		if changed := got.Revision != p.Revision; changed != (len(want) < len(p.Events)) {
			t.Errorf("without %q its revision is another: %v", name, changed)
		}
	}
	if len(p.Events) != 5 {
		t.Error("the position itself was changed")
	}
}
