package desk_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"

	"sessionbridge.internal/emulator/emulatortest"
	"sessionbridge.internal/emulator/fault"
	"sessionbridge.internal/emulator/firestore"
	"sessionbridge.internal/emulator/people"
	"sessionbridge.internal/emulator/pubsub"
	"sessionbridge.internal/functions/desk"
	"sessionbridge.internal/shared/clock"
	commands "sessionbridge.internal/shared/desk"
	"sessionbridge.internal/shared/function"
	"sessionbridge.internal/shared/store"
)

const (
	audience = "desk" // the client's id
	ada      = "ada@example.com"
	bob      = "bob@example.com"
	rome     = "+390612345678"
	milan    = "+390212345678"
)

// world is the function behind a real server, with its database and the issuer that signs people in.
type world struct {
	*testing.T
	url    string
	store  *store.Store
	issuer *people.Issuer
	offset string // the file that tells how far the time is ahead
	broker *pubsub.Server
	faults *fault.Plan // of Pub/Sub

	database *fault.Plan

	mu   sync.Mutex
	logs bytes.Buffer
}

// usual and short are how long streams last, and what is between their signs of life.
var (
	usual = [2]time.Duration{time.Minute, time.Hour}
	short = [2]time.Duration{5 * time.Millisecond, 200 * time.Millisecond}
)

// newWorld has the tenants demo, whose CRM is in Italy, other, which has no CRM, and bare, which has no desk. Ada is an administrator
// of all, Bob an agent of the first two.
func newWorld(t *testing.T, pace [2]time.Duration) *world {
	t.Helper()
	w := &world{T: t, offset: filepath.Join(t.TempDir(), "offset"), faults: new(fault.Plan), database: new(fault.Plan)}
	w.ahead(0)
	issuer := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { w.issuer.ServeHTTP(rw, r) }))
	t.Cleanup(issuer.Close)
	w.issuer = people.New(people.Options{URL: issuer.URL, Now: w.now})
	folder := t.TempDir()
	for _, secret := range []string{"client", "cookies"} {
		if err := os.WriteFile(filepath.Join(folder, secret), []byte(strings.Repeat("canary", 6)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	env := map[string]string{
		"GOOGLE_CLOUD_PROJECT": "p", "EVENTS_TOPIC": "session-events", "PUBSUB_EMULATOR_HOST": w.startPubSub(), "CLOCK_OFFSET_FILE": w.offset, "SECRETS_DIR": folder,
		"CONSOLE_URL": "https://console.example.com", "DESK_URL": "https://desk.example.com", "OIDC_ISSUER": issuer.URL, "OIDC_CLIENT_ID": audience,
		"OIDC_CLIENT_SECRET": "secret://client", "COOKIE_KEY": "secret://cookies", "CONSOLE_ADMINS": ada,
		"FIRESTORE_EMULATOR_HOST": w.startFirestore(), "OUTBOUND_ALLOW": "127.0.0.0/8",
	}
	getenv := func(name string) string { return env[name] }
	f, err := desk.NewPaced(&function.Env{Name: "desk", Lookup: getenv, Logs: w}, pace[0], pace[1])
	if err != nil {
		t.Fatal(err)
	}
	w.store = store.Open(getenv)
	front := httptest.NewServer(f)
	w.url = front.URL
	t.Cleanup(func() {
		front.CloseClientConnections() // streams would hold Close up
		front.Close()
		for _, c := range []io.Closer{f, w.store} {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}
	})
	const adapters = `"desk":{"adapters":{"call":"https://cc.example.com/agent/?lang=it","chat":"https://chat.example.com/agent/"},"embed_origins":["https://crm.example.com"]},"people":{"bob@example.com":"agent"}`
	w.put("demo", `{"crm":{"queue":"q","phone":{"region":"IT"},"endpoints":{}},`+adapters+`}`)
	w.put("other", `{`+adapters+`}`)
	w.put("bare", `{}`)
	return w
}

// startFirestore serves a database with so many streams of a connection as Google's servers allow.
func (w *world) startFirestore() string {
	return emulatortest.Serve(w.T, w.database, fault.Firestore, firestore.New(time.Now).Register, append(firestore.ServerOptions(), grpc.MaxConcurrentStreams(100))...)
}

// Write takes the function's log.
func (w *world) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.logs.Write(b)
}

// logged is what the log says so far.
func (w *world) logged() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.logs.String()
}

func (w *world) put(tenant, settings string) {
	w.Helper()
	if err := w.store.PutSettings(w.Context(), tenant, []byte(settings)); err != nil {
		w.Fatal(err)
	}
}

// now is the function's time.
func (w *world) now() time.Time {
	return clock.FromEnv(func(string) string { return w.offset })()
}

// ahead moves the function's time. The file is replaced, never changed, so that nobody reads half of it.
func (w *world) ahead(d time.Duration) {
	w.Helper()
	err := os.WriteFile(w.offset+".new", []byte(d.String()), 0o600)
	if err == nil {
		err = os.Rename(w.offset+".new", w.offset)
	}
	if err != nil {
		w.Fatal(err)
	}
}

// do makes a request as a person, or as nobody. A header is written "Name: value". Redirects are not followed.
func (w *world) do(who, method, path, body string, headers ...string) *http.Response {
	w.Helper()
	r, err := http.NewRequestWithContext(w.Context(), method, w.url+path, strings.NewReader(body))
	if err != nil {
		w.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	if who != "" {
		token, err := w.issuer.Token(people.Person{Email: who}, audience)
		if err != nil {
			w.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { resp.Body.Close() })
	return resp
}

// ask is do with the answer's body read.
func (w *world) ask(who, method, path, body string, headers ...string) (*http.Response, string) {
	w.Helper()
	resp := w.do(who, method, path, body, headers...)
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		w.Fatal(err)
	}
	return resp, string(text)
}

// call puts a call on a desk and returns the command.
func (w *world) call(tenant, who, number string) (c commands.Command) {
	w.Helper()
	resp, body := w.ask(who, http.MethodPost, "/desk/"+tenant+"/calls", fmt.Sprintf(`{"number":%q}`, number), "Content-Type: application/json")
	if resp.StatusCode != http.StatusAccepted {
		w.Fatalf("a call is answered %d %s", resp.StatusCode, body)
	}
	if err := json.Unmarshal([]byte(body), &c); err != nil {
		w.Fatal(err)
	}
	return c
}

// listed are the commands with an id above after.
func (w *world) listed(tenant, who string, after int64) []commands.Command {
	w.Helper()
	resp, body := w.ask(who, http.MethodGet, fmt.Sprintf("/desk/%s/commands?after=%d", tenant, after), "")
	var list struct{ Commands []commands.Command }
	if err := json.Unmarshal([]byte(body), &list); err != nil || resp.StatusCode != http.StatusOK {
		w.Fatalf("commands are answered %d %s", resp.StatusCode, body)
	}
	return list.Commands
}
