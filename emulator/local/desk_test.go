package local_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"strings"
	"testing"

	"sessionbridge.internal/emulator/local"
)

// A number that was clicked is on the agent's page, which has taken it and sent it to the adapter. There is no stream, as in
// networks that hold streams back, so the page asks; a browser that waits for the end of a stream would also never end.
func TestABrowserTakesACallToTheAdapter(t *testing.T) {
	t.Parallel()
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("needs chromium on the PATH, to run the page's scripts")
	}
	c := start(t, local.Options{})
	asJSON := func(r *http.Request) { r.Header.Set("Content-Type", "application/json") }
	resp, body := c.call(http.MethodPost, "/desk/demo/calls", `{"number":"+39 02 1234 5678","name":"<img src=x>"}`, asJSON)
	if resp.StatusCode != http.StatusAccepted {
		t.Fatalf("the call is answered %d %s", resp.StatusCode, body)
	}
	dom := browse(t, chromium, withoutStreams(t, c.Client.URL)+"/desk/demo/")
	for what, text := range map[string]string{
		"the number":         `<p id="now-number" class="number">+39 02 1234 5678</p>`,
		"what is to be done": ">Press Call in the adapter. ",
		"that it is taken":   `<span class="state">In the adapter</span>`,
		"a name as text":     ">&lt;img src=x&gt;<",
	} {
		if !strings.Contains(dom, text) {
			t.Errorf("the page does not show %s: no %s in\n%s", what, text, dom)
		}
	}
	if _, body := c.call(http.MethodGet, "/desk/demo/commands", "", nil); !strings.Contains(body, `"taken_at":`) {
		t.Errorf("nobody has taken the call: %s", body)
	}
}

// withoutStreams is the address of a proxy that refuses streams.
func withoutStreams(t *testing.T, to string) string {
	t.Helper()
	target, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/events") {
			http.Error(w, "no streams", http.StatusBadGateway)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}
