package crm_test

import (
	"bytes"
	"strings"
	"testing"

	"sessionbridge.internal/shared/crm"
	"sessionbridge.internal/shared/settings"
)

// Systems such as Zendesk take the file itself as the body.
func TestUploadAsTheBody(t *testing.T) {
	t.Parallel()
	cite(t, fromZendesk)
	data := []byte("ID3\x00audio")
	u := &settings.Upload{Type: "raw", Endpoint: settings.Endpoint{Method: "POST", URL: "https://crm/uploads",
		Parameters: []settings.Parameter{param("filename", "{FILE_NAME}", in("query"))}}}
	r, ok, err := crm.BuildUpload(u, nil, fileOf("call 1&2.mp3", "audio/mpeg", data))
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	if got := content(t, r); !bytes.Equal(got, data) || r.Length != int64(len(data)) || r.ContentType != "audio/mpeg" || r.URL != "https://crm/uploads?filename=call%201%262.mp3" {
		t.Errorf("%s, %s, %d bytes: %q", r.URL, r.ContentType, r.Length, got)
	}
	u.Parameters[0].In = ""
	if _, _, err := crm.BuildUpload(u, nil, fileOf("a", "", data)); err == nil || !strings.Contains(err.Error(), "query") {
		t.Errorf("a parameter in the body: %v", err)
	}
}

// A repeat under an idempotency key must be the same to the letter.
func TestARepeatedFormIsTheSame(t *testing.T) {
	t.Parallel()
	cite(t, fromKey)
	u := &settings.Upload{Type: "multipart", Endpoint: settings.Endpoint{Method: "POST", URL: "https://crm/f", Parameters: []settings.Parameter{param("a", "b")}}}
	build := func(key string) (string, string) {
		f := fileOf("a.txt", "text/plain", []byte("x"))
		f.Key = key
		r, ok, err := crm.BuildUpload(u, nil, f)
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		return r.ContentType, string(content(t, r))
	}
	kind, body := build("k1")
	if again, same := build("k1"); again != kind || same != body {
		t.Errorf("the repeat is %s %q, it was %s %q", again, same, kind, body)
	}
	if other, _ := build("k2"); other == kind || strings.Contains(other, "k2") {
		t.Errorf("another key has %s, the first %s", other, kind)
	}
}
