package people

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// SessionCookie and SignInCookie are the names of the cookies: who somebody is, and what is noted of somebody on the way to the
// issuer and back. Where browsers come by https the names begin with "__Host-", so that no other host and no page without
// encryption can set them (RFC 6265bis, section 4.1.3.2).
const (
	SessionCookie = "sessionbridge"
	SignInCookie  = "sessionbridge-signin"
)

const (
	sessionLife = 12 * time.Hour   // a working day
	signInLife  = 10 * time.Minute // to choose an account and give a password

	minKey     = 32 // characters of a key in the secret, such as openssl rand -base64 32 makes
	maxKeys    = 8
	maxCookie  = 4 << 10 // bytes; browsers keep no more (RFC 6265, section 6.1)
	cookieRest = 256     // bytes of its name and attributes, which count too
)

// session is the content of SessionCookie.
type session struct {
	Person
	Until time.Time `json:"until"`
}

// byCookie is the sign-in that a cookie, SessionCookie or FrameCookie, tells of.
func (g *Gate) byCookie(r *http.Request, name string) (session, error) {
	var s session
	ok, err := g.readCookie(r, name, &s)
	switch {
	case err != nil:
		return session{}, err
	case !ok:
		return session{}, unauthorized(nil, "sign in at "+g.path(signInPath)+", or bring an ID token as bearer token")
	case !g.now().Before(s.Until):
		return session{}, unauthorized(nil, "your sign-in is over; sign in again at "+g.path(signInPath))
	}
	return s, nil
}

func (g *Gate) cookieName(name string) string {
	if g.conf.https() {
		return "__Host-" + name
	}
	return name
}

// setCookie seals the content into a cookie. Lax is what lets the issuer send a browser back to us with it (RFC 6265bis, section
// 5.2); pages of other sites can read nothing with it, and what changes anything is refused to them by its origin.
func (g *Gate) setCookie(w http.ResponseWriter, name string, content any, life time.Duration) error {
	value, err := g.seal(g.cookieName(name), content)
	if err != nil {
		return err
	}
	g.writeCookie(w, name, value, int(life.Seconds()))
	return nil
}

func (g *Gate) dropCookie(w http.ResponseWriter, name string) { g.writeCookie(w, name, "", -1) }

func (g *Gate) writeCookie(w http.ResponseWriter, name, value string, maxAge int) {
	http.SetCookie(w, &http.Cookie{
		Name: g.cookieName(name), Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true, Secure: g.conf.https(), SameSite: http.SameSiteLaxMode,
	})
}

// readCookie says whether the browser has the cookie as it was sealed here. Its error is about the key.
func (g *Gate) readCookie(r *http.Request, name string, content any) (bool, error) {
	name = g.cookieName(name)
	c, err := r.Cookie(name)
	if err != nil {
		return false, nil
	}
	return g.open(name, c.Value, content)
}

// open says whether the value was sealed here by the name. Its error is about the key.
func (g *Gate) open(name, value string, content any) (bool, error) {
	if len(value) > maxCookie {
		return false, nil
	}
	sealed, err := base64.RawURLEncoding.DecodeString(value)
	if err != nil {
		return false, nil
	}
	keys, err := g.keys()
	if err != nil {
		return false, err
	}
	for _, key := range keys {
		if text, err := key.Open(nil, nil, sealed, []byte(name)); err == nil {
			return json.Unmarshal(text, content) == nil, nil
		}
	}
	return false, nil
}

// seal encrypts with the newest key. The cookie's name is sealed in, so that none passes for another.
func (g *Gate) seal(name string, content any) (string, error) {
	text, err := json.Marshal(content)
	if err != nil {
		return "", fmt.Errorf("people: %w", err)
	}
	keys, err := g.keys()
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(keys[0].Seal(nil, nil, text, []byte(name))), nil
}

// keys are those of COOKIE_KEY, which are read anew within seconds after they change. AES-256-GCM with random nonces is good for
// 2^32 cookies of a key (NIST SP 800-38D, section 8.3).
func (g *Gate) keys() ([]cipher.AEAD, error) {
	secret, err := g.Secrets.Resolve(g.cookieKey)
	if err != nil {
		return nil, fmt.Errorf("people: COOKIE_KEY: %w", err)
	}
	var keys []cipher.AEAD
	for line := range strings.Lines(secret.Reveal()) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if len(line) < minKey {
			return nil, fmt.Errorf("people: COOKIE_KEY: %s: a key must have at least %d random characters, as openssl rand -base64 32 makes them", g.cookieKey, minKey)
		}
		key, err := newKey(line)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 || len(keys) > maxKeys {
		return nil, fmt.Errorf("people: COOKIE_KEY: %s must have from 1 to %d keys, each on a line of its own, the newest first", g.cookieKey, maxKeys)
	}
	return keys, nil
}

// newKey makes the key of a secret's line (RFC 5869).
func newKey(line string) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, []byte(line), nil, "sessionbridge cookies", 32)
	if err != nil {
		return nil, fmt.Errorf("people: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("people: %w", err)
	}
	sealing, err := cipher.NewGCMWithRandomNonce(block)
	return sealing, errors.Join(err)
}
