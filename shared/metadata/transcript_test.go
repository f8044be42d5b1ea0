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
		ID: id, Tenant: "demo", Source: "ccai", Session: "chat-73522", Kind: session.MessageSent, At: at(clock),
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
	others := slices.Repeat([]session.Event{said("a", "10:00:00", session.EndUser, "Eve", "another customer's secret")}, 4)
	others[0].Session = "chat-73523"
	others[1].Source = "udesk"
	others[2].Tenant = "another"
	others[3].Kind, others[3].Message = session.Connected, nil
	if got := metadata.Transcript(aChat(), others); len(got) != 0 {
		t.Errorf("transcript is %q, want none", got)
	}
	if got, err := metadata.TranscriptJSON(aChat(), others); len(got) != 0 || err != nil {
		t.Errorf("JSON transcript is %q, %v; want none", got, err)
	}
}

func TestTranscriptShowsWhatTheCustomerSent(t *testing.T) {
	t.Parallel()
	s := aChat()
	s.Announced = []session.File{
		{ID: "photo-12", Kind: session.Photo, At: at("10:00:30")},
		{ID: "video-a\nb", Kind: session.Video, At: at("10:00:20")},
		{ID: "recording-9", Kind: session.Recording, At: at("10:00:20")},
		{ID: "photo-13", Kind: session.Photo},
	}
	hello := []session.Event{said("a", "10:00:00", session.EndUser, "", "hello"), said("b", "10:00:30", session.EndUser, "", "this one")}
	want := "[10:00:00] end_user Ada: hello\n[10:00:20] end_user Ada: [video video-a\n    b]\n" +
		"[10:00:30] end_user Ada: this one\n[10:00:30] end_user Ada: [photo photo-12]\n"
	if got := string(metadata.Transcript(s, hello)); got != want {
		t.Errorf("transcript is\n%s, want\n%s", got, want)
	}
	if got := metadata.Transcript(s, nil); len(got) != 0 {
		t.Errorf("without a message, the transcript is %q", got)
	}
}

func TestTranscriptTellsTheNextDay(t *testing.T) {
	t.Parallel()
	late, early := said("a", "23:59:59", session.EndUser, "Ada", "good night"), said("b", "00:00:01", session.EndUser, "Ada", "good morning")
	early.At = early.At.AddDate(0, 0, 1)
	want := "[23:59:59] end_user Ada: good night\n[2026-01-06]\n[00:00:01] end_user Ada: good morning\n"
	if got := string(metadata.Transcript(aChat(), []session.Event{early, late})); got != want {
		t.Errorf("transcript is\n%s, want\n%s", got, want)
	}
}

func TestTranscriptOfACallIsItsTextMessages(t *testing.T) {
	t.Parallel()
	sms := said("a", "09:03:00", session.EndUser, "Ada", "my address is …")
	sms.Session = "call-103646"
	if got := string(metadata.Transcript(aCall(), []session.Event{sms})); !strings.HasPrefix(got, "[09:03:00] end_user Ada: my address is …\n") {
		t.Errorf("transcript is %q", got)
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
