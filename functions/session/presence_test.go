package session_test

import (
	"testing"

	model "sessionbridge.internal/shared/session"
)

// keepsInStep are the settings of a tenant whose contact centre only reports its agents' states.
const keepsInStep = `{"presence":{"two_way":true,"to_centre":{"Lunch":"paused"},
	"crm":{"type":"kustomer","url":"https://demo.api.kustomerapp.com","key":"secret://kustomer"}}}`

func TestAnAgentsStateIsKeptInStep(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		settings string
		kind     model.Kind
		agents   int
		tasks    int
	}{
		"a pause is noted, and wakes":      {keepsInStep, model.AgentPause, 1, 1},
		"a record that is shown is not":    {keepsInStep, model.RecordPop, 0, 0},
		"nothing, where nothing is wanted": {`{}`, model.AgentPause, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, tt.settings)
			e := onDesk(tt.kind, 1, model.Leg{})
			e.Session, e.Leg = "", nil
			w.must(t, e, e) // and a repeat
			agents, err := w.store.Agents(t.Context(), "demo", 10)
			if err != nil || len(agents) != tt.agents {
				t.Errorf("%d agents, %v, want %d", len(agents), err, tt.agents)
			}
			if n := w.tasks()["presence"]; n != tt.tasks {
				t.Errorf("%d tasks, want %d", n, tt.tasks)
			}
			if tt.agents > 0 && agents[0].Centre.Logins[0].Seen[0].State != "paused" {
				t.Errorf("the agent is %+v", agents[0])
			}
		})
	}
}
