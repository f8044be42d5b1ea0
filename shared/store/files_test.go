package store_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/store"
)

func TestAFileIsStoredWhereItsPresentContentIs(t *testing.T) {
	t.Parallel()
	f := store.File{ID: "1", Version: "v1"}
	if f.StoredIn("bucket") {
		t.Error("what was put nowhere is stored")
	}
	f.Put("bucket", files.Stored{Path: "a"})
	f.Version = "v2"
	f.Put("sftp", files.Stored{Path: "a"})
	if f.StoredIn("bucket") || !f.StoredIn("sftp") {
		t.Errorf("the places are %+v, of which sftp alone has the present content", f.Places)
	}
	f.Put("bucket", files.Stored{Path: "b"})
	if !f.StoredIn("bucket") || f.Places["bucket"].Path != "b" {
		t.Errorf("the places are %+v", f.Places)
	}
}

func TestFilesOfADocument(t *testing.T) {
	t.Parallel()
	d := new(store.Document)
	if d.File("1") != nil {
		t.Error("there is a file in an empty document")
	}
	d.AddFile("1", "recordings").Base = "a/call-1"
	d.AddFile("2", "recordings")
	if f := d.AddFile("1", "photos"); len(d.Files) != 2 || f.Kind != "recordings" || f != d.File("1") {
		t.Errorf("a file added twice is %+v among %d", f, len(d.Files))
	}
	if d.Takes("a/call-1", "1") || !d.Takes("a/call-1", "2") || d.Takes("a/call-1-2", "2") {
		t.Error("a name is taken by others alone")
	}
	for id, own := range map[string]bool{store.MetadataFile: true, store.TranscriptFile: true, store.TranscriptJSON: true, "1": false} {
		if f := (store.File{ID: id}); f.Own() != own {
			t.Errorf("%s is made here: %v", id, f.Own())
		}
	}
}

// The session shows a file's address without its query, which may be a credential: only the event has it whole.
func TestOriginIsTheLatestWholeAddress(t *testing.T) {
	t.Parallel()
	d := new(store.Document)
	for i, url := range []string{"https://m.example/a?t=1", "https://m.example/a?t=2", ""} {
		d.Session = session.Apply(d.Session, session.Event{ID: string(rune('a' + i)), Kind: session.FileReady, At: start.AddDate(0, 0, i),
			Session: "call-1", File: &session.File{ID: "1", Kind: session.Recording, URL: url}})
	}
	if got := d.Origin("1"); got != "https://m.example/a?t=2" || d.Origin("2") != "" {
		t.Errorf("the origin is %q, and of no file %q", got, d.Origin("2"))
	}
}

// A source may give the call's time to whatever it says of it later. Then the fresh address is the one that came later,
// whatever its id, in whatever order and however often the two are seen.
func TestOriginOfOneTimeIsTheOneReceivedLater(t *testing.T) {
	t.Parallel()
	announced := func(id, url string, received time.Duration) session.Event {
		return session.Event{ID: id, Kind: session.FileReady, At: start, ReceivedAt: start.Add(received), Session: "call-1",
			File: &session.File{ID: "1", Kind: session.Recording, URL: url}}
	}
	old, again, fresh := announced("z", "https://m.example/a?t=1", 0), announced("z", "https://m.example/a?t=1", 2*time.Hour), announced("a", "https://m.example/a?t=2", time.Hour)
	for _, events := range [][]session.Event{{old, again, fresh}, {old, fresh, again}, {again, old, fresh}, {again, fresh, old}, {fresh, old, again}, {fresh, again, old}} {
		d := new(store.Document)
		d.Session, _ = session.ApplyAll(d.Session, events)
		if got := d.Origin("1"); got != fresh.File.URL {
			t.Errorf("after %v the origin is %s", events, got)
		}
	}
}

func TestAFileIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	f := store.File{ID: "1", Kind: "recordings", Base: "a/1", Version: "v", Type: "audio/mpeg", Size: 3, Link: "l", Attempt: 1, Failures: 2,
		FirstFailedAt: start, RefusedAt: start, Problem: "p", Dead: true}
	f.Put("bucket", files.Stored{Path: "a/1.mp3", Size: 3, Type: "audio/mpeg", CRC32C: 1 << 31, Generation: 1 << 53, At: start, Note: "n"})
	text, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	var got store.File
	if err := json.Unmarshal(text, &got); err != nil || !reflect.DeepEqual(got, f) {
		t.Errorf("read %+v, %v; want %+v", got, err, f)
	}
}

// A server's words may be long, and a document has room for a hundred files.
func TestAProblemIsShort(t *testing.T) {
	t.Parallel()
	got := store.Problem(errors.New(strings.Repeat("ä", 100_000)))
	if len(got) > 1100 || !strings.HasSuffix(got, "…") || !utf8.ValidString(got) {
		t.Errorf("%d bytes: %q", len(got), got[:20])
	}
	if got := store.Problem(errors.New("gone")); got != "gone" {
		t.Errorf("a short one is %q", got)
	}
}
