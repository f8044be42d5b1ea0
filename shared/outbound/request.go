package outbound

import (
	"context"
	"fmt"
	"net/http"
)

// prepare checks the URL and makes the request that is really sent.
func prepare(ctx context.Context, req *http.Request) (*http.Request, error) {
	switch {
	case req.URL.Scheme == "http":
		ctx = withPlain(ctx)
	case req.URL.Scheme != "https":
		return nil, fmt.Errorf("%w: the scheme must be https", errRefused)
	}
	if req.URL.Hostname() == "" {
		return nil, fmt.Errorf("%w: the URL names no host", errRefused)
	}
	if req.URL.User != nil {
		return nil, fmt.Errorf("%w: credentials belong in a header, not before the host", errRefused)
	}
	out := req.Clone(ctx)
	if out.Header == nil {
		out.Header = http.Header{}
	}
	if out.Header.Get("User-Agent") == "" {
		out.Header.Set("User-Agent", userAgent)
	}
	neverReplay(out.Header)
	return out, nil
}

// neverReplay keeps net/http from sending a create twice. Where a kept connection breaks after the request has left, the
// transport repeats it unasked if it carries Idempotency-Key or X-Idempotency-Key (documented at http.Transport),
// which trusts every server to heed that header; a CRM that does not would hold two records. The transport looks for
// the canonical spelling, and servers read any (RFC 9110, section 5.1), so another spelling is sent.
func neverReplay(h http.Header) {
	for canonical, other := range map[string]string{
		"Idempotency-Key":   "idempotency-key",
		"X-Idempotency-Key": "x-idempotency-key",
	} {
		if v, ok := h[canonical]; ok {
			delete(h, canonical)
			h[other] = v
		}
	}
}
