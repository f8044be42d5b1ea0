package local_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/emulator/local"
)

// The address in the CRM's comment is opened by whoever reads the record days later, if they have a role, and by nobody else. A
// signed one would have ended long ago. The library that signs refuses ends beyond seven days of the machine's own clock, which
// bounds how far a test can go.
func TestTheConsolesLinkOutlastsSignatures(t *testing.T) {
	t.Parallel()
	c := start(t, local.Options{SignIn: true})
	c.set(func(doc map[string]any) {
		storage := section(doc, "storage")
		storage["to_crm"] = "links"
		storage["link_url"] = c.Client.URL + "/console/api/tenants/{TENANT}/sessions/{SESSION_KEY}/files/{FILE_ID}?source={SOURCE}"
	})
	call := c.aCall(1)
	c.play(call)
	c.advance(20 * time.Minute)
	var path string
	for _, text := range c.commentsOf(call) {
		if _, below, ok := strings.Cut(text, ": file "+call.Key+".mp3 "+c.Client.URL); ok {
			path = below
		}
	}
	if path == "" {
		t.Fatalf("no comment has the recording's address: %q", c.commentsOf(call))
	}
	c.advance(6 * 24 * time.Hour)
	for email, want := range map[string]int{"sam@demo.example": http.StatusOK, "kim@demo.example": http.StatusForbidden} {
		jar, err := cookiejar.New(nil)
		c.must(err)
		browser := &http.Client{Jar: jar}
		door, _ := c.browse(browser, path)
		if !strings.HasPrefix(door.Request.URL.Path, "/emulator/oidc/") {
			t.Fatalf("a stranger is led to %v: %d", door.Request.URL, door.StatusCode)
		}
		file, err := browser.PostForm(door.Request.URL.String(), url.Values{"person": {email}})
		c.must(err)
		file.Body.Close()
		if file.StatusCode != want || (file.Header.Get("Content-Type") == "audio/mpeg") != (want == http.StatusOK) {
			t.Errorf("%s is answered %d %s at %v, want %d", email, file.StatusCode, file.Header.Get("Content-Type"), file.Request.URL, want)
		}
	}
}
