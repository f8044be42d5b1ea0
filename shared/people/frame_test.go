package people_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/shared/people"
)

const (
	inDesk   = "/desk/demo/"
	verifier = "a verifier that nobody else has"
	inFrame  = "Sec-Fetch-Dest: iframe"
)

func challengeOf(verifier string) string {
	hash := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(hash[:])
}

var ticketIn = regexp.MustCompile(`data-ticket="([^"]+)"`)

// ticket has somebody sign in in the window that a frame has opened, and returns what its page hands over.
func (w *world) ticket(t *testing.T, email string) string {
	t.Helper()
	at := "/desk/signin/window?challenge=" + challengeOf(verifier)
	a := w.visit(t, "GET", at)
	if a.StatusCode == http.StatusSeeOther {
		back := w.visit(t, "GET", w.choose(t, a.Header.Get("Location"), email))
		if back.StatusCode != http.StatusSeeOther || back.Header.Get("Location") != at {
			t.Fatalf("coming back is answered %d to %q", back.StatusCode, back.Header.Get("Location"))
		}
		a = w.visit(t, "GET", at)
	}
	m := ticketIn.FindStringSubmatch(a.body)
	if a.StatusCode != http.StatusOK || m == nil {
		t.Fatalf("the window is answered %d %s", a.StatusCode, a.body)
	}
	return m[1]
}

// enter brings a ticket as a frame does, in a browser that has no other cookie.
func (w *world) enter(t *testing.T, ticket, verifier string, headers ...string) (answer, *http.Cookie) {
	t.Helper()
	body := fmt.Sprintf(`{"ticket":%q,"verifier":%q}`, ticket, verifier)
	req, err := http.NewRequestWithContext(t.Context(), "POST", w.URL+"/desk/signin/frame", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	res, err := newBrowser(t).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range res.Cookies() {
		if strings.HasSuffix(c.Name, people.FrameCookie) {
			return answer{res, string(text)}, c
		}
	}
	return answer{res, string(text)}, nil
}

// with asks for a page with a cookie alone.
func (w *world) with(t *testing.T, name, value, path string) answer {
	t.Helper()
	return (&world{URL: w.URL, browser: newBrowser(t)}).visit(t, "GET", path, "Accept: application/json", "Cookie: "+name+"="+value)
}

func TestAFrameIsSignedInByItsTicket(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, c := w.enter(t, w.ticket(t, "kim@demo.example"), verifier)
	if a.StatusCode != http.StatusNoContent || c == nil {
		t.Fatalf("the ticket is answered %d %s", a.StatusCode, a.body)
	}
	if !c.Partitioned || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteNoneMode || c.Path != "/" || c.Domain != "" || c.MaxAge != 12*60*60 {
		t.Errorf("the cookie is %v", c)
	}
	for name, tt := range map[string]struct {
		cookie, path string
		status       int
	}{
		"the desk knows who it is":               {people.FrameCookie, inDesk, 200},
		"the console does not":                   {people.FrameCookie, tenant, 401},
		"nor where nothing but a name is asked":  {people.FrameCookie, "/console/", 401},
		"nor the desk for what is not a desk's":  {people.FrameCookie, inDesk + "look", 401},
		"it is none of a whole browser's":        {people.SessionCookie, inDesk, 401},
		"it is none of one on the way to signin": {people.SignInCookie, inDesk, 401},
	} {
		if a := w.with(t, tt.cookie, c.Value, tt.path); a.StatusCode != tt.status {
			t.Errorf("%s: answered is %d %s, want %d", name, a.StatusCode, a.body, tt.status)
		}
	}
}

func TestATicketIsGoodOnceForOneFrame(t *testing.T) {
	t.Parallel()
	cross := "Sec-Fetch-Site: cross-site"
	for name, tt := range map[string]struct {
		ticket   func(t *testing.T, w *world) string
		verifier string
		header   string
		status   int
	}{
		"brought at once it is taken":              {func(t *testing.T, w *world) string { return w.ticket(t, "kim@demo.example") }, verifier, "", 204},
		"in the frame that did not ask, it is not": {func(t *testing.T, w *world) string { return w.ticket(t, "kim@demo.example") }, "another", "", 422},
		"by another site's page, it is not":        {func(t *testing.T, w *world) string { return w.ticket(t, "kim@demo.example") }, verifier, cross, 403},
		"a minute later it is not": {func(t *testing.T, w *world) string {
			ticket := w.ticket(t, "kim@demo.example")
			w.clock.Advance(time.Minute)
			return ticket
		}, verifier, "", 422},
		"a second time it is not": {func(t *testing.T, w *world) string {
			ticket := w.ticket(t, "kim@demo.example")
			w.enter(t, ticket, verifier)
			return ticket
		}, verifier, "", 422},
		"a cookie is no ticket": {func(t *testing.T, w *world) string {
			w.signIn(t, "kim@demo.example")
			return w.cookie(t, people.SessionCookie).Value
		}, verifier, "", 422},
		"nor is anything": {func(*testing.T, *world) string { return "@" }, verifier, "", 422},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			var headers []string
			if tt.header != "" {
				headers = append(headers, tt.header)
			}
			a, c := w.enter(t, tt.ticket(t, w), tt.verifier, headers...)
			if a.StatusCode != tt.status || (c != nil) != (tt.status == 204) {
				t.Errorf("answered is %d %s with %v, want %d", a.StatusCode, a.body, c, tt.status)
			}
		})
	}
}

func TestATicketIsNoCookie(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ticket := w.ticket(t, "kim@demo.example")
	for _, name := range []string{people.SessionCookie, people.FrameCookie, people.SignInCookie} {
		if a := w.with(t, name, ticket, inDesk); a.StatusCode != 401 {
			t.Errorf("as %s it is answered %d %s", name, a.StatusCode, a.body)
		}
	}
}

// A frame's sign-in is not longer than the one it was made from.
func TestAFramesSignInEndsWithTheWindows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signIn(t, "kim@demo.example")
	w.clock.Advance(11 * time.Hour)
	_, c := w.enter(t, w.ticket(t, "kim@demo.example"), verifier)
	if c == nil || c.MaxAge != 60*60 {
		t.Fatalf("the cookie is %v, want one for an hour", c)
	}
	w.clock.Advance(time.Hour)
	if a := w.with(t, people.FrameCookie, c.Value, inDesk); a.StatusCode != 401 || !strings.Contains(a.body, "your sign-in is over") {
		t.Errorf("then: %d %s", a.StatusCode, a.body)
	}
}

func TestWhatAFrameIsShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, tt := range map[string]struct {
		email, path string
		status      int
		ancestors   string
		says        string
	}{
		"a stranger may sign in":                 {"", inDesk, 401, "'self' https://crm.example.com", ">Sign in<"},
		"one without a role may, as another":     {"noa@demo.example", inDesk, 403, "'self' https://crm.example.com", ">Sign in as somebody else<"},
		"nobody frames a tenant that is not":     {"", "/desk/nobody/", 401, "'none'", ">Sign in<"},
		"nor may the one without a role see one": {"noa@demo.example", "/desk/nobody/", 403, "'none'", "no role at this tenant"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &world{URL: w.URL, at: w.at, browser: newBrowser(t)}
			if tt.email != "" {
				w.signIn(t, tt.email)
			}
			a := w.visit(t, "GET", tt.path, inFrame)
			policy := a.Header.Get("Content-Security-Policy")
			if a.StatusCode != tt.status || !strings.HasSuffix(policy, "frame-ancestors "+tt.ancestors) || !strings.Contains(a.body, tt.says) {
				t.Errorf("answered is %d with %q: %s", a.StatusCode, policy, a.body)
			}
			if strings.Contains(policy, "unsafe") || !strings.Contains(policy, "default-src 'none'") {
				t.Errorf("the policy is %q", policy)
			}
		})
	}
	if a := w.visit(t, "GET", tenant, inFrame); a.StatusCode != http.StatusSeeOther {
		t.Errorf("the console's page in a frame is answered %d", a.StatusCode)
	}
}

func TestAWindowIsOpenedByAFrame(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signIn(t, "kim@demo.example")
	for _, challenge := range []string{"", "short", challengeOf("a") + challengeOf("b"), "%22onload="} {
		if a := w.visit(t, "GET", "/desk/signin/window?challenge="+challenge); a.StatusCode != 422 || ticketIn.MatchString(a.body) {
			t.Errorf("with the challenge %q it is answered %d %s", challenge, a.StatusCode, a.body)
		}
	}
	a := w.visit(t, "GET", "/desk/signin/window?challenge="+challengeOf(verifier))
	if policy := a.Header.Get("Content-Security-Policy"); !strings.HasSuffix(policy, "frame-ancestors 'none'") {
		t.Errorf("the policy is %q", policy)
	}
	if opener := a.Header.Get("Cross-Origin-Opener-Policy"); opener != "" {
		t.Errorf("the policy %q keeps the window from the frame that opened it", opener)
	}
	if a := w.visit(t, "GET", "/desk/signin/window?choose=1&challenge="+challengeOf(verifier)); !strings.Contains(a.Header.Get("Location"), "prompt=select_account") {
		t.Errorf("to be somebody else one is sent to %q", a.Header.Get("Location"))
	}
}

func TestSigningOutEndsAFramesSignInToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, door := range []string{"/desk/", "/console/"} {
		a := w.visit(t, "POST", door+"signout?next=/desk/demo/")
		dropped := map[string]bool{}
		for _, c := range a.Cookies() {
			dropped[c.Name] = c.MaxAge < 0
			if c.Name == people.FrameCookie && !c.Partitioned {
				t.Errorf("%s: the cookie of another partition is dropped", door)
			}
		}
		if !dropped[people.SessionCookie] || !dropped[people.FrameCookie] || !strings.Contains(a.body, "next=%2fdesk%2fdemo%2f") {
			t.Errorf("%s: signing out drops %v: %s", door, dropped, a.body)
		}
	}
}

// On a page of the desk's own site a frame's cookies are the browser's.
func TestAFramesCookieIsNoneOfATabs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, c := w.enter(t, w.ticket(t, "kim@demo.example"), verifier)
	for name, tt := range map[string]struct {
		header string
		status int
	}{
		"a frame has the page":                  {inFrame, 200},
		"its scripts have what they ask for":    {"Sec-Fetch-Dest: empty", 200},
		"a browser that says nothing of it too": {"Sec-Fetch-Dest: ", 200},
		"a tab is sent to sign in":              {"Sec-Fetch-Dest: document", 303},
	} {
		at := &world{URL: w.URL, browser: newBrowser(t)}
		if a := at.visit(t, "GET", inDesk, tt.header, "Cookie: "+people.FrameCookie+"="+c.Value); a.StatusCode != tt.status {
			t.Errorf("%s: answered is %d %s, want %d", name, a.StatusCode, a.body, tt.status)
		}
	}
}

func TestAFrameThatIsSignedInGetsNoOtherCookie(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change string
		gets   bool
	}{
		"the window's own cookie reaches it": {"", false},
		"a forged one does":                  {"AAAA", true},
	} {
		w := newWorld(t)
		ticket := w.ticket(t, "kim@demo.example")
		own := w.cookie(t, people.SessionCookie).Value
		a, c := w.enter(t, ticket, verifier, "Cookie: "+people.SessionCookie+"="+tt.change+own)
		if a.StatusCode != http.StatusNoContent || (c != nil) != tt.gets {
			t.Errorf("%s: answered is %d %s with %v", name, a.StatusCode, a.body, c)
		}
	}
}

// The desk may be at a host of its own, where the console's sign-in does not reach.
func TestEachFunctionHasItsOwnDoor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for path, want := range map[string]string{"/desk/signin": w.URL + "/desk/signin/callback", "/console/signin": w.URL + "/console/signin/callback"} {
		to, err := w.visit(t, "GET", path).Location()
		if err != nil || to.Query().Get("redirect_uri") != want {
			t.Errorf("%s leads to %v with %v, want to come back to %s", path, to, err, want)
		}
	}
	conf := deskOf(w.config(nil))
	conf.URL = "https://desk.example.com/desk/"
	if _, err := people.New(conf, w.clock.Now); err == nil || !strings.Contains(err.Error(), "DESK_URL") {
		t.Errorf("a path in the desk's address: %v", err)
	}
}
