package console_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/shared/presence"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/store"
)

// shownAgents is what the tests read of the list of agents.
type shownAgents struct {
	Agents []struct {
		Source   string
		Agent    session.Agent
		State    string
		Presence *struct {
			CRM, Centre []struct {
				Login, State string
				At           time.Time
				Over         bool
			}
			Reasons []struct{ Code, Side, Text string }
		}
	}
	Presence struct {
		CRM, Centre store.Reach
	}
	More bool
}

// see notes a state of Kim's.
func (w *world) see(t *testing.T, side presence.Side, login, state string) {
	t.Helper()
	_, err := w.store.UpdateAgent(t.Context(), "demo", "kim@example.com", func(a presence.Agent) presence.Agent {
		a, err := a.Observe(presence.Policy{}, presence.Observation{Side: side, Login: login, State: state, At: start, LearntAt: start})
		if err != nil {
			t.Error(err)
		}
		return a
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAgentsAreShownOnBothSides(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	err := w.store.PutSettings(t.Context(), "demo", []byte(`{"presence":{"to_centre":{"Lunch":"paused"},"two_way":true,
		"crm":{"type":"kustomer","url":"https://demo.api.kustomerapp.com","key":"secret://crm"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	e := session.Event{ID: "p", Tenant: "demo", Source: "agentdesktop", Kind: session.AgentPause, At: start, Agent: &session.Agent{ID: "7", Email: "Kim@example.com"}}
	at := store.ID{Tenant: "demo", Source: e.Source, Key: e.Position()}
	if _, err := w.store.UpdatePosition(t.Context(), at, func(p session.Position) session.Position { return p.Note(e) }); err != nil {
		t.Fatal(err)
	}
	w.see(t, presence.CRM, "ws1", "Lunch")
	w.see(t, presence.Centre, "agentdesktop/7", "paused")
	w.see(t, presence.Centre, "ccai-adapter/7", "logged_in")
	_, err = w.store.UpdateAttendance(t.Context(), "demo", func(a store.Attendance) store.Attendance {
		a.Holder, a.CRM = "nobody's business", store.Reach{Problem: "answered 503", Since: start}
		return a
	})
	if err != nil {
		t.Fatal(err)
	}
	a := w.ask(t, "GET", "/console/api/tenants/demo/agents", audience)
	var got shownAgents
	if err := json.Unmarshal(a.Body.Bytes(), &got); err != nil || a.Code != 200 || len(got.Agents) != 1 || got.Agents[0].Presence == nil {
		t.Fatalf("answer is %d %s", a.Code, a.Body)
	}
	kim := got.Agents[0]
	if kim.Source != "agentdesktop" || kim.State != "paused" || len(kim.Presence.CRM) != 1 || len(kim.Presence.Centre) != 2 {
		t.Errorf("Kim is %+v", kim)
	}
	if l := kim.Presence.CRM[0]; l.Login != "ws1" || l.State != "Lunch" || !l.At.Equal(start) || l.Over {
		t.Errorf("the CRM's login is %+v", l)
	}
	if r := kim.Presence.Reasons; len(r) != 1 || r[0].Code != "two_logins" || r[0].Side != "centre" || !strings.Contains(r[0].Text, "more than one login") {
		t.Errorf("the reasons are %+v, want the two logins in words", r)
	}
	shown, _ := text(t, w.ask(t, "GET", "/console/demo/agents", audience))
	for _, want := range []string{"CRM not reached", "answered 503", "contact centre not read yet", "Lunch", "more than one login"} {
		if !strings.Contains(shown, want) {
			t.Errorf("%q is not on the page: %s", want, shown)
		}
	}
	if got.Presence.CRM.Problem != "answered 503" || !got.Presence.CRM.Since.Equal(start) || strings.Contains(a.Body.String(), "business") {
		t.Errorf("the attendance is %+v", got.Presence)
	}
}

func TestAnAgentOfWhomNoEventTellsIsShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.see(t, presence.CRM, "ws1", "Lunch")
	for _, tt := range []struct {
		settings string
		agents   int
	}{
		{`{}`, 0},
		{`{"presence":{"crm":{"type":"kustomer","url":"https://demo.api.kustomerapp.com","key":"secret://crm"}}}`, 1},
	} {
		if err := w.store.PutSettings(t.Context(), "demo", []byte(tt.settings)); err != nil {
			t.Fatal(err)
		}
		w.time.Advance(time.Minute) // and the settings are read anew
		var got shownAgents
		a := w.ask(t, "GET", "/console/api/tenants/demo/agents", audience)
		if err := json.Unmarshal(a.Body.Bytes(), &got); err != nil || len(got.Agents) != tt.agents {
			t.Fatalf("answer is %d %s, want %d agents", a.Code, a.Body, tt.agents)
		}
		if tt.agents == 1 && (got.Agents[0].Agent.Email != "kim@example.com" || got.Agents[0].Presence.Reasons[0].Code != "unseen") {
			t.Errorf("the agent is %+v", got.Agents[0])
		}
	}
}

func TestAListOfAgentsThatIsCutSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	err := w.store.PutSettings(t.Context(), "demo", []byte(`{"presence":{"to_centre":{"Lunch":"paused"},
		"crm":{"type":"kustomer","url":"https://demo.api.kustomerapp.com","key":"secret://crm"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 1_001 {
		email := fmt.Sprintf("a%d@example.com", i)
		if _, err := w.store.UpdateAgent(t.Context(), "demo", email, func(a presence.Agent) presence.Agent { return a }); err != nil {
			t.Fatal(err)
		}
		if i < 999 {
			continue
		}
		var got shownAgents
		if err := json.Unmarshal(w.ask(t, "GET", "/console/api/tenants/demo/agents", audience).Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if len(got.Agents) != 1_000 || got.More != (i == 1_000) {
			t.Errorf("of %d agents %d are listed, more: %v", i+1, len(got.Agents), got.More)
		}
	}
}
