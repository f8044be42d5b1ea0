package metadata_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"sessionbridge.internal/shared/metadata"
	"sessionbridge.internal/shared/session"
)

func transcriptJSON(t testing.TB, s session.Session, messages []session.Event) []byte {
	t.Helper()
	doc, err := metadata.TranscriptJSON(s, messages)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// inCall are messages of everyoneCall.
func inCall() []session.Event {
	list := []session.Event{
		said("a", "09:01:00", session.EndUser, "", "  my address:\n1 High Street\x00"),
		said("b", "09:03:30", session.HumanAgent, "Kim P", "Thank you"),
		said("c", "09:03:31", session.System, "Bridge", "The agent changed"),
	}
	for i := range list {
		list[i].Session = "call-7"
	}
	return list
}

func TestTranscriptJSONIsTheDocumentedRecord(t *testing.T) {
	t.Parallel()
	chat := aChat()
	chat.Announced = []session.File{
		{ID: "photo-12", Kind: session.Photo, At: at("10:00:30")}, {ID: "front.mp4", Kind: session.Video, At: at("10:00:31")},
	}
	golden(t, "chat-transcript.json", transcriptJSON(t, chat, conversation()[:5]))
	golden(t, "call-transcript.json", transcriptJSON(t, everyoneCall(), inCall()))
}

func TestTranscriptJSONIsTheSameForEveryOrderAndRepetition(t *testing.T) {
	t.Parallel()
	messages := slices.Concat(conversation(), conversation())
	slices.Reverse(messages)
	want := transcriptJSON(t, aChat(), conversation())
	if got := transcriptJSON(t, aChat(), messages); string(got) != string(want) {
		t.Errorf("reversed and repeated:\n%s\nwant:\n%s", got, want)
	}
}

func TestTranscriptJSONOfASessionThatGoesOn(t *testing.T) {
	t.Parallel()
	s := virtualChat()
	hello := said("a", "11:00:30", session.VirtualAgent, "Bo", "hello")
	hello.Session = s.Key
	doc := transcriptJSON(t, s, []session.Event{hello})
	valid(t, schemaOf(t, "transcript.schema.json"), doc)
	var told struct {
		Assigned *string `json:"assigned_at"`
		Entries  []struct{ Body struct{ Type, Event string } }
	}
	if err := json.Unmarshal(doc, &told); err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, e := range told.Entries {
		kinds = append(kinds, e.Body.Type+e.Body.Event)
	}
	if got := strings.Join(kinds, " "); got != "notiparticipant_joined text photo" || told.Assigned != nil {
		t.Errorf("entries are %s, assigned at %v", got, told.Assigned)
	}
}

func TestTranscriptJSONRefusesASessionWithoutAProperKey(t *testing.T) {
	t.Parallel()
	if doc, err := metadata.TranscriptJSON(session.Session{Key: "mail-1"}, nil); err == nil {
		t.Errorf("transcript is %q", doc)
	}
}
