package identity_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"sessionbridge.internal/emulator/clock"
	"sessionbridge.internal/emulator/identity"
)

const (
	invoker  = "invoker@demo.iam.gserviceaccount.com"
	stranger = "stranger@demo.iam.gserviceaccount.com"
	audience = "http://127.0.0.1:8080/crm"
)

var start = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

func newIssuer(t *testing.T) (*identity.Issuer, *clock.Clock) {
	t.Helper()
	c := clock.Frozen(start)
	return identity.New(identity.GoogleIssuer, c.Now), c
}

func mustToken(t *testing.T, i *identity.Issuer, email, aud string) string {
	t.Helper()
	token, err := i.Token(email, aud)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// verifier checks tokens the way a function does: with the published keys, fetched over HTTP.
func verifier(t *testing.T, issuer string, keys http.Handler, c *clock.Clock, alg, aud string) *oidc.IDTokenVerifier {
	t.Helper()
	srv := httptest.NewServer(keys)
	t.Cleanup(srv.Close)
	set := oidc.NewRemoteKeySet(context.WithoutCancel(t.Context()), srv.URL)
	return oidc.NewVerifier(issuer, set, &oidc.Config{ClientID: aud, Now: c.Now, SupportedSigningAlgs: []string{alg}})
}

func TestTokenVerifiesWithThePublishedKeys(t *testing.T) {
	t.Parallel()
	i, c := newIssuer(t)
	v := verifier(t, identity.GoogleIssuer, i.Certs(), c, oidc.RS256, audience)
	token, err := v.Verify(t.Context(), mustToken(t, i, invoker, audience))
	if err != nil {
		t.Fatal(err)
	}
	if !token.IssuedAt.Equal(start) || !token.Expiry.Equal(start.Add(time.Hour)) {
		t.Errorf("valid from %v to %v, want an hour from %v", token.IssuedAt, token.Expiry, start)
	}
	var got struct {
		Email    string `json:"email"`
		Verified bool   `json:"email_verified"`
		Party    string `json:"azp"`
	}
	if err := token.Claims(&got); err != nil {
		t.Fatal(err)
	}
	if got.Email != invoker || !got.Verified || got.Party != token.Subject || token.Subject == "" {
		t.Errorf("claims = %+v, sub %q", got, token.Subject)
	}
}

func TestAccountKeepsItsNumber(t *testing.T) {
	t.Parallel()
	subject := func(email string) string {
		i, _ := newIssuer(t) // each with keys of its own, as after a new start
		return payload(t, mustToken(t, i, email, audience))["sub"].(string)
	}
	first, again, other := subject(invoker), subject(invoker), subject(stranger)
	if first != again || first == other || len(first) != 20 {
		t.Errorf("numbers %q, %q, other account %q: want one of 20 digits per account", first, again, other)
	}
}

func TestEmptyEmailOrAudienceIsAnError(t *testing.T) {
	t.Parallel()
	i, _ := newIssuer(t)
	for _, args := range [][2]string{{"", audience}, {invoker, ""}} {
		if _, err := i.Token(args[0], args[1]); err == nil {
			t.Errorf("Token(%q, %q): no error", args[0], args[1])
		}
	}
}

func TestManyMayAskAtOnce(t *testing.T) {
	t.Parallel()
	i, c := newIssuer(t)
	v := verifier(t, identity.GoogleIssuer, i.Certs(), c, oidc.RS256, audience)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			raw, err := i.Token(invoker, audience)
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := v.Verify(t.Context(), raw); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func payload(t *testing.T, token string) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("token has %d parts, want 3", len(parts))
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	return got
}

func encode(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// hs256 signs with a shared secret: the classic attack on a verifier that lets the token choose the algorithm.
func hs256(t *testing.T, secret []byte, claims map[string]any) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: secret}, nil)
	if err != nil {
		t.Fatal(err)
	}
	token, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// BenchmarkFirstToken is what the first caller waits for, had it come at the very start: the making of the RSA key.
func BenchmarkFirstToken(b *testing.B) {
	for b.Loop() {
		if _, err := identity.New(identity.GoogleIssuer, time.Now).Token(invoker, audience); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkToken is every token but the first, which waits for the key.
func BenchmarkToken(b *testing.B) {
	i := identity.New(identity.GoogleIssuer, time.Now)
	if _, err := i.Token(invoker, audience); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := i.Token(invoker, audience); err != nil {
			b.Fatal(err)
		}
	}
}
