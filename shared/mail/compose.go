package mail

import (
	"strings"
	"time"
	"unicode"

	"sessionbridge.internal/shared/session"
)

// Settings is what the company chose for its mail.
type Settings struct {
	From    string // the sender's address
	To      string // the address the CRM reads
	Subject string // a template, see Compose; empty stands for DefaultSubject
}

// DefaultSubject gives `Session call-103646`. The CCAI Platform sends such a mail too but does not document its subject.
const DefaultSubject = "Session {CHANNEL}-{SESSION_ID}"

// Content is what the mail brings.
type Content struct {
	Metadata   []byte // the metadata document, which becomes the body
	Transcript []byte // what was written in a chat, or in a call with messages, attached as text; none without
	RecordID   string // the CRM's record, for the subject
}

// Compose is the mail about a session: the metadata as text, the transcript attached as `chat-73522.txt`
// (docs.cloud.google.com/contact-center/ccai-platform/docs/custom-crm, email update of the record).
//
// The subject is the template with {SESSION_ID} the vendor's id, {CHANNEL} call or chat, {QUEUE_NAME} the queue's path
// and {RECORD_ID} the CRM's record; what is unknown is empty, and anything else in braces stays as it is. It is one line
// of at most 200 characters whatever the values hold. It fails when the sender is no address that Send would take.
func Compose(s session.Session, c Content, set Settings, at time.Time) (Message, error) {
	id, err := MessageID(s, set.From)
	if err != nil {
		return Message{}, err
	}
	m := Message{
		From: set.From, To: set.To, Subject: subject(set.Subject, s, c.RecordID),
		Body: string(c.Metadata), MessageID: id, Date: at,
	}
	if len(c.Transcript) > 0 {
		m.Attachments = []Attachment{{
			Name: fileName(s.Key) + ".txt", ContentType: "text/plain; charset=utf-8", Content: c.Transcript,
		}}
	}
	return m, nil
}

func subject(template string, s session.Session, recordID string) string {
	if template == "" {
		template = DefaultSubject
	}
	filled := strings.NewReplacer( // one pass: a value that looks like a variable stays a value
		"{SESSION_ID}", strings.TrimPrefix(s.Key, string(s.Channel)+"-"),
		"{CHANNEL}", string(s.Channel),
		"{QUEUE_NAME}", s.Queue.Path,
		"{RECORD_ID}", recordID,
	).Replace(template)
	return oneLine(filled, 200)
}

// oneLine makes spaces of line ends, control characters and the marks that reorder text on the screen, one of each run of
// them, and cuts after the limit. A value that looks like an encoded word (RFC 2047, section 2) is broken up: a reader
// would decode it, line ends within and all.
func oneLine(s string, limit int) string {
	words := strings.FieldsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
	})
	runes := []rune(strings.ReplaceAll(strings.Join(words, " "), "=?", "= ?"))
	return string(runes[:min(len(runes), limit)])
}

// maxFileName keeps a file's name within one line of a header.
const maxFileName = 100

// fileName keeps what every mail program and file system takes; a key holds more only where the vendor's id does.
func fileName(key string) string {
	name := strings.Map(func(r rune) rune {
		if r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-_.", r)) {
			return r
		}
		return '_'
	}, key)
	return name[:min(len(name), maxFileName)]
}
