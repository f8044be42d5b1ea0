package people_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"sessionbridge.internal/emulator/clock"
	"sessionbridge.internal/emulator/people"
)

const (
	clientID = "app"
	secret   = "a secret: 100%"
	redirect = "https://app.example.com/callback"
	verifier = "0123456789012345678901234567890123456789012"
)

var start = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

// world is the issuer as a real server, below a path as the local cloud has it, and the standard's library, which knows it by
// its discovery.
type world struct {
	*people.Issuer
	clock    *clock.Clock
	provider *oidc.Provider
	config   oauth2.Config
	client   *http.Client
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{clock: clock.Frozen(start)}
	srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { w.ServeHTTP(rw, r) }))
	t.Cleanup(srv.Close)
	w.Issuer = people.New(people.Options{
		URL: srv.URL + "/emulator/oidc", Now: w.clock.Now,
		Clients: []people.Client{{ID: clientID, Secret: secret, RedirectURIs: []string{redirect}}, {ID: "other", Secret: "other", RedirectURIs: []string{redirect}}},
		People: []people.Person{
			{Name: "Ada Admin", Email: "ada@demo.example", Note: "administrator"},
			{Name: `<b onclick="x">Kim</b>`, Email: "kim@demo.example", Unverified: true},
		},
	})
	provider, err := oidc.NewProvider(context.WithoutCancel(t.Context()), srv.URL+"/emulator/oidc")
	if err != nil {
		t.Fatal(err)
	}
	w.provider = provider
	w.config = oauth2.Config{ClientID: clientID, ClientSecret: secret, RedirectURL: redirect, Endpoint: provider.Endpoint(), Scopes: []string{"openid", "email"}}
	w.config.Endpoint.AuthStyle = oauth2.AuthStyleInHeader
	w.client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return w
}

// asks is the address that an application sends a browser to, with a parameter changed or, where it is empty, left out.
func (w *world) asks(t *testing.T, change ...string) string {
	t.Helper()
	u, err := url.Parse(w.config.AuthCodeURL("s", oidc.Nonce("n"), oauth2.S256ChallengeOption(verifier)))
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	for i := 0; i < len(change); i += 2 {
		if q.Del(change[i]); change[i+1] != "" {
			q.Set(change[i], change[i+1])
		}
	}
	u.RawQuery = q.Encode()
	return u.String()
}

func (w *world) send(t *testing.T, method, at string, form url.Values) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, at, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := w.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

// back is what the browser brings the application after somebody was chosen.
func (w *world) back(t *testing.T, at, email string) url.Values {
	t.Helper()
	res, body := w.send(t, http.MethodPost, at, url.Values{"person": {email}})
	to, err := url.Parse(res.Header.Get("Location"))
	if err != nil || res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to.String(), redirect+"?") {
		t.Fatalf("choosing is answered %s %s to %v", res.Status, body, to)
	}
	return to.Query()
}

func TestSomebodyIsIdentified(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	res, body := w.send(t, http.MethodGet, w.asks(t), nil)
	if res.StatusCode != 200 || !strings.Contains(body, `value="ada@demo.example"`) || strings.Contains(body, "<b onclick") {
		t.Fatalf("the page is %s %s", res.Status, body)
	}
	if policy := res.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'") || !strings.HasSuffix(policy, "form-action 'self' https://app.example.com") {
		t.Errorf("its policy is %q", policy)
	}
	q := w.back(t, w.asks(t), "ada@demo.example")
	if q.Get("state") != "s" || q.Get("iss") == "" {
		t.Errorf("the browser brings %v", q)
	}
	tokens, err := w.config.Exchange(t.Context(), q.Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := tokens.Extra("id_token").(string)
	token, err := w.provider.Verifier(&oidc.Config{ClientID: clientID, Now: w.clock.Now}).Verify(t.Context(), raw)
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		Email    string
		Verified bool `json:"email_verified"`
		Name     string
		Azp      string
	}
	if err := token.Claims(&claims); err != nil {
		t.Fatal(err)
	}
	if claims.Email != "ada@demo.example" || !claims.Verified || claims.Name != "Ada Admin" || claims.Azp != clientID ||
		token.Nonce != "n" || token.Subject == "" || !token.Expiry.Equal(start.Add(time.Hour)) {
		t.Errorf("the token says %+v, %+v", claims, token)
	}
}

func TestARequestThatIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, tt := range map[string]struct {
		change []string
		code   string // that the application is told; empty: the person is told that the sign-in cannot go on
		says   string
	}{
		"an application nobody knows":    {[]string{"client_id", "nobody"}, "", "client_id"},
		"another redirect URI":           {[]string{"redirect_uri", redirect + "/"}, "", "redirect_uri"},
		"no redirect URI":                {[]string{"redirect_uri", ""}, "", "redirect_uri"},
		"an endless parameter":           {[]string{"state", strings.Repeat("s", 2000)}, "", "too long"},
		"the implicit flow":              {[]string{"response_type", "id_token"}, "unsupported_response_type", ""},
		"no OpenID Connect":              {[]string{"scope", "email"}, "invalid_scope", ""},
		"no proof of the code":           {[]string{"code_challenge", ""}, "invalid_request", ""},
		"a proof in the clear":           {[]string{"code_challenge_method", "plain"}, "invalid_request", ""},
		"a proof of no method":           {[]string{"code_challenge_method", ""}, "invalid_request", ""},
		"no state":                       {[]string{"state", ""}, "invalid_request", ""},
		"no nonce":                       {[]string{"nonce", ""}, "invalid_request", ""},
		"that nobody be asked":           {[]string{"prompt", "none"}, "interaction_required", ""},
		"nobody is chosen, but all fits": {nil, "access_denied", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				if method == http.MethodGet && tt.code == "access_denied" {
					continue
				}
				res, body := w.send(t, method, w.asks(t, tt.change...), url.Values{"person": {"nobody@demo.example"}})
				to, _ := url.Parse(res.Header.Get("Location"))
				if tt.code == "" && (res.StatusCode != 400 || !strings.Contains(body, tt.says) || to.String() != "") {
					t.Errorf("%s is answered %s %s", method, res.Status, body)
				}
				if tt.code != "" && (res.StatusCode != 303 || to.Query().Get("error") != tt.code || to.Query().Has("code")) {
					t.Errorf("%s is answered %s to %v, want %s", method, res.Status, to, tt.code)
				}
			}
		})
	}
}

func TestACodeIsWorthATokenOnceAndToOne(t *testing.T) {
	t.Parallel()
	good := map[string]string{"grant_type": "authorization_code", "redirect_uri": redirect, "code_verifier": verifier, "client_id": clientID, "client_secret": secret}
	for name, tt := range map[string]struct {
		change map[string]string
		after  time.Duration
		want   string // empty: a token
	}{
		"as it was asked for":      {nil, 0, ""},
		"in its last second":       {nil, 59 * time.Second, ""},
		"a minute later":           {nil, time.Minute, "invalid_grant"},
		"with another redirect":    {map[string]string{"redirect_uri": redirect + "?"}, 0, "invalid_grant"},
		"without proof":            {map[string]string{"code_verifier": ""}, 0, "invalid_grant"},
		"with another proof":       {map[string]string{"code_verifier": strings.Repeat("a", 43)}, 0, "invalid_grant"},
		"to another application":   {map[string]string{"client_id": "other", "client_secret": "other"}, 0, "invalid_grant"},
		"with another's secret":    {map[string]string{"client_secret": "other"}, 0, "invalid_client"},
		"to an unknown one":        {map[string]string{"client_id": "nobody"}, 0, "invalid_client"},
		"to nobody":                {map[string]string{"client_id": "", "client_secret": ""}, 0, "invalid_client"},
		"another code":             {map[string]string{"code": "guessed"}, 0, "invalid_grant"},
		"no code":                  {map[string]string{"code": ""}, 0, "invalid_grant"},
		"by another kind of grant": {map[string]string{"grant_type": "refresh_token"}, 0, "unsupported_grant_type"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			form := url.Values{"code": {w.back(t, w.asks(t), "kim@demo.example").Get("code")}}
			for name, value := range good {
				form.Set(name, value)
			}
			for name, value := range tt.change {
				form.Set(name, value)
			}
			w.clock.Advance(tt.after)
			if got := w.exchange(t, form); got != tt.want {
				t.Errorf("answered is %q, want %q", got, tt.want)
			}
			if got := w.exchange(t, form); tt.want == "" && got != "invalid_grant" {
				t.Errorf("a second time it is %q", got)
			}
		})
	}
}

// exchange is the error that a request for a token is answered with.
func (w *world) exchange(t *testing.T, form url.Values) string {
	t.Helper()
	res, body := w.send(t, http.MethodPost, w.config.Endpoint.TokenURL, form)
	var got struct {
		Error string
		Token string `json:"id_token"`
	}
	if err := json.Unmarshal([]byte(body), &got); err != nil || (got.Token != "") != (res.StatusCode == 200) || res.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("answered is %s %s", res.Status, body)
	}
	return got.Error
}

func TestATokenForAProgram(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	raw, err := w.Token(people.Person{Email: "developer@localhost", Unverified: true}, "https://console.example.com")
	if err != nil {
		t.Fatal(err)
	}
	token, err := w.provider.Verifier(&oidc.Config{ClientID: "https://console.example.com", Now: w.clock.Now}).Verify(t.Context(), raw)
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := token.Claims(&claims); err != nil || claims["email"] != "developer@localhost" || claims["email_verified"] != false || claims["nonce"] != nil {
		t.Errorf("it says %v, %v", claims, err)
	}
}
