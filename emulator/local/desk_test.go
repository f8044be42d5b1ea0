package local_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"sessionbridge.internal/emulator/local"
)

// A number that was clicked is on the agent's page, which has taken it and sent it to the adapter. There is no stream, as in
// networks that hold streams back, so the page asks.
func TestABrowserTakesACallToTheAdapter(t *testing.T) {
	t.Parallel()
	b := open(t)
	c := start(t, local.Options{})
	asJSON := func(r *http.Request) { r.Header.Set("Content-Type", "application/json") }
	for _, number := range []string{"+39 06 1234 5678", "+39 02 1234 5678"} {
		resp, body := c.call(http.MethodPost, "/desk/demo/calls", fmt.Sprintf(`{"number":%q,"name":"<img src=x>"}`, number), asJSON)
		if resp.StatusCode != http.StatusAccepted {
			t.Fatalf("the call is answered %d %s", resp.StatusCode, body)
		}
	}
	b.do(chromedp.Navigate(withoutStreams(t, c.Client.URL) + "/desk/demo/"))
	b.until(`[...document.querySelectorAll("#list .state")].map((s) => s.textContent).join() === "Sent to the adapter,Sent to the adapter"`)
	b.until(within("#number") + `.value === "+390212345678"`) // the later one last
	for what, is := range map[string][2]string{
		"the later number":   {`document.querySelector("#now-number").textContent`, "+39 02 1234 5678"},
		"what is to be done": {`document.querySelector("#now-how").textContent.slice(0, 26)`, "Press Call in the adapter."},
		"a name as text":     {`document.querySelector("#now-name").innerHTML`, "&lt;img src=x&gt;"},
		"the latest first":   {`document.querySelector("#list .number").textContent`, "+39 02 1234 5678"},
	} {
		if got := b.text(is[0]); got != is[1] {
			t.Errorf("the page shows %q, want %s: %q", got, what, is[1])
		}
	}
	if _, body := c.call(http.MethodGet, "/desk/demo/commands", "", nil); strings.Count(body, `"taken_at":`) != 2 {
		t.Errorf("not both calls are taken: %s", body)
	}
}

// withoutStreams is the address of a proxy that refuses streams.
func withoutStreams(t *testing.T, to string) string {
	t.Helper()
	return before(t, to, func(w http.ResponseWriter, r *http.Request, cloud http.Handler) {
		if strings.HasSuffix(r.URL.Path, "/events") {
			http.Error(w, "no streams", http.StatusBadGateway)
			return
		}
		cloud.ServeHTTP(w, r)
	}).URL
}
