package flow_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sessionbridge.internal/emulator/clock"
	"sessionbridge.internal/emulator/emulatortest"
	"sessionbridge.internal/emulator/fault"
	"sessionbridge.internal/emulator/kustomer"
	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/flow"
	"sessionbridge.internal/shared/outbound"
	"sessionbridge.internal/shared/schedule"
	"sessionbridge.internal/shared/secrets"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/signin"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

const location = "projects/p/locations/l"

var cite = flow.Cite

// Where the rules of the tables are written, of Kustomer and of the storage behind it.
const (
	fromLimits    = "developer.kustomer.com/docs/concepts/rate-limits: 429 and x-ratelimit-reset"
	fromUnique    = "developer.kustomer.com/api/core-resources/get-customer-by-phone-number: uniqueness across the organisation"
	fromRoles     = "developer.kustomer.com/docs/get-started/api-keys-and-roles: 403 without a role"
	fromRefusals  = "docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html: AccessDenied, SlowDown"
	fromAssigning = "docs.cloud.google.com/contact-center/ccai-platform/docs/kustomer: session events, who is assigned"

	oursAnew      = "ours: an upload begins anew, since an announcement nobody refers to is harmless, and a second file is refused or is"
	oursAddresses = "ours: an address that the CRM says is trusted no more than one of the settings"
	oursUnread    = "ours: wrong settings are mended by a person"
	oursStrangers = "ours: whom the CRM does not know, or does not tell us of, keeps no session from its record"
	oursInOrder   = "ours: searches count in the order of the settings"
	oursNoGuess   = "ours: nobody is guessed, and nobody is made twice"
)

var (
	nine   = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	callID = store.ID{Tenant: "demo", Source: "ccai", Key: "call-1"}
)

// shelf has one file, whose bytes every session's files have.
type shelf struct {
	content string
	sized   bool // it says how long the file is before it is read
}

func (s shelf) Content(context.Context, settings.Settings, store.ID, *store.Document, string) (files.Source, func(), error) {
	src := files.Bytes([]byte(s.content), "audio/mpeg")
	if !s.sized {
		src.Size = -1
	}
	return src, func() {}, nil
}

// slow is a shelf that something happens before its file is opened.
type slow struct {
	shelf
	before func()
}

func (s slow) Content(ctx context.Context, set settings.Settings, id store.ID, d *store.Document, file string) (files.Source, func(), error) {
	src, done, err := s.shelf.Content(ctx, set, id, d, file)
	open := src.Open
	src.Open = func(ctx context.Context, offset int64) (io.ReadCloser, error) {
		s.before()
		return open(ctx, offset)
	}
	return src, done, err
}

// connected is the runner with a database, queues and a Kustomer whose faults are planned, all on one clock that stands.
type connected struct {
	*kustomer.Kustomer
	runner *flow.Runner
	set    settings.Settings
	clock  *clock.Clock
	faults *fault.Plan
	url    string // Kustomer's
	// instead answers instead of Kustomer, where it is there and wants to.
	instead func(http.ResponseWriter, *http.Request) bool
}

// connect has the tenant demo with the CRM's settings, in which KUSTOMER stands for the address.
func connect(t *testing.T, crm string, change ...func(*kustomer.Options)) *connected {
	t.Helper()
	w := &connected{clock: clock.Frozen(nine), faults: new(fault.Plan)}
	o := kustomer.Options{Clock: w.clock, APIKeys: map[string][]string{
		"canary-key": {"org.permission"}, "no-users": {"org.permission.customer", "org.permission.conversation", "org.permission.note"},
	}}
	for _, f := range change {
		f(&o)
	}
	w.Kustomer = kustomer.New(o)
	server := httptest.NewServer(fault.HTTP(w.faults, fault.Kustomer, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if w.instead == nil || !w.instead(rw, r) {
			w.Kustomer.ServeHTTP(rw, r)
		}
	})))
	t.Cleanup(server.Close)
	w.url = server.URL
	w.runner = newRunner(t, w.clock, strings.TrimPrefix(server.URL, "http://"))
	doc := []byte(`{"crm":` + strings.ReplaceAll(crm, "KUSTOMER", server.URL) + `}`)
	var err error
	if w.set, err = settings.Parse(doc); err != nil {
		t.Fatal(err)
	}
	if err := w.runner.Store.PutSettings(t.Context(), "demo", doc); err != nil {
		t.Fatal(err)
	}
	return w
}

// newRunner is one that may call the host.
func newRunner(t *testing.T, c *clock.Clock, host string) *flow.Runner {
	t.Helper()
	env := map[string]string{"GOOGLE_CLOUD_PROJECT": "p", "TASKS_LOCATION": location}
	none := new(fault.Plan)
	env["FIRESTORE_EMULATOR_HOST"] = emulatortest.Firestore(t, none, c.Now)
	_, env["CLOUD_TASKS_EMULATOR_HOST"] = emulatortest.PausedTasks(t, none, c, location, "crm", "files", "metadata")
	getenv := func(name string) string { return env[name] }
	client, err := outbound.New(outbound.Options{Allow: []string{host}, Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, key := range []string{"canary-key", "no-users"} {
		if err := os.WriteFile(filepath.Join(dir, key), []byte(key), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	db, tasks := store.Open(getenv), schedule.Open(getenv)
	for _, c := range []io.Closer{db, tasks} {
		t.Cleanup(func() { _ = c.Close() })
	}
	return &flow.Runner{
		Store: db, Tasks: tasks, Client: client, Clock: c.Now, Log: slog.New(slog.DiscardHandler), Files: shelf{"ID3 canary audio", true},
		Settings: &settings.Cache{Load: db.Settings, Clock: c.Now},
		Signer:   &signin.Signer{Secrets: secrets.NewResolver(dir, c.Now), Client: client, Store: db, Clock: c.Now},
		Targets: flow.Targets{CRMURL: "http://127.0.0.1:1/", Metadata: work.Target{Queue: "metadata", URL: "http://127.0.0.1:1/"},
			Files: work.Target{Queue: "files", URL: "http://127.0.0.1:1/"}},
	}
}

// before has something happen once, before a request ("POST /v1/customers") is answered.
func (w *connected) before(request string, happen func()) {
	var once sync.Once
	w.instead = func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method+" "+r.URL.Path == request {
			once.Do(happen)
		}
		return false
	}
}

// post makes something in Kustomer, as its people do.
func (w *connected) post(t *testing.T, path, body string) {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(body))
	req.Header.Set("Authorization", "Bearer canary-key")
	req.Header.Set("Content-Type", "application/json")
	answer := httptest.NewRecorder()
	w.Kustomer.ServeHTTP(answer, req)
	if answer.Code != http.StatusCreated {
		t.Fatalf("%s: %d %s", path, answer.Code, answer.Body)
	}
}

// tell changes the session, as an event does, and names the work that it owes then.
func (w *connected) tell(t *testing.T, change func(*session.Session)) {
	t.Helper()
	_, err := w.runner.Store.Update(t.Context(), callID, func(d *store.Document) (store.Change, error) {
		if d.Session.Key == "" {
			d.Session = session.Session{Key: callID.Key, Tenant: callID.Tenant, Source: callID.Source, Channel: session.Call, StartedAt: nine,
				Customer: session.Customer{Phone: "+12223334444", Name: "Kim Lee"}}
		}
		change(&d.Session)
		flow.Owe(w.set, d, callID, w.clock.Now())
		return store.Change{}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// wake has the CRM's task come at its time, and returns what is known then.
func (w *connected) wake(t *testing.T) *store.Document {
	t.Helper()
	d := w.document(t)
	due := d.Work[work.CRM]
	if due.Task == "" {
		t.Fatalf("nothing wakes the CRM's work, which is %s: %s", d.CRM.State, d.CRM.Problem)
	}
	w.clock.AdvanceTo(due.TaskAt)
	if err := w.runner.Run(t.Context(), work.Wake{ID: callID, Kind: work.CRM, Task: due.Task}); err != nil {
		t.Fatal(err)
	}
	return w.document(t)
}

func (w *connected) document(t *testing.T) *store.Document {
	t.Helper()
	d, err := w.runner.Store.Session(t.Context(), callID)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// asked are the requests that Kustomer got: method, path and status.
func (w *connected) asked() (all []string) {
	for _, r := range w.Snapshot().Requests {
		all = append(all, fmt.Sprint(r.Method, " ", r.Path, " ", r.Status))
	}
	return all
}

// delivered are the attempts at a step, oldest first.
func (w *connected) delivered(t *testing.T, step string) (all []store.Delivery) {
	t.Helper()
	made, err := w.runner.Store.Deliveries(t.Context(), callID)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range made {
		if d.Step == step {
			all = append(all, d)
		}
	}
	return all
}

// everything is all that is kept of the session, as JSON.
func (w *connected) everything(t *testing.T) string {
	t.Helper()
	made, err := w.runner.Store.Deliveries(t.Context(), callID)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := json.NewEncoder(&b).Encode(map[string]any{"document": w.document(t), "deliveries": made}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
