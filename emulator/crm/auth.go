package crm

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"
)

// signedIn is whether the request gives any one of what opens the API: HTTP Basic authentication (RFC 7617), the header
// X-Api-Key, or an access token (RFC 6750).
func (c *CRM) signedIn(r *http.Request) bool {
	return c.person(r) || c.hasKey(r) || c.hasToken(r)
}

// person is whether a person's browser, or a program with their password, asks.
func (c *CRM) person(r *http.Request) bool {
	user, password, ok := r.BasicAuth()
	return ok && same(user, c.o.User) && same(password, c.o.Password)
}

func (c *CRM) hasKey(r *http.Request) bool {
	return c.o.APIKey != "" && same(r.Header.Get("X-Api-Key"), c.o.APIKey)
}

func (c *CRM) hasToken(r *http.Request) bool {
	token, ok := bearer(r)
	if !ok {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	g, ok := c.tokens.access.get(token, c.o.Now())
	return ok && !g.ended
}

// bearer is the access token of a request. The scheme's letter case does not matter (RFC 9110 section 11.1).
func bearer(r *http.Request) (token string, ok bool) {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.TrimSpace(token), ok && strings.EqualFold(scheme, "Bearer")
}

func anyone(*http.Request) bool { return true }

// same compares without telling by its duration how much was right, or how long the right one is.
func same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// The challenges of a 401.
const (
	basicChallenge  = `Basic realm="demo CRM", charset="UTF-8"`
	bearerChallenge = `Bearer realm="demo CRM"`
)

// unauthorised tells the ways in; X-Api-Key has no registered scheme to tell it by. A token that was given and is not
// valid is said to be so, which tells a client to get another (RFC 6750 section 3.1).
func (c *CRM) unauthorised(r *http.Request) answer {
	a := fail(http.StatusUnauthorized, "", "want HTTP Basic authentication, the header X-Api-Key, or a bearer token of /oauth/token")
	a.header.Set("WWW-Authenticate", basicChallenge)
	challenge := bearerChallenge
	if _, given := bearer(r); given {
		challenge += `, error="invalid_token", error_description="the access token is unknown, expired or revoked"`
	}
	a.header.Add("WWW-Authenticate", challenge)
	return a
}
