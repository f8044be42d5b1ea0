package attendance_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/shared/attendance"
	"sessionbridge.internal/shared/presence"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
)

func TestAChangeInTheCRMIsTakenOverOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, twoWay)
	w.turn()
	w.wantWrites(0, 0)
	w.must(w.crm.SetStatus(kim, "Lunch"))
	for range 5 { // of which only the first has something to do: the rest see the echo
		w.turn()
		w.want("Lunch", "Meal")
	}
	w.wantWrites(0, 1)
	if due := w.due(); len(due) != 0 {
		t.Errorf("there are tasks at %v although nothing is due", due)
	}
}

func TestAChangeInTheContactCentreIsTakenOver(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(*settings.Presence)
		crm    string
		writes int
	}{
		"both ways: to the CRM":         {twoWay, "Lunch", 1},
		"one way: it stays where it is": {func(*settings.Presence) {}, "Available", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, tt.change)
			w.turn()
			w.must(w.centre.SetStatus(kim, "Meal"))
			for range 3 {
				w.turn()
			}
			w.want(tt.crm, "Meal")
			w.wantWrites(tt.writes, 0)
		})
	}
}

// Of a write whose answer is lost nobody knows whether it was done: it is looked at, soon, and not repeated blindly.
func TestAWriteWhoseAnswerIsLost(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		script string
		posts  int
	}{
		"was done, and is not done again": {`{"centre":[{"mode":"reset","after":true,"match":"POST"}]}`, 1},
		"was done, answered with garbage": {`{"centre":[{"mode":"garbage","after":true,"match":"POST"}]}`, 1},
		"was not done, and is done then":  {`{"centre":[{"mode":"status","status":500,"match":"POST"}]}`, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.turn()
			w.must(w.crm.SetStatus(kim, "Lunch"))
			w.plan(tt.script)
			w.turn()
			due := w.due()
			if len(due) != 1 || due[0].Sub(w.clock.Now()) > 2*time.Second {
				t.Fatalf("the tasks are at %v, want one soon after %v", due, w.clock.Now())
			}
			w.clock.AdvanceTo(due[0])
			w.must(w.runner.Run(t.Context(), "demo"))
			w.turn()
			w.want("Lunch", "Meal")
			w.wantWrites(0, tt.posts)
		})
	}
}

func TestALostAnswerOfTheCRM(t *testing.T) {
	t.Parallel()
	w := newWorld(t, twoWay)
	w.turn()
	w.must(w.centre.SetStatus(kim, "Meal"))
	w.plan(`{"kustomer":[{"mode":"reset","after":true,"match":"PUT"}]}`)
	for range 3 {
		w.turn()
	}
	w.want("Lunch", "Meal")
	w.wantWrites(1, 0)
}

// The agent takes a call in the moment between our look and our write.
func TestAWriteDuringACallIsDoneAfterIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.turn()
	w.must(w.crm.SetStatus(kim, "Lunch"))
	looked := false
	w.onPause = func() {
		if looked {
			w.must(w.centre.Ring(kim))
			w.onPause = nil
		}
		looked = true
	}
	w.turn()
	w.want("Lunch", "In-call")
	w.wantWrites(0, 1)
	w.turn()
	w.must(w.centre.EndCall(kim))
	w.turn()
	w.wantWrites(0, 1) // it is seen to be busy, and not asked again
	if got := w.reasons(kim); !slices.Equal(got, []presence.Code{presence.Waiting}) {
		t.Errorf("the reasons are %v, want %v", got, presence.Waiting)
	}
	w.must(w.centre.EndWrapUp(kim))
	w.turn()
	w.want("Lunch", "Meal")
	w.wantWrites(0, 2)
}

// That a side is down is seen, and is not taken for all of its agents' end.
func TestASideThatIsDownDoesNotStopTheOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t, twoWay)
	w.turn()
	w.must(w.centre.SetStatus(kim, "Meal"))
	w.plan(`{"kustomer":[{"times":3,"status":503}]}`)
	w.turn()
	down := w.clock.Now()
	w.turn()
	a := w.attendance()
	if a.CRM.Problem == "" || a.CRM.Since.After(down) || !strings.Contains(a.CRM.Problem, "503") || a.Centre.Problem != "" || a.Holder != "" {
		t.Errorf("the attendance is %+v", a)
	}
	if seen := w.agent(kim).Centre.Logins[0].Seen; seen[len(seen)-1].State != "Meal" {
		t.Errorf("the contact centre was not read: %+v", seen)
	}
	if over := w.agent(kim).CRM.Logins[0]; over.Seen[len(over.Seen)-1].Ended {
		t.Error("the CRM's login is taken to be over")
	}
	w.plan(`{}`)
	w.turn()
	w.want("Lunch", "Meal")
	if a := w.attendance(); a.CRM.Problem != "" || !a.CRM.Since.IsZero() {
		t.Errorf("the CRM is up again and the attendance is %+v", a)
	}
}

func TestTroubleOfASideIsNamed(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		trouble     func(*world)
		crm, centre string
	}{
		"a key that is refused":          {func(w *world) { w.write("crm", "wrong") }, "/v1/routing/work-sessions: the settings", ""},
		"a secret that is not there":     {func(w *world) { w.write("crm", "") }, "presence.crm.key", ""},
		"a password that is refused":     {func(w *world) { w.write("centre", "wrong") }, "", "answered 401"},
		"an answer that cannot be read":  {func(w *world) { w.plan(`{"centre":[{"mode":"garbage"}]}`) }, "", "not the JSON"},
		"a connection that breaks":       {func(w *world) { w.plan(`{"kustomer":[{"mode":"reset"}]}`) }, "outcome unknown", ""},
		"too many requests for a minute": {func(w *world) { w.plan(`{"kustomer":[{"status":429}]}`) }, "answered 429", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			tt.trouble(w)
			w.turn()
			a := w.attendance()
			if !strings.Contains(a.CRM.Problem, tt.crm) || (a.CRM.Problem == "") != (tt.crm == "") {
				t.Errorf("the CRM's problem is %q, want %q in it", a.CRM.Problem, tt.crm)
			}
			if !strings.Contains(a.Centre.Problem, tt.centre) || (a.Centre.Problem == "") != (tt.centre == "") {
				t.Errorf("the contact centre's problem is %q, want %q in it", a.Centre.Problem, tt.centre)
			}
			if text := w.logs.String(); strings.Contains(text, "wrong") || strings.Contains(text, "demo.example") {
				t.Errorf("the log tells a secret or an address: %s", text)
			}
		})
	}
}

func TestAStateThatIsRefusedIsTriedAgainLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(s *settings.Presence) { s.ToCentre["Lunch"] = "Nap" })
	w.turn()
	w.must(w.crm.SetStatus(kim, "Lunch"))
	w.turn()
	if got := w.reasons(kim); !slices.Equal(got, []presence.Code{presence.Declined}) {
		t.Errorf("the reasons are %v, want %v", got, presence.Declined)
	}
	due := w.due()
	if len(due) != 1 || due[0].Sub(w.clock.Now()) < 25*time.Second || due[0].Sub(w.clock.Now()) > 35*time.Second {
		t.Errorf("the tasks are at %v, want one half a minute after %v", due, w.clock.Now())
	}
	w.wantWrites(0, 1)
}

func TestWhoSignsOutOfTheCRMIsWaitedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, twoWay)
	w.turn()
	w.must(w.crm.SetStatus(kim, "Offline"))
	w.must(w.centre.SetStatus(kim, "Meal"))
	w.turn() // which misses the session
	if due := w.due(); len(due) != 1 || due[0].Sub(w.clock.Now()) > 2*time.Second {
		t.Errorf("the tasks are at %v, want one to look once more", due)
	}
	w.turn()
	w.want("Offline", "Meal")
	if got := w.reasons(kim); !slices.Equal(got, []presence.Code{presence.SignedOut}) {
		t.Errorf("the reasons are %v, want %v", got, presence.SignedOut)
	}
	w.wantWrites(0, 0)
	w.must(w.crm.SetStatus(kim, "Available"))
	w.turn()
	w.want("Available", "Available")
}

func TestOneTurnAtATime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.onPause = func() { // while the turn reads
		w.onPause = nil
		asked := len(w.crm.Snapshot().Requests)
		w.must(w.runner.Run(t.Context(), "demo"))
		if n := len(w.crm.Snapshot().Requests); n != asked || !w.attendance().Again {
			t.Errorf("%d more requests, %+v; want none, and another turn asked for", n-asked, w.attendance())
		}
	}
	w.turn()
	if a, due := w.attendance(), w.due(); a.Again || a.Holder != "" || len(due) != 2 {
		t.Errorf("the attendance is %+v with tasks at %v, want one to follow, and one should the turn have died", a, due)
	}
}

func TestATurnThatDiedIsFollowedByAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.runner.Store.UpdateAttendance(t.Context(), "demo", func(a store.Attendance) store.Attendance {
		a.Holder, a.Until = "dead", w.clock.Now().Add(3*time.Minute)
		return a
	})
	w.must(err)
	for minute, turns := range []bool{false, false, true} {
		w.turn()
		if due := w.due(); !turns && (len(due) != 1 || due[0].Sub(start.Add(3*time.Minute)) > time.Second) {
			t.Errorf("the tasks are at %v, want one right after the lease", due)
		}
		if got := !w.attendance().TurnAt.IsZero(); got != turns {
			t.Errorf("after %d minutes a turn was made: %v, want %v", minute+1, got, turns)
		}
	}
}

func TestADatabaseThatFailsHasTheTaskComeAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.turn()
	w.must(w.crm.SetStatus(kim, "Lunch"))
	w.clock.Advance(time.Minute)
	w.plan(`{"firestore":[{"code":"INTERNAL","times":20,"match":"RunQuery"}]}`)
	if err := w.runner.Run(t.Context(), "demo"); err == nil {
		t.Fatal("no error")
	}
	w.plan(`{}`)
	if a := w.attendance(); a.Holder != "" {
		t.Errorf("the lease is not given back: %+v", a)
	}
	w.turn()
	w.want("Lunch", "Meal")
}

// A poll that shows nothing new writes nothing, but now and then that it was made.
func TestAQuietTurnStoresNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.turn()
	read := func() time.Time { return w.agent(kim).Centre.Logins[0].ReadAt }
	first := read()
	for range 5 {
		w.turn()
	}
	if got := read(); !got.Equal(first) {
		t.Errorf("after five quiet minutes the agent was stored again, at %v", got)
	}
	for range 6 {
		w.turn()
	}
	if got := read(); got.Sub(first) < 10*time.Minute {
		t.Errorf("after eleven minutes the last reading is %v old", w.clock.Now().Sub(got))
	}
}

func TestASideThatCannotBeReadIsNotWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.turn()
	w.must(w.crm.SetStatus(kim, "Lunch"))
	w.plan(`{"centre":[{"status":503,"match":"GET"}]}`)
	w.turn()
	w.wantWrites(0, 0)
	w.turn()
	w.want("Lunch", "Meal")
}

func TestWhoIsNewIsKnownAtTheNextTurn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.turn()
	w.hire("Lee Moreno", "lee@demo.example")
	w.turn()
	if n := len(w.agent("lee@demo.example").CRM.Logins); n != 1 {
		t.Errorf("Lee has %d logins in the CRM, want 1", n)
	}
}

func TestACentreThatOnlyReportsIsNeverWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t, reports)
	w.turn()
	w.tell("agentdesktop", kim, session.AgentLogin)
	w.turn()
	w.must(w.crm.SetStatus(kim, "Lunch"))
	w.turn()
	w.want("Lunch", "Available")
	if d := attendance.Decide(&w.settings, w.agent(kim), w.clock.Now()); len(d.Writes) != 0 || len(w.agent(kim).Centre.Attempts) != 0 {
		t.Errorf("%+v is to be written, and %+v was", d.Writes, w.agent(kim).Centre.Attempts)
	}
}
