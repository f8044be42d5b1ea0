// Package mail sends a session's metadata to the company by email, for CRMs that are updated by mail. Compose builds the
// message from the session and what shared/metadata wrote; Send hands it to the company's SMTP server and says whether
// trying again can help. It keeps no state: who is mailed, and when, is decided above.
package mail

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"
	"unicode"

	gomail "github.com/wneessen/go-mail"
)

// Message is one email: a text body and files.
type Message struct {
	From        string // one address, with or without a name (RFC 5322, section 3.4)
	To          string // one address
	Subject     string // one line
	Body        string // plain text, UTF-8
	Attachments []Attachment
	MessageID   string    // without the angle brackets; see MessageID
	Date        time.Time // when it was written
}

// Attachment is one file of a message.
type Attachment struct {
	Name        string // the file's name, without a folder
	ContentType string // e.g. "text/plain; charset=utf-8"
	Content     []byte
}

// MaxSize is the most bytes the body and the attachments of a message may have together. Encoded for the way a message
// grows by a third, and servers commonly take 25 MB.
const MaxSize = 15 << 20

// MessageID is the Message-ID of a session's mail: the same every time for the same session, so that a receiver who gets
// the mail twice can tell (RFC 5322, section 3.6.4), and without personal data. The domain is the one of the sender's
// address.
func MessageID(tenant, source, key, from string) (string, error) {
	sender, err := mail.ParseAddress(from)
	if err != nil {
		return "", fmt.Errorf("mail: the sender is no email address, want for example crm@example.com")
	}
	sum := sha256.Sum256([]byte(tenant + "\x00" + source + "\x00" + key))
	return hex.EncodeToString(sum[:16]) + sender.Address[strings.LastIndex(sender.Address, "@"):], nil
}

// build makes the message that travels. Nothing that ends a line can get into a header: it is refused here, whatever the
// library would do with it.
func build(m Message) (*gomail.Msg, error) {
	if err := check(m); err != nil {
		return nil, err
	}
	from, err := mail.ParseAddress(m.From)
	if err != nil {
		return nil, errors.New("the sender is no email address")
	}
	to, err := mail.ParseAddress(m.To)
	if err != nil {
		return nil, errors.New("the recipient is no email address")
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(from)
	msg.ToMailAddress(to)
	msg.Subject(m.Subject)
	msg.SetDateWithValue(m.Date)
	msg.SetMessageIDWithValue(m.MessageID)
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // no holiday notices in return (RFC 3834, section 5)
	msg.SetBodyString(gomail.TypeTextPlain, m.Body)
	for _, a := range m.Attachments {
		err := msg.AttachReader(a.Name, bytes.NewReader(a.Content), gomail.WithFileContentType(gomail.ContentType(a.ContentType)))
		if err != nil {
			return nil, fmt.Errorf("attachment %q: %w", a.Name, err)
		}
	}
	return msg, nil
}

func check(m Message) error {
	size := len(m.Body)
	for _, a := range m.Attachments {
		size += len(a.Content)
		if a.Name == "" || hasControl(a.Name) || hasControl(a.ContentType) {
			return fmt.Errorf("attachment %q of type %q: both must be one line of text without control characters", a.Name, a.ContentType)
		}
	}
	switch {
	case size > MaxSize:
		return fmt.Errorf("the message has %d bytes, at most %d are allowed", size, MaxSize)
	case hasControl(m.From), hasControl(m.To):
		return errors.New("an address has a control character")
	case hasControl(m.Subject):
		return errors.New("the subject has a line end or another control character")
	case m.MessageID == "" || hasControl(m.MessageID) || strings.ContainsAny(m.MessageID, "<> "):
		return errors.New("the Message-ID must be text@domain without brackets and spaces")
	case m.Date.IsZero():
		return errors.New("the date is missing")
	}
	return nil
}

// hasControl also finds the line ends that are no control characters in Unicode's eyes.
func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) || r == '\u2028' || r == '\u2029'
	})
}
