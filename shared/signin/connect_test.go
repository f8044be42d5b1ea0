package signin_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"sessionbridge.internal/emulator/emulatortest"
	"sessionbridge.internal/shared/secrets"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/signin"
	"sessionbridge.internal/shared/store"
)

func TestConnectAsksForWhatTheSettingsSay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.granted()
	o.AuthorizeURL += "?prompt=consent"
	to, err := w.signer(t).Connect(o, back, "s", verifier)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	for name, tt := range map[string]struct{ from, want string }{
		"response_type":         {fromAsk, "code"},
		"client_id":             {fromAsk, client},
		"redirect_uri":          {fromAsk, back},
		"state":                 {fromAsk, "s"},
		"scope":                 {fromAsk, "api"},
		"access_type":           {fromMethods, "offline"},
		"code_challenge_method": {fromPKCE, "S256"},
		"prompt":                {fromEndpoint, "consent"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			if q.Get(name) != tt.want {
				t.Errorf("%s is %q, want %q", name, q.Get(name), tt.want)
			}
		})
	}
	if strings.Contains(to, "canary") || q.Get("code_challenge") == "" {
		t.Errorf("the address %s holds the secret or the verifier, or no challenge", to)
	}
}

func TestAPersonsGrantServesAllInstances(t *testing.T) {
	t.Parallel()
	cite(t, fromCode)
	w := newWorld(t)
	if err := w.connect(t, w.signer(t), w.granted()); err != nil {
		t.Fatal(err)
	}
	first := w.must(t, w.signer(t), w.granted())
	if again := w.must(t, w.signer(t), w.granted()); again != first || w.tokens() != "authorization_code" {
		t.Errorf("%q, want one token for two instances", w.tokens())
	}
}

// The CRM hands out another refresh token each time, and ends the whole grant when an old one comes again.
func TestAGrantIsRenewedAgainAndAgain(t *testing.T) {
	t.Parallel()
	cite(t, fromRotation)
	w := newWorld(t)
	a, b := w.signer(t), w.signer(t)
	if err := w.connect(t, a, w.granted()); err != nil {
		t.Fatal(err)
	}
	last := w.grant(t)
	for i := range 4 {
		w.clock.Advance(time.Hour)
		w.must(t, []*signin.Signer{a, b}[i%2], w.granted())
		g := w.grant(t)
		if g.RefreshToken.Reveal() == last.RefreshToken.Reveal() || g.AccessToken.Reveal() == last.AccessToken.Reveal() || !g.ExpiresAt.Equal(w.clock.Now().Add(time.Hour)) {
			t.Errorf("renewal %d is not kept", i)
		}
		last = g
	}
	if want := "authorization_code" + strings.Repeat(" refresh_token", 4); w.tokens() != want {
		t.Errorf("%q, want %q", w.tokens(), want)
	}
}

func TestARefusedTokenOfAGrantIsRenewed(t *testing.T) {
	t.Parallel()
	cite(t, fromRenewal)
	w := newWorld(t)
	a, b := w.signer(t), w.signer(t)
	if err := w.connect(t, a, w.granted()); err != nil {
		t.Fatal(err)
	}
	first := w.must(t, a, w.granted())
	w.must(t, b, w.granted())
	a.Drop("demo", carrying(first))
	second := w.must(t, a, w.granted())
	b.Drop("demo", carrying(first))
	if third := w.must(t, b, w.granted()); second == first || third != second {
		t.Error("want the token renewed by the one and taken over by the other")
	}
	if w.tokens() != "authorization_code refresh_token" {
		t.Errorf("%q", w.tokens())
	}
}

func TestWhatIsRenewedIsKeptBeforeItIsUsed(t *testing.T) {
	t.Parallel()
	cite(t, oursGrant)
	w := newWorld(t)
	s := w.signer(t)
	if err := w.connect(t, s, w.granted()); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(time.Hour)
	w.during = func() {
		emulatortest.Plan(t, w.faults, `{"firestore":[{"code":"PERMISSION_DENIED","match":"Commit"}]}`)
	}
	_, authorization, err := w.sign(t, s, &settings.CRM{OAuth: w.granted()})
	wantUnavailable(t, err, "PermissionDenied")
	if authorization != "" {
		t.Error("used all the same")
	}
}

func TestADatabaseInTroublePasses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.signer(t)
	if err := w.connect(t, s, w.granted()); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(time.Hour)
	for _, call := range []string{"BatchGetDocuments", "Commit"} { // of the grant, of the lease
		emulatortest.Plan(t, w.faults, `{"firestore":[{"code":"PERMISSION_DENIED","match":"`+call+`"}]}`)
		_, _, err := w.sign(t, s, &settings.CRM{OAuth: w.granted()})
		wantUnavailable(t, err, "PermissionDenied")
	}
	w.must(t, s, w.granted())
}

func TestOneInstanceRenewsWhileAnotherWaits(t *testing.T) {
	t.Parallel()
	cite(t, oursGrant)
	w := newWorld(t)
	a, b := w.signer(t), w.signer(t)
	if err := w.connect(t, a, w.granted()); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(time.Hour)
	w.during = func() {
		_, _, err := w.sign(t, b, &settings.CRM{OAuth: w.granted()})
		wantUnavailable(t, err, "another instance renews the token")
	}
	if first := w.must(t, a, w.granted()); w.must(t, b, w.granted()) != first {
		t.Error("the other did not take it over")
	}
	if w.tokens() != "authorization_code refresh_token" {
		t.Errorf("%q", w.tokens())
	}
}

// A token renewed from what was read before another renewed it would end the grant.
func TestManyInstancesRenewOnce(t *testing.T) {
	t.Parallel()
	cite(t, fromRotation)
	w := newWorld(t)
	if err := w.connect(t, w.signer(t), w.granted()); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		w.clock.Advance(time.Hour)
		var all sync.WaitGroup
		for range 8 {
			s := w.signer(t)
			all.Go(func() {
				_, _, err := w.sign(t, s, &settings.CRM{OAuth: w.granted()})
				for errors.Is(err, signin.ErrUnavailable) {
					_, _, err = w.sign(t, s, &settings.CRM{OAuth: w.granted()})
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	}
	if want := "authorization_code" + strings.Repeat(" refresh_token", 3); w.tokens() != want {
		t.Errorf("%q, want %q", w.tokens(), want)
	}
	w.must(t, w.signer(t), w.granted())
}

func TestAPersonWhoConnectsDuringARenewalWins(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.signer(t)
	if err := w.connect(t, s, w.granted()); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(time.Hour)
	w.during = func() {
		if err := w.connect(t, w.signer(t), w.granted()); err != nil {
			t.Error(err)
		}
	}
	_, _, err := w.sign(t, s, &settings.CRM{OAuth: w.granted()})
	wantUnavailable(t, err, "changed meanwhile")
	w.must(t, s, w.granted())
	if w.tokens() != "authorization_code refresh_token authorization_code" {
		t.Errorf("%q", w.tokens())
	}
}

func TestNobodyHasConnected(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.signer(t)
	_, _, err := w.sign(t, s, &settings.CRM{OAuth: w.granted()})
	wantFinal(t, err, "nobody has connected the CRM yet: open its connection at the console")
	if err := w.connect(t, s, w.granted()); err != nil {
		t.Fatal(err)
	}
	elsewhere, other := w.granted(), w.granted()
	elsewhere.TokenURL, other.ClientID = w.url+"/other/token", "other"
	for _, o := range []*settings.OAuth{elsewhere, other} { // whose business the grant is not
		w.clock.Advance(time.Hour)
		_, _, err := w.sign(t, s, &settings.CRM{OAuth: o})
		wantFinal(t, err, "nobody has connected")
	}
	if w.tokens() != "authorization_code" {
		t.Errorf("%q", w.tokens())
	}
}

func TestAGrantThatHasEnded(t *testing.T) {
	t.Parallel()
	cite(t, fromErrors)
	w := newWorld(t)
	s := w.signer(t)
	if err := w.connect(t, s, w.granted()); err != nil {
		t.Fatal(err)
	}
	w.restart()
	w.clock.Advance(time.Hour)
	_, _, err := w.sign(t, s, &settings.CRM{OAuth: w.granted()})
	wantFinal(t, err, "answered 400 invalid_grant: the CRM's permission has ended: open its connection at the console again")
	if err := w.connect(t, s, w.granted()); err != nil {
		t.Fatal(err)
	}
	w.must(t, s, w.granted())
}

// Connecting anew takes the place of a token that would have been good for a while.
func TestAPersonConnectsAnotherAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.signer(t)
	var last string
	for range 2 {
		if err := w.connect(t, s, w.granted()); err != nil {
			t.Fatal(err)
		}
		access := w.must(t, s, w.granted())
		if access == last || access != "Bearer "+w.grant(t).AccessToken.Reveal() {
			t.Error("the token is not of the new grant")
		}
		last = access
	}
}

func TestConnectedErrors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	answers := func(form string) *settings.OAuth {
		return w.at(t, func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", "application/x-www-form-urlencoded")
			_, _ = fmt.Fprint(rw, form)
		})
	}
	only, broken := answers("access_token=canary"), answers("access_token=canary%0A&refresh_token=canary")
	lost := w.granted()
	lost.ClientSecret = "secret://lost"
	s := w.signer(t) // which may call these
	if _, err := s.Connect(lost, back, "s", verifier); err == nil || !strings.Contains(err.Error(), "crm.oauth.client_secret") {
		t.Errorf("Connect without the secret: %v", err)
	}
	code := func() string {
		to, err := s.Connect(w.granted(), back, "s", verifier)
		if err != nil {
			t.Fatal(err)
		}
		return w.person(t, to).Get("code")
	}
	for name, tt := range map[string]struct {
		from                 string
		o                    *settings.OAuth
		code, verifier, says string
	}{
		"a code that is none":    {fromErrors, w.granted(), "canary", verifier, "answered 400 invalid_grant"},
		"another's code":         {fromVerifier, w.granted(), code(), "canary", "answered 400 invalid_grant"},
		"no refresh token":       {oursOffline, only, "canary", verifier, "no refresh token: ask for offline access"},
		"a token that is none":   {fromValue, broken, "canary", verifier, "no header can hold"},
		"a secret nowhere found": {oursSecrets, lost, "canary", verifier, "crm.oauth.client_secret"},
	} {
		t.Run(name, func(t *testing.T) {
			cite(t, tt.from)
			err := s.Connected(t.Context(), "demo", tt.o, back, tt.code, tt.verifier)
			wantFinal(t, err, tt.says)
			if strings.Contains(fmt.Sprint(err), "canary") {
				t.Errorf("the error holds a secret: %v", err)
			}
		})
	}
	emulatortest.Plan(t, w.faults, `{"firestore":[{"code":"PERMISSION_DENIED","match":"Commit"}]}`)
	wantUnavailable(t, s.Connected(t.Context(), "demo", w.granted(), back, code(), verifier), "keeping the grant")
	emulatortest.Plan(t, w.faults, `{"crm":[{"status":503}]}`)
	wantUnavailable(t, s.Connected(t.Context(), "demo", w.granted(), back, "c", verifier), "answered 503")
	if _, err := w.store.Grant(t.Context(), "demo"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a grant is kept: %v", err)
	}
}

// A server that says nothing of a token's life means until it is refused; renewing it in each instance would, at servers
// that end the token before, have the instances take each other's away.
func TestATokenOfAGrantWithoutEnd(t *testing.T) {
	t.Parallel()
	cite(t, oursLives)
	w := newWorld(t)
	o := w.granted()
	err := w.store.PutGrant(t.Context(), "demo", store.Grant{
		TokenURL: o.TokenURL, ClientID: o.ClientID, RefreshToken: secrets.New("canary"), AccessToken: secrets.New("a"),
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, authorization, err := w.sign(t, w.signer(t), &settings.CRM{OAuth: o}); err != nil || authorization != "Bearer a" {
			t.Errorf("%q, %v", authorization, err)
		}
		w.clock.Advance(24 * time.Hour)
	}
	if w.tokens() != "" {
		t.Errorf("%q, want none", w.tokens())
	}
}
