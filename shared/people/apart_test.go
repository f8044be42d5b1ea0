package people_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/shared/people"
)

const ticketCookie = "sessionbridge-ticket"

// The window and the frame that opened it may not know each other: then the browser itself brings the ticket, in a cookie.
func TestAWindowsTicketIsInACookieToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signIn(t, "kim@demo.example")
	a := w.visit(t, "GET", "/desk/signin/window?challenge="+challengeOf(verifier))
	m := ticketIn.FindStringSubmatch(a.body)
	i := slices.IndexFunc(a.Cookies(), func(c *http.Cookie) bool { return c.Name == ticketCookie })
	if m == nil || i < 0 {
		t.Fatalf("the window has the cookies %v and %s", a.Cookies(), a.body)
	}
	c := a.Cookies()[i]
	if c.Value != m[1] || !c.Secure || !c.HttpOnly || c.Partitioned || c.SameSite != http.SameSiteNoneMode || c.MaxAge != 60 || c.Domain != "" {
		t.Errorf("the ticket's cookie is %v", c)
	}
}

func TestAFrameAsksForTheTicketOfTheBrowser(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		cookie   func(t *testing.T, w *world) string
		verifier string
		header   string
		status   int
	}{
		"its own signs it in":                   {func(t *testing.T, w *world) string { return w.ticket(t, "kim@demo.example") }, verifier, "", 204},
		"while there is none it waits":          {func(*testing.T, *world) string { return "" }, verifier, "", 202},
		"while there is another's it waits":     {func(t *testing.T, w *world) string { return w.ticket(t, "kim@demo.example") }, "another", "", 202},
		"while there is anything else it waits": {func(*testing.T, *world) string { return "@" }, verifier, "", 202},
		"another site's page has nothing of it": {func(t *testing.T, w *world) string { return w.ticket(t, "kim@demo.example") }, verifier, "Sec-Fetch-Site: cross-site", 403},
		"a sign-in of the browser is no ticket": {func(t *testing.T, w *world) string {
			w.signIn(t, "kim@demo.example")
			return w.cookie(t, people.SessionCookie).Value
		}, verifier, "", 202},
		"one that was used counts no other time": {used, verifier, "", 422},
		"nor does one after a minute": {func(t *testing.T, w *world) string {
			ticket := w.ticket(t, "kim@demo.example")
			w.clock.Advance(time.Minute)
			return ticket
		}, verifier, "", 422},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			headers := []string{"Cookie: " + ticketCookie + "=" + tt.cookie(t, w)}
			if tt.header != "" {
				headers = append(headers, tt.header)
			}
			a, c := w.enter(t, "", tt.verifier, headers...)
			if a.StatusCode != tt.status || (c != nil) != (tt.status == 204) {
				t.Errorf("answered is %d %s with %v, want %d", a.StatusCode, a.body, c, tt.status)
			}
			dropped := slices.ContainsFunc(a.Cookies(), func(c *http.Cookie) bool { return c.Name == ticketCookie && c.MaxAge < 0 })
			if dropped != (tt.status == 204) {
				t.Errorf("then the browser's cookies are %v", a.Cookies())
			}
		})
	}
}

func used(t *testing.T, w *world) string {
	ticket := w.ticket(t, "kim@demo.example")
	w.enter(t, ticket, verifier)
	return ticket
}

// Where what lets people in is not there, a frame shows a page that asks again; what is wrong is in the log, and not on it. The page
// may be in anybody's frame, and so it has no button to sign in.
func TestAFrameIsToldToTryAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signIn(t, "kim@demo.example")
	a := w.visit(t, "GET", "/desk/unread/", inFrame)
	if a.StatusCode != http.StatusServiceUnavailable || !strings.HasSuffix(a.Header.Get("Content-Security-Policy"), "frame-ancestors *") {
		t.Errorf("answered is %d with %s", a.StatusCode, a.Header.Get("Content-Security-Policy"))
	}
	if !strings.Contains(a.body, "data-again") || strings.Contains(a.body, "signin\"") || strings.Contains(a.body, "kim") || strings.Contains(a.body, "canary") {
		t.Errorf("it is told %s", a.body)
	}
	if !strings.Contains(w.logs.String(), "canary-of-the-database") {
		t.Errorf("the log is %s", w.logs)
	}
	for name, headers := range map[string][]string{"a tab": nil, "a program in the frame": {"Accept: application/json", "Sec-Fetch-Dest: empty"}} {
		if a := w.visit(t, "GET", "/desk/unread/", headers...); a.StatusCode != http.StatusServiceUnavailable || strings.Contains(a.body, "data-again") {
			t.Errorf("%s is answered %d %s", name, a.StatusCode, a.body)
		}
	}
}
