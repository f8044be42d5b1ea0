package files_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/session"
)

func TestUploadsAreKnownByTheirNames(t *testing.T) {
	t.Parallel()
	for _, u := range []files.Upload{
		{Tenant: "demo", Source: "ccai", Session: "chat-1", Kind: session.Photo, ID: "ABC"},
		{Tenant: "a/b", Source: "ü", Session: "call-../%2F", Kind: session.Video, ID: "x y"},
	} {
		got, err := files.ParseUpload(u.Path())
		if err != nil || got != u {
			t.Errorf("%s is read as %+v, %v; want %+v", u.Path(), got, err, u)
		}
	}
	for name, object := range map[string]string{
		"too few parts":        "demo/ccai/chat-1/photo",
		"an empty part":        "demo//chat-1/photo/1",
		"an escape that ends":  "demo/ccai/chat-1/photo/%2",
		"a kind for no one":    "demo/ccai/chat-1/recording/1",
		"a folder as the name": "demo/ccai/chat-1/photo/",
	} {
		if u, err := files.ParseUpload(object); err == nil {
			t.Errorf("%s: %q is read as %+v", name, object, u)
		}
	}
}

// The attributes are those of docs.cloud.google.com/storage/docs/pubsub-notifications.
func TestUploaded(t *testing.T) {
	t.Parallel()
	u := files.Upload{Tenant: "demo", Source: "ccai", Session: "chat-1", Kind: session.Photo, ID: "ABC"}
	notice := func(key, value string) map[string]string {
		m := map[string]string{"eventType": "OBJECT_FINALIZE", "bucketId": "uploads", "objectId": u.Path(), "eventTime": "2026-01-05T09:00:00.5Z"}
		m[key] = value
		return m
	}
	e, ok, err := files.Uploaded(notice("payloadFormat", "JSON_API_V1"))
	want := &session.File{ID: "photo-ABC", Kind: session.Photo, URL: "gs://uploads/demo/ccai/chat-1/photo/ABC"}
	if err != nil || !ok || e.ID != "upload-photo-ABC" || e.Session != "chat-1" || e.Kind != session.FileReady || e.At.Nanosecond() != 5e8 || !cmp.Equal(e.File, want) {
		t.Errorf("%+v, %v, %v", e, ok, err)
	}
	if _, ok, err := files.Uploaded(notice("eventType", "OBJECT_DELETE")); ok || err != nil {
		t.Errorf("a deletion is an upload: %v, %v", ok, err)
	}
	for _, key := range []string{"objectId", "eventTime"} {
		if _, ok, err := files.Uploaded(notice(key, "x")); ok || err == nil {
			t.Errorf("a notice with a bad %s is taken: %v, %v", key, ok, err)
		}
	}
}
