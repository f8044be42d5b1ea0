package metadata_test

import (
	"encoding/json"
	"testing"
	"time"

	"sessionbridge.internal/shared/metadata"
	"sessionbridge.internal/shared/session"
)

func updatedAt(t testing.TB, doc []byte) time.Time {
	t.Helper()
	var d struct {
		At time.Time `json:"updated_at"`
	}
	if err := json.Unmarshal(doc, &d); err != nil {
		t.Fatal(err)
	}
	return d.At
}

func TestUpdatedAtIsTheLatestFact(t *testing.T) {
	t.Parallel()
	received := happened(session.Rated, "09:00:00", func(e *session.Event) { e.ReceivedAt = at("09:30:00") })
	beside := []session.Attachment{{Events: []session.Event{happened(session.Ended, "09:30:00")}}}
	for name, row := range map[string]struct {
		s    session.Session
		crm  metadata.CRM
		want string
	}{
		"an event":                          {s: session.Session{UpdatedAt: at("09:30:00")}, want: "09:30:00"},
		"an old event's late arrival":       {s: session.Session{UpdatedAt: at("09:00:00"), Events: []session.Event{received}}, want: "09:30:00"},
		"an event of another place of work": {s: session.Session{UpdatedAt: at("09:00:00"), Attached: beside}, want: "09:30:00"},
		"a message before any event":        {s: session.Session{FirstMessageAt: at("09:30:00")}, want: "09:30:00"},
		"the record that was found":         {s: session.Session{UpdatedAt: at("09:00:00")}, crm: metadata.CRM{At: at("09:30:00")}, want: "09:30:00"},
		"a record found before the event":   {s: session.Session{UpdatedAt: at("09:30:00")}, crm: metadata.CRM{At: at("09:00:00")}, want: "09:30:00"},
	} {
		row.s.Key, row.s.Channel = "call-1", session.Call
		if got := updatedAt(t, document(t, row.s, row.crm)); !got.Equal(at(row.want)) {
			t.Errorf("%s: updated_at is %v, want %s", name, got, row.want)
		}
	}
}

// Every arrival is later than those before, whatever time the source gives its event.
func TestUpdatedAtMovesForwardWithEveryChange(t *testing.T) {
	t.Parallel()
	for seed := range uint64(50) {
		var s session.Session
		var before []byte
		for i, e := range someEvents(seed) {
			e.ReceivedAt = at("12:00:00").Add(time.Duration(i) * time.Second)
			s = session.Apply(s, e)
			doc := document(t, s, metadata.CRM{})
			if before != nil && metadata.Digest(doc) != metadata.Digest(before) && e.Kind != session.MessageSent &&
				!updatedAt(t, doc).After(updatedAt(t, before)) {
				t.Fatalf("seed %d, event %d (%s): updated_at is %v after %v", seed, i, e.Kind, updatedAt(t, doc), updatedAt(t, before))
			}
			before = doc
		}
	}
}

func TestDigestTellsNewsFromRepetition(t *testing.T) {
	t.Parallel()
	digest := func(s session.Session, crm metadata.CRM) string { return metadata.Digest(document(t, s, crm)) }
	later, rated := aCall(), aCall()
	later.UpdatedAt = later.UpdatedAt.Add(time.Hour)
	rated.Rating = new(1)
	want := digest(aCall(), record)
	if digest(later, record) != want {
		t.Error("updated_at alone makes another digest")
	}
	if digest(rated, record) == want || digest(aCall(), metadata.CRM{}) == want || digest(aChat(), record) == want {
		t.Error("two documents that differ have one digest")
	}
	if metadata.Digest([]byte("a")) == metadata.Digest([]byte("b")) || metadata.Digest([]byte("null")) == metadata.Digest([]byte("{}")) {
		t.Error("what is no document has no digest of its own")
	}
}

func TestFilesHaveTheCompanysLinkElseTheSources(t *testing.T) {
	t.Parallel()
	s := session.Session{Key: "call-1", Channel: session.Call, Announced: []session.File{
		{ID: "recording-9", Kind: session.Recording, URL: "https://user:secret@files.example.com/a%2Fb/9.mp3?Signature=secret#secret"},
		{ID: "photo-71", Kind: session.Photo, URL: "https://files.example.com/71.jpg?X-Goog-Signature=secret"},
		{ID: "video-72", Kind: session.Video, URL: "https://files.example.com/\x7f%zz"},
	}}
	ours := map[string]string{"recording-9": "https://crm.example.com/file?id=9", "video-72": "https://storage.cloud.google.com/b/v.mp4", "photo-71": ""}
	for name, row := range map[string]struct {
		links                   map[string]string
		recording, photo, video string
	}{
		"the source's": {nil, "https://files.example.com/a%2Fb/9.mp3", "https://files.example.com/71.jpg", ""},
		"ours":         {ours, "https://crm.example.com/file?id=9", "https://files.example.com/71.jpg", "https://storage.cloud.google.com/b/v.mp4"},
	} {
		var d struct {
			Recording      string `json:"recording_url"`
			Photos, Videos []struct{ URL string }
		}
		if err := json.Unmarshal(document(t, s, metadata.CRM{Links: row.links}), &d); err != nil {
			t.Fatal(err)
		}
		if d.Recording != row.recording || d.Photos[0].URL != row.photo || d.Videos[0].URL != row.video {
			t.Errorf("%s: addresses are %+v", name, d)
		}
	}
}
