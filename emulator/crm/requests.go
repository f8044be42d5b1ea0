package crm

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"sessionbridge.internal/emulator/received"
)

// Request is one request as the CRM received it.
type Request = received.Request

// redacted stands where a credential was.
const redacted = received.Redacted

func (c *CRM) keep(at time.Time, r *http.Request, body *received.Beginning, status int) {
	kept := received.Of(at, r, body, status)
	if strings.HasPrefix(r.URL.Path, "/oauth/") {
		kept.Body = withoutSecrets(kept)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests = received.Add(c.requests, kept)
}

// withoutSecrets is the form that was sent, of which only what is known to be no secret is shown. A body that is no form
// may be one that was sent wrongly, so none of it is.
func withoutSecrets(kept Request) string {
	form, err := url.ParseQuery(kept.Body)
	if kept.Body == "" {
		return ""
	}
	if err != nil || kept.Truncated {
		return redacted
	}
	for name, values := range form {
		if !slices.Contains([]string{"grant_type", "client_id", "redirect_uri", "scope", "decision"}, name) {
			form[name] = slices.Repeat([]string{redacted}, len(values))
		}
	}
	return form.Encode()
}

// replay is the answer to a request that created something, for when its Idempotency-Key comes again
// (draft-ietf-httpapi-idempotency-key-header). Only success is kept: after an error the same key may be tried again with
// what was wrong put right.
type replay struct {
	fingerprint [sha256.Size]byte
	answer      answer
}

// Bounds of the keys.
const (
	keyLife   = 24 * time.Hour
	maxKeyLen = 255 // bytes
)

// once runs act, but for a POST whose key has been here: that gets the answer it got then. It wants the lock held, which
// makes the second of two at once wait for the first one's answer. The body is what tells one request from another.
func (c *CRM) once(r *http.Request, body []byte, act func(r *http.Request, body []byte) answer) answer {
	key := r.Header.Get("Idempotency-Key")
	if r.Method != http.MethodPost || key == "" {
		return act(r, body)
	}
	if len(key) > maxKeyLen {
		return fail(http.StatusBadRequest, "Idempotency-Key", fmt.Sprintf("is longer than %d bytes", maxKeyLen))
	}
	fingerprint := sha256.Sum256([]byte(r.URL.Path + "\n" + string(body)))
	if old, ok := c.keys.get(key, c.o.Now()); ok {
		if old.fingerprint != fingerprint {
			return fail(http.StatusUnprocessableEntity, "Idempotency-Key", "was used for another request")
		}
		return old.again()
	}
	a := act(r, body)
	if a.status < 300 {
		c.keys.add(key, replay{fingerprint, a}, c.o.Now())
	}
	return a
}

// again is the answer with a mark, so that a person can tell it from the first.
func (p replay) again() answer {
	a := p.answer
	a.header = a.header.Clone()
	a.header.Set("Idempotent-Replayed", "true")
	return a
}
