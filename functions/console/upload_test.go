package console_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/work"
)

func TestUploadsThatAreRefused(t *testing.T) {
	t.Parallel()
	a := newArchive(t, work.Bucket)
	a.settleAs(t, "other", `{}`)
	const good = `{"kind":"photo","type":"image/png"}`
	for name, tt := range map[string]struct {
		path, body string
		status     int
		says       string
	}{
		"of a session that is not":       {sessions + "/chat-9/files", good, 404, "no such session"},
		"of another tenant's session":    {tenants + "other/sessions/chat-2/files", good, 404, "no such session"},
		"of a tenant that is not":        {tenants + "nobody/sessions/chat-2/files", good, 404, "no such tenant"},
		"of another source's session":    {sessions + "/chat-2/files?source=udesk", good, 404, "no such session"},
		"a kind that nobody uploads":     {sessions + "/chat-2/files", `{"kind":"recording","type":"audio/mpeg"}`, 422, "kind must be"},
		"no kind":                        {sessions + "/chat-2/files", `{"type":"image/png"}`, 422, "kind must be"},
		"a photo that is a page":         {sessions + "/chat-2/files", `{"kind":"photo","type":"text/html"}`, 422, "beginning with image/"},
		"a photo that is a video":        {sessions + "/chat-2/files", `{"kind":"photo","type":"video/mp4"}`, 422, "beginning with image/"},
		"a video that is a photo":        {sessions + "/chat-2/files", `{"kind":"video","type":"image/png"}`, 422, "beginning with video/"},
		"a type that is none":            {sessions + "/chat-2/files", `{"kind":"photo","type":"image/"}`, 422, "beginning with image/"},
		"a type with a header behind it": {sessions + "/chat-2/files", `{"kind":"photo","type":"image/png\r\nX-Goog-Acl: public-read"}`, 422, "beginning with image/"},
		"a name that is misspelt":        {sessions + "/chat-2/files", `{"kind":"photo","mime":"image/png"}`, 400, "the body must be"},
		"no JSON":                        {sessions + "/chat-2/files", `photo`, 400, "the body must be"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := a.post(t, tt.path, tt.body)
			if answer.Code != tt.status || !strings.Contains(answer.Body.String(), tt.says) || strings.Contains(answer.Body.String(), "X-Goog-Signature") {
				t.Errorf("answer is %d %s, want %d and %q", answer.Code, answer.Body, tt.status, tt.says)
			}
		})
	}
}

// settleAs makes the document another tenant's.
func (w *world) settleAs(t *testing.T, tenant, doc string) {
	t.Helper()
	must(t, w.store.PutSettings(t.Context(), tenant, []byte(doc)))
}

func TestWithoutABucketForUploadsThereAreNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if a := w.post(t, sessions+"/chat-2/files", `{"kind":"photo","type":"image/png"}`); a.Code != 422 || !strings.Contains(a.Body.String(), "UPLOADS_BUCKET") {
		t.Errorf("answer is %d %s, want 422", a.Code, a.Body)
	}
}

// A link is good for one object of that session, whatever its key is made of, and for the type alone.
func TestAnUploadLinkNamesItsSession(t *testing.T) {
	t.Parallel()
	a := newArchive(t, work.Bucket)
	for name, key := range map[string]string{"a plain key": "chat-2", "a key with odd letters": "chat-a/b%2F c?#ü"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if key != chat.Key {
				a.add(t, key, session.Started)
			}
			answer := a.post(t, sessions+"/"+url.PathEscape(key)+"/files", `{"kind":"photo","type":"Image/PNG; charset=x"}`)
			var got struct {
				Method, URL, File string
				Headers           map[string]string
				MaxBytes          int64 `json:"max_bytes"`
			}
			if err := json.Unmarshal(answer.Body.Bytes(), &got); err != nil || answer.Code != 200 {
				t.Fatalf("answer is %d %s", answer.Code, answer.Body)
			}
			at, err := url.Parse(got.URL)
			must(t, err)
			u, err := files.ParseUpload(strings.TrimPrefix(at.Path, "/uploads/"))
			if err != nil || u.Tenant != "demo" || u.Source != "ccai" || u.Session != key || u.Kind != session.Photo || u.FileID() != got.File {
				t.Errorf("the link is to %+v, %v; the file is %q", u, err, got.File)
			}
			if got.Method != "PUT" || got.Headers["Content-Type"] != "image/png" || got.Headers["x-goog-if-generation-match"] != "0" || got.MaxBytes != 32<<20 {
				t.Errorf("answer is %+v", got)
			}
			req, err := http.NewRequestWithContext(t.Context(), got.Method, got.URL, strings.NewReader("\x89PNG"))
			must(t, err)
			for k, v := range got.Headers {
				req.Header.Set(k, v)
			}
			resp, err := http.DefaultClient.Do(req)
			must(t, err)
			must(t, resp.Body.Close())
			if resp.StatusCode != 200 {
				t.Errorf("the upload is answered %d, want 200", resp.StatusCode)
			}
		})
	}
}
