package watch_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/emulator/emulatortest"
	"sessionbridge.internal/shared/flow"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

// keeps has the tenant keep its sessions for the days, and everybody know it.
func (w *world) keeps(tenant, retention string) {
	w.t.Helper()
	w.must(w.Store.PutSettings(w.t.Context(), tenant, []byte(`{`+retention+`}`)))
	w.clock.Advance(time.Minute)
}

// over is a session that is over and was written when nobody thought of its end.
func over(d *store.Document) {
	d.Session.Status, d.CRM.State = session.StatusFinished, session.CRMDone
}

// days are for how many the session is kept, and whether its tenant's sweep is done.
func (w *world) days(id store.ID) (days int, done bool) {
	w.t.Helper()
	d, err := w.Store.Session(w.t.Context(), id)
	w.must(err)
	sweep, err := w.Store.Sweep(w.t.Context(), id.Tenant)
	w.must(err)
	return d.KeepDays, sweep.Done
}

func TestAChangeOfTheRetentionReachesEverySession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := store.ID{Tenant: "plain", Source: "ccai", Key: "call-1"}
	w.put(call, over)
	w.put(other, over)
	for _, step := range []struct {
		name, retention string
		after           time.Duration
		days            int
		done            bool
	}{
		{"nothing is said, nothing is done", ``, 0, 0, false},
		{"which is done an hour later", ``, 2 * time.Hour, 0, true},
		{"at the first look after the change", `"retention":{"days":30}`, 0, 30, false},
		{"and again, since others may not have known of it", `"retention":{"days":30}`, 2 * time.Hour, 30, true},
		{"another change begins anew", `"retention":{"days":400}`, 0, 400, false},
		{"none is a change, too", ``, 0, 0, false},
		{"which ends as well", ``, 2 * time.Hour, 0, true},
	} {
		w.keeps("demo", step.retention)
		w.clock.Advance(step.after)
		w.look()
		if days, done := w.days(call); days != step.days || done != step.done {
			t.Errorf("%s: it is kept for %d days, and all are seen to: %t; want %d and %t", step.name, days, done, step.days, step.done)
		}
		if days, _ := w.days(other); days != 0 {
			t.Errorf("%s: another tenant's is kept for %d days", step.name, days)
		}
	}
}

// One tenant's trouble is not another's, and what was not done is done at the next look.
func TestARetentionThatCannotBeSeenToComesAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.put(call, over)
	w.keeps("demo", `"retention":{"days":30}`)
	w.keeps("broken", `"retention":{"days":1}`)
	emulatortest.Plan(t, w.faults, `{"firestore":[{"match":"Commit","times":1,"code":"INVALID_ARGUMENT"}]}`)
	if err := w.Run(t.Context()); err == nil {
		t.Error("a look that could not see to it says so to nobody")
	}
	if days, _ := w.days(call); days != 0 {
		t.Fatalf("it is kept for %d days: the test proves nothing", days)
	}
	if err := w.Run(t.Context()); err == nil {
		t.Error("settings that cannot be read are no reason to come again")
	}
	if days, _ := w.days(call); days != 30 {
		t.Errorf("it is kept for %d days, want 30", days)
	}
}

// Settings may be changed and taken back between two looks; what was written meanwhile is kept as they wanted it then.
func TestARetentionThatWasTakenBackReachesWhatWasWrittenMeanwhile(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		first, meanwhile string
		days             int
	}{
		"shortened by mistake":     {`"retention":{"days":400}`, `"retention":{"days":30}`, 400},
		"lengthened by mistake":    {`"retention":{"days":30}`, `"retention":{"days":400}`, 30},
		"where everything is kept": {``, `"retention":{"days":30}`, 0},
		"kept for good by mistake": {`"retention":{"days":30}`, ``, 30},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			old := store.ID{Tenant: "demo", Source: "ccai", Key: "call-0"}
			w.put(old, over)
			w.keeps("demo", tt.first)
			w.look()
			w.clock.Advance(2 * time.Hour)
			w.look()
			w.keeps("demo", tt.meanwhile)
			set, err := w.Settings.Get(t.Context(), "demo")
			w.must(err)
			w.put(call, func(d *store.Document) { over(d); flow.Owe(set, d, call, w.clock.Now()) })
			if days, done := w.days(call); days == tt.days || !done {
				t.Fatalf("it is kept for %d days, and all are seen to: %t: the test proves nothing", days, done)
			}
			w.keeps("demo", tt.first)
			w.look()
			if days, done := w.days(call); days != tt.days || done {
				t.Errorf("it is kept for %d days, and all are seen to: %t; want %d days, and another look", days, done, tt.days)
			}
			w.clock.Advance(2 * time.Hour)
			w.look()
			if days, done := w.days(old); days != tt.days || !done {
				t.Errorf("what did not change is kept for %d days, and all are seen to: %t", days, done)
			}
		})
	}
}

// Where very much is late, to look for its tasks takes all of its time at each look.
func TestRetentionHasItsTurnWhileMuchIsLate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.put(call, over)
	for i := range 20 {
		w.owes(store.ID{Tenant: "plain", Source: "ccai", Key: fmt.Sprint("late-", i)}, work.Metadata)
	}
	w.keeps("demo", `"retention":{"days":30}`)
	w.clock.Advance(3 * time.Hour)
	asked := 0
	w.Watch.Clock = func() time.Time { // whenever somebody asks, ten seconds have passed
		asked++
		return w.clock.Now().Add(time.Duration(asked) * 10 * time.Second)
	}
	w.look()
	if !strings.Contains(w.logs.String(), `"looked_at":8`) {
		t.Fatalf("not so many were late that time was over: the test proves nothing\n%s", w.logs)
	}
	if days, _ := w.days(call); days != 30 {
		t.Errorf("it is kept for %d days, want 30", days)
	}
}
