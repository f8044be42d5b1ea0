package outbound

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
)

// prepare checks the URL and makes the request that is really sent. Where it refuses, it closes the request's body, as sending
// would have done.
func prepare(ctx context.Context, req *http.Request) (*http.Request, error) {
	if err := check(req.URL); err != nil {
		if req.Body != nil {
			_ = req.Body.Close() // nothing of it was read
		}
		return nil, err
	}
	if req.URL.Scheme == "http" {
		ctx = withPlain(ctx)
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

// check refuses URLs that are not called, whatever they lead to.
func check(u *url.URL) error {
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("%w: the scheme must be https", errRefused)
	case u.Hostname() == "":
		return fmt.Errorf("%w: the URL names no host", errRefused)
	case u.User != nil:
		return fmt.Errorf("%w: credentials belong in a header, not before the host", errRefused)
	}
	return nil
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
