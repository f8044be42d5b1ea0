package inbound_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/fstest"

	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/inbound"
)

func TestAsset(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{"a/desk.js": {Data: []byte("export {}")}, "a/page.html": {Data: []byte("<p>")}}
	get := func(name, etag string) (*httptest.ResponseRecorder, error) {
		r, w := httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder()
		r.Header.Set("If-None-Match", etag)
		return w, inbound.Asset(w, r, files, name)
	}
	w, err := get("a/desk.js", "")
	tag := w.Header().Get("ETag")
	if err != nil || w.Code != http.StatusOK || w.Body.String() != "export {}" || w.Header().Get("Content-Type") != "text/javascript; charset=utf-8" || tag == "" {
		t.Errorf("a module: %v, %d %q %v", err, w.Code, w.Body, w.Header())
	}
	if w, err := get("a/desk.js", tag); err != nil || w.Code != http.StatusNotModified || w.Body.Len() > 0 {
		t.Errorf("one that the browser has: %v, %d %q, want 304", err, w.Code, w.Body)
	}
	for what, name := range map[string]string{"a template": "a/page.html", "one that is not there": "a/none.js", "one beside": "../secret.js"} {
		if _, err := get(name, ""); fault.KindOf(err) != fault.NotFound {
			t.Errorf("%s: %v, want that it is not there", what, err)
		}
	}
}
