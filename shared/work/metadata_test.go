package work_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/metadata"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

// happened adds events to the document's session, each at start.
func happened(d *store.Document, events ...session.Event) {
	for _, e := range events {
		e.Tenant, e.Source, e.Session = id.Tenant, id.Source, id.Key
		if e.At.IsZero() {
			e.At = start
		}
		d.Session = session.Apply(d.Session, e)
	}
}

// written is the document of a session whose metadata was written as it is.
func written(t *testing.T) *store.Document {
	t.Helper()
	d := new(store.Document)
	happened(d, session.Event{ID: "s", Kind: session.Started}, session.Event{ID: "e", Kind: session.Ended, At: start.Add(time.Minute)},
		announced("rec-1", session.Recording, "https://media.example/a.mp3?token=CANARY"))
	if !work.MetadataOwed(stored, d, start) {
		t.Fatal("an ended session's metadata is not owed")
	}
	d.Metadata.DoneAt, d.Metadata.Written = start.Add(time.Hour), metadata.Digest(content(t, d))
	return d
}

func content(t *testing.T, d *store.Document) []byte {
	t.Helper()
	b, err := metadata.Document(d.Session, work.Facts(stored, d))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestMetadataIsWrittenAgainWhenItWouldDiffer(t *testing.T) {
	t.Parallel()
	score := 4
	rated := session.Event{ID: "r", Kind: session.Rated, Rating: &session.Rating{Score: &score}}
	tests := map[string]struct {
		happens func(*store.Document)
		owed    bool
	}{
		"nothing": {func(*store.Document) {}, false},
		"an event again": {func(d *store.Document) {
			happened(d, session.Event{ID: "s", Kind: session.Started}, announced("rec-1", session.Recording, "https://media.example/a.mp3?token=CANARY"))
		}, false},
		"an event that tells nothing": {func(d *store.Document) {
			happened(d, session.Event{ID: "m", Kind: session.Unknown, At: start.Add(2 * time.Hour)})
		}, false},
		"a rating":       {func(d *store.Document) { happened(d, rated) }, true},
		"the CRM's page": {func(d *store.Document) { d.CRM.RecordID = "77" }, true},
		"a file's link":  {func(d *store.Document) { d.Files = []store.File{inPlaces("rec-1", work.Bucket)} }, true},
		"a late message": {func(d *store.Document) { d.Metadata.Written = "" }, true}, // as functions/session has it
		"once given up":  {func(d *store.Document) { happened(d, rated); d.Metadata.Dead = true }, false},
		"a temporary id": {func(d *store.Document) { d.CRM.AccountID, d.CRM.Temporary = "tmp-1", true }, false},
		"the true one":   {func(d *store.Document) { d.CRM.AccountID = "9" }, true},
		"a copy that the CRM has, but people are shown the storage's": {func(d *store.Document) {
			d.CRM.Files = []session.CRMFile{{File: "rec-1", URL: "https://crm.example/1"}}
		}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, now := written(t), start.Add(2*time.Hour)
			tt.happens(d)
			got := work.MetadataOwed(stored, d, now)
			m := d.Metadata
			if got != tt.owed || m.DoneAt.IsZero() != tt.owed {
				t.Fatalf("owed %v, done at %v; want owed %v", got, m.DoneAt, tt.owed)
			}
			if want := now.Add(time.Minute); tt.owed && (!m.DueAt.Equal(want) || !m.ChangedAt.Equal(now)) {
				t.Errorf("due %v, changed %v; want %v and %v", m.DueAt, m.ChangedAt, want, now)
			}
			if work.MetadataOwed(stored, d, now.Add(time.Second)); tt.owed && !d.Metadata.DueAt.Equal(m.DueAt) {
				t.Error("a second look puts it off")
			}
		})
	}
}

// What is written again is never older than what it replaces, whatever time the source gives the event that caused it.
func TestMetadataWrittenAgainIsNewer(t *testing.T) {
	t.Parallel()
	updatedAt := func(d *store.Document) time.Time {
		var fields struct {
			At time.Time `json:"updated_at"`
		}
		if err := json.Unmarshal(content(t, d), &fields); err != nil {
			t.Fatal(err)
		}
		return fields.At
	}
	d, now := written(t), start.Add(2*time.Hour)
	before := updatedAt(d)
	happened(d, session.Event{ID: "r", Kind: session.Rated, At: start.Add(-time.Hour), Rating: &session.Rating{Feedback: "good"}})
	if !work.MetadataOwed(stored, d, now) || !updatedAt(d).Equal(now) || !before.Before(now) {
		t.Errorf("updated_at is %v after %v, want %v", updatedAt(d), before, now)
	}
}

// A message is no news to the metadata, least of all one that comes again.
func TestAMessageDoesNotChangeTheMetadata(t *testing.T) {
	t.Parallel()
	d := written(t)
	before := content(t, d)
	d.AddFile(store.MetadataFile, settings.Metadata).Version = files.Bytes(before, "").Version
	d.Metadata.Written = "" // as functions/session has it
	if !work.MetadataOwed(stored, d, start.Add(2*time.Hour)) || !bytes.Equal(content(t, d), before) {
		t.Errorf("the document is %s\nwant it owed, for the transcript's sake, and as it was:\n%s", content(t, d), before)
	}
}

func TestFacts(t *testing.T) {
	t.Parallel()
	d := &store.Document{
		Files: []store.File{inPlaces("rec-1", work.Bucket), inPlaces("rec-2")},
		CRM:   session.CRM{Files: []session.CRMFile{{File: "rec-1", URL: "https://crm.example/1"}, {File: "rec-2"}}},
	}
	const ours = "https://storage.cloud.google.com/company/a/rec-1.mp3"
	tests := map[string]struct {
		st   *settings.Storage
		want string
	}{
		"the storage's":                      {stored, ours},
		"the CRM's, where the settings say":  {&settings.Storage{Bucket: "company", LinkSource: settings.FromCRM}, "https://crm.example/1"},
		"the CRM's, where there is no other": {nil, "https://crm.example/1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := work.Facts(tt.st, d).Links; got["rec-1"] != tt.want || got["rec-2"] != "" {
				t.Errorf("links are %q, want %s for the first and none for the second", got, tt.want)
			}
		})
	}
	d.Files[0].Link = "https://signed.example/?X-Goog-Signature=CANARY"
	if got := work.Facts(stored, d).Links["rec-1"]; got != ours {
		t.Errorf("the metadata's link is %s: a signed one is a credential, and ends", got)
	}
}

var stored = &settings.Storage{Bucket: "company"}

// inPlaces is a recording that the places have as it was fetched last.
func inPlaces(id string, places ...string) store.File {
	f := store.File{ID: id, Kind: settings.Recordings, Base: "a/" + id, Version: "v1"}
	for _, place := range places {
		f.Put(place, files.Stored{Path: "a/" + id + ".mp3", Size: 3})
	}
	return f
}

func announced(id string, kind session.FileKind, url string) session.Event {
	return session.Event{ID: "file-" + id, Kind: session.FileReady, File: &session.File{ID: id, Kind: kind, URL: url}}
}
