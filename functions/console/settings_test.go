package console_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const settingsPath = "/console/api/tenants/demo/settings"

// put replaces settings as an administrator.
func (w *world) put(t *testing.T, path, doc, ifMatch string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodPut, path, strings.NewReader(doc))
	if ifMatch != "" {
		r.Header.Set("If-Match", ifMatch)
	}
	return w.send(t, r, "ada@example.com", audience)
}

func TestSettingsAreReadAndReplaced(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.ask(t, http.MethodGet, settingsPath, audience)
	if first.Code != http.StatusOK || !strings.Contains(first.Body.String(), "crm-demo") || first.Header().Get("ETag") == "" {
		t.Fatalf("read: %d %s", first.Code, first.Body)
	}
	const doc = `{"storage":{"bucket":"another"}}`
	second := w.put(t, settingsPath, doc, first.Header().Get("ETag"))
	if second.Code != http.StatusOK || second.Body.String() != doc || second.Header().Get("ETag") == first.Header().Get("ETag") {
		t.Fatalf("replaced: %d %s", second.Code, second.Body)
	}
	if stale := w.put(t, settingsPath, `{}`, first.Header().Get("ETag")); stale.Code != http.StatusPreconditionFailed {
		t.Errorf("replaced from a stale version: %d %s", stale.Code, stale.Body)
	}
	if odd := w.put(t, settingsPath, `{}`, `"yesterday"`); odd.Code != http.StatusPreconditionFailed {
		t.Errorf("replaced from no version: %d %s", odd.Code, odd.Body)
	}
	if made := w.put(t, "/console/api/tenants/new/settings", doc, ""); made.Code != http.StatusOK {
		t.Errorf("a new tenant: %d %s", made.Code, made.Body)
	}
	if made := w.put(t, "/console/api/tenants/signin/settings", doc, ""); made.Code != http.StatusUnprocessableEntity {
		t.Errorf("a tenant called as where people sign in: %d %s", made.Code, made.Body)
	}
}

func TestSettingsWithMistakesAreRefusedWithAllOfThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.put(t, settingsPath, `{"storage":{"bucket":"A"},"mail":{"to":"x","from":"a@b.c","host":"h","port":25}}`, "")
	var problem struct {
		Errors []struct{ Path string }
	}
	if err := json.Unmarshal(a.Body.Bytes(), &problem); err != nil {
		t.Fatal(err)
	}
	if a.Code != http.StatusUnprocessableEntity || len(problem.Errors) != 2 || problem.Errors[0].Path != "storage.bucket" || problem.Errors[1].Path != "mail.to" {
		t.Errorf("answered %d %s", a.Code, a.Body)
	}
	if a := w.put(t, settingsPath, `{"storag":{}}`, ""); a.Code != http.StatusUnprocessableEntity || !strings.Contains(a.Body.String(), "storag") {
		t.Errorf("an unknown key is answered %d %s", a.Code, a.Body)
	}
	if a := w.ask(t, http.MethodGet, "/console/api/tenants/nobody/settings", audience); a.Code != http.StatusNotFound {
		t.Errorf("an unknown tenant is answered %d", a.Code)
	}
	if a := w.ask(t, http.MethodGet, settingsPath, ""); a.Code != http.StatusUnauthorized {
		t.Errorf("nobody is answered %d", a.Code)
	}
}

func TestTheSchemaAndThePresetsAreThereToBeginWith(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tests := map[string]struct {
		path string
		want int
		says string
	}{
		"the schema":          {"/console/api/settings/schema", 200, `"$defs"`},
		"the presets' names":  {"/console/api/settings/presets", 200, `"rt"`},
		"one of them":         {"/console/api/settings/presets/rt", 200, `"endpoints"`},
		"one there is not":    {"/console/api/settings/presets/fax", 404, "no such preset"},
		"a path in its place": {"/console/api/settings/presets/..%2Frt", 404, "no such preset"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if a := w.ask(t, "GET", tt.path, audience); a.Code != tt.want || !strings.Contains(a.Body.String(), tt.says) {
				t.Errorf("answer is %d %.300s", a.Code, a.Body)
			}
		})
	}
}
