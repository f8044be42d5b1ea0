package inbound_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/inbound"
)

const audience = "/projects/123/global/backendServices/456"

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func newKey(t *testing.T, id string) jose.JSONWebKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return jose.JSONWebKey{Key: k, KeyID: id, Algorithm: "ES256", Use: "sig"}
}

// publish serves the public halves of the keys, as the proxy does, and counts how often they are fetched.
func publish(t *testing.T, keys *atomic.Pointer[[]jose.JSONWebKey]) (url string, fetches *atomic.Int32) {
	t.Helper()
	fetches = new(atomic.Int32)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fetches.Add(1)
		var set jose.JSONWebKeySet
		for _, k := range *keys.Load() {
			set.Keys = append(set.Keys, k.Public())
		}
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(set); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL, fetches
}

func claims(change map[string]any) map[string]any {
	c := map[string]any{
		"iss": "https://cloud.google.com/iap", "aud": audience, "sub": "accounts.google.com:1", "email": "admin@example.com",
		"iat": noon.Add(-time.Minute).Unix(), "exp": noon.Add(9 * time.Minute).Unix(),
	}
	maps.Copy(c, change)
	return c
}

func sign(t *testing.T, alg jose.SignatureAlgorithm, key any, c map[string]any) string {
	t.Helper()
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, nil)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	jws, err := s.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	token, err := jws.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func email(t *testing.T, p *inbound.IAP, assertion string) (string, error) {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set(inbound.IAPHeader, assertion)
	r.Header.Set("X-Goog-Authenticated-User-Email", "accounts.google.com:forged@example.com")
	return p.Email(r)
}

func TestIAP(t *testing.T) {
	t.Parallel()
	key, stranger := newKey(t, "k1"), newKey(t, "k1")
	var keys atomic.Pointer[[]jose.JSONWebKey]
	keys.Store(&[]jose.JSONWebKey{key})
	url, _ := publish(t, &keys)
	p, err := inbound.NewIAP(audience, url, func() time.Time { return noon })
	if err != nil {
		t.Fatal(err)
	}
	es256 := func(change map[string]any) string { return sign(t, jose.ES256, key, claims(change)) }
	good := es256(nil)
	unsigned := "eyJhbGciOiJub25lIn0." + strings.Split(good, ".")[1] + "."
	for name, row := range map[string]struct{ assertion, want string }{
		"good":                       {good, "admin@example.com"},
		"expired within the skew":    {es256(map[string]any{"exp": noon.Add(-29 * time.Second).Unix()}), "admin@example.com"},
		"expired":                    {es256(map[string]any{"exp": noon.Add(-31 * time.Second).Unix()}), ""},
		"issued within the skew":     {es256(map[string]any{"iat": noon.Add(29 * time.Second).Unix()}), "admin@example.com"},
		"issued in the future":       {es256(map[string]any{"iat": noon.Add(31 * time.Second).Unix()}), ""},
		"for another audience":       {es256(map[string]any{"aud": "/projects/123/apps/x"}), ""},
		"of another issuer":          {es256(map[string]any{"iss": "https://accounts.google.com"}), ""},
		"names nobody":               {es256(map[string]any{"email": ""}), ""},
		"names a number":             {es256(map[string]any{"email": 7}), ""},
		"names somebody too long":    {es256(map[string]any{"email": strings.Repeat("a", 400) + "@example.com"}), ""},
		"signed by a stranger":       {sign(t, jose.ES256, stranger, claims(nil)), ""},
		"signed by a shared secret":  {sign(t, jose.HS256, []byte(strings.Repeat("k", 32)), claims(nil)), ""},
		"not signed":                 {unsigned, ""},
		"with its signature cut off": {good[:strings.LastIndex(good, ".")+1], ""},
		"absent":                     {"", ""},
		"not a token":                {"a.b.c", ""},
		"far too long":               {strings.Repeat("a", 1<<20), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := email(t, p, row.assertion)
			if got != row.want || (row.want == "") != (fault.KindOf(err) == fault.Unauthorized) {
				t.Errorf("email %q, %v, want %q", got, err, row.want)
			}
		})
	}
}

func TestIAPFetchesKeysOnceAndWhenTheyChange(t *testing.T) {
	t.Parallel()
	one, two := newKey(t, "k1"), newKey(t, "k2")
	var keys atomic.Pointer[[]jose.JSONWebKey]
	keys.Store(&[]jose.JSONWebKey{one})
	url, fetches := publish(t, &keys)
	p, err := inbound.NewIAP(audience, url, func() time.Time { return noon })
	if err != nil {
		t.Fatal(err)
	}
	check := func(key jose.JSONWebKey, want int32) {
		t.Helper()
		if _, err := email(t, p, sign(t, jose.ES256, key, claims(nil))); err != nil {
			t.Error(err)
		}
		if got := fetches.Load(); got != want {
			t.Errorf("%d fetches, want %d", got, want)
		}
	}
	check(one, 1)
	check(one, 1)
	keys.Store(&[]jose.JSONWebKey{two})
	check(two, 2)
}

func TestIAPNeedsAnAudience(t *testing.T) {
	t.Parallel()
	if _, err := inbound.NewIAP("", inbound.IAPKeys, time.Now); err == nil {
		t.Error("an empty audience would accept every project's assertions")
	}
}
