package crm_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"
)

const hostile = `<img src=x onerror=alert(1)>`

// shop is an office in which everything a page shows is there, and a part of it wants to be more than text.
func shop(t *testing.T) *office {
	t.Helper()
	o := open(t)
	o.must(t, "/api/accounts", `{"name":"Kim `+hostile+`","phone":"+1 222 333 4444","email":"kim@example.com","external_id":"eu-1"}`)
	o.must(t, "/api/accounts", `{"name":"Lee"}`)
	o.must(t, "/api/records", `{"account_id":1,"subject":"Call `+hostile+`","description":"first\nsecond","external_id":"call-1","assignee":"ada","rating":5,"menu":["Sales"],"note":"`+hostile+`"}`)
	o.must(t, "/api/records", `{"account_id":2,"subject":"Quiet","status":"closed"}`)
	o.must(t, "/api/records/1001/comments", `{"text":"`+hostile+`"}`)
	for name, kind := range map[string]string{"a.mp3": "audio/mpeg", "b.png": "image/png", "c.html": "text/html", "d.mp4": "video/mp4"} {
		o.must(t, files, fmt.Sprintf(`{"name":%q,"type":%q,"data":"PGI+"}`, name, kind))
	}
	return o
}

// mounted is the same pages elsewhere, for whoever asks.
func (o *office) mounted(t *testing.T) *office {
	t.Helper()
	srv := httptest.NewServer(o.Pages("/some/where"))
	t.Cleanup(srv.Close)
	return &office{o.CRM, srv.URL, o.clock}
}

func TestPagesShowWhatIsThere(t *testing.T) {
	t.Parallel()
	o := shop(t)
	escaped := "&lt;img src=x onerror=alert(1)&gt;"
	for path, wants := range map[string][]string{
		"/":              {"Kim " + escaped, "Call " + escaped, `href="%s/accounts/2"`, `href="%s/records/1002"`, `class="badge closed"`, "2 Mar 2026, 09:00:00"},
		"/accounts/1":    {"Kim " + escaped, "1 222 333 4444", "kim@example.com", "eu-1", `href="%s/records/1001"`},
		"/accounts/2":    {"Lee", "Quiet"},
		"/records/1001":  {"Call " + escaped, "first\nsecond", "<dt>rating</dt><dd>5</dd>", "<dt>menu</dt><dd>[&#34;Sales&#34;]</dd>", "<dt>note</dt><dd>" + escaped, `<audio controls preload="none" src="%s/attachments/`, `<img src="%s/attachments/`, `<video`, "a.mp3", "3 bytes", hexOf("<b>")},
		"/records/1002":  {"No comment yet.", "No file yet."},
		"/?find=quiet":   {"“quiet”", "Quiet", "No account fits."},
		"/?find=4444":    {"Kim", "No record fits."},
		"/?find=333-444": {"No account fits."},
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			for prefix, at := range map[string]*office{"": o, "/some/where": o.mounted(t)} {
				r := at.request(t, "GET", prefix+path, "")
				for _, want := range wants {
					if want = strings.ReplaceAll(want, "%s", prefix); r.status != 200 || !strings.Contains(r.body, want) {
						t.Errorf("%s%s: %d without %s", prefix, path, r.status, want)
					}
				}
				if strings.Contains(r.body, "<img src=x") || regexp.MustCompile(`<script| style=| on\w+="`).MatchString(r.body) {
					t.Errorf("%s%s has more than text and links", prefix, path)
				}
				if policy := r.header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
					t.Errorf("policy %q", policy)
				}
			}
		})
	}
}

// Every address a page names is there.
func TestPagesLeadSomewhere(t *testing.T) {
	t.Parallel()
	o := shop(t)
	at := o.mounted(t)
	seen, todo := map[string]bool{}, []string{"/some/where/"}
	for len(todo) > 0 {
		path := todo[0]
		todo = todo[1:]
		r := at.request(t, "GET", path, "", nobody)
		if r.status != 200 {
			t.Errorf("%s: %d", path, r.status)
		}
		for _, m := range regexp.MustCompile(`(?:href|src|action)="(/[^"]*)"`).FindAllStringSubmatch(r.body, -1) {
			if !seen[m[1]] {
				seen[m[1]] = true
				todo = append(todo, m[1])
			}
		}
	}
	if len(seen) != 10 { // overview, style, two accounts, two records, four files
		t.Errorf("%d addresses: %v", len(seen), seen)
	}
}

func TestPeopleSignInAtTheCRMsOwnAddress(t *testing.T) {
	t.Parallel()
	o := shop(t)
	before := len(o.Snapshot().Requests)
	for _, path := range []string{"/", "/accounts/1", "/records/1001", "/attachments/1", "/page.css"} {
		for name, row := range map[string]struct {
			sign   func(*http.Request)
			status int
		}{"a person": {func(*http.Request) {}, 200}, "nobody": {nobody, 401}, "a program": {withHeader("X-Api-Key", "key-1"), 401}} {
			if r := o.request(t, "GET", path, "", row.sign); r.status != row.status {
				t.Errorf("%s at %s: %d", name, path, r.status)
			}
		}
	}
	for _, path := range []string{"/accounts/3", "/accounts/x", "/records/1", "/attachments/9", "/assets/page.css"} {
		if r := o.request(t, "GET", path, ""); r.status != 404 {
			t.Errorf("%s: %d", path, r.status)
		}
	}
	if n := len(o.Snapshot().Requests) - before; n != 1 { // that for /assets/page.css, which no page is at
		t.Errorf("%d of the pages' requests are kept", n)
	}
}

func TestFilesAreShownWithoutTheirScripts(t *testing.T) {
	t.Parallel()
	o := shop(t)
	r := o.request(t, "GET", "/attachments/1", "", func(r *http.Request) { r.Header.Set("Range", "bytes=1-") })
	if r.status != http.StatusPartialContent || r.body != "b>" {
		t.Errorf("a part: %d %q", r.status, r.body)
	}
	if !strings.HasPrefix(r.header.Get("Content-Disposition"), "attachment") || !strings.HasPrefix(r.header.Get("Content-Security-Policy"), "sandbox") || r.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("headers %v", r.header)
	}
}

func TestLongTablesAreTurned(t *testing.T) {
	t.Parallel()
	o := open(t)
	for i := range 101 {
		o.must(t, "/api/accounts", fmt.Sprintf(`{"name":"n%d."}`, i))
	}
	for query, want := range map[string][4]string{ // first, last, link before, link after
		"":             {"n100.", "n51.", "", "?accounts=2"},
		"?accounts=2":  {"n50.", "n1.", "?accounts=1", "?accounts=3"},
		"?accounts=3":  {"n0.", "n0.", "?accounts=2", ""},
		"?accounts=99": {"n0.", "n0.", "?accounts=2", ""}, // the last there is
		"?accounts=x":  {"n100.", "n51.", "", "?accounts=2"},
	} {
		r := o.request(t, "GET", "/"+query, "")
		names := regexp.MustCompile(`n\d+\.`).FindAllString(r.body, -1)
		got := [4]string{}
		if len(names) > 0 {
			got[0], got[1] = names[0], names[len(names)-1]
		}
		for i, rel := range []string{"prev", "next"} {
			if m := regexp.MustCompile(`href="([^"]*)" rel="` + rel).FindStringSubmatch(r.body); m != nil {
				got[i+2] = m[1]
			}
		}
		if got != want {
			t.Errorf("%q: %q, want %q", query, got, want)
		}
	}
}

// A browser that finds anything against the policy says so on its console.
func TestABrowserHasNothingToComplainOf(t *testing.T) {
	t.Parallel()
	chromium, err := exec.LookPath("chromium")
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatal("there is no chromium to show the pages")
	}
	if err != nil {
		t.Skip("needs chromium on the PATH, to show the pages")
	}
	o := shop(t)
	profile, err := os.MkdirTemp("", "chromium-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(profile) })                // which the browser's last process may still be writing
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute) // one that needs it has failed
	defer cancel()
	// Without the sandbox, since containers rarely allow it and all that is opened is our own page.
	browser := exec.CommandContext(ctx, chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
		"--disable-background-networking", "--user-data-dir="+profile, "--enable-logging=stderr", "--dump-dom", o.mounted(t).url+"/some/where/records/1001")
	browser.WaitDelay = 5 * time.Second
	var said strings.Builder
	browser.Stderr = &said
	dom, err := browser.Output()
	if err != nil || !strings.Contains(string(dom), "<dt>rating</dt>") {
		t.Fatalf("%v\n%s", err, dom)
	}
	for line := range strings.Lines(said.String()) {
		if strings.Contains(line, ":CONSOLE") {
			t.Error(line)
		}
	}
}
