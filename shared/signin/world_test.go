package signin_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sessionbridge.internal/emulator/clock"
	"sessionbridge.internal/emulator/crm"
	"sessionbridge.internal/emulator/emulatortest"
	"sessionbridge.internal/emulator/fault"
	"sessionbridge.internal/shared/outbound"
	"sessionbridge.internal/shared/secrets"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/signin"
	"sessionbridge.internal/shared/store"
)

const (
	password = "canary pass:word"
	apiKey   = "canary-key"
	secret   = "canary +&%:secret" // of the OAuth client, with all that must be encoded
	client   = "bridge & co"
	back     = "https://console.example.com/console/oauth/callback"
	verifier = "canary-verifier-0123456789-0123456789-0123456789"
)

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// world is a database and a CRM with its OAuth server, all on one clock that stands.
type world struct {
	url     string // the CRM's
	dir     string // of the secrets
	clock   *clock.Clock
	store   *store.Store
	faults  *fault.Plan
	clients outbound.Options

	mu     sync.Mutex
	crm    *crm.CRM
	asked  []url.Values // the requests for tokens
	during func()       // what happens while one is answered, once
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{dir: t.TempDir(), clock: clock.Frozen(start), faults: new(fault.Plan)}
	w.restart()
	srv := httptest.NewServer(fault.HTTP(w.faults, fault.CRM, w))
	t.Cleanup(srv.Close)
	w.url = srv.URL
	w.clients = outbound.Options{Allow: []string{strings.TrimPrefix(srv.URL, "http://")}, Now: w.clock.Now}
	env := map[string]string{"GOOGLE_CLOUD_PROJECT": "p", "FIRESTORE_EMULATOR_HOST": emulatortest.Firestore(t, w.faults, w.clock.Now)}
	w.store = store.Open(func(name string) string { return env[name] })
	t.Cleanup(func() { _ = w.store.Close() })
	for name, value := range map[string]string{"password": password, "key": apiKey, "client": secret, "two-lines": "canary\nX-Other: canary"} {
		if err := os.WriteFile(filepath.Join(w.dir, name), []byte(value+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// restart has the CRM forget all it handed out.
func (w *world) restart() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.crm = crm.New(crm.Options{
		User: "demo", Password: password, APIKey: apiKey, Now: w.clock.Now,
		Clients: []crm.Client{{ID: client, Secret: secret, RedirectURIs: []string{back}}},
	})
}

// ServeHTTP is the CRM, with a note of the requests for tokens.
func (w *world) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	var during func()
	w.mu.Lock()
	to := w.crm
	if r.URL.Path == "/oauth/token" {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		form, _ := url.ParseQuery(string(body))
		w.asked = append(w.asked, form)
		during, w.during = w.during, nil
	}
	w.mu.Unlock()
	if during != nil {
		during()
	}
	to.ServeHTTP(rw, r)
}

// tokens are the grant types of the requests for tokens so far.
func (w *world) tokens() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var types []string
	for _, form := range w.asked {
		types = append(types, form.Get("grant_type"))
	}
	return strings.Join(types, " ")
}

// signer is one instance.
func (w *world) signer(t *testing.T) *signin.Signer {
	t.Helper()
	c, err := outbound.New(w.clients)
	if err != nil {
		t.Fatal(err)
	}
	return &signin.Signer{Secrets: secrets.NewResolver(w.dir, w.clock.Now), Client: c, Store: w.store, Clock: w.clock.Now}
}

// own are the settings of a client that signs in by itself.
func (w *world) own() *settings.OAuth {
	return &settings.OAuth{Grant: settings.ClientCredentials, TokenURL: w.url + "/oauth/token", ClientID: client, ClientSecret: "secret://client"}
}

// granted are the settings of a client that a person lets in.
func (w *world) granted() *settings.OAuth {
	o := w.own()
	o.Grant, o.AuthorizeURL, o.Scope, o.AccessType = settings.AuthorizationCode, w.url+"/oauth/authorize", "api", "offline"
	return o
}

// sign returns the status with which the CRM answers a signed request, and the Authorization it carried.
func (w *world) sign(t *testing.T, s *signin.Signer, c *settings.CRM) (status int, authorization string, err error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+"/api/accounts", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Sign(t.Context(), "demo", c, req); err != nil {
		if strings.Contains(err.Error(), "canary") {
			t.Errorf("the error holds a secret: %v", err)
		}
		return 0, req.Header.Get("Authorization"), err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	return res.StatusCode, req.Header.Get("Authorization"), nil
}

// must is sign where the CRM is to let us in.
func (w *world) must(t *testing.T, s *signin.Signer, o *settings.OAuth) (authorization string) {
	t.Helper()
	status, authorization, err := w.sign(t, s, &settings.CRM{OAuth: o})
	if err != nil || status != http.StatusOK {
		t.Fatalf("the CRM answers %d, %v; want 200", status, err)
	}
	return authorization
}

// carrying is a request that was signed with this.
func carrying(authorization string) *http.Request {
	return &http.Request{Header: http.Header{"Authorization": {authorization}}}
}

// connect takes a person to the CRM's page, has them allow it, and brings the code back.
func (w *world) connect(t *testing.T, s *signin.Signer, o *settings.OAuth) error {
	t.Helper()
	to, err := s.Connect(o, back, "state & all", verifier)
	if err != nil {
		t.Fatal(err)
	}
	q := w.person(t, to)
	if q.Get("state") != "state & all" || q.Get("code") == "" {
		t.Fatalf("the person comes back with %v", q)
	}
	return s.Connected(t.Context(), "demo", o, back, q.Get("code"), verifier)
}

// person is a browser whose owner presses the button to allow.
func (w *world) person(t *testing.T, to string) url.Values {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, to, strings.NewReader("decision=allow"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth("demo", password)
	res, err := http.DefaultTransport.RoundTrip(req) // which follows no redirect
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	at, err := res.Location()
	if err != nil || !strings.HasPrefix(at.String(), back) {
		t.Fatalf("the CRM answers %d and sends the person to %v, %v", res.StatusCode, at, err)
	}
	return at.Query()
}

// grant is what the database has.
func (w *world) grant(t *testing.T) store.Grant {
	t.Helper()
	g, err := w.store.Grant(context.WithoutCancel(t.Context()), "demo")
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func wantUnavailable(t *testing.T, err error, says string) {
	t.Helper()
	if !errors.Is(err, signin.ErrUnavailable) || !strings.Contains(err.Error(), says) {
		t.Errorf("error %v, want ErrUnavailable and %q", err, says)
	}
}

func wantFinal(t *testing.T, err error, says string) {
	t.Helper()
	if err == nil || errors.Is(err, signin.ErrUnavailable) || !strings.Contains(err.Error(), says) {
		t.Errorf("error %v, want one that does not pass and says %q", err, says)
	}
}
