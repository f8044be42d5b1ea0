package crm

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Request is one request as the CRM received it.
type Request struct {
	Time      time.Time         `json:"time"` // virtual
	Method    string            `json:"method"`
	Path      string            `json:"path"`
	Query     string            `json:"query,omitempty"`
	Headers   map[string]string `json:"headers"` // credentials are [redacted]
	Body      string            `json:"body,omitempty"`
	Truncated bool              `json:"truncated,omitempty"` // Body is the beginning only
	Status    int               `json:"status"`              // what was answered
}

// Bounds of what is kept.
const (
	maxRequests = 2000
	maxKept     = 16 << 10 // bytes of a body
	maxHeader   = 1 << 10  // bytes of a header
)

// keep wants the lock held.
func (c *CRM) keep(at time.Time, r *http.Request, body []byte, status int) {
	kept := Request{Time: at, Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Headers: map[string]string{},
		Truncated: len(body) > maxKept, Status: status,
		Body: strings.ToValidUTF8(string(body[:min(maxKept, len(body))]), "\uFFFD")}
	for name, values := range r.Header {
		value := strings.Join(values, ", ")
		kept.Headers[name] = value[:min(maxHeader, len(value))]
	}
	for _, name := range []string{"Authorization", "Proxy-Authorization", "Cookie"} {
		if _, ok := kept.Headers[name]; ok {
			kept.Headers[name] = "[redacted]"
		}
	}
	c.requests = append(c.requests, kept)
	c.requests = c.requests[max(0, len(c.requests)-maxRequests):]
}

// keys are the Idempotency-Key headers of requests that created something, with the answers they got
// (draft-ietf-httpapi-idempotency-key-header). Only success is kept: after an error the same key may be tried again
// with what was wrong put right.
type keys struct {
	answers map[string]replay
	order   []string // oldest first
}

type replay struct {
	fingerprint [sha256.Size]byte
	expires     time.Time
	answer      answer
}

// Bounds of the keys.
const (
	keyLife   = 24 * time.Hour
	maxKeys   = 10_000
	maxKeyLen = 255 // bytes
)

// once runs act, but for a POST whose key has been here: that gets the answer it got then. It wants the lock held, which
// makes the second of two at once wait for the first one's answer.
func (c *CRM) once(r *http.Request, body []byte, act action) answer {
	key := r.Header.Get("Idempotency-Key")
	if r.Method != http.MethodPost || key == "" {
		return act(r, body)
	}
	if len(key) > maxKeyLen {
		return fail(http.StatusBadRequest, "Idempotency-Key", fmt.Sprintf("is longer than %d bytes", maxKeyLen))
	}
	c.keys.expire(c.o.Now())
	fingerprint := sha256.Sum256([]byte(r.URL.Path + "\n" + string(body)))
	if old, ok := c.keys.answers[key]; ok {
		if old.fingerprint != fingerprint {
			return fail(http.StatusUnprocessableEntity, "Idempotency-Key", "was used for another request")
		}
		return old.again()
	}
	a := act(r, body)
	if a.status < 300 {
		c.keys.add(key, replay{fingerprint, c.o.Now().Add(keyLife), a})
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

func (k *keys) add(key string, p replay) {
	if k.answers == nil {
		k.answers = map[string]replay{}
	}
	k.answers[key] = p
	k.order = append(k.order, key)
	if len(k.order) > maxKeys {
		k.forget()
	}
}

// expire forgets the keys whose time is over; all live equally long, so these are the oldest.
func (k *keys) expire(now time.Time) {
	for len(k.order) > 0 && !now.Before(k.answers[k.order[0]].expires) {
		k.forget()
	}
}

func (k *keys) forget() {
	delete(k.answers, k.order[0])
	k.order = k.order[1:]
}
