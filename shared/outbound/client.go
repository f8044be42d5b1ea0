// Package outbound is the one client for every HTTP call to somebody else's server: CRMs, quality-management
// applications, recordings to fetch. Addresses come from settings, so the client trusts none: it reaches public
// addresses alone, takes a bounded time, reads a bounded answer, and follows no redirect. When a call fails it says
// whether the request can have arrived, because that decides whether a create may be repeated. Client.Do reads an answer
// whole, Client.Open hands it over as it comes.
//
// shared/crm, shared/quality and the functions that move files call through it.
package outbound

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"time"
)

const (
	userAgent      = "Sessionbridge"
	maxHeader      = 64 << 10         // of an answer, in bytes
	idleConns      = 16               // kept to one host
	idleFor        = 30 * time.Second // below what common load balancers and servers keep, so that we close first
	handshakeTime  = 10 * time.Second
	defaultTimeout = 10 * time.Second
	defaultMaxBody = 1 << 20
)

// Options make a Client.
type Options struct {
	// Allow lists what may be called although it is not a public address, and without TLS: "host:port" as the URL has it,
	// or a network such as "10.1.0.0/16". Blank entries are ignored, so that AllowEnv can be split at its commas.
	Allow []string
	// Now is the clock durations are measured with.
	Now func() time.Time
}

// Client makes guarded calls and keeps connections. It may be used by many goroutines at once; one is enough for a
// process.
type Client struct {
	guard     *guard
	transport *http.Transport
	now       func() time.Time
}

// Limits bound one call. Zero values mean 10 seconds and 1 MiB.
type Limits struct {
	Timeout time.Duration // from looking up the name to the last byte of the answer
	MaxBody int64         // bytes of the answer that are kept, after decompression
}

// Response is an answer, read whole.
type Response struct {
	Status    int
	Header    http.Header
	Body      []byte
	Truncated bool // the body is longer than Limits.MaxBody, or broke off
	Duration  time.Duration
}

// New makes a client. Its error names the entry of Options.Allow that cannot be read.
func New(o Options) (*Client, error) {
	g, err := newGuard(o.Allow)
	if err != nil {
		return nil, err
	}
	if o.Now == nil {
		return nil, errors.New("outbound: Options.Now is missing: a clock is needed")
	}
	return &Client{guard: g, now: o.Now, transport: &http.Transport{
		// Proxy stays nil: behind one, the guard would see the proxy's address and none other.
		DialContext:            g.dial,
		ForceAttemptHTTP2:      true, // not by itself, with a DialContext of our own
		TLSHandshakeTimeout:    handshakeTime,
		MaxResponseHeaderBytes: maxHeader,
		MaxIdleConnsPerHost:    idleConns,
		IdleConnTimeout:        idleFor,
	}}, nil
}

// Dial connects to a server that does not speak HTTP, such as a mail server, under the same guard.
func (c *Client) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	return c.guard.dial(ctx, network, address)
}

// Do sends the request once and reads the answer, whatever its status: a redirect is an answer too. The failure of a call
// is an *Error. Where the answer breaks off after its head, both are returned: the response, with what was read of its
// body, and an error of verdict Unknown.
//
// The request is not changed. Its body is closed.
func (c *Client) Do(ctx context.Context, req *http.Request, l Limits) (*Response, error) {
	start := c.now()
	if l.Timeout <= 0 {
		l.Timeout = defaultTimeout
	}
	if l.MaxBody <= 0 {
		l.MaxBody = defaultMaxBody
	}
	ctx, cancel := context.WithTimeout(ctx, l.Timeout)
	defer cancel()
	res, err := c.roundTrip(ctx, req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }() // nothing is lost once it has been read
	answer := &Response{Status: res.StatusCode, Header: res.Header}
	answer.Body, answer.Truncated, err = read(res.Body, l.MaxBody)
	answer.Duration = c.now().Sub(start)
	if err != nil {
		return answer, newError(ctx, true, err)
	}
	return answer, nil
}

// roundTrip sends the request once, if the guard allows it. Its failure is an *Error.
func (c *Client) roundTrip(ctx context.Context, req *http.Request) (*http.Response, error) {
	out, err := prepare(ctx, req)
	if err != nil {
		return nil, &Error{Verdict: Refused, err: err}
	}
	var s sending
	// The transport itself and no http.Client: that one would follow redirects, and repeats the URL in its errors.
	res, err := c.transport.RoundTrip(out.WithContext(s.watch(out.Context())))
	if err != nil {
		return nil, newError(ctx, s.begun(), err)
	}
	return res, nil
}

// read keeps at most limit bytes.
func read(r io.Reader, limit int64) (body []byte, truncated bool, err error) {
	body, err = io.ReadAll(io.LimitReader(r, limit+1))
	if int64(len(body)) > limit {
		return body[:limit], true, nil
	}
	return body, err != nil, err
}
