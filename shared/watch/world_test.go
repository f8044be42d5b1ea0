package watch_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"

	"sessionbridge.internal/emulator/clock"
	"sessionbridge.internal/emulator/emulatortest"
	"sessionbridge.internal/emulator/fault"
	"sessionbridge.internal/emulator/tasks"
	"sessionbridge.internal/shared/flow"
	"sessionbridge.internal/shared/schedule"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/watch"
	"sessionbridge.internal/shared/work"
)

const location = "projects/p/locations/l"

var (
	start = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	call  = store.ID{Tenant: "demo", Source: "ccai", Key: "call-1"}
)

// world is a watch with its database and with Cloud Tasks, which nobody answers: tasks stay on their queues.
type world struct {
	*watch.Watch
	t      *testing.T
	db     string // the database's address
	faults *fault.Plan
	queue  *tasks.Server
	clock  *clock.Clock
	logs   *bytes.Buffer
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, faults: new(fault.Plan), clock: clock.Frozen(start), logs: new(bytes.Buffer)}
	env := map[string]string{
		"GOOGLE_CLOUD_PROJECT": "p", "TASKS_LOCATION": location,
		"FIRESTORE_EMULATOR_HOST": emulatortest.Firestore(t, w.faults, w.clock.Now),
	}
	w.queue, env["CLOUD_TASKS_EMULATOR_HOST"] = emulatortest.VainTasks(t, w.faults, w.clock, location, "crm-demo", "metadata")
	w.db = env["FIRESTORE_EMULATOR_HOST"]
	getenv := func(name string) string { return env[name] }
	db, scheduler := store.Open(getenv), schedule.Open(getenv)
	t.Cleanup(func() { _, _ = db.Close(), scheduler.Close() })
	const function = "http://127.0.0.1:1/"
	w.Watch = &watch.Watch{
		Store: db, Tasks: scheduler, Clock: w.clock.Now, Log: slog.New(slog.NewJSONHandler(w.logs, nil)),
		Settings: &settings.Cache{Load: db.Settings, Clock: w.clock.Now},
		Targets: flow.Targets{
			CRMURL: function, Metadata: work.Target{Queue: "metadata", URL: function},
			Files: work.Target{Queue: "files", URL: function}, Quality: work.Target{Queue: "quality", URL: function},
		},
	}
	w.must(db.PutSettings(t.Context(), "demo", []byte(`{"crm":{"queue":"crm-demo","endpoints":{}}}`)))
	w.must(db.PutSettings(t.Context(), "plain", []byte(`{}`)))
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// put stores a session as f makes it.
func (w *world) put(id store.ID, f func(*store.Document)) *store.Document {
	w.t.Helper()
	d, err := w.Store.Update(w.t.Context(), id, func(d *store.Document) (store.Change, error) {
		d.Session.Tenant, d.Session.Source, d.Session.Key = id.Tenant, id.Source, id.Key
		f(d)
		return store.Change{}, nil
	})
	w.must(err)
	return d
}

// owes has the session owe one kind of work now.
func (w *world) owes(id store.ID, kind string) *store.Document {
	w.t.Helper()
	return w.put(id, func(d *store.Document) { work.Owe(d, id, kind, w.clock.Now()) })
}

func (w *world) look() {
	w.t.Helper()
	w.logs.Reset()
	w.must(w.Run(w.t.Context()))
}

func (w *world) pause(queue string) {
	w.t.Helper()
	_, err := w.queue.PauseQueue(w.t.Context(), &cloudtaskspb.PauseQueueRequest{Name: location + "/queues/" + queue})
	w.must(err)
}

// found is what the last look told, by class.
func (w *world) found() map[string]int {
	w.t.Helper()
	counts := map[string]int{}
	for line := range bytes.Lines(w.logs.Bytes()) {
		var l struct {
			Msg, Class string
			Count      int
		}
		w.must(json.Unmarshal(line, &l))
		if l.Msg == "found" {
			counts[l.Class] = l.Count
		}
	}
	return counts
}

// tasks are the names of those on the queues.
func (w *world) tasks() (names []string) {
	for _, q := range w.queue.Snapshot().Queues {
		for _, task := range q.Tasks {
			names = append(names, task.Name)
		}
	}
	return names
}
