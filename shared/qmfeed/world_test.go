package qmfeed_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sessionbridge.internal/emulator/clock"
	"sessionbridge.internal/emulator/emulatortest"
	"sessionbridge.internal/emulator/fault"
	"sessionbridge.internal/emulator/qm"
	"sessionbridge.internal/emulator/tasks"
	"sessionbridge.internal/shared/flow"
	"sessionbridge.internal/shared/outbound"
	"sessionbridge.internal/shared/qmfeed"
	"sessionbridge.internal/shared/quality"
	"sessionbridge.internal/shared/schedule"
	"sessionbridge.internal/shared/secrets"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/signin"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

const (
	location   = "projects/p/locations/l"
	queue      = "quality"
	signingKey = "whsec_dGhlIGtleSBvZiB0aGVzZSB0ZXN0cywgMzIgYnl0ZXM="
)

var (
	start = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	agent = &session.Agent{ID: "1", Name: "Kim Park", Email: "kim@demo.example"}
)

// world is everything a run touches, on a clock that stands: Firestore, Cloud Tasks and an application for quality
// management, spoken to as in earnest.
type world struct {
	*testing.T
	*qmfeed.Runner
	clock  *clock.Clock
	faults *fault.Plan
	queue  *tasks.Server
	qm     *qm.QM
	set    settings.Settings // the tenant's
	// secrets is the directory of their files.
	secrets string

	mu     sync.Mutex
	logs   bytes.Buffer
	answer http.HandlerFunc    // in the place of the application; nil: none
	seen   func(*http.Request) // sees each request before it is answered; nil: nobody
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, clock: clock.Frozen(start), faults: new(fault.Plan)}
	env := map[string]string{"GOOGLE_CLOUD_PROJECT": "p", "TASKS_LOCATION": location}
	env["FIRESTORE_EMULATOR_HOST"] = emulatortest.Firestore(t, w.faults, w.clock.Now)
	// Paused: what comes due is looked at, and sent by the tests themselves.
	w.queue, env["CLOUD_TASKS_EMULATOR_HOST"] = emulatortest.PausedTasks(t, w.faults, w.clock, location, queue)
	getenv := func(name string) string { return env[name] }
	db, scheduler := store.Open(getenv), schedule.Open(getenv)
	for _, c := range []io.Closer{db, scheduler} {
		t.Cleanup(func() {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	client, err := outbound.New(outbound.Options{Allow: []string{"127.0.0.0/8"}, Now: w.clock.Now})
	w.must(err)
	w.Runner = &qmfeed.Runner{
		Store: db, Tasks: scheduler, Client: client, Clock: w.clock.Now,
		Settings: &settings.Cache{Load: db.Settings, Clock: w.clock.Now},
		Signer:   &signin.Signer{Secrets: secrets.NewResolver(w.secretsDir(), w.clock.Now), Client: client, Store: db, Clock: w.clock.Now},
		Log:      slog.New(slog.NewJSONHandler(w, nil)),
		Target:   work.Target{Queue: queue, URL: "http://127.0.0.1:1/quality"},
	}
	w.startQM()
	return w
}

func (w *world) secretsDir() string {
	w.Helper()
	dir := w.TempDir()
	w.secrets = dir
	for name, value := range map[string]string{"qm": "demo", "signing": signingKey, "short": "whsec_abcd", "token": "canary-token"} {
		w.must(os.WriteFile(filepath.Join(dir, name), []byte(value), 0o600))
	}
	return dir
}

// startQM starts the application and has the tenant tell it of calls and chats.
func (w *world) startQM() {
	w.Helper()
	var err error
	w.qm, err = qm.New(qm.Options{User: "demo", Password: "demo", Secret: signingKey, Now: w.clock.Now})
	w.must(err)
	app := fault.HTTP(w.faults, fault.QM, w.qm)
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		seen, answer := w.seen, w.answer
		w.mu.Unlock()
		if seen != nil {
			seen(r)
		}
		if answer != nil {
			answer(rw, r)
			return
		}
		app.ServeHTTP(rw, r)
	}))
	w.Cleanup(server.Close)
	endpoint := func(channel string) *settings.QualityEndpoint {
		return &settings.QualityEndpoint{
			URL: server.URL + "/events/" + channel + "?key=canary-key", SigningSecret: "secret://signing",
			Basic: &settings.Basic{Username: "demo", Password: "secret://qm"},
		}
	}
	w.set.Quality = &settings.Quality{Call: endpoint("call"), Chat: endpoint("chat")}
	w.change(func(*settings.Settings) {})
}

// change alters the tenant's settings.
func (w *world) change(f func(*settings.Settings)) {
	w.Helper()
	f(&w.set)
	doc, err := json.Marshal(w.set)
	w.must(err)
	w.must(w.Store.PutSettings(w.Context(), "demo", doc))
}

func (w *world) plan(script string) {
	w.Helper()
	emulatortest.Plan(w.T, w.faults, script)
}

// answers has f answer in the application's place.
func (w *world) answers(f http.HandlerFunc) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answer = f
}

// watches has f see each request first.
func (w *world) watches(f func(*http.Request)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen = f
}

// Write takes the runner's log.
func (w *world) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.logs.Write(b)
}

func (w *world) logged() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.logs.String()
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// happens adds events to the session, a second apart and the last now, and moves to when they are to be told.
func (w *world) happens(key string, kinds ...session.Kind) store.ID {
	w.Helper()
	id := store.ID{Tenant: "demo", Source: "ccai", Key: key}
	now := w.clock.Now()
	w.update(id, func(d *store.Document) {
		for i, kind := range kinds {
			e := session.Event{Tenant: id.Tenant, Source: id.Source, Session: key, Kind: kind, At: now.Add(time.Duration(i+1-len(kinds)) * time.Second)}
			e.ID = string(kind) + e.At.String()
			if kind != session.Started && kind != session.Ended {
				e.Agent = agent
			}
			d.Session = session.Apply(d.Session, e)
		}
		flow.Owe(w.set, d, id, w.clock.Now())
	})
	w.clock.Advance(work.QualityDelay)
	return id
}

// call has a whole call happen: of ten events or so.
func (w *world) call(key string) store.ID {
	w.Helper()
	return w.happens(key, session.Started, session.Ringing, session.Connected, session.Held, session.Resumed, session.Muted, session.Unmuted, session.Ended)
}

func (w *world) update(id store.ID, f func(*store.Document)) {
	w.Helper()
	_, err := w.Store.Update(w.Context(), id, func(d *store.Document) (store.Change, error) {
		f(d)
		return store.Change{}, nil
	})
	w.must(err)
}

func (w *world) doc(id store.ID) *store.Document {
	w.Helper()
	d, err := w.Store.Session(w.Context(), id)
	w.must(err)
	return d
}

// wake runs the work the way the named task of the document does.
func (w *world) wake(id store.ID) error {
	w.Helper()
	return w.Run(w.Context(), work.Wake{ID: id, Kind: work.Quality, Task: w.doc(id).Work[work.Quality].Task})
}

// Run is the runner's; the test has a method of that name too.
func (w *world) Run(ctx context.Context, wake work.Wake) error { return w.Runner.Run(ctx, wake) }

// wakeAtItsTime moves the clock to the named task and runs.
func (w *world) wakeAtItsTime(id store.ID) {
	w.Helper()
	w.clock.AdvanceTo(w.doc(id).Work[work.Quality].TaskAt)
	w.must(w.wake(id))
}

// told are the ids of what the application took of a session, in the order it came.
func (w *world) told(id store.ID) (ids []string) {
	s := w.qm.Snapshot()
	for _, t := range slices.Concat(s.Calls, s.Chats) {
		if t.Key == id.String() {
			for _, e := range t.Events {
				ids = append(ids, e.ID)
			}
		}
	}
	return ids
}

// wantTold expects that the application has all of the session, each event once and in order, and that nothing is left.
func (w *world) wantTold(id store.ID) {
	w.Helper()
	d := w.doc(id)
	var want []string
	for _, p := range quality.Payloads(d.Session) {
		want = append(want, p.ID)
	}
	if got := w.told(id); !slices.Equal(got, want) || len(want) == 0 {
		w.Errorf("%s: told %q, want %q", id.Key, got, want)
	}
	q, b := d.Quality, d.Work[work.Quality]
	if q.Problem != "" || q.Dead || q.Failures != 0 || len(q.Request) != 0 || len(q.Sent) != len(want) || b.Holder != "" || b.Task != "" {
		w.Errorf("%s: left with %+v and %+v", id.Key, q, b)
	}
}

func (w *world) deliveries(id store.ID) []store.Delivery {
	w.Helper()
	all, err := w.Store.Deliveries(w.Context(), id)
	w.must(err)
	return all
}

// tasksLeft are the names of the tasks on the queue, without the queue's.
func (w *world) tasksLeft() (names []string) {
	for _, t := range w.queue.Snapshot().Queues[0].Tasks {
		names = append(names, t.Name[strings.LastIndex(t.Name, "/")+1:])
	}
	return names
}
