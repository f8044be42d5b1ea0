package outbound

import (
	"context"
	"crypto/tls"
	"net"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
)

// countedConn counts the bytes that leave for the wire, so that it can be told whether any of a request did.
type countedConn struct {
	net.Conn
	left atomic.Int64
}

func (c *countedConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.left.Add(int64(n))
	return n, err
}

// sending watches one call. net/http may take several connections for it, because it tries again by itself where a kept
// connection turns out to be closed; bytes on any of them count.
type sending struct {
	mu    sync.Mutex
	conns []connMark
}

type connMark struct {
	conn   *countedConn // nil where bytes cannot be told apart
	before int64        // what had left already: the TLS handshake and earlier requests
}

func (s *sending) watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) {
			m := connMark{conn: underneath(info.Conn)}
			if m.conn != nil {
				m.before = m.conn.left.Load()
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			s.conns = append(s.conns, m)
		},
	})
}

// begun says that some of a failed request may be on its way. It errs on that side. A no is final: before net/http reports
// a failure it closes the connection, if it speaks HTTP/1, and waits for the goroutine that writes to it.
func (s *sending) begun() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.conns {
		if m.conn == nil || m.conn.left.Load() > m.before {
			return true
		}
	}
	return false
}

// underneath is the connection of ours below TLS. It is nil for HTTP/2, where requests share a connection and their
// bytes cannot be told apart.
func underneath(c net.Conn) *countedConn {
	if t, ok := c.(*tls.Conn); ok {
		if t.ConnectionState().NegotiatedProtocol == "h2" {
			return nil
		}
		c = t.NetConn()
	}
	counted, _ := c.(*countedConn)
	return counted
}
