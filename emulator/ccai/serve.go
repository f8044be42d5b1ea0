package ccai

import (
	"crypto/subtle"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"
)

// Request is one request as it was received.
type Request struct {
	Time   time.Time `json:"time"` // virtual
	Method string    `json:"method"`
	Path   string    `json:"path"`
	Query  string    `json:"query,omitempty"`
	Body   string    `json:"body,omitempty"` // its first 16 KiB
	Status int       `json:"status"`         // what was answered
}

const (
	perSecond = 10 // requests of the customer ("Apps API" and "Manager API", rate limits)
	maxBody   = 1 << 20
	maxKept   = 16 << 10
)

type answer struct {
	status int
	header http.Header
	body   []byte
}

// serve answers at one path, with the lock held. Every request is kept, whatever comes of it.
func (c *Centre) serve(act func(*http.Request, []byte) answer) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		c.mu.Lock()
		a := c.answer(r, body, err, act)
		c.keep(r, body, a.status)
		c.mu.Unlock()
		for name, values := range a.header {
			w.Header()[name] = values
		}
		w.WriteHeader(a.status)
		_, _ = w.Write(a.body) // a client that has gone is no trouble of ours
	}
}

func (c *Centre) answer(r *http.Request, body []byte, readErr error, act func(*http.Request, []byte) answer) answer {
	user, password, _ := r.BasicAuth()
	known := subtle.ConstantTimeCompare([]byte(user+":"+password), []byte(c.o.Username+":"+c.o.Password)) == 1
	switch {
	case !known:
		a := refuse(http.StatusUnauthorized, "want HTTP Basic with the subdomain and an API credential")
		a.header.Set("WWW-Authenticate", `Basic realm="api"`)
		return a
	case !c.take():
		a := refuse(http.StatusTooManyRequests, "more than 10 requests in a second")
		a.header.Set("Retry-After", "1")
		return a
	case readErr != nil:
		return refuse(http.StatusRequestEntityTooLarge, "the body is too long, or broke off")
	}
	return act(r, body)
}

// take counts a request, and is whether it is one of the first ten in a second.
func (c *Centre) take() bool {
	now := c.now()
	for len(c.recent) > 0 && !now.Before(c.recent[0].Add(time.Second)) {
		c.recent = c.recent[1:]
	}
	if len(c.recent) >= perSecond {
		return false
	}
	c.recent = append(c.recent, now)
	return true
}

func (c *Centre) keep(r *http.Request, body []byte, status int) {
	c.requests = append(c.requests, Request{
		Time: c.now(), Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Status: status,
		Body: strings.ToValidUTF8(string(body[:min(len(body), maxKept)]), "\uFFFD"),
	})
	c.requests = c.requests[max(0, len(c.requests)-maxRequests):]
}

func reply(status int, v any) answer {
	body, err := json.Marshal(v)
	if err != nil { // of our own values alone
		return answer{http.StatusInternalServerError, http.Header{}, nil}
	}
	return answer{status, http.Header{"Content-Type": {"application/json"}}, body}
}

func refuse(status int, message string) answer {
	return reply(status, map[string]any{"error": http.StatusText(status), "message": message, "status": status})
}

// Snapshot is all there is, but for the credential.
type Snapshot struct {
	Agents   []map[string]any `json:"agents"`   // as the Manager API shows them
	Requests []Request        `json:"requests"` // oldest first, the newest 2,000
}

// Snapshot returns a copy of everything.
func (c *Centre) Snapshot() Snapshot {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := Snapshot{Agents: []map[string]any{}, Requests: append([]Request{}, c.requests...)}
	for _, a := range c.agents {
		s.Agents = append(s.Agents, c.object(a))
	}
	return s
}

// Status is an agent's, empty where there is no such agent.
func (c *Centre) Status(email string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if a := c.find(email); a != nil {
		return a.status
	}
	return ""
}
