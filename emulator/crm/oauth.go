package crm

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"time"
)

// Client may get tokens of OAuth 2.0 (RFC 6749) with its secret: by the grant client_credentials, and by
// authorization_code if it has addresses to be sent back to.
type Client struct {
	ID, Secret   string
	RedirectURIs []string // compared as they are written (RFC 9700 section 2.1)
}

// How long what is handed out lives, on the CRM's clock.
const (
	accessLife  = time.Hour
	codeLife    = 10 * time.Minute // the most RFC 6749 section 4.1.2 recommends
	refreshLife = 90 * 24 * time.Hour
)

// scope is all there is; other scopes may be asked for, and the answer says what was given (RFC 6749 section 3.3).
const scope = "api"

// tokens are what was handed out and is alive.
type tokens struct {
	access  expiring[*grant]
	codes   expiring[*once[code]]
	refresh expiring[*once[*grant]]
}

func newTokens() tokens {
	return tokens{access: expiring[*grant]{life: accessLife}, codes: expiring[*once[code]]{life: codeLife}, refresh: expiring[*once[*grant]]{life: refreshLife}}
}

// grant is what a person or the client itself has granted. All tokens that come of it end with it.
type grant struct {
	client string
	ended  bool
}

// code is an authorisation code: what must be said again to get tokens for it.
type code struct {
	grant     *grant
	asked     string // the redirect URI that was asked for; empty: none was
	redirect  string // the one the code was sent to
	challenge string // RFC 7636, S256; empty: none
}

// once is a value for one use. The second use is a theft or a repeat: who is who cannot be told, so all that came of it ends
// (RFC 6749 section 4.1.2, RFC 9700 section 4.14.2).
type once[T any] struct {
	value T
	used  bool
}

// token is POST /oauth/token.
func (c *CRM) token(r *http.Request) answer {
	if mediaType(r) != "application/x-www-form-urlencoded" {
		return failOAuth("invalid_request", "want Content-Type: application/x-www-form-urlencoded")
	}
	if err := r.ParseForm(); err != nil {
		return failOAuth("invalid_request", "the body is no form")
	}
	for name, values := range r.PostForm {
		if len(values) > 1 {
			return failOAuth("invalid_request", name+" is given more than once")
		}
	}
	client, bad := c.client(r)
	if client == nil {
		return bad
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch f := r.PostForm; f.Get("grant_type") {
	case "client_credentials":
		return c.issue(&grant{client: client.ID}, false)
	case "authorization_code":
		return c.redeem(client, f)
	case "refresh_token":
		return c.rotate(client, f.Get("refresh_token"))
	case "":
		return failOAuth("invalid_request", "grant_type is missing")
	default:
		return failOAuth("unsupported_grant_type", "want client_credentials, authorization_code or refresh_token")
	}
}

// client is who asks, by HTTP Basic authentication or in the body, not both (RFC 6749 section 2.3). In the header both
// parts are form-encoded first (section 2.3.1).
func (c *CRM) client(r *http.Request) (*Client, answer) {
	id, secret := r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	user, password, basic := r.BasicAuth()
	if basic {
		if secret != "" {
			return nil, failOAuth("invalid_request", "the client's secret is given in the header and in the body")
		}
		u, err1 := url.QueryUnescape(user)
		p, err2 := url.QueryUnescape(password)
		if err1 != nil || err2 != nil || id != "" && id != u {
			return nil, failClient(basic)
		}
		id, secret = u, p
	}
	client := c.clientNamed(id)
	if client == nil || !same(secret, client.Secret) {
		return nil, failClient(basic)
	}
	return client, answer{}
}

func (c *CRM) clientNamed(id string) *Client {
	for i := range c.o.Clients {
		if id != "" && c.o.Clients[i].ID == id {
			return &c.o.Clients[i]
		}
	}
	return nil
}

// redeem gives tokens for an authorisation code (RFC 6749 section 4.1.3, RFC 7636 section 4.6).
func (c *CRM) redeem(client *Client, f url.Values) answer {
	if f.Get("code") == "" {
		return failOAuth("invalid_request", "code is missing")
	}
	k, ok := c.tokens.codes.get(f.Get("code"), c.o.Now())
	if !ok || k.value.grant.client != client.ID {
		return failOAuth("invalid_grant", "the code is unknown, expired, or another client's")
	}
	g := k.value.grant
	if k.used {
		g.ended = true
		return failOAuth("invalid_grant", "the code was used before; what it gave has ended")
	}
	k.used = true // also for a wrong try: a code that leaks is not to be tried at
	if redirect := f.Get("redirect_uri"); redirect != k.value.asked && redirect != k.value.redirect {
		return failOAuth("invalid_grant", "redirect_uri is not the one the code was sent to")
	}
	if !k.value.verified(f.Get("code_verifier")) {
		return failOAuth("invalid_grant", "code_verifier does not fit the code_challenge")
	}
	return c.issue(g, true)
}

// verified also refuses a verifier where there was no challenge, which tells that somebody took it out (RFC 9700
// section 2.1.1).
func (k code) verified(verifier string) bool {
	if k.challenge == "" {
		return verifier == ""
	}
	sum := sha256.Sum256([]byte(verifier))
	return same(base64.RawURLEncoding.EncodeToString(sum[:]), k.challenge)
}

// rotate gives a new access token and a new refresh token for a refresh token, which has then served.
func (c *CRM) rotate(client *Client, token string) answer {
	if token == "" {
		return failOAuth("invalid_request", "refresh_token is missing")
	}
	t, ok := c.tokens.refresh.get(token, c.o.Now())
	switch {
	case !ok || t.value.client != client.ID || t.value.ended:
		return failOAuth("invalid_grant", "the refresh token is unknown, expired, revoked, or another client's")
	case t.used:
		t.value.ended = true
		return failOAuth("invalid_grant", "the refresh token was used before; all that came of its grant has ended")
	}
	t.used = true
	return c.issue(t.value, true)
}

// issue answers with an access token, and a refresh token where a person granted it (RFC 6749 sections 5.1, 4.4.3).
func (c *CRM) issue(g *grant, refresh bool) answer {
	values := map[string]any{"access_token": rand.Text(), "token_type": "Bearer", "expires_in": int(accessLife.Seconds()), "scope": scope}
	c.tokens.access.add(values["access_token"].(string), g, c.o.Now())
	if refresh {
		values["refresh_token"] = rand.Text()
		c.tokens.refresh.add(values["refresh_token"].(string), &once[*grant]{value: g}, c.o.Now())
	}
	return replyOAuth(http.StatusOK, values)
}

// replyOAuth is an answer that nobody between may keep (RFC 6749 section 5.1).
func replyOAuth(status int, values any) answer {
	body, _ := json.Marshal(values) // texts and a number
	return answer{status, http.Header{"Content-Type": {"application/json"}, "Cache-Control": {"no-store"}, "Pragma": {"no-cache"}}, body}
}

// failOAuth is an error of RFC 6749 section 5.2.
func failOAuth(kind, description string) answer {
	return replyOAuth(http.StatusBadRequest, map[string]string{"error": kind, "error_description": description})
}

// failClient is invalid_client; a client that used the header is told the scheme (RFC 6749 section 5.2).
func failClient(basic bool) answer {
	a := failOAuth("invalid_client", "the client is unknown or its secret is wrong")
	a.status = http.StatusUnauthorized
	if basic {
		a.header.Set("WWW-Authenticate", basicChallenge)
	}
	return a
}
