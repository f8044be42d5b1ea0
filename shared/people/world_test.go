package people_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"sessionbridge.internal/emulator/clock"
	issuer "sessionbridge.internal/emulator/people"
	"sessionbridge.internal/shared/inbound"
	"sessionbridge.internal/shared/people"
	"sessionbridge.internal/shared/secrets"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
)

var start = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

const (
	clientID = "client"
	tenant   = "/console/demo/"
	key      = "0123456789abcdefghijklmnopqrstuvwxyz"
)

// staff are whom the issuer knows; the tenant demo knows Kim as an agent and Sam as a supervisor, all tenants know Ada.
var staff = []issuer.Person{
	{Name: "Ada Admin", Email: "ada@demo.example"}, {Name: "Sam Supervisor", Email: "sam@demo.example"},
	{Name: "Kim Park", Email: "Kim@Demo.Example"}, {Name: "Noa Nobody", Email: "noa@demo.example"},
	{Name: "Una Unverified", Email: "ada@demo.example ", Unverified: true},
}

// world is a function for people and the issuer, each a real server, and a browser.
type world struct {
	URL     string
	issuer  *issuer.Issuer
	at      *httptest.Server // the issuer
	answers http.Handler     // in the issuer's place, where it is set
	clock   *clock.Clock
	secrets string // the folder
	logs    *logs
	browser *http.Client
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{clock: clock.Frozen(start), secrets: t.TempDir(), logs: &logs{}, browser: newBrowser(t)}
	w.keep(t, "oidc", "canary-client-secret")
	w.keep(t, "cookies", key)
	front := httptest.NewUnstartedServer(nil)
	w.URL = "http://" + front.Listener.Addr().String()
	w.at = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if w.answers != nil {
			w.answers.ServeHTTP(rw, r)
			return
		}
		w.issuer.ServeHTTP(rw, r)
	}))
	t.Cleanup(w.at.Close)
	w.issuer = issuer.New(issuer.Options{URL: w.at.URL, People: staff, Now: w.clock.Now, Clients: []issuer.Client{
		{ID: clientID, Secret: "canary-client-secret", RedirectURIs: []string{w.URL + "/console/signin/callback", w.URL + "/desk/signin/callback"}},
	}})
	front.Config.Handler = w.function(t, w.config(nil))
	front.Start()
	t.Cleanup(front.Close)
	return w
}

// config is the deployment's environment, with what is different.
func (w *world) config(change map[string]string) people.Config {
	env := map[string]string{
		"CONSOLE_URL": w.URL, "OIDC_ISSUER": w.at.URL, "OIDC_CLIENT_ID": clientID, "OIDC_CLIENT_SECRET": "secret://oidc",
		"COOKIE_KEY": "secret://cookies", "OIDC_AUDIENCES": "https://console.example.com, other", "CONSOLE_ADMINS": "Ada@demo.example",
	}
	maps.Copy(env, change)
	get := func(name string) string { return env[name] }
	return people.ConfigFrom("console", get, get)
}

// function shows who is there: at /console/{tenant}/ to agents and above, at …/look, …/repair and …/settings to others; and
// likewise at the desk's door, /desk/{tenant}/ and …/look.
func (w *world) function(t *testing.T, conf people.Config) http.Handler {
	t.Helper()
	log := slog.New(slog.NewJSONHandler(w.logs, nil))
	load := func(_ context.Context, tenant string) ([]byte, error) {
		if tenant == "unread" {
			return nil, status.Error(codes.Unavailable, "canary-of-the-database")
		}
		if tenant != "demo" {
			return nil, store.ErrNotFound
		}
		return []byte(`{"desk":{"adapters":{"call":"https://cc.example.com/"},"embed_origins":["https://crm.example.com"]},` +
			`"people":{"kim@demo.example":"agent","sam@demo.example":"supervisor"}}`), nil
	}
	mux := http.NewServeMux()
	gateOf := func(conf people.Config) *people.Gate {
		gate, err := people.New(conf, w.clock.Now)
		if err != nil {
			t.Fatal(err)
		}
		gate.Log, gate.Secrets = log, secrets.NewResolver(w.secrets, w.clock.Now)
		gate.Settings = &settings.Cache{Load: load, Clock: w.clock.Now}
		gate.Mount(mux)
		return gate
	}
	gate, desk := gateOf(conf), gateOf(deskOf(conf))
	who := func(rw http.ResponseWriter, r *http.Request) error {
		_, err := fmt.Fprintf(rw, "%s <%s>", people.Of(r.Context()).Name, people.Of(r.Context()).Email)
		return err
	}
	for path, right := range map[string]people.Right{"{$}": people.Desk, "look": people.Look, "repair": people.Repair, "settings": people.Administer} {
		mux.Handle("/console/{tenant}/"+path, inbound.Handler(log, gate.Only(right, who)))
	}
	for path, right := range map[string]people.Right{"{$}": people.Desk, "look": people.Look} {
		mux.Handle("/desk/{tenant}/"+path, inbound.Handler(log, desk.Only(right, who)))
	}
	mux.Handle("/console/{$}", inbound.Handler(log, gate.Only(people.Enter, who)))
	return http.NewCrossOriginProtection().Handler(mux)
}

// deskOf is the configuration of the desk behind the same host.
func deskOf(conf people.Config) people.Config {
	conf.Function = "desk"
	return conf
}

func (w *world) keep(t *testing.T, secret, value string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(w.secrets, secret), []byte(value), 0o600); err != nil {
		t.Fatal(err)
	}
}

// newBrowser keeps cookies and follows no redirect by itself. Its connections are its own: a test server that closes ends the
// idle ones of http.DefaultTransport, at which another test may be at work.
func newBrowser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	own := &http.Transport{}
	t.Cleanup(own.CloseIdleConnections)
	return &http.Client{Transport: own, Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// answer is what a browser got.
type answer struct {
	*http.Response
	body string
}

// visit makes the request of a browser that wants a page. A header is written "Name: value".
func (w *world) visit(t *testing.T, method, to string, headers ...string) answer {
	t.Helper()
	if strings.HasPrefix(to, "/") {
		to = w.URL + to
	}
	req, err := http.NewRequestWithContext(t.Context(), method, to, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "text/html,application/xhtml+xml")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	res, err := w.browser.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{res, string(body)}
}

// leave begins to sign in, and returns the issuer's address to which it leads.
func (w *world) leave(t *testing.T, next string) string {
	t.Helper()
	a := w.visit(t, "GET", "/console/signin?next="+url.QueryEscape(next))
	to := a.Header.Get("Location")
	if a.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to, w.at.URL+"/authorize?") {
		t.Fatalf("signing in is answered %d %s to %q", a.StatusCode, a.body, to)
	}
	return to
}

// choose presses somebody's button at the issuer, and returns the address to which the browser is sent back.
func (w *world) choose(t *testing.T, at, email string) string {
	t.Helper()
	res, err := w.browser.PostForm(at, url.Values{"person": {email}})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	back := res.Header.Get("Location")
	if to, _, _ := strings.Cut(back, "?"); to != w.URL+"/console/signin/callback" && to != w.URL+"/desk/signin/callback" {
		t.Fatalf("the issuer answers %s and sends the browser to %q", res.Status, back)
	}
	return back
}

// signIn has somebody sign in on the way to a page.
func (w *world) signIn(t *testing.T, email string) {
	t.Helper()
	a := w.visit(t, "GET", w.choose(t, w.leave(t, tenant), email))
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != tenant {
		t.Fatalf("coming back is answered %d %s", a.StatusCode, a.body)
	}
}

// ask is a program's request with a token.
func (w *world) ask(t *testing.T, path, token string) answer {
	t.Helper()
	return w.visit(t, "GET", path, "Accept: application/json", "Authorization: Bearer "+token)
}

func (w *world) token(t *testing.T, email, audience string) string {
	t.Helper()
	token, err := w.issuer.Token(issuer.Person{Email: email}, audience)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// logs are the lines so far.
type logs struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logs) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// hostile is an issuer that says what a test has it say.
type hostile struct {
	url    string
	key    *rsa.PrivateKey
	claims func(nonce string) map[string]any
	broken string // the path that answers 500
	nonce  string // of the sign-in under way
}

var newKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// takeOver puts a hostile issuer in the place of the world's.
func (w *world) takeOver(t *testing.T) *hostile {
	t.Helper()
	key, err := newKey()
	if err != nil {
		t.Fatal(err)
	}
	h := &hostile{url: w.at.URL, key: key}
	w.answers = h
	return h
}

func (h *hostile) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == h.broken {
		http.Error(w, "canary", http.StatusInternalServerError)
		return
	}
	var v any
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		v = map[string]any{"issuer": h.url, "authorization_endpoint": h.url + "/authorize", "token_endpoint": h.url + "/token", "jwks_uri": h.url + "/keys"}
	case "/keys":
		v = jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: h.key.Public(), KeyID: "k", Algorithm: "RS256", Use: "sig"}}}
	case "/token":
		v = map[string]any{"access_token": "a", "token_type": "Bearer", "id_token": sign(jose.RS256, h.key, h.claims(h.nonce))}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

// claims are a good token's, with what is different.
func (w *world) claims(nonce string, change map[string]any) map[string]any {
	now := w.clock.Now()
	c := map[string]any{
		"iss": w.at.URL, "aud": clientID, "sub": "1", "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
		"email": "kim@demo.example", "email_verified": true, "name": "Kim Park", "nonce": nonce,
	}
	maps.Copy(c, change)
	return c
}

func sign(alg jose.SignatureAlgorithm, key any, claims map[string]any) string {
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: jose.JSONWebKey{Key: key, KeyID: "k"}}, nil)
	if err != nil {
		panic(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	jws, err := s.Sign(payload)
	if err != nil {
		panic(err)
	}
	token, err := jws.CompactSerialize()
	if err != nil {
		panic(err)
	}
	return token
}

// answered is what a handler itself answers a program.
func answered(h http.Handler, path string) *httptest.ResponseRecorder {
	a := httptest.NewRecorder()
	h.ServeHTTP(a, httptest.NewRequest(http.MethodGet, path, nil))
	return a
}
