package watch_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/emulator/emulatortest"
	"sessionbridge.internal/shared/flow"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

func TestOnlyWhatIsLostIsTakenUp(t *testing.T) {
	t.Parallel()
	crm := settings.Settings{CRM: &settings.CRM{Queue: "crm-demo"}}
	owed := func(id store.ID, kind string) func(*world) {
		return func(w *world) { w.owes(id, kind) }
	}
	kept := func(w *world) {
		w.must(flow.Ensure(w.t.Context(), w.Tasks, crm, w.owes(call, work.CRM), call, w.Targets))
	}
	held := func(until time.Duration) func(*world) {
		return func(w *world) {
			d := w.owes(call, work.CRM)
			w.put(call, func(is *store.Document) {
				w.must(work.Begin(is, work.CRM, "a", d.Work[work.CRM].Task, start))
				work.HoldOn(is, work.CRM, until)
			})
		}
	}
	other := store.ID{Tenant: "plain", Source: "ccai", Key: "call-1"}
	gone := store.ID{Tenant: "gone", Source: "ccai", Key: "call-1"}
	tests := map[string]struct {
		before  func(*world)
		after   time.Duration
		missing int
		tasks   int    // on the queues, afterwards
		problem string // that is logged
	}{
		"a task that is lost is made anew":       {owed(call, work.CRM), 2 * time.Hour, 1, 1, ""},
		"so is another kind's":                   {owed(call, work.Metadata), 2 * time.Hour, 1, 1, ""},
		"one that is just due may come yet":      {owed(call, work.CRM), 30 * time.Minute, 0, 0, ""},
		"one that is on its queue is left alone": {kept, 2 * time.Hour, 0, 1, ""},
		"what a dead run held is taken up":       {held(0), 2 * time.Hour, 1, 1, ""},
		"what a living run holds is not":         {held(3 * time.Hour), 2 * time.Hour, 0, 0, ""},
		"a CRM that is gone is owed nothing":     {owed(other, work.CRM), 2 * time.Hour, 0, 0, ""},
		"nor is a tenant's that is gone":         {owed(gone, work.Metadata), 2 * time.Hour, 0, 0, ""},
		"a queue that is not there is told of":   {owed(call, work.Quality), 2 * time.Hour, 0, 0, "queue quality in projects/p/locations/l: the queue is not there"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			tt.before(w)
			w.clock.AdvanceTo(start.Add(tt.after))
			w.look()
			if got := w.found()["missing"]; got != tt.missing || len(w.tasks()) != tt.tasks {
				t.Errorf("%d missing and the tasks are %q, want %d and %d", got, w.tasks(), tt.missing, tt.tasks)
			}
			if logged := strings.Contains(w.logs.String(), "cannot be taken up"); logged != (tt.problem != "") || !strings.Contains(w.logs.String(), tt.problem) {
				t.Errorf("the log is %s, want in it %q", w.logs, tt.problem)
			}
			w.look()
			if got := w.found()["missing"]; got != 0 {
				t.Errorf("the next look tells of %d missing, want none within the hour", got)
			}
		})
	}
}

// Debts that nobody will ever pay must not stand at the head of what is looked at.
func TestWhatNobodyWantsIsForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := store.ID{Tenant: "gone", Source: "ccai", Key: "call-1"}
	w.owes(id, work.CRM)
	w.clock.AdvanceTo(start.Add(2 * time.Hour))
	w.look()
	w.look()
	if got := w.found()["late"]; got != 0 {
		t.Errorf("%d are late still, want none", got)
	}
}

// A name that was used is not to be had again within the hour, so the new task has another.
func TestTheNewTaskHasANewName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old := w.owes(call, work.CRM).Work[work.CRM].Task
	w.clock.AdvanceTo(start.Add(2 * time.Hour))
	w.look()
	d, err := w.Store.Session(t.Context(), call)
	w.must(err)
	name := d.Work[work.CRM].Task
	if name == old || !slices.ContainsFunc(w.tasks(), func(task string) bool { return strings.HasSuffix(task, name) }) {
		t.Errorf("the document names %q after %q, and the tasks are %q", name, old, w.tasks())
	}
}

// While Cloud Tasks does not say whether a task is there, none is made: it would be one more each hour.
func TestWithoutCloudTasksNothingIsMade(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.owes(call, work.CRM)
	w.clock.AdvanceTo(start.Add(2 * time.Hour))
	emulatortest.Plan(t, w.faults, `{"tasks":[{"match":"GetTask","times":99,"code":"PERMISSION_DENIED"}]}`)
	w.look()
	if got := w.found()["missing"]; got != 0 || len(w.tasks()) != 0 || !strings.Contains(w.logs.String(), `"not_mended":1`) {
		t.Errorf("%d missing, tasks %q, log %s, want one not mended", got, w.tasks(), w.logs)
	}
}

// A row of failures of what nobody wants would be told of for ever.
func TestWhatNobodyWantsFailsNoMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := store.ID{Tenant: "plain", Source: "ccai", Key: "call-1"} // it has no CRM
	w.put(id, func(d *store.Document) {
		d.CRM.State, d.CRM.Problem, d.CRM.FirstFailedAt = session.CRMWaiting, "500", start
		work.Owe(d, id, work.CRM, start.Add(time.Hour))
	})
	w.clock.AdvanceTo(start.Add(26 * time.Hour))
	w.look()
	w.look()
	if got := w.found(); got["waiting"] != 0 || got["dead"] != 1 {
		t.Errorf("told are %v, want none that waits and one that was given up", got)
	}
	d, err := w.Store.Session(t.Context(), id)
	w.must(err)
	if d.CRM.State != session.CRMDead || d.CRM.Problem != work.NoCRM {
		t.Errorf("the CRM's work is %s: %q", d.CRM.State, d.CRM.Problem)
	}
}

// That a service did not find the database, as after a change of rights or names, is no word of the tenant.
func TestATenantThatCannotBeReadIsStillOwedEverything(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.owes(call, work.Metadata)
	w.clock.AdvanceTo(start.Add(2 * time.Hour))
	emulatortest.Plan(t, w.faults, `{"firestore":[{"match":"BatchGetDocuments","code":"NOT_FOUND"}]}`)
	w.look()
	if !strings.Contains(w.logs.String(), `"not_mended":1`) {
		t.Errorf("the log is %s, want one not mended", w.logs)
	}
	emulatortest.Plan(t, w.faults, `{}`)
	d, err := w.Store.Session(t.Context(), call)
	w.must(err)
	if diff := cmp.Diff(before.Work, d.Work); diff != "" {
		t.Errorf("what is owed has changed (-want +got):\n%s", diff)
	}
}

// A queue that stands still may hold more than a run mends; what was lost behind it must not wait for it.
func TestAPausedQueueKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	crm := settings.Settings{CRM: &settings.CRM{Queue: "crm-demo"}}
	for i := range 510 {
		id := store.ID{Tenant: "demo", Source: "ccai", Key: fmt.Sprint("call-", i)}
		d := w.owes(id, work.CRM)
		if i == 0 { // Cloud Tasks is asked once for each queue, and for no task of a queue that stands still
			w.must(flow.Ensure(t.Context(), w.Tasks, crm, d, id, w.Targets))
		}
	}
	w.clock.Advance(time.Minute)
	lost := store.ID{Tenant: "plain", Source: "ccai", Key: "call-lost"}
	w.owes(lost, work.Metadata)
	w.pause("crm-demo")
	w.clock.AdvanceTo(start.Add(2 * time.Hour))
	emulatortest.Plan(t, w.faults, `{"tasks":[{"match":"GetQueue","times":2,"delay":"1ms"},{"match":"GetQueue","times":999,"code":"INTERNAL"},`+
		`{"match":"GetTask","delay":"1ms"},{"match":"GetTask","times":999,"code":"INTERNAL"}]}`)
	w.look()
	if got := w.found(); got["missing"] != 1 || !strings.Contains(w.logs.String(), `"looked_at":511,"not_mended":0`) || len(w.tasks()) != 2 {
		t.Errorf("told are %v, the tasks %q and the log %s; want one missing, made anew", got, w.tasks(), w.logs)
	}
}

// Cloud Scheduler does not wait for ever; who is not looked at now, is an hour later.
func TestALookEndsBeforeItsTimeIsOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 3 {
		w.owes(store.ID{Tenant: "demo", Source: "ccai", Key: fmt.Sprint("call-", i)}, work.Metadata)
	}
	w.clock.AdvanceTo(start.Add(2 * time.Hour))
	now, asked := w.clock.Now(), 0
	w.Clock = func() time.Time { // each session takes a minute
		asked++
		return now.Add(time.Duration(asked) * time.Minute)
	}
	w.look()
	if got := w.found()["missing"]; got != 2 {
		t.Errorf("%d were mended, want two of the three", got)
	}
}

// A new name each hour would be a write each hour for ever, of every session of a queue that somebody has deleted. What is owed
// counts as late meanwhile, and its task is made once the queue is there.
func TestAQueueThatIsNotThereHasNothingRenamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.owes(call, work.Quality)
	both := w.owes(store.ID{Tenant: "demo", Source: "ccai", Key: "call-2"}, work.Quality)
	w.owes(store.ID{Tenant: "demo", Source: "ccai", Key: "call-2"}, work.CRM)
	for hours := range 3 {
		w.clock.AdvanceTo(start.Add(time.Duration(2+hours) * time.Hour))
		w.look()
		if got := w.found()["late"]; got == 0 || !strings.Contains(w.logs.String(), `"not_mended":`) {
			t.Errorf("%d are late and the log is %s, want what is owed to be told of", got, w.logs)
		}
	}
	for id, want := range map[store.ID]*store.Document{call: before, {Tenant: "demo", Source: "ccai", Key: "call-2"}: both} {
		d, err := w.Store.Session(t.Context(), id)
		w.must(err)
		if d.Work[work.Quality] != want.Work[work.Quality] {
			t.Errorf("%s owes %+v after %+v", id.Key, d.Work[work.Quality], want.Work[work.Quality])
		}
	}
	if got := w.tasks(); len(got) != 1 || !strings.Contains(got[0], "-crm-") {
		t.Errorf("the tasks are %q, want that of the queue that is there", got)
	}
	w.must(w.Tasks.Hold(t.Context(), "quality", 1, 0))
	w.look()
	if got := w.found()["missing"]; got != 2 || len(w.tasks()) != 3 {
		t.Errorf("%d are missing and the tasks are %q, want both to be made", got, w.tasks())
	}
}

// Where nobody could be seen to, the lines would fill the log and say the same.
func TestManyThatCannotBeSeenToAreCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 130 {
		w.owes(store.ID{Tenant: "demo", Source: "ccai", Key: fmt.Sprint("call-", i)}, work.Quality)
	}
	w.clock.AdvanceTo(start.Add(2 * time.Hour))
	w.look()
	if n := strings.Count(w.logs.String(), "cannot be taken up"); n != 100 || !strings.Contains(w.logs.String(), `"not_mended":130`) {
		t.Errorf("%d lines, want 100 and the number of all", n)
	}
}
