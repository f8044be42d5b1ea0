package qmfeed_test

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"sessionbridge.internal/shared/settings"
)

// A proxy that asks to sign in answers 200 with a web page; an application may well answer XML.
func TestWhichAnswersAreWebPages(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		media, body string
		page        bool
	}{
		"a page is one by its type":           {"text/html; charset=utf-8", "Sign in", true},
		"XHTML is one by its type":            {"application/xhtml+xml", "<?xml version='1.0'?><html/>", true},
		"a page is one by its beginning":      {"application/json", " \n<!DOCTYPE HTML><title>Sign in</title>", true},
		"a page is one without its type, too": {"text/plain", "<HTML><body>Sign in", true},
		"a byte order mark hides none":        {"text/plain", "\ufeff<!doctype html><title>Sign in</title>", true},
		"XML is none":                         {"application/xml", `<?xml version="1.0"?><response>OK</response>`, false},
		"an element is none":                  {"text/xml", "<ok/>", false},
		"JSON is none":                        {"application/json", "{}", false},
		"nothing is none":                     {"", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.answers(func(rw http.ResponseWriter, _ *http.Request) {
				rw.Header().Set("Content-Type", tt.media)
				_, _ = io.WriteString(rw, tt.body)
			})
			id := w.call("call-1")
			w.must(w.wake(id))
			if q := w.doc(id).Quality; strings.Contains(q.Problem, "web page") != tt.page || (len(q.Sent) > 0) == tt.page {
				t.Errorf("%d told, the problem is %q", len(q.Sent), q.Problem)
			}
		})
	}
}

// Applications repeat what they were sent, in many forms, and their answers are kept.
func TestAnAnswerIsKeptWithoutCredentials(t *testing.T) {
	t.Parallel()
	credentials := func(r *http.Request) string { return strings.TrimPrefix(r.Header.Get("Authorization"), "Basic ") }
	for name, say := range map[string]func(*http.Request) string{
		"the base64 alone":         credentials,
		"the scheme in lower case": func(r *http.Request) string { return "basic " + credentials(r) },
		"the password":             func(r *http.Request) string { _, p, _ := r.BasicAuth(); return "not the password: " + p },
		"the address":              func(r *http.Request) string { return "nothing at " + r.URL.RequestURI() },
		"the key of the address":   func(r *http.Request) string { return "key " + r.URL.Query().Get("key") },
		"a header":                 func(r *http.Request) string { return r.Header.Get("X-Api-Key") },
		"the headers in JSON":      func(r *http.Request) string { b, err := json.Marshal(r.Header); return string(b) + errText(err) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			for file, secret := range map[string]string{"pw": "canary-password", "amp": `canary-"amp"&<key>`} {
				w.must(os.WriteFile(w.secrets+"/"+file, []byte(secret), 0o600))
			}
			w.change(func(s *settings.Settings) {
				s.Quality.Call.Basic.Password = "secret://pw"
				s.Quality.Call.Headers = []settings.Header{{Name: "X-Api-Key", Prefix: "Key ", Secret: "secret://amp"}}
			})
			w.answers(func(rw http.ResponseWriter, r *http.Request) {
				rw.WriteHeader(http.StatusUnauthorized)
				_, _ = io.WriteString(rw, say(r))
			})
			id := w.call("call-1")
			w.must(w.wake(id))
			made := w.deliveries(id)[0]
			if got := made.Response; made.Status != 401 || !strings.Contains(got, "[redacted]") || strings.Contains(got, "canary") || strings.Contains(got, "ZGVtbzpjYW5hcnkt") {
				t.Errorf("kept is %s", got)
			}
		})
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
