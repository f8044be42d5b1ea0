package signin_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"sessionbridge.internal/emulator/emulatortest"
	"sessionbridge.internal/shared/settings"
)

const once = "client_credentials"

func TestATokenServesUntilShortlyBeforeItsEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.signer(t)
	first := w.must(t, s, w.own())
	w.clock.Advance(time.Hour - 31*time.Second)
	if again := w.must(t, s, w.own()); again != first || w.tokens() != once {
		t.Errorf("after many requests: %q, want one token", w.tokens())
	}
	w.clock.Advance(time.Second)
	if next := w.must(t, s, w.own()); next == first || w.tokens() != once+" "+once {
		t.Errorf("half a minute before its end: %q, want a new one", w.tokens())
	}
}

// What a server says of a token's life is in numbers, in texts, in forms, or absent.
func TestHowLongATokenLives(t *testing.T) {
	t.Parallel()
	const form, object = "application/x-www-form-urlencoded", "application/json"
	for name, tt := range map[string]struct {
		from          string
		media, answer string
		lives         time.Duration // 0: until it is refused
	}{
		"a number":           {fromAnswer, object, `{"access_token":"a","expires_in":3600}`, time.Hour},
		"a text":             {oursLives, object, `{"access_token":"a","expires_in":"7200"}`, 2 * time.Hour},
		"a form":             {oursForms, form, `access_token=a&expires_in=3600`, time.Hour},
		"nothing":            {oursLives, object, `{"access_token":"a"}`, 0},
		"null":               {oursLives, object, `{"access_token":"a","expires_in":null}`, 0},
		"nothing in a form":  {oursForms, form, `access_token=a`, 0},
		"zero":               {oursLives, object, `{"access_token":"a","expires_in":0}`, 0},
		"less than zero":     {oursLives, object, `{"access_token":"a","expires_in":-1}`, 0},
		"a word in a form":   {oursForms, form, `access_token=a&expires_in=NaN`, 0},
		"longer than people": {oursLives, object, `{"access_token":"a","expires_in":1000000000000}`, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			w := newWorld(t)
			asked := 0
			o := w.at(t, func(rw http.ResponseWriter, _ *http.Request) {
				asked++
				rw.Header().Set("Content-Type", tt.media)
				_, _ = fmt.Fprint(rw, tt.answer)
			})
			s := w.signer(t)
			sign := func() {
				if _, authorization, err := w.sign(t, s, &settings.CRM{OAuth: o}); err != nil || authorization != "Bearer a" {
					t.Fatalf("%q, %v", authorization, err)
				}
			}
			sign()
			w.clock.Advance(max(tt.lives-time.Minute, 0))
			if sign(); asked != 1 {
				t.Errorf("%d requests for tokens within its life, want 1", asked)
			}
			w.clock.Advance(10 * 24 * time.Hour)
			if sign(); (asked == 2) != (tt.lives > 0) {
				t.Errorf("%d requests for tokens after ten days", asked)
			}
		})
	}
}

func TestARefusedTokenIsFetchedAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.signer(t)
	if s.Drop("demo", carrying("Basic a")) || s.Drop("demo", carrying("")) {
		t.Error("a token is said to be dropped where none was carried")
	}
	first := w.must(t, s, w.own())
	w.restart()
	if status, _, err := w.sign(t, s, &settings.CRM{OAuth: w.own()}); err != nil || status != http.StatusUnauthorized {
		t.Fatalf("a CRM that forgot: %d, %v", status, err)
	}
	for range 2 { // of two requests that were on the way with it
		if !s.Drop("demo", carrying(first)) {
			t.Error("want the request tried once more")
		}
		w.must(t, s, w.own())
	}
	if w.tokens() != once+" "+once {
		t.Errorf("%q, want two", w.tokens())
	}
}

func TestOtherSettingsHaveAnotherToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.signer(t)
	first := w.must(t, s, w.own())
	scoped := w.own()
	scoped.Scope = "api other"
	if w.must(t, s, scoped) == first || w.tokens() != once+" "+once {
		t.Errorf("%q, want another for the new settings", w.tokens())
	}
	if got := w.asked[1].Get("scope"); got != "api other" {
		t.Errorf("the scope asked for is %q", got)
	}
}

// The client's secret stands where the settings say, and there alone.
func TestWhereTheClientsSecretStands(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		from   string
		inBody bool
	}{
		"in the header": {fromInHeader, false},
		"in the body":   {fromInHeader, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			w := newWorld(t)
			own, granted := w.own(), w.granted()
			own.InBody, granted.InBody = tt.inBody, tt.inBody
			s := w.signer(t)
			w.must(t, s, own)
			if err := w.connect(t, s, granted); err != nil {
				t.Fatal(err)
			}
			w.clock.Advance(time.Hour)
			w.must(t, s, granted)
			for _, form := range w.asked {
				if (form.Get("client_secret") == secret) != tt.inBody || form.Has("client_secret") != tt.inBody {
					t.Errorf("%s has the secret in the body: %v, want %v", form.Get("grant_type"), !tt.inBody, tt.inBody)
				}
			}
			if len(w.asked) != 3 {
				t.Errorf("asked %q", w.tokens())
			}
		})
	}
}

func TestManyAtOnceShareOneRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.signer(t)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if status, _, err := w.sign(t, s, &settings.CRM{OAuth: w.own()}); err != nil || status != http.StatusOK {
				t.Errorf("%d, %v", status, err)
			}
		})
	}
	all.Wait()
	if w.tokens() != once {
		t.Errorf("%q, want one", w.tokens())
	}
}

// One who leaves must not take the token away from the others.
func TestWhoLeavesWhileATokenIsFetched(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.signer(t)
	ctx, leave := context.WithCancel(t.Context())
	left := make(chan struct{})
	w.during = func() { leave(); <-left }
	req := httptest.NewRequest(http.MethodGet, "/", nil)
	err := s.Sign(ctx, "demo", &settings.CRM{OAuth: w.own()}, req)
	close(left)
	wantUnavailable(t, err, "context canceled")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	w.must(t, s, w.own())
	if w.tokens() != once {
		t.Errorf("%q, want one", w.tokens())
	}
}

// at has the token URL be a server of its own.
func (w *world) at(t *testing.T, serve http.HandlerFunc) *settings.OAuth {
	t.Helper()
	srv := httptest.NewServer(serve)
	t.Cleanup(srv.Close)
	w.clients.Allow = append(w.clients.Allow, strings.TrimPrefix(srv.URL, "http://"))
	o := w.own()
	o.TokenURL = srv.URL + "/token"
	return o
}

func TestFailuresThatPass(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ from, script, says string }{
		"a server in trouble":    {fromStatus, `{"crm":[{"status":500}]}`, "crm.oauth.token_url answered 500"},
		"a server down":          {fromStatus, `{"crm":[{"status":503}]}`, "answered 503"},
		"too many requests":      {fromTooMany, `{"crm":[{"status":429}]}`, "answered 429"},
		"a web page with 200":    {oursNetwork, `{"crm":[{"mode":"page"}]}`, "crm.oauth.token_url answered with a web page, not JSON: the CRM may be down for maintenance, or the URL leads to its sign-in page"},
		"a connection that cuts": {oursNetwork, `{"crm":[{"mode":"reset"}]}`, "outcome unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			w := newWorld(t)
			s := w.signer(t)
			emulatortest.Plan(t, w.faults, tt.script)
			_, _, err := w.sign(t, s, &settings.CRM{OAuth: w.own()})
			wantUnavailable(t, err, tt.says)
			w.must(t, s, w.own())
		})
	}
	t.Run("nobody at the address", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		srv := httptest.NewServer(nil)
		w.clients.Allow = append(w.clients.Allow, strings.TrimPrefix(srv.URL, "http://"))
		srv.Close()
		o := w.own()
		o.TokenURL = srv.URL
		_, _, err := w.sign(t, w.signer(t), &settings.CRM{OAuth: o})
		wantUnavailable(t, err, "not sent")
	})
}

func TestFailuresThatDoNotPass(t *testing.T) {
	t.Parallel()
	says := func(status int, media, body string) http.HandlerFunc {
		return func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", media)
			rw.WriteHeader(status)
			_, _ = fmt.Fprint(rw, body)
		}
	}
	const object = "application/json"
	for name, tt := range map[string]struct {
		from  string
		serve http.HandlerFunc
		says  string
	}{
		"a client nobody knows":    {fromErrors, says(401, object, `{"error":"invalid_client","error_description":"canary"}`), "crm.oauth.token_url answered 401 invalid_client"},
		"the same with 400":        {fromErrors, says(400, object, `{"error":"invalid_client"}`), "answered 400 invalid_client"},
		"the same with 200":        {oursGuests, says(200, object, `{"error":"invalid_scope"}`), "answered 200 invalid_scope"},
		"an error of its own":      {oursGuests, says(400, object, `{"error":"canary"}`), "answered 400"},
		"a page":                   {oursGuests, says(403, "text/html", `<p>canary</p>`), "answered 403"},
		"no token":                 {fromAnswer, says(200, object, `{"token_type":"Bearer","id_token":"canary"}`), "answered without a token"},
		"no object":                {oursGuests, says(200, object, `["canary"]`), "answered without a token"},
		"no page, but empty":       {oursGuests, says(200, "text/html", ``), "answered without a token"},
		"nothing":                  {oursGuests, says(204, object, ``), "answered without a token"},
		"more than a token":        {oursBounds, says(200, object, `{"access_token":"`+strings.Repeat("a", 64<<10)+`"}`), "answered more than 65536 bytes"},
		"more than a form's token": {oursBounds, says(200, "text/plain", "access_token="+strings.Repeat("a", 64<<10)), "answered more than 65536 bytes"},
		"a token of several lines": {fromValue, says(200, object, `{"access_token":"a\r\nX-Other: canary"}`), "a token that no header can hold"},
		"a token beyond US-ASCII":  {fromBearer, says(200, object, `{"access_token":"canary é"}`), "a token that no header can hold"},
		"a token endpoint elsewhere": {oursRedirect, func(rw http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/token" {
				t.Error("the redirect is followed, with the client's secret")
			}
			http.Redirect(rw, r, "/elsewhere?canary", http.StatusTemporaryRedirect)
		}, "answered 307"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			w := newWorld(t)
			o := w.at(t, tt.serve)
			_, authorization, err := w.sign(t, w.signer(t), &settings.CRM{OAuth: o})
			wantFinal(t, err, tt.says)
			if authorization != "" {
				t.Errorf("signed all the same: %s", authorization)
			}
		})
	}
	t.Run("an address that may not be called", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		o := w.own()
		o.TokenURL = "http://127.0.0.1:1/canary"
		_, _, err := w.sign(t, w.signer(t), &settings.CRM{OAuth: o})
		wantFinal(t, err, "crm.oauth.token_url: outbound: refused")
	})
}
