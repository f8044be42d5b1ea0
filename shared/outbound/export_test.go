package outbound

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"time"
)

// Trust makes the client accept the certificate of a server that a test has started.
func (c *Client) Trust(cert *x509.Certificate) {
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	c.transport.TLSClientConfig = &tls.Config{RootCAs: pool}
}

// Check asks the guard about an address without dialling it.
func Check(allow []string, resolved string, plain bool) error {
	g, err := newGuard(allow)
	if err != nil {
		return err
	}
	return g.check(resolved, plain)
}

// CloseIdle closes the connections kept for later.
func (c *Client) CloseIdle() { c.transport.CloseIdleConnections() }

// StreamOf is a stream of a body that no server sends. Like a connection, it ends with the stream's context.
func StreamOf(ctx context.Context, body io.Reader, l StreamLimits) *Stream {
	l = l.withDefaults()
	ctx, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(l.IdleTimeout, func() { cancel(ErrSilent) })
	timer.Stop()
	return &Stream{ctx: ctx, cancel: cancel, body: cutBody{ctx, body}, limits: l, timer: timer, left: l.MaxBody}
}

type cutBody struct {
	ctx context.Context
	io.Reader
}

func (b cutBody) Read(p []byte) (int, error) {
	if err := b.ctx.Err(); err != nil {
		return 0, err
	}
	return b.Reader.Read(p)
}

func (cutBody) Close() error { return nil }
