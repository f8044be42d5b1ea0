package mail_test

import (
	"fmt"
	"net/smtp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sessionbridge.internal/emulator/mail"
)

// TestOddMails sends raw messages, as a program would that makes its own, well or badly.
func TestOddMails(t *testing.T) {
	t.Parallel()
	deep := "Content-Type: multipart/mixed; boundary=b0\n\n"
	for i := range 10 {
		deep += fmt.Sprintf("--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n", i, i+1)
	}
	many := "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\nContent-Type: image/png\n\nx\n", 200) + "--b--\n"
	for name, row := range map[string]struct {
		raw  string
		want mail.Message
	}{
		"no header but a text": {"\nhello\n", mail.Message{Text: "hello\r\n"}},
		"quoted-printable ISO-8859-1": {
			"Subject: =?iso-8859-1?q?Gr=FC=DFe?=\nContent-Type: text/plain; charset=ISO-8859-1\nContent-Transfer-Encoding: quoted-printable\n\nGr=FC=DFe=\n!\n",
			mail.Message{Subject: "Grüße", Text: "Grüße!\r\n"}},
		"HTML only is an attachment": {
			"Content-Type: text/html\n\n<p>\n",
			mail.Message{Attachments: []mail.Attachment{{ContentType: "text/html", Size: 5, SHA256: sum("<p>\r\n"), Preview: "<p>\r\n"}}}},
		"text in an inner part": {
			"Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: multipart/alternative; boundary=i\n\n--i\n\nplain\n--i--\n" +
				"--o\nContent-Type: application/json; name=\"a.json\"\nContent-Transfer-Encoding: base64\n\ne30=\n--o--\n",
			mail.Message{Text: "plain", Attachments: []mail.Attachment{{Name: "a.json", ContentType: "application/json", Size: 2, SHA256: sum("{}"), Preview: "{}"}}}},
		"text as an attachment is none": {
			"Content-Type: text/plain\nContent-Disposition: attachment; filename*=utf-8''caf%C3%A9.txt\n\nx",
			mail.Message{Attachments: []mail.Attachment{{Name: "café.txt", ContentType: "text/plain", Size: 3, SHA256: sum("x\r\n"), Preview: "x\r\n"}}}},
		"bytes that are no UTF-8": {"\n\xff\xfe!\n", mail.Message{Text: "\uFFFD!\r\n"}},
		"a header that is none":   {"this is no header\n\nx\n", mail.Message{Malformed: "header: malformed"}},
		"base64 that is none": {
			"Content-Transfer-Encoding: base64\n\n!!!!\n",
			mail.Message{Malformed: "part 1: illegal base64"}},
		"a multipart cut off": {
			"Content-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n",
			mail.Message{Text: "text", Malformed: "EOF"}},
		"parts within parts": {deep, mail.Message{Malformed: "deeper than 5"}},
		"too many parts":     {many, mail.Message{Malformed: "more than 100 parts"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sink, a := serve(t, "")
			raw := strings.ReplaceAll(row.raw, "\n", "\r\n")
			if err := smtp.SendMail(a.String(), nil, "me@example.com", []string{"a@example.org"}, []byte(raw)); err != nil {
				t.Fatal(err)
			}
			got := sink.Messages()[0]
			if !strings.Contains(got.Malformed, row.want.Malformed) || (got.Malformed == "") != (row.want.Malformed == "") {
				t.Errorf("malformed %q, want %q", got.Malformed, row.want.Malformed)
			}
			if name == "too many parts" {
				got.Attachments = nil
			}
			same := cmpopts.IgnoreFields(mail.Message{}, "From", "EnvelopeFrom", "To", "ReceivedAt", "Size", "Copies", "Malformed")
			if d := cmp.Diff(row.want, got, same, cmpopts.EquateEmpty()); d != "" {
				t.Error(d)
			}
		})
	}
}
