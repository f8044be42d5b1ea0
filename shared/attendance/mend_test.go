package attendance_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"sessionbridge.internal/shared/attendance"
	"sessionbridge.internal/shared/presence"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
)

// before has a handler see what is asked of the CRM first; true: it answered.
func (w *world) before(answer func(http.ResponseWriter, *http.Request) bool) {
	w.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if !answer(rw, r) {
			w.crm.ServeHTTP(rw, r)
		}
	}))
	w.Cleanup(srv.Close)
	w.settings.CRM.URL = srv.URL
	w.runner = w.newRunner(srv.URL, w.settings.Centre.URL)
	w.put("demo", settings.Settings{Presence: &w.settings})
}

// staff hires agents a0, a1 and so on, and has them choose a state in the contact centre.
func (w *world) staff(n int, state string) {
	w.Helper()
	for i := range n {
		email := fmt.Sprintf("a%d@demo.example", i)
		if state == "" {
			w.hire(email, email)
		} else {
			w.must(w.centre.SetStatus(email, state))
		}
	}
}

// What the CRM overrode hours ago stays overridden, whether a list misses the session once or the agent goes home.
func TestWhatWasOverriddenDoesNotComeBack(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		missed int
		crm    string
	}{
		"a session that one reading misses": {1, "Available"},
		"one that is over":                  {3, "Available"},
		"one whose agent signs out":         {0, "Offline"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, twoWay, func(s *settings.Presence) { s.Priority = settings.PriorityCRM })
			missing := 0
			w.before(func(rw http.ResponseWriter, r *http.Request) bool {
				if missing == 0 || r.URL.Path != "/v1/routing/work-sessions" {
					return false
				}
				missing--
				fmt.Fprint(rw, `{"data":[]}`)
				return true
			})
			w.turn()
			w.must(w.centre.SetStatus(kim, "Meal"))
			w.turn()
			w.want("Available", "Available")
			w.clock.Advance(3 * time.Hour)
			w.turn()
			missing = tt.missed
			w.must(w.crm.SetStatus(kim, tt.crm))
			for range 4 {
				w.turn()
				w.want(tt.crm, "Available")
			}
			w.wantWrites(0, 1)
		})
	}
}

// Writes that take long go no further than the agents' next choices.
func TestSlowWritesDoNotGoOverANewerChoice(t *testing.T) {
	t.Parallel()
	w := newWorld(t, twoWay)
	puts, most := 0, 0
	w.before(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPut {
			w.clock.Advance(2 * time.Second)
			puts++
		}
		return false
	})
	w.staff(20, "")
	w.turn()
	w.staff(20, "Break")
	for turn := range 4 {
		puts = 0
		w.turn()
		most = max(most, puts)
		if turn == 0 {
			w.must(w.crm.SetStatus("a9@demo.example", "Mail")) // the last one by the alphabet
		}
	}
	if most != 8 {
		t.Errorf("a turn made %d writes of two seconds, want 8", most)
	}
	if got := w.crmStatus("a9@demo.example"); got != "Mail" {
		t.Errorf("the CRM is %q, want Mail, which was chosen last", got)
	}
	if got := w.crmStatus("a8@demo.example"); got != "Training" {
		t.Errorf("the CRM is %q, want Training", got)
	}
}

// A side that asks to be left alone is, by this turn and the next.
func TestA429IsTheLastRequestForAWhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, twoWay)
	asked, refuse := 0, false
	w.before(func(rw http.ResponseWriter, r *http.Request) bool {
		asked++
		if !refuse || r.Method != http.MethodPut {
			return false
		}
		asked = 0
		rw.Header().Set("Retry-After", "150")
		rw.WriteHeader(http.StatusTooManyRequests)
		return true
	})
	w.staff(5, "")
	w.turn()
	w.staff(5, "Break")
	refuse = true
	w.turn()
	refuse = false
	until := w.attendance().CRM.NotBefore
	if got := until.Sub(w.clock.Now()); got < 140*time.Second || got > 150*time.Second {
		t.Errorf("it is asked again in %v, want 150 s", got)
	}
	w.turn()
	if w.turn(); asked != 0 || w.attendance().CRM.Problem == "" {
		t.Errorf("%d requests before the time that it named; %+v", asked, w.attendance().CRM)
	}
	w.clock.AdvanceTo(until)
	w.turn()
	if a := w.attendance().CRM; a.Problem != "" || !a.NotBefore.IsZero() || w.crmStatus("a4@demo.example") != "Training" {
		t.Errorf("afterwards it is %+v, and a4 is %q", a, w.crmStatus("a4@demo.example"))
	}
}

// A contact centre that is only heard of from now on leaves no login behind that counts, and nothing to look at.
func TestACentreThatReportsFromNowOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, twoWay)
	w.turn()
	w.must(w.crm.SetStatus(kim, "Lunch"))
	w.plan(`{"centre":[{"status":500,"match":"POST"}]}`)
	w.turn()
	reports(&w.settings)
	w.put("demo", settings.Settings{Presence: &w.settings})
	w.clock.Advance(10 * time.Minute) // for the settings' cache
	w.turn()
	w.turn()
	if due := w.due(); len(due) != 0 {
		t.Errorf("the tasks are at %v, want none", due)
	}
	w.tell("agentdesktop", kim, session.AgentLogin)
	w.turn()
	w.want("Available", "Available")
}

func TestALoginThatNobodyEnds(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		after  time.Duration
		source string
	}{
		"is over when the agent logs in elsewhere": {time.Minute, "ccai-adapter"},
		"is over after a day, and a login is new":  {25 * time.Hour, "agentdesktop"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, reports)
			w.turn()
			w.tell("agentdesktop", kim, session.AgentLogin)
			w.turn()
			w.clock.Advance(tt.after)
			w.turn()
			w.must(w.crm.SetStatus(kim, "Lunch"))
			w.turn()
			w.tell(tt.source, kim, session.AgentLogin)
			w.turn()
			w.want("Available", "Available")
		})
	}
}

func TestAnAgentWhoIsNowhereIsForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.turn()
	const left = "left@demo.example"
	_, err := w.runner.Store.UpdateAgent(t.Context(), "demo", left, func(a presence.Agent) presence.Agent {
		a, err := a.Observe(presence.Policy{}, presence.Observation{Side: presence.CRM, Login: "1", LearntAt: w.clock.Now(), Ended: true})
		w.must(err)
		return a
	})
	w.must(err)
	w.clock.Advance(29 * 24 * time.Hour)
	w.turn()
	w.agent(left)
	w.clock.Advance(24 * time.Hour)
	w.turn()
	all, err := w.runner.Store.Agents(t.Context(), "demo", 10)
	if err != nil || len(all) != 1 || all[0].Email != kim {
		t.Errorf("known are %d agents, %v, want Kim alone", len(all), err)
	}
}

// Who is known stays; of the others there are as many as there is room for.
func TestBeyondTheMostNobodyIsNew(t *testing.T) {
	t.Parallel()
	known := map[string]presence.Agent{"c": {}, "e": {}}
	kept, left := attendance.Fitting([]string{"a", "b", "c", "d", "e"}, known, 3)
	if got := fmt.Sprint(kept, left); got != "[a c e] [b d]" {
		t.Errorf("got %s, want a beside the two who are known", got)
	}
}

// Ids that stand for nobody have the CRM's lists read again once, not with every turn.
func TestWhoIsUnknownIsNotAskedForEachTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	users := 0
	w.before(func(rw http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/v1/users" {
			users++
		}
		if r.URL.Path != "/v1/routing/work-sessions" {
			return false
		}
		fmt.Fprint(rw, `{"data":[{"id":"s1","relationships":{"user":{"data":{"id":"nobody"}},"status":{"data":null}}}]}`)
		return true
	})
	for range 9 {
		w.turn()
	}
	if users != 1 {
		t.Errorf("the users were read %d times in nine minutes, want once", users)
	}
}
