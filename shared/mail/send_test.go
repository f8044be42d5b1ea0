package mail_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net"
	netmail "net/mail"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"sessionbridge.internal/shared/mail"
)

func aMessage() mail.Message {
	return mail.Message{
		From: "Sessionbridge <sessions@example.com>", To: "crm@example.org", Subject: "Sitzung für Ada — call-103646",
		Body: "{\n  \"id\": 103646,\n  \"note\": \"größer ⇒ besser\"\n}\n", MessageID: "0123abcd@example.com",
		Date: time.Date(2026, 1, 5, 9, 20, 55, 0, time.UTC),
	}
}

func parse(t *testing.T, raw []byte) *netmail.Message {
	t.Helper()
	m, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestSendDelivers(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	m := aMessage()
	transcript := "[10:00:00] end_user Ada: größer\n"
	m.Attachments = []mail.Attachment{{Name: "chat-73522.txt", ContentType: "text/plain; charset=utf-8", Content: []byte(transcript)}}
	if err := mail.Send(t.Context(), s.local(), m); err != nil {
		t.Fatal(err)
	}
	if len(s.mails()) != 1 {
		t.Fatalf("%d mails arrived, want 1", len(s.mails()))
	}
	got := parse(t, s.mails()[0])
	for name, want := range map[string]string{
		"Message-Id": "<0123abcd@example.com>", "Date": "Mon, 05 Jan 2026 09:20:55 +0000", "Auto-Submitted": "auto-generated",
		"From": `"Sessionbridge" <sessions@example.com>`, "To": "<crm@example.org>", "User-Agent": "", "X-Mailer": "",
	} {
		if v := got.Header.Get(name); v != want {
			t.Errorf("%s is %q, want %q", name, v, want)
		}
	}
	if v, err := new(mime.WordDecoder).DecodeHeader(got.Header.Get("Subject")); err != nil || v != m.Subject {
		t.Errorf("Subject is %q, %v", v, err)
	}
	wantParts(t, got, m.Body, transcript)
}

// wantParts reads the two parts of a multipart message: the text and the attached file.
func wantParts(t *testing.T, m *netmail.Message, body, attachment string) {
	t.Helper()
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/mixed" {
		t.Fatalf("content is %s, %v", kind, err)
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	text, err := parts.NextPart() // decodes quoted-printable
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(text); err != nil || strings.ReplaceAll(string(got), "\r\n", "\n") != body {
		t.Errorf("body is %q, %v; want %q", got, err, body)
	}
	file, err := parts.NextPart()
	if err != nil {
		t.Fatal(err)
	}
	if file.FileName() != "chat-73522.txt" || !strings.HasPrefix(file.Header.Get("Content-Type"), "text/plain; charset=utf-8") {
		t.Errorf("attachment is %q, %v", file.FileName(), file.Header)
	}
	if got := decode64(t, file); got != attachment {
		t.Errorf("attachment is %q, want %q", got, attachment)
	}
}

func TestSendTellsRefusalsFromTroubles(t *testing.T) {
	t.Parallel()
	full := &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 2, 2}, Message: "mailbox of <crm@example.org> is full"}
	nobody := &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "<crm@example.org>: no such user"}
	for _, row := range []struct {
		name, command string
		reply         *smtp.SMTPError
		permanent     bool
	}{
		{"login put off", "AUTH", &smtp.SMTPError{Code: 454, EnhancedCode: smtp.EnhancedCode{4, 7, 0}, Message: "later"}, false},
		{"sender put off", "MAIL", full, false},
		{"sender refused", "MAIL", nobody, true},
		{"recipient put off", "RCPT", full, false},
		{"recipient refused", "RCPT", nobody, true},
		{"content put off", "DATA", full, false},
		{"content refused", "DATA", nobody, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, func(s *server) { s.refuse[row.command] = row.reply })
			err := mail.Send(t.Context(), login(s.local(), "bridge", password), aMessage())
			wantFailure(t, err, row.reply.Code, row.permanent)
			if strings.Contains(err.Error(), "crm@") || !strings.Contains(err.Error(), s.listener.Addr().String()) {
				t.Errorf("error is %q: it must name the server and hide the recipient", err)
			}
		})
	}
}

func TestSendLogsIn(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	if err := mail.Send(t.Context(), login(s.local(), "bridge", password), aMessage()); err != nil {
		t.Fatal(err)
	}
	if len(s.logins()) != 1 || s.logins()[0] != "bridge" {
		t.Errorf("users are %q, want bridge", s.logins())
	}
	err := mail.Send(t.Context(), login(s.local(), "bridge", "s3cret"), aMessage())
	wantFailure(t, err, 535, false) // the password can be mended
	if strings.Contains(err.Error(), "s3cret") {
		t.Errorf("error %q shows the password", err)
	}
}

func TestSendWithoutAServerMayPass(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	_ = s.listener.Close()
	wantFailure(t, mail.Send(t.Context(), s.local(), aMessage()), 0, false)
}

// breaking is a server that ends the conversation after so many lines from the client, or stays silent.
func breaking(t *testing.T, script func(net.Conn)) mail.Server {
	t.Helper()
	s := &server{}
	var err error
	if s.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.listener.Close() })
	go func() {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		script(conn)
	}()
	return s.local()
}

func TestSendToASilentServerEndsWithItsContext(t *testing.T) {
	t.Parallel()
	var connected atomic.Bool
	ended := make(chan struct{})
	s := breaking(t, func(c net.Conn) {
		connected.Store(true)
		_, _ = io.Copy(io.Discard, c) // until the client hangs up
		close(ended)
	})
	patience, cancel := context.WithTimeout(t.Context(), mail.Timeout/4) // far less than Send would wait by itself
	defer cancel()
	for limit := 200 * time.Millisecond; !connected.Load(); limit *= 2 { // a busy machine may not have connected by then
		ctx, cancel := context.WithTimeout(patience, limit)
		defer cancel()
		failed := make(chan error, 1)
		go func() { failed <- mail.Send(ctx, s, aMessage()) }()
		select {
		case err := <-failed:
			wantFailure(t, err, 0, false)
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error is %v, want the deadline", err)
			}
		case <-patience.Done():
			t.Fatal("Send went on after its context had ended")
		}
	}
	<-ended
}

func TestSendOverABrokenConnectionMayPass(t *testing.T) {
	t.Parallel()
	s := breaking(t, func(c net.Conn) {
		_, _ = io.WriteString(c, "220 127.0.0.1 ready\r\n")
		_, _ = c.Read(make([]byte, 100)) // the greeting
		_, _ = io.WriteString(c, "250 127.0.0.1\r\n")
		_, _ = c.Read(make([]byte, 100)) // MAIL
	})
	wantFailure(t, mail.Send(t.Context(), s, aMessage()), 0, false)
}

func TestSendToAServerThatIsFullAtTheDoor(t *testing.T) {
	t.Parallel()
	busy := breaking(t, func(c net.Conn) { _, _ = io.WriteString(c, "421 too many connections\r\n") })
	wantFailure(t, mail.Send(t.Context(), busy, aMessage()), 421, false)
	closed := breaking(t, func(c net.Conn) { _, _ = io.WriteString(c, "554 no mail here\r\n") })
	wantFailure(t, mail.Send(t.Context(), closed, aMessage()), 554, true)
}

func TestSendIsDoneOnceTheServerHasTheMessage(t *testing.T) {
	t.Parallel()
	s := breaking(t, func(c net.Conn) {
		answers := []string{"250 127.0.0.1\r\n", "250 sender\r\n", "250 recipient\r\n", "354 go on\r\n"}
		_, _ = io.WriteString(c, "220 127.0.0.1 ready\r\n")
		for _, a := range answers {
			_, _ = c.Read(make([]byte, 1000))
			_, _ = io.WriteString(c, a)
		}
		readUntilDot(c)
		_, _ = io.WriteString(c, "250 accepted\r\n") // and hangs up before QUIT
	})
	if err := mail.Send(t.Context(), s, aMessage()); err != nil {
		t.Errorf("error is %v, although the message was accepted", err)
	}
}

func readUntilDot(c net.Conn) {
	var got []byte
	buf := make([]byte, 4096)
	for !bytes.HasSuffix(got, []byte("\r\n.\r\n")) {
		n, err := c.Read(buf)
		if err != nil {
			return
		}
		got = append(got, buf[:n]...)
	}
}
