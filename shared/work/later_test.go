package work_test

import (
	"testing"
	"time"

	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/metadata"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

var nine = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// inTheBucket is a session whose metadata is in the bucket.
func inTheBucket(t *testing.T, st *settings.Storage) *store.Document {
	t.Helper()
	d := &store.Document{Session: session.Session{Key: "call-1", Channel: session.Call, Tenant: "demo", Source: "ccai", EndedAt: nine}}
	f := d.AddFile(store.MetadataFile, settings.Metadata)
	f.Version = "v1"
	f.Put(work.Bucket, files.Stored{Path: "ujet-metadata/call-1.json"})
	d.Metadata.EndedAt, d.Metadata.DoneAt = nine, nine.Add(work.MetadataDelay)
	doc, err := metadata.Document(d.Session, work.Facts(st, d))
	if err != nil {
		t.Fatal(err)
	}
	d.Metadata.Written = metadata.Digest(doc)
	return d
}

// A place that is added later gets what is made here too.
func TestAPlaceThatIsAddedLaterIsOwedTheMetadata(t *testing.T) {
	t.Parallel()
	st := &settings.Storage{Bucket: "b"}
	d := inTheBucket(t, st)
	if work.MetadataOwed(st, d, nine.Add(time.Hour)) {
		t.Fatal("nothing has changed, and it is owed")
	}
	st.SFTP = &settings.SFTP{Host: "files.example.com"}
	if !work.MetadataOwed(st, d, nine.Add(time.Hour)) || !d.Metadata.DueAt.Equal(nine.Add(time.Hour+time.Minute)) {
		t.Errorf("it is not owed: %+v", d.Metadata)
	}
}

// The task for a former end may wait for hours, after failures in a row.
func TestANewEndHasATaskOfItsOwn(t *testing.T) {
	t.Parallel()
	st := &settings.Storage{Bucket: "b"}
	d := inTheBucket(t, st)
	id := store.ID{Tenant: "demo", Source: "ccai", Key: "call-1"}
	work.Owe(d, id, work.Metadata, nine.Add(6*time.Hour))
	d.Session.EndedAt = nine.Add(time.Minute)
	if !work.MetadataOwed(st, d, nine.Add(time.Minute)) {
		t.Fatal("the new end is owed nothing")
	}
	work.Owe(d, id, work.Metadata, d.Metadata.DueAt)
	if at := d.Work[work.Metadata].TaskAt; !at.Equal(nine.Add(16 * time.Minute)) {
		t.Errorf("its task is at %v", at)
	}
}

func TestLinksOfWhatIsOnlyOnAServer(t *testing.T) {
	t.Parallel()
	f := &store.File{ID: "1?", Kind: settings.Recordings}
	f.Put(work.SFTP, files.Stored{Path: "a b.mp3"})
	d := &store.Document{Session: session.Session{Tenant: "demo", Source: "cc&ai", Key: "a/ &1"}}
	if got := work.Link(&settings.Storage{Bucket: "b", SFTP: &settings.SFTP{}}, d, f); got != "" {
		t.Errorf("the link is %s, and the bucket has it not", got)
	}
	for template, want := range map[string]string{
		"https://files.example.com/{PATH}": "https://files.example.com/a%20b.mp3",
		"https://bridge.example.com/console/api/tenants/{TENANT}/sessions/{SESSION_KEY}/files/{FILE_ID}?source={SOURCE}": "https://bridge.example.com/console/api/tenants/demo/sessions/a%2F%20%261/files/1%3F?source=cc%26ai",
	} {
		if got := work.Link(&settings.Storage{LinkURL: template}, d, f); got != want {
			t.Errorf("%s is filled as %s, want %s", template, got, want)
		}
	}
}

// An address in the CRM with a credential in it is for the CRM's own people.
func TestTheDocumentHasNoCredentials(t *testing.T) {
	t.Parallel()
	d := inTheBucket(t, nil)
	d.CRM.Files = []session.CRMFile{{File: "1", URL: "https://crm.example.com/f/1?token=abc"}, {File: "2", URL: "https://crm.example.com/f?id=2"}}
	links := work.Facts(nil, d).Links
	if links["1"] != "" || links["2"] != "https://crm.example.com/f?id=2" {
		t.Errorf("the links are %v", links)
	}
}
