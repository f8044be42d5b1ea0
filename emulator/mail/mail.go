// Package mail is the local cloud's mailbox: an SMTP server that accepts every message, delivers none, and keeps the
// newest for people and tests to read. shared/mail is its client; emulator/fault makes it fail.
package mail

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"

	"sessionbridge.internal/emulator/fault"
)

// Bounds of the mailbox.
const (
	maxMessages   = 1000     // the newest are kept
	maxMessage    = 25 << 20 // bytes; what large providers accept
	maxRecipients = 100
)

// Options say how a Sink behaves.
type Options struct {
	// User and Password are what AUTH PLAIN accepts. With no User, AUTH is not offered. It is never required.
	User, Password string
	Now            func() time.Time // the clock of Message.ReceivedAt
	Faults         *fault.Plan      // consulted as fault.SMTP for each message, at DATA; nil: no faults
	Log            *slog.Logger     // what goes wrong in the server itself
}

// Sink is a running SMTP server with its mailbox. All methods may be called at once from many goroutines.
type Sink struct {
	o      Options
	server *smtp.Server
	ctx    context.Context // ends with Close
	cancel context.CancelFunc

	mu       sync.Mutex
	messages []*Message // oldest first
}

// Start serves on l until Close.
func Start(l net.Listener, o Options) *Sink {
	s := &Sink{o: o}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.server = smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &session{sink: s, conn: c.Conn()}, nil
	}))
	s.server.Domain = "localhost"
	s.server.AllowInsecureAuth = true // there is no TLS on a laptop's loopback
	s.server.EnableSMTPUTF8 = true
	s.server.MaxMessageBytes = maxMessage
	s.server.MaxRecipients = maxRecipients
	s.server.ReadTimeout = 5 * time.Minute // RFC 5321 section 4.5.3.2.7
	s.server.WriteTimeout = 5 * time.Minute
	s.server.ErrorLog = slog.NewLogLogger(o.Log.Handler(), slog.LevelWarn)
	go func() {
		if err := s.server.Serve(l); err != nil && !errors.Is(err, net.ErrClosed) {
			o.Log.ErrorContext(s.ctx, "mail: the server stopped", "error", err)
		}
	}()
	return s
}

// Close ends all connections at once. The mailbox can still be read.
func (s *Sink) Close() error {
	s.cancel()
	return s.server.Close()
}

// Messages are the mails in the mailbox, oldest first.
func (s *Sink) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	copies := make([]Message, len(s.messages))
	for i, m := range s.messages {
		copies[i] = *m
	}
	return copies
}

// deliver puts m into the mailbox. As Gmail and Exchange do, it shows one mail for many deliveries of one Message-ID to
// the same recipients: a sender that repeats after a lost acknowledgement does no harm as long as it keeps the id.
func (s *Sink) deliver(m *Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, old := range s.messages {
		if m.MessageID != "" && old.MessageID == m.MessageID && slices.Equal(old.recipients(), m.recipients()) {
			old.Copies++
			return
		}
	}
	s.messages = append(s.messages, m)
	s.messages = s.messages[max(0, len(s.messages)-maxMessages):]
}

// recipients are To in an order and case that can be compared.
func (m *Message) recipients() []string {
	to := make([]string, len(m.To))
	for i, r := range m.To {
		to[i] = strings.ToLower(r)
	}
	slices.Sort(to)
	return slices.Compact(to)
}

// session is one SMTP connection.
type session struct {
	sink *Sink
	conn net.Conn
	from string
	to   []string
}

// Mail, Rcpt, Reset and Logout gather the envelope.
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = append(s.to, to)
	return nil
}

func (s *session) Reset() { s.from, s.to = "", nil }

func (s *session) Logout() error { return nil }

// Data takes the message.
func (s *session) Data(r io.Reader) error {
	f, due := s.next()
	if due && f.Bytes > 0 && !f.After {
		return s.cut(f, r)
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	m := parse(raw)
	m.EnvelopeFrom, m.To = s.from, slices.Clone(s.to)
	m.From = cmp.Or(m.From, s.from)
	m.ReceivedAt = s.sink.o.Now().UTC()
	accept := func() { s.sink.deliver(m) }
	if due {
		return s.fail(f, accept)
	}
	accept()
	return nil
}
