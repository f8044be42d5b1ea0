package people

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// tokenLife is that of an ID token, as Google's.
const tokenLife = time.Hour

// signingKey is one for all issuers of a process: making one takes long, and tests start many.
var signingKey = sync.OnceValues(func() (*jose.JSONWebKey, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	k := &jose.JSONWebKey{Key: key, Algorithm: string(jose.RS256), Use: "sig"}
	print, err := k.Thumbprint(crypto.SHA256) // RFC 7638
	if err != nil {
		return nil, fmt.Errorf("name the key: %w", err)
	}
	k.KeyID = base64.RawURLEncoding.EncodeToString(print)
	return k, nil
})

// keys is the public half (RFC 7517).
func (i *Issuer) keys(w http.ResponseWriter, _ *http.Request) {
	key, err := signingKey()
	if err != nil {
		http.Error(w, "the signing key could not be made", http.StatusInternalServerError)
		return
	}
	answer(w, http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{key.Public()}})
}

// claims are an ID token's (OpenID Connect Core 1.0, sections 2 and 5.1).
type claims struct {
	jwt.Claims
	Party    string `json:"azp,omitempty"`
	Nonce    string `json:"nonce,omitempty"`
	Email    string `json:"email"`
	Verified bool   `json:"email_verified"`
	Name     string `json:"name,omitempty"`
}

// Token is an ID token of somebody, who need not be among Options.People, for the audience, good for an hour: what
// "gcloud auth print-identity-token" prints.
func (i *Issuer) Token(p Person, audience string) (string, error) { return i.sign(p, audience, "") }

func (i *Issuer) sign(p Person, audience, nonce string) (string, error) {
	key, err := signingKey()
	if err != nil {
		return "", fmt.Errorf("ID token: %w", err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return "", fmt.Errorf("ID token: %w", err)
	}
	now := i.options.Now()
	token, err := jwt.Signed(signer).Claims(claims{
		Claims: jwt.Claims{
			Issuer: i.options.URL, Subject: p.subject(), Audience: jwt.Audience{audience},
			IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(tokenLife)),
		},
		Party: audience, Nonce: nonce, Email: p.Email, Verified: !p.Unverified, Name: p.Name,
	}).Serialize()
	if err != nil {
		return "", fmt.Errorf("ID token: %w", err)
	}
	return token, nil
}

// token is the token endpoint (OpenID Connect Core 1.0, section 3.1.3): a code for an ID token.
func (i *Issuer) token(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 8<<10)
	client, ok := i.authenticated(r)
	if !ok {
		w.Header().Set("WWW-Authenticate", `Basic realm="token"`)
		answer(w, http.StatusUnauthorized, map[string]string{"error": "invalid_client"})
		return
	}
	if r.PostFormValue("grant_type") != "authorization_code" {
		answer(w, http.StatusBadRequest, map[string]string{"error": "unsupported_grant_type"})
		return
	}
	g, ok := i.redeem(r, client)
	if !ok {
		answer(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant"})
		return
	}
	id, err := i.sign(g.person, client, g.nonce)
	if err != nil {
		answer(w, http.StatusInternalServerError, map[string]string{"error": "server_error"})
		return
	}
	// The access token opens nothing here; the standard wants one.
	answer(w, http.StatusOK, map[string]any{"access_token": rand.Text(), "token_type": "Bearer", "expires_in": int(tokenLife.Seconds()), "id_token": id})
}

// authenticated is the client that the request proves to come from (RFC 6749, section 2.3.1).
func (i *Issuer) authenticated(r *http.Request) (string, bool) {
	id, secret, ok := r.BasicAuth()
	if ok { // both are escaped as in a form
		var errID, errSecret error
		id, errID = url.QueryUnescape(id)
		secret, errSecret = url.QueryUnescape(secret)
		ok = errID == nil && errSecret == nil
	} else {
		id, secret, ok = r.PostFormValue("client_id"), r.PostFormValue("client_secret"), true
	}
	c, known := i.client(id)
	return id, ok && known && subtle.ConstantTimeCompare([]byte(secret), []byte(c.Secret)) == 1
}

// redeem is what the code is worth to the client. A code counts once, also where it is refused (RFC 6749, section 4.1.2).
func (i *Issuer) redeem(r *http.Request, client string) (grant, bool) {
	code := r.PostFormValue("code")
	i.mu.Lock()
	g, ok := i.codes[code]
	delete(i.codes, code)
	i.mu.Unlock()
	verifier := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	proven := base64.RawURLEncoding.EncodeToString(verifier[:]) == g.challenge // RFC 7636, section 4.6
	return g, ok && proven && g.client == client && r.PostFormValue("redirect_uri") == g.redirect.String() && i.options.Now().Before(g.until)
}
