package attendance_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/emulator/ccai"
	"sessionbridge.internal/emulator/clock"
	"sessionbridge.internal/emulator/emulatortest"
	"sessionbridge.internal/emulator/fault"
	"sessionbridge.internal/emulator/kustomer"
	"sessionbridge.internal/emulator/tasks"
	"sessionbridge.internal/shared/attendance"
	"sessionbridge.internal/shared/outbound"
	"sessionbridge.internal/shared/presence"
	"sessionbridge.internal/shared/schedule"
	"sessionbridge.internal/shared/secrets"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

const (
	location = "projects/p/locations/l"
	kim      = "kim@demo.example"
)

var start = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

// world is an office: a CRM and a contact centre in which Kim works, and the runner between, all on one clock that stands.
type world struct {
	*testing.T
	runner   *attendance.Runner
	clock    *clock.Clock
	faults   *fault.Plan
	queue    *tasks.Server
	crm      *kustomer.Kustomer
	centre   *ccai.Centre
	settings settings.Presence
	secrets  string // the folder
	logs     bytes.Buffer
	onPause  func() // called before each request to the contact centre; nil: nothing
}

func newWorld(t *testing.T, change ...func(*settings.Presence)) *world {
	t.Helper()
	w := &world{T: t, clock: clock.Frozen(start), faults: new(fault.Plan), secrets: t.TempDir()}
	w.crm = kustomer.New(kustomer.Options{Clock: w.clock, APIKeys: map[string][]string{"key": {"org.permission.user.read", "org.permission.routing"}}})
	w.centre = ccai.New(ccai.Options{Username: "demo", Password: "token", Clock: w.clock, Statuses: []string{"Meal", "Break", "Coaching"}})
	crm := httptest.NewServer(fault.HTTP(w.faults, fault.Kustomer, w.crm))
	t.Cleanup(crm.Close)
	centre := httptest.NewServer(fault.HTTP(w.faults, fault.Centre, w.centre))
	t.Cleanup(centre.Close)
	w.settings = settings.Presence{
		ToCentre: map[string]string{"Available": "Available", "Mail": "Available", "Lunch": "Meal", "Training": "Break"},
		CRM:      settings.PresenceCRM{Type: settings.CRMKustomer, URL: crm.URL, Key: "secret://crm"},
		Centre:   &settings.PresenceCentre{Type: settings.CentreCCAI, URL: centre.URL, Username: "demo", Password: "secret://centre"},
	}
	w.write("crm", "key")
	w.write("centre", "token")
	w.runner = w.newRunner(crm.URL, centre.URL)
	w.furnish(change...)
	return w
}

func (w *world) write(name, value string) {
	w.Helper()
	if err := os.WriteFile(filepath.Join(w.secrets, name), []byte(value), 0o600); err != nil {
		w.Fatal(err)
	}
}

func (w *world) newRunner(servers ...string) *attendance.Runner {
	w.Helper()
	env := map[string]string{"GOOGLE_CLOUD_PROJECT": "p", "TASKS_LOCATION": location}
	env["FIRESTORE_EMULATOR_HOST"] = emulatortest.Firestore(w, w.faults, w.clock.Now)
	w.queue, env["CLOUD_TASKS_EMULATOR_HOST"] = emulatortest.PausedTasks(w, w.faults, w.clock, location, "presence")
	getenv := func(name string) string { return env[name] }
	var allow []string
	for _, s := range servers {
		allow = append(allow, strings.TrimPrefix(s, "http://"))
	}
	client, err := outbound.New(outbound.Options{Allow: allow, Now: w.clock.Now})
	if err != nil {
		w.Fatal(err)
	}
	db, scheduler := store.Open(getenv), schedule.Open(getenv)
	w.Cleanup(func() {
		if err := db.Close(); err != nil {
			w.Error(err)
		}
		if err := scheduler.Close(); err != nil {
			w.Error(err)
		}
	})
	return &attendance.Runner{
		Store: db, Settings: &settings.Cache{Load: db.Settings, Clock: w.clock.Now}, Secrets: secrets.NewResolver(w.secrets, w.clock.Now),
		Client: client, Waker: attendance.Waker{Tasks: scheduler, Target: work.Target{Queue: "presence", URL: "http://127.0.0.1:1/"}},
		Clock: w.clock.Now, Log: slog.New(slog.NewTextHandler(&w.logs, nil)), Pause: w.pause,
	}
}

func (w *world) pause(_ context.Context, d time.Duration) error {
	w.clock.Advance(d)
	if w.onPause != nil {
		w.onPause()
	}
	return nil
}

// furnish has the tenant demo, and Kim on both sides, available.
func (w *world) furnish(change ...func(*settings.Presence)) {
	w.Helper()
	for _, f := range change {
		f(&w.settings)
	}
	w.put("demo", settings.Settings{Presence: &w.settings})
	for _, status := range []string{"Mail", "Lunch", "Training", "Secret"} {
		if _, err := w.crm.AddStatus(status); err != nil {
			w.Fatal(err)
		}
	}
	w.hire("Kim Park", kim)
}

func (w *world) put(tenant string, set settings.Settings) {
	w.Helper()
	doc, err := json.Marshal(set)
	if err != nil {
		w.Fatal(err)
	}
	if err := w.runner.Store.PutSettings(w.Context(), tenant, doc); err != nil {
		w.Fatal(err)
	}
	if _, err := settings.Parse(doc); err != nil && tenant != "broken" {
		w.Fatal(err)
	}
}

// hire adds an agent on both sides, who is available.
func (w *world) hire(name, email string) {
	w.Helper()
	if _, err := w.crm.AddUser(name, email); err != nil {
		w.Fatal(err)
	}
	if _, err := w.centre.AddAgent(name, strings.ToUpper(email)); err != nil {
		w.Fatal(err)
	}
	w.must(w.crm.SetStatus(email, "Available"))
	w.must(w.centre.SetStatus(email, "Available"))
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// turn lets a minute pass, and runs.
func (w *world) turn() {
	w.Helper()
	w.clock.Advance(time.Minute)
	w.must(w.runner.Run(w.Context(), "demo"))
}

// states are Kim's, in the CRM and in the contact centre.
func (w *world) states() [2]string {
	return [2]string{w.crmStatus(kim), w.centre.Status(kim)}
}

func (w *world) want(crm, centre string) {
	w.Helper()
	if got := w.states(); got != [2]string{crm, centre} {
		w.Errorf("the CRM has %q and the contact centre %q, want %q and %q", got[0], got[1], crm, centre)
	}
}

// crmStatus is the name of the status of the newest work session.
func (w *world) crmStatus(email string) string {
	s := w.crm.Snapshot()
	names := map[string]string{}
	for _, r := range append(s.Users, s.Statuses...) {
		names[r.ID] = strings.ToLower(r.Text("email")) + r.Text("name")
	}
	for _, r := range s.Users {
		names[r.ID] = strings.ToLower(r.Text("email"))
	}
	for _, r := range slices.Backward(s.WorkSessions) {
		if names[r.Related("user")] == email {
			return names[r.Related("status")]
		}
	}
	return ""
}

// writes are how often each side was written.
func (w *world) writes() (crm, centre int) {
	for _, r := range w.crm.Snapshot().Requests {
		if r.Method == "PUT" {
			crm++
		}
	}
	for _, r := range w.centre.Snapshot().Requests {
		if r.Method == "POST" {
			centre++
		}
	}
	return crm, centre
}

func (w *world) wantWrites(crm, centre int) {
	w.Helper()
	if a, b := w.writes(); a != crm || b != centre {
		w.Errorf("the CRM was written %d times and the contact centre %d, want %d and %d", a, b, crm, centre)
	}
}

// agent is what is known of an agent.
func (w *world) agent(email string) presence.Agent {
	w.Helper()
	all, err := w.runner.Store.Agents(w.Context(), "demo", 1000)
	w.must(err)
	for _, a := range all {
		if a.Email == email {
			return a
		}
	}
	w.Fatalf("%s is not known", email)
	return presence.Agent{}
}

// reasons are the codes of why a side is not as it should be.
func (w *world) reasons(email string) (codes []presence.Code) {
	w.Helper()
	for _, r := range attendance.Decide(&w.settings, w.agent(email), w.clock.Now()).Reasons {
		codes = append(codes, r.Code)
	}
	return codes
}

// due are the moments for which there are tasks, that are not over.
func (w *world) due() (at []time.Time) {
	for _, q := range w.queue.Snapshot().Queues {
		for _, task := range q.Tasks {
			if task.ScheduledAt.After(w.clock.Now()) {
				at = append(at, task.ScheduledAt)
			}
		}
	}
	return at
}

func (w *world) plan(script string) { emulatortest.Plan(w, w.faults, script) }

func (w *world) attendance() store.Attendance {
	w.Helper()
	a, err := w.runner.Store.Attendance(w.Context(), "demo")
	w.must(err)
	return a
}

func twoWay(s *settings.Presence) { s.TwoWay = true }

func reports(s *settings.Presence) {
	s.Centre, s.TwoWay = nil, true
	s.ToCentre = map[string]string{"Available": "logged_in", "Lunch": "paused"}
}
