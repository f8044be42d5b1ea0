package session_test

import (
	"io"
	"strings"
	"testing"
	"time"

	gcp "cloud.google.com/go/firestore"

	"sessionbridge.internal/emulator/clock"
	"sessionbridge.internal/emulator/emulatortest"
	"sessionbridge.internal/emulator/fault"
	"sessionbridge.internal/emulator/tasks"
	"sessionbridge.internal/functions/session"
	"sessionbridge.internal/shared/cloud"
	"sessionbridge.internal/shared/function"
	model "sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/store"
)

const location = "projects/p/locations/l"

var (
	start = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	id    = store.ID{Tenant: "demo", Source: "ccai", Key: "call-1"}
)

// world is the function with its database and Cloud Tasks, all on the machine's clock, as the function is. The queues are
// paused: what is due is looked at.
type world struct {
	*function.Function
	store    *store.Store
	database string // host:port
	queues   *tasks.Server
	faults   *fault.Plan
	getenv   func(string) string
}

// newWorld has the tenant demo with the settings.
func newWorld(t *testing.T, settings string) *world {
	t.Helper()
	w := &world{faults: new(fault.Plan)}
	w.database = emulatortest.Firestore(t, w.faults, clock.New().Now)
	env := map[string]string{
		"GOOGLE_CLOUD_PROJECT": "p", "TASKS_LOCATION": location, "METADATA_QUEUE": "metadata",
		"CRM_URL": "http://127.0.0.1:1/crm", "METADATA_URL": "http://127.0.0.1:1/metadata", "FILES_QUEUE": "files", "EXPORT_URL": "http://127.0.0.1:1/export",
		"PRESENCE_QUEUE": "presence", "PRESENCE_URL": "http://127.0.0.1:1/presence",
		"QUALITY_QUEUE": "quality", "QUALITY_URL": "http://127.0.0.1:1/quality",
		"FIRESTORE_EMULATOR_HOST": w.database,
	}
	w.queues, env["CLOUD_TASKS_EMULATOR_HOST"] = emulatortest.PausedTasks(t, w.faults, clock.New(), location, "crm-demo", "metadata", "files", "quality", "presence")
	w.getenv = func(name string) string { return env[name] }
	w.again(t)
	w.store = store.Open(w.getenv)
	closeAfter(t, w.store)
	if err := w.store.PutSettings(t.Context(), "demo", []byte(settings)); err != nil {
		t.Fatal(err)
	}
	return w
}

// again has a new instance of the function, which knows nothing of the settings yet.
func (w *world) again(t *testing.T) {
	t.Helper()
	f, err := session.New(&function.Env{Name: "session", Lookup: w.getenv, Logs: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	closeAfter(t, f)
	w.Function = f
}

func closeAfter(t *testing.T, c io.Closer) {
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
}

// tasks are how many each queue holds, by its id; an empty queue is left out.
func (w *world) tasks() map[string]int {
	n := map[string]int{}
	for _, q := range w.queues.Snapshot().Queues {
		if len(q.Tasks) > 0 {
			n[q.Name[strings.LastIndex(q.Name, "/")+1:]] = len(q.Tasks)
		}
	}
	return n
}

// poison are the messages that were set aside.
func (w *world) poison(t *testing.T) (kept []store.Poison) {
	t.Helper()
	db, err := gcp.NewClient(t.Context(), "p", cloud.Options(w.database)...)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	all, err := db.Collection("poison").Documents(t.Context()).GetAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, doc := range all {
		var p store.Poison
		if err := doc.DataTo(&p); err != nil {
			t.Fatal(err)
		}
		kept = append(kept, p)
	}
	return kept
}

func (w *world) session(t *testing.T) model.Session {
	t.Helper()
	d, err := w.store.Session(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return d.Session
}
