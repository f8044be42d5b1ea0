package mail_test

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/mail"
	"sessionbridge.internal/shared/session"
)

var (
	now      = time.Date(2026, 1, 5, 9, 20, 55, 0, time.UTC)
	settings = mail.Settings{From: "sessions@example.com", To: "crm@example.org"}
	content  = mail.Content{Metadata: []byte("{}\n"), Transcript: []byte("[10:00:00] end_user: hi\n"), RecordID: "456"}
)

func aSession(c session.Channel, id string) session.Session {
	return session.Session{Tenant: "demo", Source: "ccai", Channel: c, Key: session.Key(c, id), Queue: session.Queue{Path: "Orders / Status"}}
}

func compose(t *testing.T, s session.Session, set mail.Settings) mail.Message {
	t.Helper()
	m, err := mail.Compose(s, content, set, now)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestComposeAttachesTheTranscript(t *testing.T) {
	t.Parallel()
	got := compose(t, aSession(session.Chat, "73522"), settings)
	want := mail.Message{
		From: "sessions@example.com", To: "crm@example.org", Subject: "Session chat-73522", Body: "{}\n",
		Attachments: []mail.Attachment{{Name: "chat-73522.txt", ContentType: "text/plain; charset=utf-8", Content: content.Transcript}},
		MessageID:   got.MessageID, Date: now,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("message (-want +got):\n%s", d)
	}
	if call := compose(t, aSession(session.Call, "103646"), settings); len(call.Attachments) != 1 || call.Attachments[0].Name != "call-103646.txt" {
		t.Errorf("the attachments of a call with messages are %v", call.Attachments)
	}
	silent, err := mail.Compose(aSession(session.Chat, "1"), mail.Content{Metadata: []byte("{}")}, settings, now)
	if err != nil || len(silent.Attachments) != 0 {
		t.Errorf("a chat without messages has %d attachments, %v", len(silent.Attachments), err)
	}
}

func TestSubject(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, template, path, want string }{
		{"default", "", "", "Session call-7"},
		{"every variable", "{CHANNEL} {SESSION_ID} in {QUEUE_NAME} [{RECORD_ID}]", "Orders / Status", "call 7 in Orders / Status [456]"},
		{"unknown value is empty", "{QUEUE_NAME} #{SESSION_ID}", "", "#7"},
		{"unknown variable stays", "{AGENT_EMAIL} {session_id}", "", "{AGENT_EMAIL} {session_id}"},
		{"value is no template", "{QUEUE_NAME}", "{RECORD_ID}", "{RECORD_ID}"},
		{"line ends become spaces", "a {QUEUE_NAME}", "b\r\nBcc: x@example.com\u2028c\x00d\u202Ee", "a b Bcc: x@example.com c d e"},
		{"encoded word is a word", "{QUEUE_NAME}", "=?utf-8?q?=0D=0ABcc:_eve?=", "= ?utf-8?q?=0D=0ABcc:_eve?="},
		{"long is cut", "{QUEUE_NAME}", strings.Repeat("ü", 300), strings.Repeat("ü", 200)},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := aSession(session.Call, "7")
			s.Queue.Path = row.path
			set := settings
			set.Subject = row.template
			if got := compose(t, s, set).Subject; got != row.want {
				t.Errorf("subject is %q, want %q", got, row.want)
			}
		})
	}
}

func TestMessageIDNamesTheSessionsEndAlone(t *testing.T) {
	t.Parallel()
	id := func(from string, change func(*session.Session)) string {
		s := aSession(session.Call, "1")
		s.EndedAt = now
		change(&s)
		id, err := mail.MessageID(s, from)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	one := id("Bridge <sessions@example.com>", func(*session.Session) {})
	same := id("other@example.com", func(s *session.Session) {
		s.Rating, s.UpdatedAt, s.EndedAt = new(5), now.Add(time.Hour), now.In(time.FixedZone("IST", 19800))
	})
	if one != same || !strings.HasSuffix(one, "@example.com") || strings.Contains(one, "sessions") {
		t.Errorf("ids are %q and %q", one, same)
	}
	for name, change := range map[string]func(*session.Session){
		"another tenant":      func(s *session.Session) { s.Tenant = "demo2" },
		"another source":      func(s *session.Session) { s.Source = "udesk" },
		"another session":     func(s *session.Session) { s.Key = "call-2" },
		"another end":         func(s *session.Session) { s.EndedAt = now.Add(time.Microsecond) },
		"a border that moved": func(s *session.Session) { s.Tenant, s.Source = "democ", "cai" },
	} {
		if id("a@example.com", change) == one {
			t.Errorf("%s has the same id", name)
		}
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 64)
	for _, row := range []struct {
		name, address string
		ok            bool
	}{
		{"an address", "crm@example.com", true},
		{"an address with a name", `"Kim, the agent" <crm@example.com>`, true},
		{"a name of another alphabet", "受付 <crm@example.com>", true},
		{"the longest local part", long + "@example.com", true},
		{"a domain in its xn-- form", "crm@xn--exmple-cua.com", true},
		{"none", "", false},
		{"no domain", "crm", false},
		{"a local part too long", long + "a@example.com", false},
		{"a domain too long", "crm@" + strings.Repeat("a.", 125) + "com", false},
		{"a name too long", strings.Repeat("a", 201) + " <crm@example.com>", false},
		{"a domain of other letters", "crm@exämple.com", false},
		{"a local part of other letters", "kundé@example.com", false},
		{"two", "a@example.com, b@example.com", false},
		{"a group of one", "crm: a@example.com;", true},
		{"a line end", "a@example.com\r\nBcc: b@example.com", false},
		{"a line end of Unicode", "Kim\u2028 <a@example.com>", false},
	} {
		m := aMessage()
		m.To = row.address
		err := mail.Send(t.Context(), newServer(t, nil).local(), m)
		if ok := err == nil; ok != row.ok {
			t.Errorf("to %s: %v", row.name, err)
		}
		_, err = mail.MessageID(session.Session{}, row.address)
		if ok := err == nil; ok != row.ok || err != nil && strings.Contains(err.Error(), "example.com,") {
			t.Errorf("from %s: %v", row.name, err)
		}
	}
}

func TestSendRefusesWhatWouldForgeAHeader(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	const forged = "x\r\nBcc: eve@example.net"
	for name, change := range map[string]func(*mail.Message){
		"subject":              func(m *mail.Message) { m.Subject = forged },
		"subject with bare LF": func(m *mail.Message) { m.Subject = "x\nBcc: eve@example.net" },
		"sender's name":        func(m *mail.Message) { m.From = forged + " <a@example.com>" },
		"quoted sender's name": func(m *mail.Message) { m.From = `"` + forged + `" <a@example.com>` },
		"recipient":            func(m *mail.Message) { m.To = "a@example.com\r\nRCPT TO:<eve@example.net>" },
		"two recipients":       func(m *mail.Message) { m.To = "a@example.com, eve@example.net" },
		"message id":           func(m *mail.Message) { m.MessageID = forged },
		"message id's bracket": func(m *mail.Message) { m.MessageID = "a> <b" },
		"attachment's name":    func(m *mail.Message) { m.Attachments = []mail.Attachment{{Name: forged}} },
		"attachment's type":    func(m *mail.Message) { m.Attachments = []mail.Attachment{{Name: "x", ContentType: forged}} },
		"long subject":         func(m *mail.Message) { m.Subject = strings.Repeat("x", 801) },
		"attachment's long name": func(m *mail.Message) {
			m.Attachments = []mail.Attachment{{Name: strings.Repeat("x", 201), ContentType: "text/plain"}}
		},
		"no date":   func(m *mail.Message) { m.Date = time.Time{} },
		"too large": func(m *mail.Message) { m.Body = strings.Repeat("x", mail.MaxSize+1) },
	} {
		t.Run(name, func(t *testing.T) {
			m := aMessage()
			change(&m)
			err := mail.Send(t.Context(), s.local(), m)
			wantFailure(t, err, 0, true)
			if strings.Contains(err.Error(), "eve@") {
				t.Errorf("error %q shows an address", err)
			}
		})
	}
	if len(s.mails()) != 0 {
		t.Errorf("%d mails arrived", len(s.mails()))
	}
}

func TestABodyIsNeverAHeaderOrACommand(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	m := aMessage()
	m.Body = "Bcc: eve@example.net\r\n\r\n.\r\nMAIL FROM:<eve@example.net>\r\n..\r\n"
	if err := mail.Send(t.Context(), s.local(), m); err != nil {
		t.Fatal(err)
	}
	if len(s.mails()) != 1 || parse(t, s.mails()[0]).Header.Get("Bcc") != "" || !bytes.Contains(s.mails()[0], []byte("MAIL FROM")) {
		t.Errorf("arrived: %q", s.mails())
	}
}

// FuzzComposedMailCanBeSent holds that no value of a session makes a message the sender would refuse, or one with other
// headers, lines or parts than it should have.
func FuzzComposedMailCanBeSent(f *testing.F) {
	s := newServer(f, nil)
	f.Add("7/../x", "Orders\r\nBcc: eve@example.net", "4\u20285", "{}", "hello")
	f.Add(strings.Repeat("9", 3000), strings.Repeat("受", 300), "=?utf-8?q?=0D=0ABcc:_eve?=", "\r\n.\r\nQUIT\r\n", "--=\r\n\r\n--")
	f.Add("1", "=?utf-8?q?=0D=0ABcc:_eve?=", "", "{}", "")
	f.Add("\xff", "\u202E\u00A0", " ", strings.Repeat("x", 5000), "\x00")
	f.Fuzz(func(t *testing.T, id, path, record, metadata, transcript string) {
		about := aSession(session.Chat, id)
		about.Queue.Path = path
		set := settings
		set.Subject = "{SESSION_ID} {QUEUE_NAME} {RECORD_ID}"
		m, err := mail.Compose(about, mail.Content{Metadata: []byte(metadata), Transcript: []byte("x" + transcript), RecordID: record}, set, now)
		if err != nil {
			t.Fatal(err)
		}
		if err := mail.Send(t.Context(), s.local(), m); err != nil {
			t.Fatal(err)
		}
		mails := s.mails()
		wantWellFormed(t, mails[len(mails)-1], m.Subject)
	})
}

func wantWellFormed(t *testing.T, raw []byte, subject string) {
	t.Helper()
	for line := range bytes.Lines(raw) {
		if len(line) > 1000 { // RFC 5322, section 2.1.1, with the line's end
			t.Errorf("a line has %d bytes", len(line))
		}
	}
	m := parse(t, raw)
	want := []string{"Auto-Submitted", "Content-Type", "Date", "From", "Message-Id", "Mime-Version", "Subject", "To"}
	if got := slices.Sorted(maps.Keys(m.Header)); !slices.Equal(got, want) || len(m.Header["Subject"]) != 1 {
		t.Errorf("headers are %q", got)
	}
	if got, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil || got != subject || !utf8.ValidString(got) {
		t.Errorf("Subject is %q, %v; want %q", got, err, subject)
	}
	_, params, _ := mime.ParseMediaType(m.Header.Get("Content-Type"))
	parts := multipart.NewReader(m.Body, params["boundary"])
	for i := range 3 {
		part, err := parts.NextPart()
		if (i == 2) != errors.Is(err, io.EOF) || i < 2 && err != nil || i == 1 && !strings.HasSuffix(part.FileName(), ".txt") {
			t.Fatalf("part %d: %v, %v", i, part, err)
		}
	}
}
