package main_test

import (
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/emulator/local"
	"sessionbridge.internal/shared/people"
	"sessionbridge.internal/terraform/bundle/pack"
)

// root is the module's folder.
const root = "../.."

// building is held while an archive is built: a build uses all processors itself.
var building sync.Mutex

// Each archive is built as the platform builds it, runs in the local cloud in the place of its function, and answers as that.
func TestEveryArchiveIsBuiltAndAnswersAsItsFunctionDoes(t *testing.T) {
	t.Parallel()
	cloud, err := local.Start(t.Context(), local.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cloud.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	names, err := pack.Functions(root)
	if err != nil {
		t.Fatal(err)
	}
	known := calls(signedIn(t, cloud.URL, "ada@demo.example"))
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			here := cloud.Function(name)
			if here == nil {
				t.Fatal("the local cloud does not run this function")
			}
			local := httptest.NewServer(here)
			t.Cleanup(local.Close)
			deployed := startProgram(t, built(t, name), name, cloud.Environment())
			all := maps.Clone(everywhere)
			maps.Copy(all, known[name])
			for what, c := range all {
				want, got := c.send(t, local.URL), c.send(t, deployed)
				if c.want != 0 && want.status != c.want {
					t.Errorf("%s: the local cloud answers %d %s, want %d", what, want.status, want.body, c.want)
				}
				if diff := cmp.Diff(want, got, cmp.AllowUnexported(answer{})); diff != "" {
					t.Errorf("%s: the archive's function answers otherwise than the local cloud's (-local +archive):\n%s", what, diff)
				}
			}
		})
	}
}

// built is the program that the platform would make of the function's archive.
func built(t *testing.T, name string) string {
	t.Helper()
	building.Lock()
	defer building.Unlock()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	archive, err := pack.Archive(ctx, root, name)
	if err != nil {
		t.Fatal(err)
	}
	program, err := builder{ctx, t.TempDir()}.build(archive)
	if err != nil {
		t.Fatal(err)
	}
	return program
}

// signedIn signs a person in at the local cloud, as a browser does. What it gets to remember them by is good for every process
// that has the same key.
func signedIn(t *testing.T, cloud, email string) func(*http.Request) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar, Timeout: 30 * time.Second}
	page, err := client.Get(cloud + "/console/signin")
	if err != nil {
		t.Fatal(err)
	}
	page.Body.Close()
	resp, err := client.PostForm(page.Request.URL.String(), url.Values{"person": {email}})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	for _, cookie := range jar.Cookies(resp.Request.URL) {
		if cookie.Name == people.SessionCookie {
			return func(r *http.Request) {
				browser(r)
				r.AddCookie(cookie)
			}
		}
	}
	t.Fatalf("signing in ends at %s without a cookie: %d", resp.Request.URL.Path, resp.StatusCode)
	return nil
}
