package mail

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"strings"
	"time"
)

// Message is one mail in the mailbox.
type Message struct {
	From         string       `json:"from"`          // the header's address, else the envelope's
	EnvelopeFrom string       `json:"envelope_from"` // MAIL FROM
	To           []string     `json:"to"`            // the envelope's recipients, those in Bcc too
	Subject      string       `json:"subject"`
	Date         time.Time    `json:"date,omitzero"` // the header's
	MessageID    string       `json:"message_id,omitempty"`
	Text         string       `json:"text"` // the first text/plain part, at most 256 KiB of it
	Attachments  []Attachment `json:"attachments"`
	ReceivedAt   time.Time    `json:"received_at"`         // virtual time of the first delivery
	Size         int          `json:"size"`                // of the raw message, in bytes
	Copies       int          `json:"copies"`              // deliveries, 1 or more
	Malformed    string       `json:"malformed,omitempty"` // why the rest of the message could not be read
}

// Attachment is every part of a mail but its text.
type Attachment struct {
	Name        string `json:"name,omitempty"`
	ContentType string `json:"content_type"`
	Size        int    `json:"size"`   // decoded, in bytes
	SHA256      string `json:"sha256"` // of the decoded content, in hexadecimal
	Preview     string `json:"preview,omitempty"`
}

// Bounds of what is kept of a message, and of how far a hostile one is followed.
const (
	maxText    = 256 << 10 // bytes
	maxPreview = 64 << 10  // bytes of an attachment that is text or JSON
	maxParts   = 100
	maxDepth   = 5
)

// parse reads as much of a message (RFC 5322, RFC 2045) as can be read; what cannot is told in Malformed.
func parse(raw []byte) *Message {
	m := &Message{Size: len(raw), Copies: 1, Attachments: []Attachment{}}
	msg, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		m.Malformed = fmt.Sprintf("header: %v", err)
		return m
	}
	m.Subject = decodeHeader(msg.Header.Get("Subject"))
	m.MessageID = strings.Trim(msg.Header.Get("Message-Id"), "<> ")
	if from, err := msg.Header.AddressList("From"); err == nil {
		m.From = from[0].Address
	}
	if date, err := msg.Header.Date(); err == nil {
		m.Date = date.UTC()
	}
	p := parser{message: m}
	if err := p.part(textproto.MIMEHeader(msg.Header), msg.Body, 0); err != nil {
		m.Malformed = err.Error()
	}
	return m
}

type parser struct {
	message *Message
	parts   int
	hasText bool
}

func (p *parser) part(h textproto.MIMEHeader, body io.Reader, depth int) error {
	if p.parts++; p.parts > maxParts {
		return fmt.Errorf("more than %d parts", maxParts)
	}
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		kind, params = "text/plain", nil // RFC 2045 section 5.2
	}
	if strings.HasPrefix(kind, "multipart/") {
		return p.multipart(body, params["boundary"], depth)
	}
	content, err := io.ReadAll(decodeTransfer(h.Get("Content-Transfer-Encoding"), body))
	p.keep(h, kind, params, content)
	if err != nil {
		return fmt.Errorf("part %d: %w", p.parts, err)
	}
	return nil
}

func (p *parser) multipart(body io.Reader, boundary string, depth int) error {
	if depth == maxDepth {
		return fmt.Errorf("parts within parts deeper than %d", maxDepth)
	}
	r := multipart.NewReader(body, boundary)
	for {
		part, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("part %d: %w", p.parts+1, err)
		}
		if err := p.part(part.Header, part, depth+1); err != nil {
			return err
		}
	}
}

// keep takes the first text/plain part that is no attachment for the text, and all else for attachments.
func (p *parser) keep(h textproto.MIMEHeader, kind string, params map[string]string, content []byte) {
	disposition, fileParams, _ := mime.ParseMediaType(h.Get("Content-Disposition"))
	if kind == "text/plain" && disposition != "attachment" && !p.hasText {
		p.hasText = true
		p.message.Text = decodeText(content, params["charset"], maxText)
		return
	}
	name := fileParams["filename"]
	if name == "" {
		name = params["name"]
	}
	sum := sha256.Sum256(content)
	a := Attachment{Name: decodeHeader(name), ContentType: kind, Size: len(content), SHA256: hex.EncodeToString(sum[:])}
	if strings.HasPrefix(kind, "text/") || kind == "application/json" {
		a.Preview = decodeText(content, params["charset"], maxPreview)
	}
	p.message.Attachments = append(p.message.Attachments, a)
}

func decodeTransfer(encoding string, r io.Reader) io.Reader {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, r) // which skips line breaks
	case "quoted-printable":
		return quotedprintable.NewReader(r)
	}
	return r
}

// decodeText returns the first bytes of content as UTF-8. Of other charsets ISO-8859-1 alone is known; in the rest, what
// is not UTF-8 is replaced.
func decodeText(content []byte, charset string, limit int) string {
	content = content[:min(limit, len(content))]
	if !strings.EqualFold(charset, "iso-8859-1") {
		return strings.ToValidUTF8(string(content), "\uFFFD")
	}
	runes := make([]rune, len(content))
	for i, b := range content {
		runes[i] = rune(b)
	}
	return string(runes)
}

func decodeHeader(s string) string {
	if text, err := new(mime.WordDecoder).DecodeHeader(s); err == nil {
		return text
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
