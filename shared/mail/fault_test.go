package mail_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"sessionbridge.internal/shared/mail"
)

// shut is a listener that hangs up on everyone.
type shut struct{ net.Listener }

func (l shut) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		_ = c.Close()
	}
	return c, err
}

// lines are the three ways to reach a server.
var lines = map[string]func(*testing.T, *server) (mail.Server, func()){
	"in the clear": func(_ *testing.T, s *server) (mail.Server, func()) { return s.local(), func() {} },
	"STARTTLS": func(t *testing.T, s *server) (mail.Server, func()) {
		config, authority := certificate(t)
		to := s.remote(587)
		to.RootCAs = authority
		return to, func() { s.TLSConfig = config }
	},
	"TLS from the first byte": func(t *testing.T, s *server) (mail.Server, func()) {
		config, authority := certificate(t)
		to := s.remote(465)
		to.RootCAs = authority
		return to, func() { s.listener = tls.NewListener(s.listener, config) }
	},
}

// over is a server at the end of such a line.
func over(t *testing.T, line string, change func(*server)) (*server, mail.Server) {
	t.Helper()
	var to mail.Server
	s := newServer(t, func(s *server) {
		server, equip := lines[line](t, s)
		to = server
		equip()
		change(s)
	})
	return s, to
}

// A line that breaks tells nothing about the message: it may always pass, and only after the whole message has the server
// it, maybe.
func TestSendOverALineThatBreaks(t *testing.T) {
	t.Parallel()
	for line := range lines {
		for stage, arrived := range map[string]int{"connect": 0, "EHLO": 0, "in DATA": 0, "after DATA": 1} {
			t.Run(stage+" "+line, func(t *testing.T) {
				t.Parallel()
				s, to := over(t, line, func(s *server) {
					if stage == "connect" {
						s.listener = shut{s.listener}
					}
					s.trouble = func(at string, c *smtp.Conn) {
						if at == stage {
							_ = c.Conn().Close()
						}
					}
				})
				m := aMessage()
				m.Body = strings.Repeat(m.Body, 10_000) // more than any buffer takes
				err := mail.Send(t.Context(), to, m)
				wantFailure(t, err, 0, false)
				if strings.Contains(err.Error(), "crm@") || len(s.mails()) != arrived {
					t.Errorf("error is %v, %d mails arrived, want %d", err, len(s.mails()), arrived)
				}
			})
		}
	}
}

// patience is far less than Send would wait by itself, and enough for all that comes before the silence.
const patience = 500 * time.Millisecond

func TestSendToAServerThatFallsSilentEndsWithItsContext(t *testing.T) {
	t.Parallel()
	for line := range lines {
		for _, stage := range []string{"EHLO", "in DATA", "after DATA"} {
			t.Run(stage+" "+line, func(t *testing.T) {
				t.Parallel()
				silence, end := context.WithCancel(context.Background())
				t.Cleanup(end)
				_, to := over(t, line, func(s *server) {
					s.trouble = func(at string, _ *smtp.Conn) {
						if at == stage {
							<-silence.Done()
						}
					}
				})
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				err := mail.Send(ctx, to, aMessage())
				wantFailure(t, err, 0, false)
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("error is %v, want the deadline", err)
				}
			})
		}
	}
}

func TestAMessageWhoseAnswerWasLostComesTwiceWithOneID(t *testing.T) {
	t.Parallel()
	lost := true
	s, to := over(t, "in the clear", func(s *server) {
		s.trouble = func(at string, c *smtp.Conn) {
			if at == "after DATA" && lost {
				lost = false
				_ = c.Conn().Close()
			}
		}
	})
	wantFailure(t, mail.Send(t.Context(), to, aMessage()), 0, false)
	if err := mail.Send(t.Context(), to, aMessage()); err != nil {
		t.Fatal(err)
	}
	mails := s.mails()
	if len(mails) != 2 || parse(t, mails[0]).Header.Get("Message-Id") != parse(t, mails[1]).Header.Get("Message-Id") {
		t.Errorf("arrived: %q", mails)
	}
}
