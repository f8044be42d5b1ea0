package metadata

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"sessionbridge.internal/shared/session"
)

// Transcript is the chat as text, one message after the other by time and then by event id:
//
//	[HH:MM:SS] role name: text
//
// Times are UTC, the role is one of session.Role's words, and the name is left out where it is not known. The further
// lines of a message are indented, so only a message's own first line begins with a bracket and no message can forge
// another; control characters and the marks that reorder text on the screen are removed. A message that came twice
// stands once, and what belongs to another session, or is no message, is left out. No message gives no bytes.
//
// The platform documents the file but not its layout, so this one is ours.
func Transcript(s session.Session, messages []session.Event) []byte {
	var b bytes.Buffer
	for _, e := range ordered(s, messages) {
		fmt.Fprintf(&b, "[%s] %s: %s\n", e.At.UTC().Format("15:04:05"), speaker(s, e), body(e.Message.Text))
	}
	return b.Bytes()
}

// ordered are the session's messages, each once, by time and id.
func ordered(s session.Session, messages []session.Event) []session.Event {
	var own []session.Event
	for _, e := range messages {
		if e.Message != nil && e.Session == s.Key {
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

// speaker is the role and, where it is known, the name: the message's own, else the event's agent's, else the customer's.
func speaker(s session.Session, e session.Event) string {
	name := e.Message.Name
	if name == "" {
		switch {
		case e.Message.Role == session.EndUser:
			name = s.Customer.Name
		case e.Message.Role == session.HumanAgent && e.Agent != nil:
			name = e.Agent.Name
		}
	}
	words := strings.Fields(string(e.Message.Role) + " " + name) // a name has no lines
	return strings.TrimSpace(clean(strings.Join(words, " ")))
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
