package mail_test

import (
	"bytes"
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

func TestComposeAttachesAChatsTranscript(t *testing.T) {
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
	if call := compose(t, aSession(session.Call, "103646"), settings); len(call.Attachments) != 0 {
		t.Errorf("a call's mail has %d attachments", len(call.Attachments))
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
		{"line ends become spaces", "a {QUEUE_NAME}", "b\r\nBcc: x@example.com\u2028c\x00d", "a b Bcc: x@example.com c d"},
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

func TestMessageIDNamesTheSessionAlone(t *testing.T) {
	t.Parallel()
	id := func(tenant, source, key, from string) string {
		s, err := mail.MessageID(tenant, source, key, from)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	one := id("demo", "ccai", "call-1", "Bridge <sessions@example.com>")
	if one != id("demo", "ccai", "call-1", "other@example.com") || !strings.HasSuffix(one, "@example.com") || strings.Contains(one, "sessions") {
		t.Errorf("id is %q", one)
	}
	for _, other := range []string{id("demo2", "ccai", "call-1", "a@example.com"), id("demo", "udesk", "call-1", "a@example.com"), id("demo", "ccai", "call-2", "a@example.com")} {
		if other == one {
			t.Errorf("two sessions share the id %q", one)
		}
	}
	if got, err := mail.MessageID("demo", "ccai", "call-1", "nobody"); err == nil {
		t.Errorf("a sender without domain gave the id %q", got)
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
		"no date":              func(m *mail.Message) { m.Date = time.Time{} },
		"too large":            func(m *mail.Message) { m.Body = strings.Repeat("x", mail.MaxSize+1) },
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

// FuzzComposedMailCanBeSent holds that no value of a session makes a message the sender would refuse.
func FuzzComposedMailCanBeSent(f *testing.F) {
	s := newServer(f, nil)
	f.Add("7/../x", "Orders\r\nBcc: eve@example.net", "4\u20285")
	f.Fuzz(func(t *testing.T, id, path, record string) {
		session := aSession(session.Chat, id)
		session.Queue.Path = path
		set := settings
		set.Subject = "{SESSION_ID} {QUEUE_NAME} {RECORD_ID}"
		m, err := mail.Compose(session, mail.Content{Transcript: []byte("x"), RecordID: record}, set, now)
		if err != nil {
			t.Fatal(err)
		}
		if err := mail.Send(t.Context(), s.local(), m); err != nil {
			t.Error(err)
		}
		if !utf8.ValidString(m.Subject) {
			t.Errorf("subject %q is no UTF-8", m.Subject)
		}
	})
}
