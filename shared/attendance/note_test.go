package attendance_test

import (
	"slices"
	"testing"
	"time"

	"sessionbridge.internal/shared/attendance"
	"sessionbridge.internal/shared/presence"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
)

// tell has a source report of an agent, as functions/session does.
func (w *world) tell(source, email string, kinds ...session.Kind) {
	w.Helper()
	var events []session.Event
	var p session.Position
	for _, k := range kinds {
		w.clock.Advance(time.Second)
		e := session.Event{
			ID: string(k) + w.clock.Now().String(), Tenant: "demo", Source: source, Kind: k, At: w.clock.Now(), ReceivedAt: w.clock.Now(),
			Agent: &session.Agent{ID: "7", Email: email},
		}
		if k == session.AgentState {
			e.State = "Coaching"
		}
		events, p = append(events, e), p.Note(e)
	}
	set := settings.Settings{Presence: &w.settings}
	w.must(attendance.Note(w.Context(), w.runner.Store, w.runner.Waker, set, p, events, w.clock.Now()))
}

func TestWhatEventsTellIsTheSideOfACentreThatReports(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		kinds []session.Kind
		state string
		over  bool
		crm   string // what follows there
	}{
		"a login":        {[]session.Kind{session.AgentLogin}, "logged_in", false, "Available"},
		"a pause":        {[]session.Kind{session.AgentLogin, session.AgentPause}, "paused", false, "Lunch"},
		"another state":  {[]session.Kind{session.AgentLogin, session.AgentState}, "Coaching", false, "Available"},
		"a logout":       {[]session.Kind{session.AgentPause, session.AgentLogout}, "logged_out", true, "Lunch"},
		"none, a record": {[]session.Kind{session.AgentPause, session.RecordPop}, "paused", false, "Lunch"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, reports)
			w.turn()
			w.tell("agentdesktop", "Kim@Demo.example", tt.kinds...)
			login := w.agent(kim).Centre.Logins[0]
			if last := login.Seen[len(login.Seen)-1]; login.ID != "agentdesktop/7" || last.State != tt.state || last.Ended != tt.over {
				t.Errorf("the login is %+v, want it %q, over: %v", login, tt.state, tt.over)
			}
			if due := w.due(); len(due) != 1 || due[0].Sub(w.clock.Now()) > 10*time.Second {
				t.Errorf("the tasks are at %v, want one within ten seconds", due)
			}
			w.turn()
			w.want(tt.crm, "Available")
			if _, n := w.writes(); n != 0 || len(w.centre.Snapshot().Requests) != 0 {
				t.Error("a contact centre that only reports was asked or written")
			}
		})
	}
}

func TestTwoLoginsAreLeftAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, reports)
	w.turn()
	w.tell("agentdesktop", kim, session.AgentLogin)
	w.tell("ccai-adapter", kim, session.AgentLogin, session.AgentPause)
	w.tell("agentdesktop", kim, session.AgentPause) // else it would count as left
	w.turn()
	w.want("Available", "Available")
	if got := w.reasons(kim); !slices.Equal(got, []presence.Code{presence.TwoLogins}) {
		t.Errorf("the reasons are %v, want %v", got, presence.TwoLogins)
	}
	w.tell("agentdesktop", kim, session.AgentLogout)
	w.turn()
	w.want("Lunch", "Available")
}

// What can be read is not taken from events: these only have it read sooner.
func TestEventsOfASideThatCanBeReadOnlyWake(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(*settings.Presence)
		source string
	}{
		"the platform's adapter":        {twoWay, "ccai-adapter"},
		"the CRM":                       {twoWay, "kustomer"},
		"the CRM, beside a centre's":    {reports, "kustomer"},
		"another source, of both sides": {twoWay, "agentdesktop"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, tt.change)
			w.tell(tt.source, kim, session.AgentPause)
			if all, err := w.runner.Store.Agents(t.Context(), "demo", 10); len(all) != 0 || err != nil {
				t.Errorf("noted is %+v, %v", all, err)
			}
			if due := w.due(); len(due) != 1 {
				t.Errorf("the tasks are at %v, want one", due)
			}
		})
	}
}

func TestWhatTellsNothingWakesNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t, reports)
	w.tell("agentdesktop", kim, session.RecordPop)
	w.tell("agentdesktop", "", session.AgentPause)
	w.tell("agentdesktop", "no address", session.AgentPause)
	if due := w.due(); len(due) != 0 {
		t.Errorf("the tasks are at %v, want none", due)
	}
}

// However many events there are, and however often each comes, a second has one turn.
func TestWakesCoalesce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 5 {
		w.must(w.runner.Waker.Wake(t.Context(), "demo", w.clock.Now()))
		w.clock.Advance(100 * time.Millisecond)
	}
	w.must(w.runner.Waker.Wake(t.Context(), "other", w.clock.Now()))
	if due := w.due(); len(due) != 2 || !due[0].Equal(start.Add(time.Second)) {
		t.Errorf("the tasks are at %v, want one for each tenant at the next second", due)
	}
}

func TestAPollWakesTheTenantsThatWantIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.put("none", settings.Settings{})
	w.put("second", settings.Settings{Presence: &w.settings})
	w.put("broken", settings.Settings{Presence: &settings.Presence{Priority: "nobody"}})
	w.must(w.runner.Poll(t.Context()))
	if due := w.due(); len(due) != 2 {
		t.Errorf("%d tasks, want one for each of the two", len(due))
	}
	for _, tenant := range []string{"none", "nobody"} {
		w.must(w.runner.Run(t.Context(), tenant))
	}
	if n := len(w.crm.Snapshot().Requests); n != 0 {
		t.Errorf("%d requests for tenants without agents", n)
	}
}
