// Package received is the memory of the requests that a stand-in got, for people and tests to look at. emulator/crm and
// emulator/kustomer keep theirs by it.
package received

import (
	"net/http"
	"strings"
	"time"
)

// Request is one request as it was received.
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
	most      = 2000
	maxBody   = 16 << 10 // bytes
	maxHeader = 1 << 10  // bytes
)

// Redacted stands where a credential was.
const Redacted = "[redacted]"

// credentials are the headers that are not shown.
var credentials = []string{"Authorization", "Proxy-Authorization", "Cookie", "X-Api-Key"}

// Beginning keeps the beginning of what is written to it.
type Beginning struct {
	bytes []byte
	long  bool // there was more
}

// Write takes everything, and keeps what there is room for.
func (b *Beginning) Write(p []byte) (int, error) {
	n := min(len(p), maxBody-len(b.bytes))
	b.bytes = append(b.bytes, p[:n]...)
	b.long = b.long || n < len(p)
	return len(p), nil
}

// Of is a request with the beginning of its body and the status that it was answered with.
func Of(at time.Time, r *http.Request, body *Beginning, status int) Request {
	kept := Request{Time: at, Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Headers: map[string]string{},
		Truncated: body.long, Status: status, Body: strings.ToValidUTF8(string(body.bytes), "\uFFFD")}
	for name, values := range r.Header {
		value := strings.Join(values, ", ")
		kept.Headers[name] = value[:min(maxHeader, len(value))]
	}
	for _, name := range credentials {
		if _, ok := kept.Headers[name]; ok {
			kept.Headers[name] = Redacted
		}
	}
	return kept
}

// Add puts a request behind the others, of which the oldest go where there are too many.
func Add(all []Request, r Request) []Request {
	all = append(all, r)
	return all[max(0, len(all)-most):]
}
