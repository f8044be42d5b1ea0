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

	"sessionbridge.internal/shared/session"
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

// maxSubject holds 200 characters of any alphabet.
const maxSubject = 800

// MessageID is the Message-ID of the mail about a session's end: the same every time for the same end, so that a receiver
// who gets the mail twice can tell (RFC 5322, section 3.6.4), another where the session went on and ended again, and
// without personal data. The domain is the one of the sender's address.
func MessageID(s session.Session, from string) (string, error) {
	sender, err := parseAddress(from)
	if err != nil {
		return "", fmt.Errorf("mail: the sender %w", err)
	}
	end := s.EndedAt.UTC().Format(time.RFC3339Nano)
	sum := sha256.Sum256([]byte(strings.Join([]string{s.Tenant, s.Source, s.Key, end}, "\x00")))
	return hex.EncodeToString(sum[:16]) + sender.Address[strings.LastIndex(sender.Address, "@"):], nil
}

// The longest addresses (RFC 5321, section 4.5.3.1, with the 254 octets of a path that fits its 256), and names that we
// write beside them.
const (
	maxLocalPart = 64
	maxAddress   = 254
	maxName      = 200
)

// parseAddress reads one address with or without a name. Letters outside ASCII need a server that knows SMTPUTF8 (RFC
// 6531), and have no place in a Message-ID: only the name may have some. Its error shows no address.
func parseAddress(text string) (*mail.Address, error) {
	if hasControl(text) {
		return nil, errors.New("has a control character")
	}
	a, err := mail.ParseAddress(text)
	if err != nil {
		return nil, errors.New("is no email address, want for example crm@example.com")
	}
	switch {
	case len(a.Address) > maxAddress || strings.LastIndex(a.Address, "@") > maxLocalPart || len(a.Name) > maxName:
		return nil, fmt.Errorf("is too long: at most %d bytes before the @, %d in all, and %d of a name", maxLocalPart, maxAddress, maxName)
	case strings.ContainsFunc(a.Address, func(r rune) bool { return r > unicode.MaxASCII }):
		return nil, errors.New("has letters outside ASCII: write such a domain in its xn-- form")
	}
	return a, nil
}

// build makes the message that travels. Nothing that ends a line can get into a header: it is refused here, whatever the
// library would do with it.
func build(m Message) (*gomail.Msg, error) {
	if err := check(m); err != nil {
		return nil, err
	}
	from, err := parseAddress(m.From)
	if err != nil {
		return nil, fmt.Errorf("the sender %w", err)
	}
	to, err := parseAddress(m.To)
	if err != nil {
		return nil, fmt.Errorf("the recipient %w", err)
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
		if len(a.Name) > maxName || len(a.ContentType) > maxName {
			return fmt.Errorf("an attachment's name or type has more than %d bytes", maxName)
		}
	}
	switch {
	case size > MaxSize:
		return fmt.Errorf("the message has %d bytes, at most %d are allowed", size, MaxSize)
	case hasControl(m.Subject):
		return errors.New("the subject has a line end or another control character")
	case len(m.Subject) > maxSubject:
		return fmt.Errorf("the subject has %d bytes, at most %d are allowed", len(m.Subject), maxSubject)
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
