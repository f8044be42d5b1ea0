package local_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/emulator/local"
)

// browse is a browser's visit, redirects followed.
func (c *cloud) browse(browser *http.Client, path string) (*http.Response, string) {
	c.Helper()
	req, err := http.NewRequestWithContext(patience(c.T), http.MethodGet, c.Client.URL+path, nil)
	c.must(err)
	req.Header.Set("Accept", "text/html")
	resp, err := browser.Do(req)
	c.must(err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	c.must(err)
	return resp, string(b)
}

// With SignIn browsers are nobody yet: those too that do not say where they are, as by http at another name of this machine.
func TestWhoMustSignIn(t *testing.T) {
	t.Parallel()
	c := start(t, local.Options{SignIn: true})
	for name, tt := range map[string]struct {
		header, value string
		status        int
	}{
		"a program need not":                     {"User-Agent", "curl/8.14.1", 200},
		"nor one that takes anything":            {"Accept", "*/*", 200},
		"a browser must":                         {"Sec-Fetch-Site", "none", 401},
		"also one known by its name":             {"User-Agent", "Mozilla/5.0 (X11; Linux x86_64) Chrome/142.0.0.0", 401},
		"by the page that its request came from": {"Origin", "http://192.0.2.7:8080", 401},
		"by the address of that":                 {"Referer", "http://192.0.2.7:8080/console/", 401},
		"or by what it shows":                    {"Accept", "text/html,application/xhtml+xml", 200}, // the page to sign in at
	} {
		resp, body := c.call("GET", "/console/api/tenants/demo/settings", "", func(r *http.Request) { r.Header.Set(tt.header, tt.value) })
		if led := tt.header == "Accept" && tt.value != "*/*"; resp.StatusCode != tt.status || led != strings.HasPrefix(resp.Request.URL.Path, "/emulator/oidc/") {
			t.Errorf("%s: answered is %d at %s: %.200s", name, resp.StatusCode, resp.Request.URL.Path, body)
		}
	}
}

// Whoever reaches this machine is the developer, until they sign in as somebody else.
func TestOneMaySignInAsSomebodyElse(t *testing.T) {
	t.Parallel()
	c := start(t, local.Options{})
	const look, set = "/console/api/tenants/demo/sessions", "/console/api/tenants/demo/settings"
	jar, err := cookiejar.New(nil)
	c.must(err)
	browser := &http.Client{Jar: jar}
	visits := func(who string, want map[string]int) {
		t.Helper()
		for path, status := range want {
			if resp, body := c.browse(browser, path); resp.StatusCode != status {
				t.Errorf("%s is answered %d %.300s at %s, want %d", who, resp.StatusCode, body, path, status)
			}
		}
	}
	be := func(email string) {
		t.Helper()
		page, body := c.browse(browser, "/console/signin?next="+url.QueryEscape(look))
		if page.StatusCode != 200 || !strings.Contains(body, email) || !strings.HasPrefix(page.Request.URL.Path, "/emulator/oidc/") {
			t.Fatalf("signing in leads to %v: %d %s", page.Request.URL, page.StatusCode, body)
		}
		resp, err := browser.PostForm(page.Request.URL.String(), url.Values{"person": {email}})
		c.must(err)
		resp.Body.Close()
		if resp.Request.URL.Path != look {
			t.Fatalf("choosing %s leads to %v: %d", email, resp.Request.URL.Path, resp.StatusCode)
		}
	}
	visits("the developer", map[string]int{look: 200, set: 200, "/console/api/tenants/nobody/sessions": 404})
	be("kim@demo.example")
	visits("Kim", map[string]int{look: 403, set: 403, "/console/api/tenants/nobody/sessions": 403})
	be("sam@demo.example")
	visits("Sam", map[string]int{look: 200, set: 403})
	be("ada@demo.example")
	visits("Ada", map[string]int{look: 200, set: 200, "/console/api/tenants/nobody/sessions": 403})
	if resp, _ := c.call("GET", set, "", nil); resp.StatusCode != 200 {
		t.Errorf("a program is answered %d", resp.StatusCode)
	}
	c.advance(13 * time.Hour)
	if resp, _ := c.browse(browser, look); !strings.HasPrefix(resp.Request.URL.Path, "/emulator/oidc/") {
		t.Errorf("the next morning Ada is led to %v, want to sign in again", resp.Request.URL.Path)
	}
	resp, err := browser.PostForm(c.Client.URL+"/console/signout", nil)
	c.must(err)
	resp.Body.Close()
	visits("the developer", map[string]int{set: 200})
}
