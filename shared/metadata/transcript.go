package metadata

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"sessionbridge.internal/shared/session"
)

// Transcript is what was written in the session as text, one message after the other by time and then by event id:
//
//	[HH:MM:SS] role name: text
//
// Times are UTC; where another day begins, a line `[YYYY-MM-DD]` says so. The role is one of session.Role's words, and
// the name is left out where it is not known. A photo or video of the customer stands between the messages, at the time
// it was announced, as `[photo photo-12]`. The further lines of a message are indented, so only a message's own first
// line begins with a bracket and no message can forge another; control characters and the marks that reorder text on the
// screen are removed. A message that came twice stands once, and what belongs to another session, or is no message, is
// left out. No message gives no bytes, in a chat as in a call, whose messages are blended SMS.
//
// The platform describes its own file, a header and segments between dashed lines, but shows none
// (docs.cloud.google.com/contact-center/ccai-platform/docs/chat-transcripts-and-chat-history), so this layout is ours.
func Transcript(s session.Session, messages []session.Event) []byte {
	var b bytes.Buffer
	day := ""
	for _, p := range pieces(s, messages) {
		at := p.at.UTC()
		if today := at.Format(time.DateOnly); today != day {
			if day != "" {
				fmt.Fprintf(&b, "[%s]\n", today)
			}
			day = today
		}
		fmt.Fprintf(&b, "[%s] %s: %s\n", at.Format(time.TimeOnly), p.speaker(), p.prose())
	}
	return b.Bytes()
}

// piece is one thing that was sent: a message, or a photo or video.
type piece struct {
	at   time.Time
	role session.Role
	name string
	text string
	file session.File // of a photo or video; else zero
}

// pieces are what was sent in the session, by time; none where there is no message.
func pieces(s session.Session, messages []session.Event) (list []piece) {
	for _, e := range ordered(s, messages) {
		list = append(list, piece{at: e.At, role: e.Message.Role, name: sender(s, e), text: e.Message.Text})
	}
	if len(list) == 0 {
		return nil
	}
	for _, f := range ofKind(s.Announced, session.Photo, session.Video) {
		if !f.At.IsZero() { // else nobody knows where it stands
			list = append(list, piece{at: f.At, role: session.EndUser, name: s.Customer.Name, file: f})
		}
	}
	slices.SortStableFunc(list, func(a, b piece) int { return a.at.Compare(b.at) })
	return list
}

// ordered are the session's messages, each once, by time and id.
func ordered(s session.Session, messages []session.Event) []session.Event {
	var own []session.Event
	for _, e := range messages {
		if e.Message != nil && e.Session == s.Key && e.Tenant == s.Tenant && e.Source == s.Source {
			own = append(own, e)
		}
	}
	slices.SortStableFunc(own, session.Compare)
	seen := map[string]bool{}
	return slices.DeleteFunc(own, func(e session.Event) bool {
		again := seen[e.ID]
		seen[e.ID] = true
		return again
	})
}

// sender is the name, where it is known, of who wrote a message: the message's own, else the event's agent's, else the
// customer's.
func sender(s session.Session, e session.Event) string {
	switch {
	case e.Message.Name != "":
		return e.Message.Name
	case e.Message.Role == session.EndUser:
		return s.Customer.Name
	case e.Message.Role == session.HumanAgent && e.Agent != nil:
		return e.Agent.Name
	}
	return ""
}

func (p piece) speaker() string {
	words := strings.Fields(string(p.role) + " " + p.name) // a name has no lines
	return strings.TrimSpace(clean(strings.Join(words, " ")))
}

func (p piece) prose() string {
	if p.file.Kind != "" {
		return fmt.Sprintf("[%s %s]", p.file.Kind, body(p.file.ID))
	}
	return body(p.text)
}

// lineEnds turns every character that a reader may show as the end of a line into the one we write (Unicode Standard
// Annex #14, classes BK, CR, LF, NL).
var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\v", "\n", "\f", "\n",
	"\u0085", "\n", "\u2028", "\n", "\u2029", "\n")

const indent = "    "

func body(text string) string {
	lines := strings.Split(strings.TrimRight(lineEnds.Replace(text), "\n"), "\n")
	for i, l := range lines {
		lines[i] = clean(l)
	}
	return strings.Join(lines, "\n"+indent)
}

// clean drops what would act on the reader's screen instead of being shown on it, and makes the rest valid UTF-8.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, string(unicode.ReplacementChar)))
}
