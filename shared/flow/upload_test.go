package flow

import (
	"slices"
	"strings"
	"testing"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
)

// uploading takes both kinds of files, and tells of each.
func uploading() *settings.CRM {
	c := fullCRM()
	c.Endpoints.Upload = &settings.Upload{
		Endpoint: *endpoint("POST", "/records/{RECORD_ID}/files", "name", "{FILE_NAME}", "data", "{FILE_DATA}"),
		Type:     "base64", Files: []string{"transcripts", "metadata"}, AttachmentURL: "url", Comment: true,
	}
	return c
}

// made are the files of a chat, once they are written.
func made(d *store.Document, versions ...string) {
	for i, f := range []session.Ready{
		{File: "transcript", Kind: "transcripts", Name: "chat-1.txt", Type: "text/plain"},
		{File: "metadata", Kind: "metadata", Name: "chat-1.json", Type: "application/json"},
	} {
		f.Version = versions[min(i, len(versions)-1)]
		d.CRM.Ready = append(slices.DeleteFunc(d.CRM.Ready, func(r session.Ready) bool { return r.File == f.File }), f)
	}
}

func chatOver() *store.Document {
	s := ended()
	s.Key, s.Channel = "chat-1", session.Chat
	return &store.Document{Session: s}
}

var fileTaken = said(201, `{"id":7,"url":"https://crm.example.com/f/7"}`)

// The files are attached once there is a record, and each has a comment with its address.
func TestFilesAreUploadedOnceTheyAreReady(t *testing.T) {
	t.Parallel()
	cite(t, fromUpload)
	d := chatOver()
	if got := stepsOf(drive(t, uploading(), d, nil)); slices.Contains(got, "upload_metadata") {
		t.Fatalf("before they are written: sent %v", got)
	}
	made(d, "v1")
	sent := drive(t, uploading(), d, map[string]answer{"upload_transcript": fileTaken, "upload_metadata": fileTaken})
	want := []string{"upload_transcript", "upload_metadata", "comment_upload_transcript", "comment_upload_metadata"}
	got := stepsOf(sent)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) || len(d.CRM.Files) != 2 || d.CRM.Files[0].URL != "https://crm.example.com/f/7" {
		t.Errorf("sent %v, files %+v", got, d.CRM.Files)
	}
	if body := sent[0].Body; !strings.Contains(body, "chat-1.txt") || !strings.Contains(body, "{FILE_DATA}") {
		t.Errorf("the request kept is %s", body)
	}
	if rest := names(Plan(uploading(), d.Session, d.CRM)); rest != nil {
		t.Errorf("still owed: %v", rest)
	}
}

// What is written again is uploaded again, and told again; what is not, is not.
func TestOnlyANewVersionIsUploadedAgain(t *testing.T) {
	t.Parallel()
	cite(t, oursVersion)
	d := chatOver()
	made(d, "v1")
	answers := map[string]answer{"upload_transcript": fileTaken, "upload_metadata": fileTaken}
	drive(t, uploading(), d, answers)
	made(d, "v1", "v2")
	if got := stepsOf(drive(t, uploading(), d, answers)); !slices.Equal(got, []string{"upload_metadata", "comment_upload_metadata"}) && !slices.Equal(got, []string{"comment_upload_metadata", "upload_metadata"}) || len(d.CRM.Files) != 2 {
		t.Errorf("sent %v, files %+v", got, d.CRM.Files)
	}
}

// A person's replay of a mail that was given up sends no file again.
func TestReplayOfAMailUploadsNothingAgain(t *testing.T) {
	t.Parallel()
	cite(t, oursTwice)
	d := chatOver()
	set := settings.Settings{CRM: uploading(), Mail: &settings.Mail{To: "a@example.com"}}
	d.Files = []store.File{{ID: "metadata", Kind: "metadata", Version: "v1"}}
	d.Metadata = store.Metadata{EndedAt: d.Session.EndedAt, Dead: true, Problem: "mail: refused"}
	Owe(set, d, id, start)
	drive(t, set.CRM, d, map[string]answer{"upload_metadata": fileTaken})
	if d.CRM.Done["upload_metadata"] != "v1" {
		t.Fatalf("done are %v, ready %+v", d.CRM.Done, d.CRM.Ready)
	}
	Replay(set.CRM, d)
	Owe(set, d, id, start)
	if got := names(Plan(set.CRM, d.Session, d.CRM)); got != nil || d.Work["metadata"].Task == "" {
		t.Errorf("owed %v, work %+v", got, d.Work)
	}
}

func TestALostAnswerToAnUploadIsNotRepeatedBlindly(t *testing.T) {
	t.Parallel()
	cite(t, oursTwice)
	c := uploading()
	c.IdempotencyHeader = ""
	d := chatOver()
	made(d, "v1")
	lost := map[string]answer{"upload_metadata": said(502, ""), "upload_transcript": fileTaken}
	drive(t, c, d, lost)
	if got := stepsOf(drive(t, c, d, nil)); slices.Contains(got, "upload_metadata") || d.CRM.Done["upload_metadata"] != "perhaps sent v1" {
		t.Errorf("sent %v, done %v", got, d.CRM.Done)
	}
	if err := ReplayStep(c, d, "upload_metadata"); err != nil { // a person has looked
		t.Fatal(err)
	}
	if got := stepsOf(drive(t, c, d, map[string]answer{"upload_metadata": fileTaken})); !slices.Contains(got, "upload_metadata") {
		t.Errorf("after a replay of the step: sent %v", got)
	}
}

func TestALostAnswerIsRepeatedUnderItsKey(t *testing.T) {
	t.Parallel()
	c := uploading()
	c.IdempotencyHeader = "Idempotency-Key"
	for name, replayed := range map[string]bool{"by the next attempt": false, "by a person's replay": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, fromKey)
			d := chatOver()
			made(d, "v1")
			first := drive(t, c, d, map[string]answer{"upload_transcript": fileTaken, "upload_metadata": said(502, "")})
			key := first[len(first)-1].Key
			if replayed {
				d.CRM.State = session.CRMDead
				Replay(c, d)
			}
			again := drive(t, c, d, map[string]answer{"upload_metadata": fileTaken})
			if len(again) == 0 || again[0].Step != "upload_metadata" || again[0].Key != key {
				t.Errorf("sent %+v, want upload_metadata under %s", again, key)
			}
		})
	}
}

// A newer version is another file: it must not come under the key of the older one.
func TestANewVersionHasAKeyOfItsOwn(t *testing.T) {
	t.Parallel()
	cite(t, fromKey)
	c := uploading()
	c.IdempotencyHeader = "Idempotency-Key"
	d := chatOver()
	made(d, "v1")
	first := drive(t, c, d, map[string]answer{"upload_transcript": fileTaken, "upload_metadata": said(502, "")})
	made(d, "v1", "v2")
	again := drive(t, c, d, map[string]answer{"upload_metadata": fileTaken})
	if len(again) == 0 || again[0].Step != "upload_metadata" || again[0].Key == first[len(first)-1].Key || d.CRM.Done["upload_metadata"] != "v2" {
		t.Errorf("sent %+v after %+v, done %v", again, first[len(first)-1], d.CRM.Done)
	}
}

func TestAFileWhoseAddressIsNotToldIsThereAllTheSame(t *testing.T) {
	t.Parallel()
	cite(t, fromUpload)
	d := chatOver()
	made(d, "v1")
	drive(t, uploading(), d, map[string]answer{"upload_metadata": said(201, `{}`), "upload_transcript": fileTaken})
	if d.CRM.State != session.CRMDone || d.CRM.Done["upload_metadata"] != "v1" {
		t.Errorf("%s, done %v", d.CRM.State, d.CRM.Done)
	}
}
