package local_test

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"os/exec"
	"path"
	"regexp"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/emulator/demo"
	"sessionbridge.internal/emulator/local"
)

// assetTypes are what browsers want to hear: a module is not run unless it is JavaScript.
var assetTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}

func TestThePageAndItsAssetsAreServed(t *testing.T) {
	t.Parallel()
	c := start(t, local.Options{})
	want := map[string]string{"/emulator/": "text/html; charset=utf-8"}
	for _, name := range assetNames(t) {
		want["/emulator/assets/"+name] = assetTypes[path.Ext(name)]
	}
	for url, kind := range want {
		resp, body := c.call(http.MethodGet, url, "", nil)
		if resp.StatusCode != http.StatusOK || len(body) == 0 {
			t.Errorf("%s: %d with %d bytes", url, resp.StatusCode, len(body))
		}
		if got := resp.Header.Get("Content-Type"); got != kind {
			t.Errorf("%s: type %q, want %q", url, got, kind)
		}
		if got := resp.Header.Get("X-Content-Type-Options"); got != "nosniff" {
			t.Errorf("%s: X-Content-Type-Options %q", url, got)
		}
		wantPolicy(t, url, resp.Header.Get("Content-Security-Policy"))
	}
}

// assetNames are the page's files but the page itself and what is for developers.
func assetNames(t *testing.T) (names []string) {
	t.Helper()
	entries, err := os.ReadDir("assets")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if _, ok := assetTypes[path.Ext(e.Name())]; ok {
			names = append(names, e.Name())
		}
	}
	if len(names) < 3 {
		t.Fatalf("the page's files are %v", names)
	}
	return names
}

// wantPolicy holds the page to its own origin, and text to being text.
func wantPolicy(t *testing.T, url, policy string) {
	t.Helper()
	have := map[string]bool{}
	for _, directive := range strings.Split(policy, ";") {
		have[strings.TrimSpace(directive)] = true
	}
	for _, directive := range []string{
		"default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "img-src 'self' data:",
		"base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'",
	} {
		if !have[directive] {
			t.Errorf("%s: the policy %q lacks %q", url, policy, directive)
		}
	}
}

func TestNothingButThePagesFilesIsServed(t *testing.T) {
	t.Parallel()
	c := start(t, local.Options{})
	for name, url := range map[string]string{
		"the folder is not listed": "/emulator/assets/",
		"unknown files":            "/emulator/assets/nothing.js",
		"developers' files":        "/emulator/assets/README.md",
		"files beside the folder":  "/emulator/assets/..%2fpage.go",
		"files without a type":     "/emulator/assets/main",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if resp, _ := c.in(t).call(http.MethodGet, url, "", nil); resp.StatusCode != http.StatusNotFound {
				t.Errorf("%s: %d, want 404", url, resp.StatusCode)
			}
		})
	}
}

var (
	pageRefs   = regexp.MustCompile(`(?:src|href)="(/[^"]*)"`)
	moduleRefs = regexp.MustCompile(`from '\./([^']*)'`)
)

// A misspelt reference is seen by nobody but a browser.
func TestAllThatThePageRefersToIsThere(t *testing.T) {
	t.Parallel()
	c := start(t, local.Options{})
	_, page := c.call(http.MethodGet, "/emulator/", "", nil)
	refs := map[string]string{} // by where they stand
	for _, m := range pageRefs.FindAllStringSubmatch(page, -1) {
		refs[m[1]] = "the page"
	}
	for _, name := range assetNames(t) {
		_, body := c.call(http.MethodGet, "/emulator/assets/"+name, "", nil)
		for _, m := range moduleRefs.FindAllStringSubmatch(body, -1) {
			refs["/emulator/assets/"+m[1]] = name
		}
	}
	if len(refs) < 10 {
		t.Fatalf("only %d references were found: %v", len(refs), refs)
	}
	for url, where := range refs {
		if resp, _ := c.call(http.MethodGet, url, "", nil); resp.StatusCode != http.StatusOK {
			t.Errorf("%s refers to %s: %d", where, url, resp.StatusCode)
		}
	}
}

// hostile is a caller's number, a queue's name and an event's content that want to be a part of the page.
const hostile = `<img src=x onerror=document.title=1>`

func TestABrowserShowsWhatArrivedAsText(t *testing.T) {
	t.Parallel()
	chromium, err := exec.LookPath("chromium")
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatal("there is no chromium to run the page's scripts")
	}
	if err != nil {
		t.Skip("needs chromium on the PATH, to run the page's scripts")
	}
	c := start(t, local.Options{})
	call := demo.Call(7, c.Now())
	for _, p := range call.Posts {
		p.Body = bytes.ReplaceAll(p.Body, []byte(demo.Phone), []byte(hostile))
		p.Body = bytes.ReplaceAll(p.Body, []byte("Delivery"), []byte(hostile))
		c.must(c.Send(patience(t), p))
	}
	c.must(c.Cloud.Drain(patience(t)))
	c.advance(15 * time.Minute)
	dom := browse(t, chromium, c.Client.URL+"/emulator/")

	for what, text := range map[string]string{
		"its name":         "<title>Local cloud · Sessionbridge</title>",
		"the session":      ">" + call.Key + "</a>",
		"that it is done":  `<span class="badge good">done</span>`,
		"the customer":     ">&lt;img src=x onerror=document.title=1&gt;<",
		"the record":       `id="record-1001"`,
		"the subscription": "0 unacknowledged",
		"the file":         ">ujet-metadata/" + call.Key + ".json</a>",
		"its other place":  `<a href="/emulator/sftp/ujet-metadata/` + call.Key + `.json">SFTP</a>`,
		"the mail":         ">Session " + call.Key + "<",
		"the log":          `class="row log info"`,
	} {
		if !strings.Contains(dom, text) {
			t.Errorf("the page does not show %s: no %s", what, text)
		}
	}
	for what, text := range map[string]string{
		"an element made of a customer's words": "<img",
		"a problem":                             `class="problem"`,
		"a difference between the places":       "not the same in both",
	} {
		if strings.Contains(dom, text) {
			t.Errorf("the page has %s: %s", what, text)
		}
	}
}

// browse returns the document as it stands once the page's scripts have run for some seconds of the browser's own
// virtual time.
func browse(t *testing.T, chromium, url string) string {
	t.Helper()
	profile, err := os.MkdirTemp("", "chromium-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(profile) })                // which the browser's last process may still be writing
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute) // one that needs it has failed
	defer cancel()
	// Without the sandbox, since containers rarely allow it and all that is opened is our own page.
	browser := exec.CommandContext(ctx, chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage",
		"--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
		"--user-data-dir="+profile, "--virtual-time-budget=3000", "--dump-dom", url)
	browser.WaitDelay = 5 * time.Second
	dom, err := browser.Output()
	if err != nil {
		t.Fatalf("%s: %v", chromium, err)
	}
	return string(dom)
}
