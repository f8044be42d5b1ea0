package mail

import (
	"crypto/subtle"
	"io"
	"net"
	"strings"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"sessionbridge.internal/emulator/fault"
)

// next is the fault that is due for the message of this envelope.
func (s *session) next() (fault.Fault, bool) {
	if s.sink.o.Faults == nil {
		return fault.Fault{}, false
	}
	return s.sink.o.Faults.Next(fault.SMTP, "DATA "+s.from+" "+strings.Join(s.to, " "))
}

// cut plays a reset in the middle of the message, of which nothing is kept then.
func (s *session) cut(f fault.Fault, r io.Reader) error {
	_, _ = io.CopyN(io.Discard, r, f.Bytes) // what breaks here is about to be broken
	if err := fault.Wait(s.sink.ctx, time.Duration(f.Delay)); err != nil {
		return err
	}
	reset(s.conn)
	return nil
}

// fail plays f where the answer to DATA would be. What it returns is that answer; a connection it closed takes none.
func (s *session) fail(f fault.Fault, accept func()) error {
	if f.After {
		accept()
	}
	if err := fault.Wait(s.sink.ctx, time.Duration(f.Delay)); err != nil {
		return err
	}
	switch f.Mode {
	case fault.Status:
		return &smtp.SMTPError{Code: f.Status, Message: "a planned fault"}
	case fault.Hang:
		// A waiting client sends nothing, so this ends when it goes away or Close closes the connection. Should the
		// client write on, into the void, it is read on.
		_ = s.conn.SetReadDeadline(time.Time{})
		_, _ = io.Copy(io.Discard, s.conn)
	case fault.Garbage:
		_, _ = io.WriteString(s.conn, "\xff\xfe gar\x00bage\r\n")
		_ = s.conn.Close()
	case fault.Reset:
		reset(s.conn)
	case fault.Delay:
		if !f.After {
			accept()
		}
	}
	return nil
}

// reset closes c so that its other end sees "connection reset by peer".
func reset(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = c.Close()
}

// AuthMechanisms and Auth offer AUTH PLAIN where Options name a user.
func (s *session) AuthMechanisms() []string {
	if s.sink.o.User == "" {
		return nil
	}
	return []string{sasl.Plain}
}

// Auth refuses whoever is not the configured user.
func (s *session) Auth(mechanism string) (sasl.Server, error) {
	if mechanism != sasl.Plain || s.sink.o.User == "" {
		return nil, smtp.ErrAuthUnknownMechanism
	}
	return sasl.NewPlainServer(func(_, user, password string) error {
		if !same(user, s.sink.o.User) || !same(password, s.sink.o.Password) {
			return smtp.ErrAuthFailed
		}
		return nil
	}), nil
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
