package console_test

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/emulator/clock"
	"sessionbridge.internal/emulator/crm"
	"sessionbridge.internal/emulator/emulatortest"
	"sessionbridge.internal/emulator/fault"
	"sessionbridge.internal/emulator/people"
	"sessionbridge.internal/emulator/tasks"
	"sessionbridge.internal/functions/console"
	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/function"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

const (
	audience   = "console"                      // the client's id
	consoleURL = "https://console.example.com/" // with what a person may put at its end
	callback   = "https://console.example.com/console/oauth/callback"
	password   = "canary password"
	sessions   = "/console/api/tenants/demo/sessions"
	location   = "projects/p/locations/l"
)

var start = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// world is the function with its database, Cloud Tasks, whose queues are paused, and the issuer that signs people in.
type world struct {
	*function.Function
	store  *store.Store
	issuer *people.Issuer // where people sign in
	clock  *clock.Clock   // the database's
	queues *tasks.Server
	faults *fault.Plan
	time   *clock.Clock // everybody else's
	crm    *crm.CRM
	crmURL string
}

// newWorld has the tenant demo with a CRM and, an hour apart, the sessions call-1, which has ended, and chat-2. The
// environment may have more than the function needs.
func newWorld(t *testing.T, more ...map[string]string) *world {
	t.Helper()
	w := &world{clock: clock.Frozen(start), faults: new(fault.Plan), time: clock.New()}
	offset, secrets := filepath.Join(t.TempDir(), "offset"), t.TempDir()
	write(t, offset, "0s")
	write(t, filepath.Join(secrets, "crm"), password)
	w.time.Moved = func(d time.Duration) { replace(t, offset, d.String()) }
	write(t, filepath.Join(secrets, "cookies"), strings.Repeat("canary", 6))
	w.startCRM(t)
	issuer := w.startIssuer(t)
	env := map[string]string{
		"GOOGLE_CLOUD_PROJECT": "p", "TASKS_LOCATION": location, "OIDC_ISSUER": issuer, "OIDC_CLIENT_ID": audience,
		"OIDC_CLIENT_SECRET": "secret://crm", "COOKIE_KEY": "secret://cookies", "CONSOLE_ADMINS": "ada@example.com, eve@example.com",
		"CRM_URL": "http://127.0.0.1:1/crm", "METADATA_QUEUE": "metadata", "METADATA_URL": "http://127.0.0.1:1/metadata", "FILES_QUEUE": "files", "EXPORT_URL": "http://127.0.0.1:1/export",
		"QUALITY_QUEUE": "quality", "QUALITY_URL": "http://127.0.0.1:1/quality",
		"CONSOLE_URL": consoleURL, "DESK_URL": "https://desk.example.com", "SECRETS_DIR": secrets, "CLOCK_OFFSET_FILE": offset, "OUTBOUND_ALLOW": strings.TrimPrefix(w.crmURL, "http://"),
		"FIRESTORE_EMULATOR_HOST": emulatortest.Firestore(t, w.faults, w.clock.Now),
	}
	w.queues, env["CLOUD_TASKS_EMULATOR_HOST"] = emulatortest.PausedTasks(t, w.faults, clock.New(), location, "crm-demo", "metadata", "files", "quality")
	for _, m := range more {
		maps.Copy(env, m)
	}
	getenv := func(name string) string { return env[name] }
	var err error
	if w.Function, err = console.New(&function.Env{Name: "console", Lookup: getenv, Logs: io.Discard}); err != nil {
		t.Fatal(err)
	}
	w.store = store.Open(getenv)
	for _, c := range []io.Closer{w.Function, w.store} {
		t.Cleanup(func() {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	w.furnish(t)
	return w
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Error(err)
	}
}

// replace is write for a file that may be read meanwhile: nobody reads half of it.
func replace(t *testing.T, path, text string) {
	t.Helper()
	write(t, path+".new", text)
	if err := os.Rename(path+".new", path); err != nil {
		t.Error(err)
	}
}

// startIssuer serves the issuer, and returns its name.
func (w *world) startIssuer(t *testing.T) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { w.issuer.ServeHTTP(rw, r) }))
	t.Cleanup(srv.Close)
	w.issuer = people.New(people.Options{URL: srv.URL, Now: w.time.Now})
	return srv.URL
}

func (w *world) startCRM(t *testing.T) {
	t.Helper()
	w.crm = crm.New(crm.Options{
		User: "demo", Password: password, Now: w.time.Now,
		Clients: []crm.Client{{ID: "bridge", Secret: password, RedirectURIs: []string{callback}}},
	})
	srv := httptest.NewServer(fault.HTTP(w.faults, fault.CRM, w.crm))
	t.Cleanup(srv.Close)
	w.crmURL = srv.URL
}

// tasks are the queues' ids, each as often as it holds a task.
func (w *world) tasks() (queues []string) {
	for _, q := range w.queues.Snapshot().Queues {
		for range q.Tasks {
			queues = append(queues, q.Name[strings.LastIndex(q.Name, "/")+1:])
		}
	}
	return queues
}

func (w *world) furnish(t *testing.T) {
	t.Helper()
	err := w.store.PutSettings(t.Context(), "demo", []byte(`{"crm":{"queue":"crm-demo","endpoints":{
		"create_account":{"method":"POST","url":"https://crm.example.com/accounts"}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	w.add(t, "call-1", session.Started, session.Ended)
	w.clock.Advance(time.Hour)
	w.add(t, "chat-2", session.Started, session.MessageSent)
	unknown := session.Event{ID: "u1", Tenant: "demo", Source: "ccai", Kind: session.Unknown, At: start}
	if err := w.store.AddUnknown(t.Context(), []session.Event{unknown}); err != nil {
		t.Fatal(err)
	}
}

// add puts a session with these events, all of them now, into the database, and one delivery.
func (w *world) add(t *testing.T, key string, kinds ...session.Kind) {
	t.Helper()
	at := w.clock.Now()
	id := store.ID{Tenant: "demo", Source: "ccai", Key: key}
	_, err := w.store.Update(t.Context(), id, func(d *store.Document) (c store.Change, err error) {
		for _, kind := range kinds {
			e := session.Event{ID: key + string(kind), Tenant: "demo", Source: "ccai", Session: key, Kind: kind, At: at}
			if kind == session.MessageSent {
				e.Message = &session.Message{Role: session.EndUser, Text: "Hello"}
				c.Messages = append(c.Messages, e)
			}
			d.Session = session.Apply(d.Session, e)
		}
		d.AddFile(store.MetadataFile, settings.Metadata).Put(work.Bucket, files.Stored{Path: "ujet-metadata/" + key + ".json", Size: 2, At: at})
		c.Deliveries = []store.Delivery{{Work: "crm", Number: 1, Step: "create_account", At: at, Verdict: store.Waiting}}
		return c, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// giveUp makes the CRM's work of a session a dead letter.
func (w *world) giveUp(t *testing.T, key, problem string) {
	t.Helper()
	_, err := w.store.Update(t.Context(), store.ID{Tenant: "demo", Source: "ccai", Key: key}, func(d *store.Document) (store.Change, error) {
		d.CRM.State, d.CRM.Problem, d.CRM.Failures = session.CRMDead, problem, 3
		return store.Change{}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// ask makes a request as a person with a token for the audience, or as nobody where that is empty. A header
// is written "Name: value".
func (w *world) ask(t *testing.T, method, path, audience string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	return w.send(t, httptest.NewRequest(method, path, nil), "ada@example.com", audience, headers...)
}

// post is ask with a body of JSON.
func (w *world) post(t *testing.T, path, body string) *httptest.ResponseRecorder {
	t.Helper()
	return w.send(t, httptest.NewRequest(http.MethodPost, path, strings.NewReader(body)), "ada@example.com", audience, "Content-Type: application/json")
}

func (w *world) send(t *testing.T, r *http.Request, person, audience string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	if audience != "" {
		token, err := w.issuer.Token(people.Person{Email: person}, audience)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
	}
	a := httptest.NewRecorder()
	w.ServeHTTP(a, r)
	return a
}
