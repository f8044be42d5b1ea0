package kustomer

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
	maxRequests = 2000
	maxKept     = 16 << 10 // bytes of a body
	maxHeader   = 1 << 10  // bytes of a header
)

// beginning keeps the first maxKept bytes of what is written to it.
type beginning struct {
	bytes []byte
	long  bool // there was more
}

func (b *beginning) Write(p []byte) (int, error) {
	n := min(len(p), maxKept-len(b.bytes))
	b.bytes = append(b.bytes, p[:n]...)
	b.long = b.long || n < len(p)
	return len(p), nil
}

// keep wants the lock held.
func (k *Kustomer) keep(at time.Time, r *http.Request, body *beginning, status int) {
	kept := Request{Time: at, Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Headers: map[string]string{},
		Truncated: body.long, Status: status, Body: strings.ToValidUTF8(string(body.bytes), "\uFFFD")}
	for name, values := range r.Header {
		value := strings.Join(values, ", ")
		kept.Headers[name] = value[:min(maxHeader, len(value))]
	}
	for _, name := range []string{"Authorization", "Proxy-Authorization", "Cookie"} {
		if _, ok := kept.Headers[name]; ok {
			kept.Headers[name] = "[redacted]"
		}
	}
	k.requests = append(k.requests, kept)
	k.requests = k.requests[max(0, len(k.requests)-maxRequests):]
}
