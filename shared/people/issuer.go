package people

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"

	"sessionbridge.internal/shared/clock"
	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/outbound"
)

const (
	knownFor  = time.Hour        // what an issuer publishes of itself; a key that it takes back is trusted no longer than this
	skew      = 30 * time.Second // between its clock and ours
	maxToken  = 16 << 10         // bytes; a real one has less than 2,000
	maxEmail  = 254              // RFC 5321, section 4.5.3.1.3, without its brackets
	maxName   = 100              // characters
	maxAnswer = 256 << 10        // bytes of a discovery document, key set or token
)

// algorithms are those that sign with a key of which only the issuer has the private half.
var algorithms = []string{
	oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA,
}

// issuer learns where an OpenID Connect issuer is and what it signs with, when that is first needed.
type issuer struct {
	url    string
	client *http.Client
	now    clock.Clock

	flight singleflight.Group
	mu     sync.Mutex
	last   *metadata
	until  time.Time
}

// newIssuer has a guarded client of its own, whose one address that need not be public is the issuer's: a company's may be
// within its network, into which the tenants' settings shall not lead.
func newIssuer(issuerURL string, now clock.Clock) (*issuer, error) {
	u, err := url.Parse(issuerURL)
	if err != nil {
		return nil, fmt.Errorf("people: OIDC_ISSUER: %w", err)
	}
	port := cmp.Or(u.Port(), map[string]string{"http": "80", "https": "443"}[u.Scheme])
	client, err := outbound.New(outbound.Options{Allow: []string{net.JoinHostPort(u.Hostname(), port)}, Now: now})
	if err != nil {
		return nil, fmt.Errorf("people: OIDC_ISSUER: %w", err)
	}
	return &issuer{url: issuerURL, now: now, client: &http.Client{
		Transport:     guard{client},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// metadata is what an issuer publishes of itself (OpenID Connect Discovery 1.0, section 3).
type metadata struct {
	issuer   string
	endpoint oauth2.Endpoint
	keys     oidc.KeySet
	now      clock.Clock
}

// known is the issuer's metadata, at most an hour old. Its fault is Unavailable.
func (i *issuer) known(ctx context.Context) (*metadata, error) {
	i.mu.Lock()
	last, fresh := i.last, i.now().Before(i.until)
	i.mu.Unlock()
	if fresh {
		return last, nil
	}
	// The one who asks for all must not fail the others by going away.
	v, err, _ := i.flight.Do("", func() (any, error) { return i.discover(context.WithoutCancel(ctx)) })
	if err != nil {
		return nil, unavailable(err)
	}
	return v.(*metadata), nil
}

// through has the libraries call through the guarded client.
func (i *issuer) through(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, i.client)
}

func (i *issuer) discover(ctx context.Context) (*metadata, error) {
	ctx = i.through(ctx)
	p, err := oidc.NewProvider(ctx, i.url)
	if err != nil {
		return nil, err
	}
	var published struct {
		Keys    string   `json:"jwks_uri"`
		Methods []string `json:"token_endpoint_auth_methods_supported"`
	}
	if err := p.Claims(&published); err != nil {
		return nil, err
	}
	m := &metadata{issuer: i.url, endpoint: p.Endpoint(), now: i.now}
	m.keys = oidc.NewRemoteKeySet(oidc.ClientContext(ctx, &http.Client{
		Transport: &paced{RoundTripper: i.client.Transport, now: i.now}, CheckRedirect: i.client.CheckRedirect,
	}), published.Keys)
	m.endpoint.AuthStyle = oauth2.AuthStyleInHeader // what is not said is that (section 3)
	if len(published.Methods) > 0 && !slices.Contains(published.Methods, "client_secret_basic") {
		m.endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.last, i.until = m, i.now().Add(knownFor)
	return m, nil
}

// unavailable is the fault of an issuer that does not answer as it must. What it answered is another server's text, and stays
// out of the log.
func unavailable(err error) error {
	var (
		failed *outbound.Error
		other  *oidc.IssuerMismatchError
	)
	switch {
	case errors.As(err, &other):
		err = errors.New("OIDC_ISSUER must be exactly what the issuer calls itself; a slash at the end counts")
	case errors.As(err, &failed):
		err = failed
	case errors.Is(err, errDown):
		err = errDown
	default:
		err = errors.New("the issuer's discovery document or keys cannot be read")
	}
	return fault.Wrap(fault.Unavailable, err, "the sign-in service does not answer now; try again in a minute").RetryAfter(time.Minute)
}

// watched keeps the error of keys that were not to be had, which the library writes into a text.
type watched struct {
	oidc.KeySet
	err error
}

// VerifySignature is the key set's own.
func (w *watched) VerifySignature(ctx context.Context, token string) (payload []byte, err error) {
	payload, w.err = w.KeySet.VerifySignature(ctx, token)
	return payload, w.err
}

// verify holds an ID token against the issuer, its keys, its times, and the audiences of which it must name one (OpenID Connect
// Core 1.0, section 3.1.3.7). Its fault is Unauthorized, or Unavailable where keys are not to be had.
func (m *metadata) verify(ctx context.Context, raw string, audiences []string) (*oidc.IDToken, error) {
	elsewhere := unauthorized(nil, "the ID token is meant for somebody else: its audience is not accepted here")
	if named, ok := audiencesOf(raw); ok && !anyOf(named, audiences) {
		return nil, elsewhere
	}
	keys := &watched{KeySet: m.keys}
	token, err := oidc.NewVerifier(m.issuer, keys, &oidc.Config{
		SkipClientIDCheck:    true, // since one of several will do
		SupportedSigningAlgs: algorithms,
		Now:                  func() time.Time { return m.now().Add(-skew) }, // an expiry within the skew still counts
	}).Verify(ctx, raw)
	switch failed := (*outbound.Error)(nil); {
	case errors.Is(keys.err, errDown) || errors.As(keys.err, &failed):
		return nil, unavailable(keys.err)
	case err != nil:
		return nil, unauthorized(errors.New("signature, issuer or times"), "the ID token is not valid: expired, or not of the issuer "+m.issuer)
	case token.IssuedAt.After(m.now().Add(skew)):
		return nil, unauthorized(nil, "the ID token is from the future: one of the clocks is wrong")
	case !anyOf(token.Audience, audiences):
		return nil, elsewhere
	}
	return token, nil
}

// personOf is whom a token is about. A mail address that nobody has verified may be anybody's. One with letters beyond ASCII is
// none here: some of them become ASCII in lower case, and would pass for somebody else's.
func personOf(token *oidc.IDToken) (Person, error) {
	var claims struct {
		Email    string `json:"email"`
		Verified bool   `json:"email_verified"`
		Name     string `json:"name"`
	}
	if err := token.Claims(&claims); err != nil {
		return Person{}, unauthorized(errors.New("a claim of another type"), "the ID token has no readable claims")
	}
	ascii := !strings.ContainsFunc(claims.Email, func(c rune) bool { return c <= ' ' || c > '~' })
	if !ascii || !strings.Contains(claims.Email, "@") || len(claims.Email) > maxEmail {
		return Person{}, unauthorized(nil, "the ID token names no mail address: the scope email is needed")
	}
	if !claims.Verified {
		return Person{}, unauthorized(nil, "the mail address of the ID token is not verified by the issuer")
	}
	return Person{Email: strings.ToLower(claims.Email), Name: nameOf(claims.Name)}, nil
}

// nameOf is a name as far as it can be shown.
func nameOf(text string) string {
	name := []rune(strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) { // such as what turns the direction of writing
			return -1
		}
		return c
	}, strings.ToValidUTF8(text, "")))
	return strings.TrimSpace(string(name[:min(len(name), maxName)]))
}

// errDown is an issuer's answer that it cannot answer now.
var errDown = errors.New("the issuer answered with a status of 429 or 5xx, or with too much")

type guard struct{ client *outbound.Client }

// RoundTrip makes one call through the guarded client.
func (g guard) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := g.client.Do(req.Context(), req, outbound.Limits{MaxBody: maxAnswer})
	if err != nil {
		return nil, err
	}
	if res.Status >= 500 || res.Status == http.StatusTooManyRequests || res.Truncated {
		return nil, errDown
	}
	return &http.Response{
		StatusCode: res.Status, Status: http.StatusText(res.Status), Header: res.Header, Request: req,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: io.NopCloser(bytes.NewReader(res.Body)), ContentLength: int64(len(res.Body)),
	}, nil
}
