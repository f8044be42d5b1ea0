package flow

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
)

// inBucket is a file of version v1 that the bucket has.
func inBucket(id, kind, path string) store.File {
	return store.File{ID: id, Kind: kind, Version: "v1", Type: "audio/mpeg", Size: 5,
		Places: map[string]store.Place{"bucket": {Stored: files.Stored{Path: path, Size: 5}, Version: "v1"}}}
}

// What the CRM gets of a file depends on where it is, and on what the company wants.
func TestReady(t *testing.T) {
	t.Parallel()
	stored := inBucket("1", "recordings", "ujet-voice-recordings/call-1.mp3")
	waiting := store.File{ID: "1", Kind: "recordings"}
	dead := store.File{ID: "1", Kind: "recordings", Dead: true}
	old := stored
	old.Version = "v2"
	bucket := &settings.Storage{Bucket: "b"}
	links := &settings.Storage{Bucket: "b", ToCRM: "links"}
	others := &settings.Storage{Bucket: "b", Files: []string{"photos"}, ToCRM: "links"}
	const link = "https://storage.cloud.google.com/b/ujet-voice-recordings/call-1.mp3"
	tests := map[string]struct {
		from string
		st   *settings.Storage
		file store.File
		want []session.Ready
	}{
		"what is stored goes there":             {fromStored, bucket, stored, []session.Ready{{File: "1", Kind: "recordings", Name: "call-1.mp3", Type: "audio/mpeg", Size: 5, Version: "v1", Link: link}}},
		"where links are wanted, its address":   {fromStored, links, stored, []session.Ready{{File: "1", Kind: "recordings", Name: "call-1.mp3", Type: "audio/mpeg", Size: 5, Version: "v1", Link: link, LinkOnly: true}}},
		"what is not stored yet waits":          {fromStored, bucket, waiting, nil},
		"an older version waits too":            {oursVersion, bucket, old, nil},
		"one that never will be goes by itself": {oursOrder, bucket, dead, []session.Ready{{File: "1", Kind: "recordings", Name: "call-1-1.wav"}}},
		"without a storage, at once":            {fromUpload, nil, waiting, []session.Ready{{File: "1", Kind: "recordings", Name: "call-1-1.wav"}}},
		"a kind that is not stored, at once":    {fromUpload, others, waiting, []session.Ready{{File: "1", Kind: "recordings", Name: "call-1-1.wav"}}},
		"what is not made yet waits":            {fromMetadata, nil, store.File{ID: "metadata", Kind: "metadata"}, nil},
		"what is made goes":                     {fromMetadata, nil, store.File{ID: "metadata", Kind: "metadata", Version: "v1"}, []session.Ready{{File: "metadata", Kind: "metadata", Name: "call-1.json", Version: "v1"}}},
		"the JSON transcript is for no CRM":     {fromUpload, nil, store.File{ID: "transcript-json", Kind: "transcripts", Version: "v1"}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			d := &store.Document{Session: session.Session{Key: "call-1", Channel: session.Call}, Files: []store.File{tt.file}}
			d.Session.Events = []session.Event{{File: &session.File{ID: "1", URL: "https://media.example.com/a.wav?sig=1"}}}
			got := ready(settings.Settings{CRM: &settings.CRM{}, Storage: tt.st}, d)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			if none := ready(settings.Settings{Storage: tt.st}, d); none != nil {
				t.Errorf("without a CRM: %+v", none)
			}
		})
	}
}

func TestLinksAreToldInTheFilesPlace(t *testing.T) {
	t.Parallel()
	cite(t, fromStored)
	d := chatOver()
	d.CRM.Ready = []session.Ready{
		{File: "1", Kind: "recordings", Name: "call-1.mp3", Link: "https://files.example.com/1", LinkOnly: true},
		{File: "metadata", Kind: "metadata", Name: "call-1.json", Version: "v1", Link: "https://files.example.com/m", LinkOnly: true},
		{File: "2", Kind: "recordings", Name: "call-2.mp3", LinkOnly: true},
	}
	sent := drive(t, uploading(), d, nil)
	steps := stepsOf(sent)
	i := slices.Index(steps, "comment_link_1")
	if i < 0 || slices.Contains(steps, "comment_link_metadata") || slices.Contains(steps, "comment_link_2") || slices.ContainsFunc(steps, func(s string) bool { return strings.HasPrefix(s, "upload_") }) {
		t.Fatalf("sent %v", steps)
	}
	if !strings.Contains(sent[i].Body, "file call-1.mp3 https://files.example.com/1") {
		t.Errorf("the comment is %s", sent[i].Body)
	}
	if again := stepsOf(drive(t, uploading(), d, nil)); len(again) != 0 {
		t.Errorf("told again: %v", again)
	}
}

// CRMs that take a file first are told in the comment which one to attach.
func TestACommentKnowsTheUploadedFile(t *testing.T) {
	t.Parallel()
	cite(t, fromUpload)
	c := uploading()
	c.Endpoints.Upload.AttachmentURL, c.Endpoints.Upload.AttachmentID = "", "token"
	c.Endpoints.Comment = endpoint("POST", "/records/{RECORD_ID}/comments", "text", "{COMMENT_BODY}", "uploads[0]", "{ATTACHMENT_ID}")
	d := chatOver()
	made(d, "v1")
	sent := drive(t, c, d, map[string]answer{"upload_transcript": said(201, `{"token":"t1"}`), "upload_metadata": said(201, `{"token":"t2"}`)})
	bodies := map[string]string{}
	for _, s := range sent {
		bodies[s.Step] = s.Body
	}
	if !strings.Contains(bodies["comment_upload_transcript"], `"uploads":["t1"]`) || strings.Contains(bodies[CommentStart], "uploads") {
		t.Errorf("the comments are %v", bodies)
	}
}
