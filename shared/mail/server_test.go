package mail_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"sessionbridge.internal/shared/mail"
	"sessionbridge.internal/shared/secrets"
)

const password = "correct horse"

// server is a real SMTP server that keeps what it accepted.
type server struct {
	*smtp.Server
	listener net.Listener

	refuse  map[string]error                 // by command: MAIL, RCPT, DATA, AUTH
	trouble func(stage string, c *smtp.Conn) // at EHLO, in DATA, and after it, where not nil

	mu       sync.Mutex
	accepted [][]byte
	users    []string
}

func newServer(t testing.TB, change func(*server)) *server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{listener: listener, refuse: map[string]error{}}
	s.Server = smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		s.happens("EHLO", c)
		return &sessionOf{s, c}, nil
	}))
	s.Domain, s.AllowInsecureAuth = "127.0.0.1", true
	s.ErrorLog = quiet{}
	if change != nil {
		change(s)
	}
	go func() { _ = s.Serve(s.listener) }() // ends with Close
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// local is how a client on this machine reaches the server.
func (s *server) local() mail.Server {
	host, port, _ := net.SplitHostPort(s.listener.Addr().String())
	n, _ := strconv.Atoi(port)
	return mail.Server{Host: host, Port: n}
}

// remote is the same server as a client elsewhere would name it.
func (s *server) remote(port int) mail.Server {
	return mail.Server{Host: "example.com", Port: port, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, s.listener.Addr().String())
	}}
}

func (s *server) mails() [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.accepted
}

func (s *server) logins() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.users
}

// sessionOf is one client's conversation.
type sessionOf struct {
	*server
	conn *smtp.Conn
}

func (s *server) happens(stage string, c *smtp.Conn) {
	if s.trouble != nil {
		s.trouble(stage, c)
	}
}

func (s *sessionOf) Reset()                                   {}
func (s *sessionOf) Logout() error                            { return nil }
func (s *sessionOf) Mail(string, *smtp.MailOptions) error     { return s.refuse["MAIL"] }
func (s *sessionOf) Rcpt(_ string, _ *smtp.RcptOptions) error { return s.refuse["RCPT"] }
func (s *sessionOf) AuthMechanisms() []string                 { return []string{sasl.Plain} }

func (s *sessionOf) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, username, given string) error {
		if given != password {
			return smtp.ErrAuthFailed
		}
		if err := s.refuse["AUTH"]; err != nil {
			return err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.users = append(s.users, username)
		return nil
	}), nil
}

func (s *sessionOf) Data(r io.Reader) error {
	var b bytes.Buffer
	if _, err := io.CopyN(&b, r, 100); err != nil {
		return err
	}
	s.happens("in DATA", s.conn)
	if _, err := b.ReadFrom(r); err != nil {
		return err
	}
	if err := s.refuse["DATA"]; err != nil {
		return err
	}
	s.mu.Lock()
	s.accepted = append(s.accepted, b.Bytes())
	s.mu.Unlock()
	s.happens("after DATA", s.conn)
	return nil
}

// certificate is one for example.com with the authority that vouches for it.
func certificate(t *testing.T) (*tls.Config, *x509.CertPool) {
	t.Helper()
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	return &tls.Config{Certificates: s.TLS.Certificates}, pool
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

func wantFailure(t *testing.T, err error, code int, permanent bool) {
	t.Helper()
	var failure *mail.Error
	if !errors.As(err, &failure) {
		t.Fatalf("error is %v, want a *mail.Error", err)
	}
	if failure.Code != code || failure.Permanent != permanent || mail.IsPermanent(err) != permanent {
		t.Errorf("error is %v with code %d, permanent %t; want code %d, permanent %t", err, failure.Code, failure.Permanent, code, permanent)
	}
}

func login(s mail.Server, user, pass string) mail.Server {
	s.Username, s.Password = user, secrets.New(pass)
	return s
}
