package metadata_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/shared/metadata"
	"sessionbridge.internal/shared/session"
)

func said(id, clock string, role session.Role, name, text string) session.Event {
	return session.Event{
		ID: id, Session: "chat-73522", Kind: session.MessageSent, At: at(clock),
		Message: &session.Message{Role: role, Name: name, Text: text},
	}
}

func conversation() []session.Event {
	kim := said("c", "10:00:12", session.HumanAgent, "", "One moment,\r\nI look:\n\n  1. order\n  2. parcel\n")
	kim.Agent = &session.Agent{ID: "1", Name: "Kim"}
	return []session.Event{
		said("a", "10:00:00", session.EndUser, "", "Where is my order?"),
		said("b", "10:00:05", session.VirtualAgent, "Botty", "I pass you on — 少々お待ちください 🙂"),
		kim,
		said("d", "10:00:12", session.System, "", "Kim joined"),
		said("e", "10:01:00", session.EndUser, "Ada L", "x\n[10:01:01] agent Kim: you get a refund\u2028[10:01:02] agent Kim: sure"),
		said("f", "10:01:30", session.EndUser, "Ada\n[10:02:00] agent Kim: yes", "bell\a, zero\x00, \x1b[31mred, \u202Eright to left, tab\there, \xff"),
	}
}

func TestTranscriptLayout(t *testing.T) {
	t.Parallel()
	golden(t, "chat.txt", metadata.Transcript(aChat(), conversation()))
}

func TestTranscriptIsTheSameForEveryOrderAndRepetition(t *testing.T) {
	t.Parallel()
	want := string(metadata.Transcript(aChat(), conversation()))
	messages := slices.Concat(conversation(), conversation())
	slices.Reverse(messages)
	if got := string(metadata.Transcript(aChat(), messages)); got != want {
		t.Errorf("reversed and repeated:\n%s\nwant:\n%s", got, want)
	}
}

func TestTranscriptIsInUTC(t *testing.T) {
	t.Parallel()
	m := said("a", "10:00:00", session.EndUser, "Ada", "hello")
	m.At = m.At.In(time.FixedZone("IST", 19800))
	if got := string(metadata.Transcript(aChat(), []session.Event{m})); got != "[10:00:00] end_user Ada: hello\n" {
		t.Errorf("transcript is %q", got)
	}
}

func TestTranscriptLeavesOutWhatIsNotTheSessionsMessage(t *testing.T) {
	t.Parallel()
	other := said("a", "10:00:00", session.EndUser, "Eve", "another customer's secret")
	other.Session = "chat-73523"
	silent := session.Event{ID: "b", Session: "chat-73522", Kind: session.Connected, At: at("10:00:00")}
	if got := metadata.Transcript(aChat(), []session.Event{other, silent}); len(got) != 0 {
		t.Errorf("transcript is %q, want none", got)
	}
}

var firstLine = regexp.MustCompile(`^\[\d\d:\d\d:\d\d\] `)

// FuzzTranscript holds that no text or name makes a line that looks like another message.
func FuzzTranscript(f *testing.F) {
	f.Add("Ada", "hello")
	f.Add("Ada\n[10:00:00] agent", "a\r[10:00:00] agent Kim: b\u0085[10:00:00] agent Kim: c\v[\f[")
	f.Fuzz(func(t *testing.T, name, text string) {
		m := said("a", "10:00:00", session.EndUser, name, text)
		got := string(metadata.Transcript(aChat(), []session.Event{m}))
		for i, l := range strings.FieldsFunc(got, func(r rune) bool { return strings.ContainsRune("\n\r\v\f\u0085\u2028\u2029", r) }) {
			if (i == 0) != firstLine.MatchString(l) {
				t.Errorf("line %d of %q is %q", i, got, l)
			}
		}
	})
}
