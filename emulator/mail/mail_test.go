package mail_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/smtp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	gomail "github.com/wneessen/go-mail"

	"sessionbridge.internal/emulator/clock"
	"sessionbridge.internal/emulator/fault"
	"sessionbridge.internal/emulator/mail"
)

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// serve starts a sink; script, where there is one, holds faults of SMTP.
func serve(t *testing.T, script string) (*mail.Sink, *net.TCPAddr) {
	t.Helper()
	faults := new(fault.Plan)
	if script != "" {
		s, err := fault.ParseScript(strings.NewReader(`{"smtp":[` + script + `]}`))
		if err != nil {
			t.Fatal(err)
		}
		faults.Replace(s)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	sink := mail.Start(l, mail.Options{User: "bridge", Password: "let me in", Now: clock.Frozen(start).Now, Faults: faults,
		Log: slog.New(slog.DiscardHandler)})
	t.Cleanup(func() { _ = sink.Close() })
	return sink, l.Addr().(*net.TCPAddr)
}

func client(t *testing.T, a *net.TCPAddr, opts ...gomail.Option) *gomail.Client {
	t.Helper()
	opts = append([]gomail.Option{gomail.WithPort(a.Port), gomail.WithTLSPolicy(gomail.NoTLS), gomail.WithHELO("test"),
		gomail.WithTimeout(10 * time.Second)}, opts...)
	c, err := gomail.NewClient(a.IP.String(), opts...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// letter is a mail with an id, to one or more people.
func letter(t *testing.T, id string, to ...string) *gomail.Msg {
	t.Helper()
	m := gomail.NewMsg()
	if err := errors.Join(m.FromFormat("Bridge", "no-reply@example.com"), m.To(to...)); err != nil {
		t.Fatal(err)
	}
	m.Subject("Session call-1")
	m.SetMessageIDWithValue(id)
	m.SetDateWithValue(start.Add(-time.Minute))
	m.SetBodyString(gomail.TypeTextPlain, "{}")
	return m
}

func send(t *testing.T, a *net.TCPAddr, m *gomail.Msg, opts ...gomail.Option) error {
	t.Helper()
	return client(t, a, opts...).DialAndSendWithContext(t.Context(), m)
}

func TestMailIsKeptAsItWasSent(t *testing.T) {
	t.Parallel()
	sink, a := serve(t, "")
	transcript := strings.Repeat("09:00 Zoë: grüß dich\n", 1000)
	m := letter(t, "call-1@example.com", "crm@example.org")
	if err := m.Bcc("audit@example.org"); err != nil {
		t.Fatal(err)
	}
	m.Subject("Sitzung für Zoë — beendet")
	m.SetBodyString(gomail.TypeTextPlain, "{\"name\": \"Zoë\"}\n.\n..dots\n")
	if err := m.AttachReader("Gespräch 1.txt", strings.NewReader(transcript), gomail.WithFileContentType("text/plain; charset=utf-8")); err != nil {
		t.Fatal(err)
	}
	if err := m.AttachReader("call-1.mp3", strings.NewReader("\x00\x01\xff"), gomail.WithFileContentType("audio/mpeg")); err != nil {
		t.Fatal(err)
	}
	if err := send(t, a, m); err != nil {
		t.Fatal(err)
	}
	got := sink.Messages()
	if len(got) != 1 {
		t.Fatalf("%d messages, want 1", len(got))
	}
	got[0].Text = strings.ReplaceAll(got[0].Text, "\r\n", "\n")
	if got[0].Size < len(transcript) {
		t.Errorf("raw size %d, less than what it holds", got[0].Size)
	}
	want := mail.Message{
		From: "no-reply@example.com", EnvelopeFrom: "no-reply@example.com", To: []string{"crm@example.org", "audit@example.org"},
		Subject: "Sitzung für Zoë — beendet", Date: start.Add(-time.Minute), MessageID: "call-1@example.com",
		Text: "{\"name\": \"Zoë\"}\n.\n..dots\n", ReceivedAt: start, Size: got[0].Size, Copies: 1,
		Attachments: []mail.Attachment{
			{Name: "Gespräch 1.txt", ContentType: "text/plain", Size: len(transcript), SHA256: sum(transcript), Preview: transcript},
			{Name: "call-1.mp3", ContentType: "audio/mpeg", Size: 3, SHA256: sum("\x00\x01\xff")},
		},
	}
	if d := cmp.Diff(want, got[0]); d != "" {
		t.Error(d)
	}
}

func sum(s string) string {
	b := sha256.Sum256([]byte(s))
	return hex.EncodeToString(b[:])
}

func TestOneMailHoweverOftenItIsDelivered(t *testing.T) {
	t.Parallel()
	sink, a := serve(t, "")
	for _, m := range []*gomail.Msg{
		letter(t, "one@x", "a@example.org", "b@example.org"),
		letter(t, "one@x", "B@example.org", "a@example.org"), // the same recipients
		letter(t, "one@x", "a@example.org"),                  // others
		letter(t, "two@x", "a@example.org", "b@example.org"), // another mail
		letter(t, "one@x", "a@example.org", "b@example.org"),
	} {
		if err := send(t, a, m); err != nil {
			t.Fatal(err)
		}
	}
	var copies []string
	for _, m := range sink.Messages() {
		copies = append(copies, fmt.Sprint(m.MessageID, " to ", len(m.To), " copies ", m.Copies))
	}
	if d := cmp.Diff([]string{"one@x to 2 copies 3", "one@x to 1 copies 1", "two@x to 2 copies 1"}, copies); d != "" {
		t.Error(d)
	}
}

func TestManySendersAtOnce(t *testing.T) {
	t.Parallel()
	sink, a := serve(t, "")
	var wg sync.WaitGroup
	for i := range 40 {
		m := letter(t, fmt.Sprint(i%20, "@x"), "a@example.org")
		wg.Go(func() {
			if err := send(t, a, m); err != nil {
				t.Error(err)
			}
			sink.Messages()
		})
	}
	wg.Wait()
	got := sink.Messages()
	for _, m := range got {
		if m.Copies != 2 {
			t.Errorf("%s has %d copies, want 2", m.MessageID, m.Copies)
		}
	}
	if len(got) != 20 {
		t.Errorf("%d messages, want 20", len(got))
	}
}

func TestNewestThousandAreKept(t *testing.T) {
	t.Parallel()
	sink, a := serve(t, "")
	c := client(t, a)
	if err := c.DialWithContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i := range 1003 {
		if err := c.Send(letter(t, fmt.Sprint(i, "@x"), "a@example.org")); err != nil {
			t.Fatal(err)
		}
	}
	got := sink.Messages()
	if len(got) != 1000 || got[0].MessageID != "3@x" || got[999].MessageID != "1002@x" {
		t.Errorf("%d messages from %s on, want 1000 from 3@x on", len(got), got[0].MessageID)
	}
}

func TestTooLongAMailIsRefused(t *testing.T) {
	t.Parallel()
	_, a := serve(t, "")
	c, err := smtp.Dial(a.String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Hello("test"); err != nil {
		t.Fatal(err)
	}
	if ok, size := c.Extension("SIZE"); !ok || size != "26214400" {
		t.Errorf("announces %q bytes, want 25 MiB", size)
	}
	// Announced rather than sent: under the race detector, 25 MiB take the server ten seconds.
	for size, want := range map[int]int{25 << 20: 250, 25<<20 + 1: 552} {
		id, err := c.Text.Cmd("MAIL FROM:<me@example.com> SIZE=%d", size)
		if err != nil {
			t.Fatal(err)
		}
		c.Text.StartResponse(id)
		if _, _, err := c.Text.ReadResponse(want); err != nil {
			t.Errorf("%d bytes: %v, want %d", size, err, want)
		}
		c.Text.EndResponse(id)
	}
}

func TestAuthenticationIsOptionalButNotForShow(t *testing.T) {
	t.Parallel()
	sink, a := serve(t, "")
	as := func(user, password string) []gomail.Option {
		return []gomail.Option{gomail.WithSMTPAuth(gomail.SMTPAuthPlainNoEnc), gomail.WithUsername(user), gomail.WithPassword(password)}
	}
	if err := send(t, a, letter(t, "1@x", "a@example.org"), as("bridge", "let me in")...); err != nil {
		t.Errorf("the right password: %v", err)
	}
	for _, wrong := range [][2]string{{"bridge", "guess"}, {"stranger", "let me in"}, {"", ""}} {
		if err := send(t, a, letter(t, "2@x", "a@example.org"), as(wrong[0], wrong[1])...); err == nil || !strings.Contains(err.Error(), "535") {
			t.Errorf("%q: %v, want 535", wrong, err)
		}
	}
	if n := len(sink.Messages()); n != 1 {
		t.Errorf("%d messages, want the one of the right user", n)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		fault string
		code  int // of the answer; -1: none at all, 0: accepted
		kept  int
	}{
		"451: refused for now":         {`"status":451`, 451, 0},
		"554: refused for good":        {`"status":554`, 554, 0},
		"451 after: kept, said not":    {`"status":451,"after":true`, 451, 1},
		"reset: not kept":              {`"mode":"reset"`, -1, 0},
		"reset after: kept, not said":  {`"mode":"reset","after":true`, -1, 1},
		"reset in it: not kept":        {`"mode":"reset","bytes":20`, -1, 0},
		"reset at its end: not kept":   {`"mode":"reset","bytes":9999`, -1, 0},
		"reset in the answer: kept":    {`"mode":"reset","bytes":3,"after":true`, -1, 1},
		"hang: not kept":               {`"mode":"hang"`, -1, 0},
		"hang after: kept, not said":   {`"mode":"hang","after":true`, -1, 1},
		"garbage: not kept":            {`"mode":"garbage"`, -1, 0},
		"late: kept":                   {`"delay":"10ms"`, 0, 1},
		"kept, said late":              {`"delay":"10ms","after":true`, 0, 1},
		"of other people: passes by":   {`"status":554,"match":"boss@"`, 0, 1},
		"of this recipient: befalls":   {`"status":554,"match":"a@example.org"`, 554, 0},
		"longer than the client waits": {`"delay":"10m"`, -1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const long = 10 * time.Second
			timeout := long
			if row.code < 0 {
				timeout = 300 * time.Millisecond
			}
			try := func() (kept int, err error) {
				sink, a := serve(t, `{`+row.fault+`}`)
				err = send(t, a, letter(t, "1@x", "a@example.org"), gomail.WithTimeout(timeout))
				return len(sink.Messages()), err
			}
			n, err := try()
			for ; n < row.kept && timeout < long; n, err = try() { // on a busy machine it is over before the mail is there
				timeout *= 4
			}
			var failed *gomail.SendError
			switch {
			case row.code == 0 && err != nil, row.code < 0 && err == nil:
				t.Errorf("%v", err)
			case row.code > 0 && (!errors.As(err, &failed) || failed.ErrorCode() != row.code || failed.IsTemp() != (row.code < 500)):
				t.Errorf("%v, want %d", err, row.code)
			}
			if n != row.kept {
				t.Errorf("%d messages kept, want %d", n, row.kept)
			}
		})
	}
}

func TestTheConnectionBreaksInTheMiddleOfAMail(t *testing.T) {
	t.Parallel()
	sink, a := serve(t, `{"mode":"reset","bytes":100000}`)
	c, err := smtp.Dial(a.String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := errors.Join(c.Mail("me@example.com"), c.Rcpt("a@example.org")); err != nil {
		t.Fatal(err)
	}
	w, err := c.Data()
	if err != nil {
		t.Fatal(err)
	}
	line, sent := strings.Repeat("x", 98)+"\r\n", 0
	for err == nil && sent < 25<<20 { // never the dot at the end
		_, err = io.WriteString(w, line)
		sent += len(line)
	}
	if err == nil || sent < 100_000 || len(sink.Messages()) != 0 {
		t.Errorf("after %d bytes: %v, with %d messages; want a broken connection after 100000, and none", sent, err, len(sink.Messages()))
	}
	if err := send(t, a, letter(t, "1@x", "a@example.org")); err != nil || len(sink.Messages()) != 1 {
		t.Errorf("the next one: %v, with %d messages; want it kept", err, len(sink.Messages()))
	}
}

func TestCloseEndsHangingConnections(t *testing.T) {
	t.Parallel()
	sink, a := serve(t, `{"mode":"hang"}`)
	failed := make(chan error, 1)
	m := letter(t, "1@x", "a@example.org")
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	c := client(t, a, gomail.WithTimeout(30*time.Second))
	if err := c.DialWithContext(ctx); err != nil {
		t.Fatal(err)
	}
	go func() { failed <- c.Send(m) }()
	if err := sink.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-failed:
		if err == nil {
			t.Error("the mail was accepted")
		}
	case <-ctx.Done():
		t.Error("the client still waits")
	}
}
