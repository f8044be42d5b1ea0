package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"

	"sessionbridge.internal/shared/secrets"
)

// Server is the SMTP server that takes a company's mail.
//
// The connection is encrypted and the server's certificate checked: from the first byte on port 465, by STARTTLS on
// every other (RFC 8314, section 3), and nothing is sent where that fails. Only a server on this machine, a loopback
// address or `localhost`, is spoken to in the clear: the local cloud's.
type Server struct {
	Host     string
	Port     int            // 587 or 465 as a rule
	Username string         // empty: the server asks for none
	Password secrets.Secret // beside a user name

	// RootCAs are the authorities that may vouch for the server; nil stands for the machine's.
	RootCAs *x509.CertPool
	// Dial opens the connection; nil stands for a plain net.Dialer. A caller whose servers are named by tenants gives one
	// that refuses addresses inside our own network.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Timeout is the most time one Send takes, connection and all.
const Timeout = time.Minute

const implicitTLSPort = 465 // RFC 8314, section 7.3

// Send hands the message to the server and returns nil once the server has accepted it. Every failure is an *Error,
// which says whether trying again can help. When the answer to a complete message is lost the message may have been
// accepted: Send fails, and the receiver knows the repetition by its Message-ID.
func Send(ctx context.Context, s Server, m Message) error {
	msg, err := build(m)
	if err != nil {
		return &Error{Server: s.address(), Permanent: true, err: err}
	}
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel() // also closes the connection, see dial
	client, err := gomail.NewClient(s.Host, s.options(ctx)...)
	if err != nil {
		return &Error{Server: s.address(), Permanent: true, err: err}
	}
	err = client.DialAndSendWithContext(ctx, msg)
	if err == nil || msg.IsDelivered() { // accepted, although the farewell may have failed
		return nil
	}
	return s.failure(ctx, err)
}

func (s Server) address() string { return net.JoinHostPort(s.Host, strconv.Itoa(s.Port)) }

func (s Server) isLocal() bool {
	return s.Host == "localhost" || net.ParseIP(s.Host).IsLoopback()
}

func (s Server) options(ctx context.Context) []gomail.Option {
	config := &tls.Config{ServerName: s.Host, RootCAs: s.RootCAs, MinVersion: tls.VersionTLS12}
	opts := []gomail.Option{
		gomail.WithPort(s.Port), gomail.WithTimeout(Timeout), gomail.WithTLSConfig(config),
		gomail.WithDialContextFunc(s.dial(ctx, config)),
		gomail.WithoutNoop(), gomail.WithoutRset(), // one message a connection: nothing to probe or to reset
	}
	auth := gomail.SMTPAuthAutoDiscover
	switch {
	case s.isLocal():
		opts, auth = append(opts, gomail.WithTLSPolicy(gomail.NoTLS)), gomail.SMTPAuthPlain
	case s.Port == implicitTLSPort:
		// dial encrypts. WithSSL would make the library take the line for a clear one and refuse to log in over it.
		opts = append(opts, gomail.WithTLSPolicy(gomail.TLSOpportunistic))
	default:
		opts = append(opts, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if s.Username != "" {
		opts = append(opts, gomail.WithSMTPAuth(auth), gomail.WithUsername(s.Username), gomail.WithPassword(s.Password.Reveal()))
	}
	return opts
}

// dial opens the connection and closes it when ctx ends. The library heeds its context only until the connection
// stands, leaves the connection open where the greeting fails, and speaks no TLS over a dialler that is not its own.
func (s Server) dial(ctx context.Context, config *tls.Config) gomail.DialContextFunc {
	open := s.Dial
	if open == nil {
		open = new(net.Dialer).DialContext
	}
	return func(_ context.Context, network, _ string) (net.Conn, error) {
		conn, err := open(ctx, network, s.address())
		if err != nil {
			return nil, err
		}
		context.AfterFunc(ctx, func() { _ = conn.Close() })
		if s.Port != implicitTLSPort || s.isLocal() {
			return conn, nil
		}
		encrypted := tls.Client(conn, config)
		return encrypted, encrypted.HandshakeContext(ctx)
	}
}
