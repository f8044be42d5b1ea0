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

// "Custom CRM", upload file: the files are attached once there is a record, and each has a comment with its address.
func TestFilesAreUploadedOnceTheyAreWritten(t *testing.T) {
	t.Parallel()
	s := ended()
	s.Key, s.Channel = "chat-1", session.Chat
	d := &store.Document{Session: s}
	if got := stepsOf(drive(t, uploading(), d, nil)); slices.Contains(got, "upload_metadata") {
		t.Fatalf("before they are written: sent %v", got)
	}
	d.CRM.Closed = true
	taken := said(201, `{"id":7,"url":"https://crm.example.com/f/7"}`)
	sent := drive(t, uploading(), d, map[string]answer{"upload_transcripts": taken, "upload_metadata": taken})
	want := []string{"upload_transcripts", "upload_metadata", "comment_upload_transcripts", "comment_upload_metadata"}
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

func TestACallHasNoTranscript(t *testing.T) {
	t.Parallel()
	steps := names(uploadSteps(uploading(), ended(), session.CRM{Closed: true}))
	if !slices.Equal(steps, []string{"upload_metadata"}) {
		t.Errorf("steps %v", steps)
	}
}

func TestALostAnswerToAnUploadIsNotRepeatedBlindly(t *testing.T) {
	t.Parallel()
	c := uploading()
	c.IdempotencyHeader = ""
	d := &store.Document{Session: ended()}
	drive(t, c, d, nil)
	d.CRM.Closed = true
	drive(t, c, d, map[string]answer{"upload_metadata": said(502, "")})
	if got := stepsOf(drive(t, c, d, nil)); slices.Contains(got, "upload_metadata") || d.CRM.Done["upload_metadata"] != "perhaps sent" {
		t.Errorf("sent %v, done %v", got, d.CRM.Done)
	}
}

func TestAFileWhoseAddressIsNotToldIsThereAllTheSame(t *testing.T) {
	t.Parallel()
	d := &store.Document{Session: ended()}
	drive(t, uploading(), d, nil)
	d.CRM.Closed = true
	drive(t, uploading(), d, map[string]answer{"upload_metadata": said(201, `{}`)})
	if d.CRM.State != session.CRMDone || !strings.HasPrefix(d.CRM.Done["upload_metadata"], "sent") {
		t.Errorf("%s, done %v", d.CRM.State, d.CRM.Done)
	}
}
