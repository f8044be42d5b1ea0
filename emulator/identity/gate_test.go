package identity_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/emulator/clock"
	"sessionbridge.internal/emulator/identity"
)

// knock sends one request through a gate for invoker and returns the answer and the Authorization the function saw.
func knock(t *testing.T, i *identity.Issuer, authorization string) (answer *http.Response, seen string) {
	t.Helper()
	gate := i.Gate(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		seen = r.Header.Get("Authorization")
	}), audience, invoker)
	r := httptest.NewRequest(http.MethodPost, "/crm", nil)
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	w := httptest.NewRecorder()
	gate.ServeHTTP(w, r)
	if got := r.Header.Get("Authorization"); got != authorization {
		t.Errorf("the caller's own request was changed to %q", got)
	}
	return w.Result(), seen
}

func TestGate(t *testing.T) {
	t.Parallel()
	i, c := newIssuer(t)
	good := mustToken(t, i, invoker, audience)
	head, rest, _ := strings.Cut(good, ".")
	body, signature, _ := strings.Cut(rest, ".")

	tampered := payload(t, good)
	tampered["email"] = invoker
	tampered["exp"] = start.Add(100 * time.Hour).Unix()

	elsewhere, _ := newIssuer(t)
	otherIssuer := identity.New("https://login.example.com", c.Now)

	tests := map[string]struct {
		authorization string
		want          int
	}{
		"passes a token of an allowed account":       {"Bearer " + good, 200},
		"passes with the scheme in small letters":    {"bearer " + good, 200},
		"passes an audience with a slash at its end": {"Bearer " + mustToken(t, i, invoker, audience+"/"), 200},
		"forbids another account":                    {"Bearer " + mustToken(t, i, stranger, audience), 403},
		"refuses no token":                           {"", 401},
		"refuses an empty token":                     {"Bearer ", 401},
		"refuses basic credentials":                  {"Basic ZGVtbzpkZW1v", 401},
		"refuses what is not a JWT":                  {"Bearer abc", 401},
		"refuses a token without its signature":      {"Bearer " + head + "." + body + ".", 401},
		"refuses a removed signature":                {"Bearer " + head + "." + body + ".SIGNATURE_REMOVED_BY_GOOGLE", 401},
		"refuses a changed payload":                  {"Bearer " + head + "." + encode(t, tampered) + "." + signature, 401},
		"refuses algorithm none":                     {"Bearer " + encode(t, map[string]string{"alg": "none"}) + "." + body + ".", 401},
		"refuses a shared secret":                    {"Bearer " + hs256(t, []byte(strings.Repeat("k", 32)), payload(t, good)), 401},
		"refuses a key of another start":             {"Bearer " + mustToken(t, elsewhere, invoker, audience), 401},
		"refuses another issuer":                     {"Bearer " + mustToken(t, otherIssuer, invoker, audience), 401},
		"refuses another audience":                   {"Bearer " + mustToken(t, i, invoker, "http://127.0.0.1:8080/export"), 401},
		"refuses an audience below the function's":   {"Bearer " + mustToken(t, i, invoker, audience+"/task"), 401},
		"refuses an endless token":                   {"Bearer " + strings.Repeat("a", 1<<20), 401},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer, seen := knock(t, i, test.authorization)
			if answer.StatusCode != test.want {
				t.Errorf("status %d, want %d", answer.StatusCode, test.want)
			}
			if (seen != "") != (test.want == http.StatusOK) {
				t.Errorf("the function saw %q at status %d", seen, answer.StatusCode)
			}
			if challenge := answer.Header.Get("WWW-Authenticate"); (challenge == "Bearer") != (test.want == 401) {
				t.Errorf("WWW-Authenticate %q at status %d", challenge, answer.StatusCode)
			}
		})
	}
}

func TestGateRemovesTheSignature(t *testing.T) {
	t.Parallel()
	i, _ := newIssuer(t)
	good := mustToken(t, i, invoker, audience)
	_, seen := knock(t, i, "Bearer "+good)
	want := "Bearer " + good[:strings.LastIndex(good, ".")] + ".SIGNATURE_REMOVED_BY_GOOGLE"
	if seen != want {
		t.Errorf("the function saw %q, want %q", seen, want)
	}
}

func TestGateFollowsTheClock(t *testing.T) {
	t.Parallel()
	c := clock.Frozen(start)
	i := identity.New(identity.GoogleIssuer, c.Now)
	good := "Bearer " + mustToken(t, i, invoker, audience)

	c.Advance(time.Hour)
	if answer, _ := knock(t, i, good); answer.StatusCode != http.StatusOK {
		t.Errorf("status %d in the last second of its hour, want 200", answer.StatusCode)
	}
	c.Advance(time.Second)
	if answer, _ := knock(t, i, good); answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("status %d after its hour, want 401", answer.StatusCode)
	}
}

func TestGateForbidsAllWhereNobodyIsAllowed(t *testing.T) {
	t.Parallel()
	i, _ := newIssuer(t)
	r := httptest.NewRequest(http.MethodGet, "/crm", nil)
	r.Header.Set("Authorization", "Bearer "+mustToken(t, i, invoker, audience))
	w := httptest.NewRecorder()
	i.Gate(http.NotFoundHandler(), audience).ServeHTTP(w, r)
	if w.Code != http.StatusForbidden {
		t.Errorf("status %d, want 403", w.Code)
	}
}
