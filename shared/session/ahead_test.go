package session_test

import (
	"testing"
	"time"

	"sessionbridge.internal/shared/session"
)

// A status dated years ahead, by mistake or not, must not be the last word on an agent for as long.
func TestAnEventFromFarAheadCountsAsOfItsReceipt(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		ahead time.Duration
		want  string
	}{
		"years":        {60 * 365 * 24 * time.Hour, "Available"},
		"over a day":   {25 * time.Hour, "Available"},
		"within a day": {23 * time.Hour, "Lunch"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
			status := func(id, state string, happened, received time.Time) session.Event {
				return session.Event{
					ID: id, Tenant: "demo", Source: "kustomer", Kind: session.AgentState, State: state, At: happened, ReceivedAt: received,
					Agent: &session.Agent{Email: "kim@demo.example"},
				}
			}
			p := session.Position{}.Note(status("1", "Lunch", at.Add(tt.ahead), at))
			p = p.Note(status("2", "Available", at.Add(time.Hour), at.Add(time.Hour)))
			if p.State != tt.want {
				t.Errorf("the agent is %s since %v, want %s", p.State, p.StateAt, tt.want)
			}
		})
	}
}
