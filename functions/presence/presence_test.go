package presence_test

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/grpc"

	"sessionbridge.internal/emulator/ccai"
	"sessionbridge.internal/emulator/clock"
	"sessionbridge.internal/emulator/emulatortest"
	"sessionbridge.internal/emulator/fault"
	"sessionbridge.internal/emulator/kustomer"
	"sessionbridge.internal/emulator/tasks"
	"sessionbridge.internal/functions/presence"
	"sessionbridge.internal/shared/function"
	"sessionbridge.internal/shared/store"
)

const (
	location = "projects/p/locations/l"
	kim      = "kim@demo.example"
)

// world is the function with its database, Cloud Tasks and both sides. The queue is paused: what is due is looked at.
type world struct {
	*function.Function
	store  *store.Store
	queue  *tasks.Server
	crm    *kustomer.Kustomer
	centre *ccai.Centre
}

func newWorld(t *testing.T) *world {
	t.Helper()
	now, faults := clock.New(), new(fault.Plan)
	w := &world{
		crm:    kustomer.New(kustomer.Options{Clock: now, APIKeys: map[string][]string{"key": {"org.permission"}}}),
		centre: ccai.New(ccai.Options{Username: "demo", Password: "key", Clock: now}),
	}
	crm, centre := httptest.NewServer(w.crm), httptest.NewServer(w.centre)
	t.Cleanup(crm.Close)
	t.Cleanup(centre.Close)
	env := map[string]string{
		"PRESENCE_QUEUE": "presence", "PRESENCE_URL": "http://127.0.0.1:1/presence", "SECRETS_DIR": t.TempDir(),
		"OUTBOUND_ALLOW":          strings.TrimPrefix(crm.URL, "http://") + "," + strings.TrimPrefix(centre.URL, "http://"),
		"FIRESTORE_EMULATOR_HOST": emulatortest.Firestore(t, faults, now.Now),
	}
	if err := os.WriteFile(filepath.Join(env["SECRETS_DIR"], "key"), []byte("key"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.queue, env["CLOUD_TASKS_EMULATOR_HOST"] = emulatortest.PausedTasks(t, faults, now, location, "presence")
	w.Function, w.store = start(t, env)
	err := w.store.PutSettings(t.Context(), "demo", []byte(`{"presence":{"to_centre":{"Available":"Available"},
		"crm":{"type":"kustomer","url":"`+crm.URL+`","key":"secret://key"},
		"centre":{"type":"ccai","url":"`+centre.URL+`","username":"demo","password":"secret://key"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// start makes the function in an environment that has all it needs and, above that, what set says.
func start(t *testing.T, set map[string]string) (*function.Function, *store.Store) {
	t.Helper()
	env := map[string]string{"GOOGLE_CLOUD_PROJECT": "p", "TASKS_LOCATION": location, "SECRETS_DIR": "x", "PRESENCE_QUEUE": "x", "PRESENCE_URL": "x"}
	maps.Copy(env, set)
	getenv := func(name string) string { return env[name] }
	f, err := presence.New(&function.Env{Name: "presence", Lookup: getenv, Logs: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	s := store.Open(getenv)
	for _, c := range []io.Closer{f, s} {
		t.Cleanup(func() {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	return f, s
}

func post(f http.Handler, method, body string) *httptest.ResponseRecorder {
	a := httptest.NewRecorder()
	f.ServeHTTP(a, httptest.NewRequest(method, "/", strings.NewReader(body)))
	return a
}

func (w *world) tasks() (n int) {
	for _, q := range w.queue.Snapshot().Queues {
		n += len(q.Tasks)
	}
	return n
}

func TestATurnForATenant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.crm.AddUser("Kim", kim); err != nil {
		t.Fatal(err)
	}
	if _, err := w.centre.AddAgent("Kim", kim); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{w.crm.SetStatus(kim, "Available"), w.centre.SetStatus(kim, "Available")} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if a := post(w, http.MethodPost, `{"tenant":"demo"}`); a.Code != http.StatusNoContent {
		t.Fatalf("answer is %d %s", a.Code, a.Body)
	}
	got, err := w.store.Agents(t.Context(), "demo", 10)
	if err != nil || len(got) != 1 || len(got[0].CRM.Logins) != 1 || len(got[0].Centre.Logins) != 1 {
		t.Errorf("the agents are %+v, %v, want Kim on both sides", got, err)
	}
	if a := post(w, http.MethodPost, `{"tenant":"nobody"}`); a.Code != http.StatusNoContent {
		t.Errorf("a tenant that is gone: %d %s", a.Code, a.Body)
	}
}

func TestEveryMinuteAllTenantsAreWoken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if a := post(w, http.MethodPost, `{}`); a.Code != http.StatusNoContent || w.tasks() != 1 {
		t.Errorf("answer is %d %s with %d tasks, want 204 and one", a.Code, a.Body, w.tasks())
	}
}

func TestNewNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		lookup func(string) string
		want   string
	}{
		"an empty environment": {func(string) string { return "" },
			"function presence: set the environment variables GOOGLE_CLOUD_PROJECT, TASKS_LOCATION, SECRETS_DIR, PRESENCE_QUEUE, PRESENCE_URL"},
		"an address that is none": {func(string) string { return "10.0.0.0/99" }, "10.0.0.0/99"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, err := presence.New(&function.Env{Name: "presence", Lookup: tt.lookup, Logs: io.Discard})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("New = %v, %v, want an error that says %q", f, err, tt.want)
			}
		})
	}
}

func TestOnlyWakesAreTaken(t *testing.T) {
	t.Parallel()
	f, _ := start(t, nil)
	for name, tt := range map[string]struct {
		method, body string
		want         int
	}{
		"a reader":        {http.MethodGet, "", http.StatusMethodNotAllowed},
		"nothing":         {http.MethodPost, "", http.StatusBadRequest},
		"no JSON":         {http.MethodPost, "hello", http.StatusBadRequest},
		"a list":          {http.MethodPost, "[]", http.StatusBadRequest},
		"a poisoned name": {http.MethodPost, `{"tenant":["demo"]}`, http.StatusBadRequest},
		"far too much":    {http.MethodPost, strings.Repeat(" ", 1<<20), http.StatusRequestEntityTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if a := post(f, tt.method, tt.body); a.Code != tt.want || a.Header().Get("Content-Type") != "application/problem+json" {
				t.Errorf("answer is %d %v, want %d and problem details", a.Code, a.Header(), tt.want)
			}
		})
	}
}

// A turn is done only when it is: a database that refuses has it come again.
func TestNothingIsAcknowledgedWithoutADatabase(t *testing.T) {
	t.Parallel()
	// Nothing is registered: every call is answered with Unimplemented.
	f, _ := start(t, map[string]string{"FIRESTORE_EMULATOR_HOST": emulatortest.Serve(t, new(fault.Plan), fault.Firestore, func(grpc.ServiceRegistrar) {})})
	for _, body := range []string{`{}`, `{"tenant":"demo"}`} {
		if a := post(f, http.MethodPost, body); a.Code != http.StatusInternalServerError || strings.Contains(a.Body.String(), "Firestore") {
			t.Errorf("%s: answer is %d %s, want 500 and no word of our insides", body, a.Code, a.Body)
		}
	}
}
