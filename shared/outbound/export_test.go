package outbound

import (
	"crypto/tls"
	"crypto/x509"
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
