package work_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/emulator/clock"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

func TestWorkIsForgottenAnHourAfterItsTime(t *testing.T) {
	t.Parallel()
	late := start.Add(-work.Overdue - time.Second)
	for name, tt := range map[string]struct {
		work store.Work
		want bool
	}{
		"nothing is owed":                  {store.Work{Serial: 3}, false},
		"its task is late":                 {store.Work{Task: "t", TaskAt: late}, true},
		"its task may come yet":            {store.Work{Task: "t", TaskAt: start.Add(-work.Overdue)}, false},
		"its run died long ago":            {store.Work{Holder: "a", Until: late}, true},
		"its run may live":                 {store.Work{Holder: "a", Until: start}, false},
		"a run lives and a task waits":     {store.Work{Task: "t", TaskAt: late, Holder: "a", Until: start}, false},
		"a run died and a task is to come": {store.Work{Task: "t", TaskAt: start, Holder: "a", Until: late}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := work.Forgotten(tt.work, start); got != tt.want {
				t.Errorf("Forgotten = %t", got)
			}
		})
	}
}

// A run that died has taken the task's name out of the document, and the task comes again all the same.
func TestATaskIsLostOnlyOnceItIsNotOnItsQueue(t *testing.T) {
	t.Parallel()
	_, scheduler := cloudTasks(t, clock.Frozen(start))
	to := work.Target{Queue: "crm-demo", URL: "http://127.0.0.1:1/"}
	d := &store.Document{Session: session.Session{Key: id.Key}}
	work.Owe(d, id, work.CRM, start.Add(time.Minute))
	lost := func() bool {
		t.Helper()
		is, err := work.Lost(t.Context(), scheduler, d, id, work.CRM, to)
		if err != nil {
			t.Fatal(err)
		}
		return is
	}
	if !lost() {
		t.Error("a task that was never made is not lost")
	}
	if err := work.Ensure(t.Context(), scheduler, d, id, work.CRM, to); err != nil {
		t.Fatal(err)
	}
	if lost() {
		t.Error("a task on its queue is lost")
	}
	if err := work.Begin(d, work.CRM, "a", d.Work[work.CRM].Task, start); err != nil || lost() {
		t.Errorf("%v: the task of a run under way is lost", err)
	}
}

func TestDropLeavesNothingOwed(t *testing.T) {
	t.Parallel()
	d := &store.Document{Work: map[string]store.Work{work.CRM: {Task: "t", TaskAt: start, Serial: 2, Holder: "a", Until: start}}}
	work.Drop(d, work.CRM)
	if got, want := d.Work[work.CRM], (store.Work{Serial: 2}); got != want {
		t.Errorf("left is %+v, want %+v", got, want)
	}
}

// What nobody wants fails no more, and what a CRM is owed can be had again once there is one.
func TestDropForgetsWhatFailed(t *testing.T) {
	t.Parallel()
	fails := func() *store.Document {
		return &store.Document{
			CRM:      session.CRM{State: session.CRMWaiting, FirstFailedAt: start, Failures: 3, Problem: "500"},
			Metadata: store.Metadata{FirstFailedAt: start, Failures: 3, Problem: "500"},
			Quality:  store.Quality{FirstFailedAt: start, Failures: 3, Problem: "500"},
			Files:    []store.File{{ID: "rec-1", FirstFailedAt: start, RefusedAt: start, Failures: 3, Problem: "500"}},
		}
	}
	for kind, want := range map[string]func(*store.Document){
		work.CRM: func(d *store.Document) {
			d.CRM.State, d.CRM.Problem = session.CRMDead, "the settings have no crm any more; once they have one, a replay goes on"
		},
		work.Metadata:      func(d *store.Document) { d.Metadata = store.Metadata{} },
		work.Quality:       func(d *store.Document) { d.Quality = store.Quality{} },
		work.File("rec-1"): func(d *store.Document) { d.Files[0] = store.File{ID: "rec-1"} },
	} {
		got, wanted := fails(), fails()
		work.Drop(got, kind)
		want(wanted)
		wanted.Work = map[string]store.Work{kind: {}}
		if diff := cmp.Diff(wanted, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", kind, diff)
		}
	}
}

func TestDropLeavesWhatWasGivenUp(t *testing.T) {
	t.Parallel()
	dead := func() *store.Document {
		return &store.Document{
			CRM:      session.CRM{State: session.CRMDead, Problem: "404"},
			Metadata: store.Metadata{Dead: true, Problem: "404"},
			Quality:  store.Quality{Dead: true, Problem: "404"},
			Files:    []store.File{{ID: "rec-1", Dead: true, Problem: "404"}},
		}
	}
	got, want := dead(), dead()
	want.Work = map[string]store.Work{}
	for _, kind := range []string{work.CRM, work.Metadata, work.Quality, work.File("rec-1")} {
		work.Drop(got, kind)
		want.Work[kind] = store.Work{}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Metrics have a series for each value of what they are labelled with.
func TestLogHasFewWordsForMetrics(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		delivery store.Delivery
		want     map[string]any
	}{
		"a file's work and step name the file": {
			store.Delivery{Work: work.File("rec-1"), Step: "fetch rec-1", Verdict: store.Done},
			map[string]any{"work": "file", "action": "fetch", "status_class": "none", "owed_seconds": nil},
		},
		"an upload, too": {
			store.Delivery{Work: work.CRM, Step: "upload_rec-1", Status: 429, Verdict: store.Waiting, At: start, Since: start.Add(-time.Minute)},
			map[string]any{"work": "crm", "action": "upload", "status_class": "4xx", "owed_seconds": 60.0},
		},
		"a status that is none": {
			store.Delivery{Work: work.Quality, Step: "deliver", Status: 777, Verdict: store.Dead, At: start, Since: start.Add(time.Second)},
			map[string]any{"work": "quality", "action": "deliver", "status_class": "none", "owed_seconds": 0.0},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			work.Log(t.Context(), slog.New(slog.NewJSONHandler(&out, nil)), id, tt.delivery)
			var line map[string]any
			if err := json.Unmarshal(out.Bytes(), &line); err != nil {
				t.Fatal(err)
			}
			for k, v := range tt.want {
				if line[k] != v {
					t.Errorf("%s is %v, want %v", k, line[k], v)
				}
			}
		})
	}
}
