// Package people is the local cloud's OpenID Connect issuer: where a company's people sign in, here by choosing who to be. It
// speaks the authorization code flow as a careful issuer does, strict about the client, its redirect URI, PKCE and the nonce, so
// that the code which signs people in runs on a laptop too; passwords it has none.
//
// shared/people signs in at it; the local cloud serves it at its front and asks Token for those who have not signed in. Google's
// tokens for services and the gate of Cloud Run are emulator/identity's.
package people

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Person is somebody whom one can choose to be.
type Person struct {
	Name  string
	Email string
	Note  string // what the page says of them, such as their role
	// Unverified is whose mail address nobody has looked at.
	Unverified bool
}

// subject is the person's own for good, and no mail address (OpenID Connect Core 1.0, section 2, sub).
func (p Person) subject() string {
	sum := sha256.Sum256([]byte(p.Email))
	return hex.EncodeToString(sum[:10])
}

// Client is an application in which people sign in.
type Client struct {
	ID           string
	Secret       string
	RedirectURIs []string // whole addresses
}

// Options make an Issuer.
type Options struct {
	URL     string // its name, and where it is served; without a slash at the end
	Clients []Client
	People  []Person
	Now     func() time.Time
}

// Issuer is an issuer with keys of this process and codes in memory. All methods may be called at once from many goroutines.
type Issuer struct {
	options Options
	mux     http.Handler

	mu    sync.Mutex
	codes map[string]grant
}

// New returns an issuer. It returns at once: the key, which takes a tenth of a second or more, is made in the background, once
// for the process, and the first token waits for it.
func New(o Options) *Issuer {
	go func() { _, _ = signingKey() }() // an error is kept, and met by the first token
	i := &Issuer{options: o, codes: map[string]grant{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", i.discovery)
	mux.HandleFunc("GET /keys", i.keys)
	mux.HandleFunc("GET /authorize", i.askPerson)
	mux.HandleFunc("POST /authorize", i.personChose)
	mux.HandleFunc("POST /token", i.token)
	mux.HandleFunc("GET /style.css", showStyle)
	i.mux = mux
	if u, err := url.Parse(o.URL); err == nil {
		i.mux = http.StripPrefix(u.Path, mux)
	}
	return i
}

// ServeHTTP answers below the path of Options.URL: .well-known/openid-configuration, authorize, token and keys.
func (i *Issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) { i.mux.ServeHTTP(w, r) }

// discovery is OpenID Connect Discovery 1.0, section 3.
func (i *Issuer) discovery(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]any{
		"issuer":                                         i.options.URL,
		"authorization_endpoint":                         i.options.URL + "/authorize",
		"token_endpoint":                                 i.options.URL + "/token",
		"jwks_uri":                                       i.options.URL + "/keys",
		"response_types_supported":                       []string{"code"},
		"grant_types_supported":                          []string{"authorization_code"},
		"subject_types_supported":                        []string{"public"},
		"id_token_signing_alg_values_supported":          []string{"RS256"},
		"token_endpoint_auth_methods_supported":          []string{"client_secret_basic", "client_secret_post"},
		"scopes_supported":                               []string{"openid", "email", "profile"},
		"claims_supported":                               []string{"iss", "sub", "aud", "azp", "exp", "iat", "nonce", "email", "email_verified", "name"},
		"code_challenge_methods_supported":               []string{"S256"},
		"prompt_values_supported":                        []string{"select_account"},
		"authorization_response_iss_parameter_supported": true,
	})
}

func (i *Issuer) client(id string) (Client, bool) {
	at := slices.IndexFunc(i.options.Clients, func(c Client) bool { return c.ID == id })
	if at < 0 {
		return Client{}, false
	}
	return i.options.Clients[at], true
}

func (i *Issuer) person(email string) (Person, bool) {
	at := slices.IndexFunc(i.options.People, func(p Person) bool { return strings.EqualFold(p.Email, email) })
	if at < 0 {
		return Person{}, false
	}
	return i.options.People[at], true
}

// answer writes JSON that nobody may keep (OpenID Connect Core 1.0, section 3.1.3.3).
func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // a caller that has gone is no trouble of ours
}
