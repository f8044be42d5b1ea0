package people_test

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"sessionbridge.internal/shared/people"
	"sessionbridge.internal/shared/settings"
)

func TestWhatEachRoleMayDo(t *testing.T) {
	t.Parallel()
	all := []people.Right{people.Enter, people.Desk, people.Attend, people.Look, people.Repair, people.Administer}
	for role, want := range map[string][]people.Right{
		"":                     {people.Enter},
		"owner":                {people.Enter},
		settings.Agent:         {people.Enter, people.Desk, people.Attend},
		settings.Supervisor:    {people.Enter, people.Desk, people.Attend, people.Look, people.Repair},
		settings.Administrator: all,
	} {
		for _, right := range append(all, "", "fly") {
			if got := people.Grants(role, right); got != slices.Contains(want, right) {
				t.Errorf("%q may %s: %v", role, right, got)
			}
		}
	}
}

func TestWhoMayGoWhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	paths := []string{"/console/", tenant, tenant + "look", tenant + "repair", tenant + "settings", "/console/other/", "/console/other/settings"}
	for email, want := range map[string]string{
		"noa@demo.example": "200 403 403 403 403 403 403",
		"kim@demo.example": "200 200 403 403 403 403 403",
		"sam@demo.example": "200 200 200 200 403 403 403",
		"ada@demo.example": "200 200 200 200 200 200 200", // by the deployment, of all tenants
		"ADA@demo.example": "200 200 200 200 200 200 200",
	} {
		token := w.token(t, email, clientID)
		var got []string
		for _, path := range paths {
			got = append(got, w.ask(t, path, token).Status[:3])
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s is answered %v at %v, want %s", email, got, paths, want)
		}
	}
}

// Nobody learns which tenants there are by asking for them.
func TestATenantThatIsNotThereIsLikeOneWithoutARole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.token(t, "noa@demo.example", clientID)
	is, isNot := w.ask(t, "/console/demo/look", token), w.ask(t, "/console/nobody/look", token)
	told := func(a answer) string { before, _, _ := strings.Cut(a.body, `"instance"`); return before } // which names this very request
	if is.StatusCode != isNot.StatusCode || told(is) != told(isNot) || !strings.Contains(is.body, "you have no role at this tenant") {
		t.Errorf("answered are %d %s and %d %s", is.StatusCode, is.body, isNot.StatusCode, isNot.body)
	}
}

func TestWhoMayNotIsShownAPageAndAWayOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signIn(t, "kim@demo.example")
	a := w.visit(t, "GET", tenant+"look?a=b")
	for _, part := range []string{"As agent of this tenant you may not do this.", "Kim Park", `action="/console/signout?next=`, `next=%2fconsole%2fdemo%2flook%3fa%3db`} {
		if !strings.Contains(a.body, part) {
			t.Errorf("the page has no %s: %s", part, a.body)
		}
	}
	policy := a.Header.Get("Content-Security-Policy")
	if a.StatusCode != 403 || !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") ||
		strings.Contains(a.body, "<script") || strings.Contains(a.body, "<style") || strings.Contains(a.body, "style=") {
		t.Errorf("answered is %d with the policy %q: %s", a.StatusCode, policy, a.body)
	}
	if css := w.visit(t, "GET", "/console/signin/style.css"); css.StatusCode != 200 || !strings.HasPrefix(css.Header.Get("Content-Type"), "text/css") {
		t.Errorf("its style is answered %d", css.StatusCode)
	}
}

// A browser is sent to sign in, a program is told to.
func TestAStrangerIsAnsweredAsItAsks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, tt := range map[string]struct {
		method, accept string
		status         int
		kind           string
	}{
		"a browser that reads":       {"GET", "text/html,*/*;q=0.8", 303, ""},
		"a browser that sends":       {"POST", "text/html,*/*;q=0.8", 401, "text/html; charset=utf-8"},
		"a script":                   {"GET", "*/*", 401, "application/problem+json"},
		"a program":                  {"GET", "application/json", 401, "application/problem+json"},
		"a program that sends":       {"POST", "application/json", 401, "application/problem+json"},
		"a stream of events":         {"GET", "text/event-stream", 401, "application/problem+json"},
		"who says nothing of itself": {"GET", "", 401, "application/problem+json"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := (&world{URL: w.URL, browser: newBrowser(t)}).visit(t, tt.method, tenant, "Accept: "+tt.accept)
			if a.StatusCode != tt.status || a.Header.Get("Content-Type") != tt.kind {
				t.Errorf("answered is %d %s", a.StatusCode, a.Header.Get("Content-Type"))
			}
			if challenge := a.Header.Get("WWW-Authenticate"); (challenge == "Bearer") != (tt.kind == "application/problem+json") {
				t.Errorf("the challenge is %q", challenge)
			}
		})
	}
}

// Whoever sends a form after the sign-in has ended comes back to the page that it is on.
func TestWhoSendsAFormComesBackToItsPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, tt := range map[string]struct{ referer, next string }{
		"its page":                     {w.URL + tenant + "settings/crm", "%2fconsole%2fdemo%2fsettings%2fcrm"},
		"with what it was asked for":   {w.URL + tenant + "sessions/1?source=a&said=saved", "%2fconsole%2fdemo%2fsessions%2f1%3fsource%3da"},
		"another site's is not":        {"https://canary.example.com/console/demo/", "%2fconsole%2f"},
		"nor where nobody is let in":   {w.URL + "/console/signin/callback?code=canary", "%2fconsole%2f"},
		"nor what is no address":       {"://canary", "%2fconsole%2f"},
		"without one it is the first":  {"", "%2fconsole%2f"},
		"of the desk it is the desk's": {w.URL + "/desk/demo/", "%2fdesk%2fdemo%2f"},
	} {
		a := w.visit(t, "POST", tenant+"look", "Referer: "+tt.referer)
		if !strings.Contains(a.body, `next=`+tt.next+`"`) || strings.Contains(a.body, "canary") {
			t.Errorf("%s: the page is %s", name, a.body)
		}
		if a.StatusCode != 401 || !strings.Contains(a.body, "Your sign-in has ended, so nothing was saved") || strings.Contains(a.body, "bearer") {
			t.Errorf("%s: answered is %d %s", name, a.StatusCode, a.body)
		}
	}
}

func TestAProgramBringsAToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.takeOver(t)
	mine := func(change map[string]any) string {
		return sign(jose.RS256, h.key, without(w.claims("", change)))
	}
	stranger := sign(jose.HS256, []byte(strings.Repeat("k", 32)), w.claims("", nil))
	good := mine(nil)
	for name, tt := range map[string]struct {
		header string
		status int
		says   string
	}{
		"a good one":                        {"Bearer " + good, 200, "kim@demo.example"},
		"of small letters":                  {"bearer " + good, 200, "kim@demo.example"},
		"for an audience of programs":       {"Bearer " + mine(map[string]any{"aud": "https://console.example.com"}), 200, "kim@demo.example"},
		"of another party, as Google's are": {"Bearer " + mine(map[string]any{"azp": "12345"}), 200, "kim@demo.example"},
		"for somebody else":                 {"Bearer " + mine(map[string]any{"aud": "https://console.example.com.evil.example"}), 401, "audience"},
		"for nobody":                        {"Bearer " + mine(map[string]any{"aud": nil}), 401, "audience"},
		"of another issuer":                 {"Bearer " + mine(map[string]any{"iss": "https://accounts.google.com"}), 401, "not of the issuer"},
		"not verified":                      {"Bearer " + mine(map[string]any{"email_verified": false}), 401, "not verified"},
		"expired":                           {"Bearer " + mine(map[string]any{"exp": start.Add(-time.Minute).Unix()}), 401, "expired"},
		"without an end":                    {"Bearer " + mine(map[string]any{"exp": nil}), 401, "expired"},
		"signed by a shared secret":         {"Bearer " + stranger, 401, "not valid"},
		"not signed":                        {"Bearer eyJhbGciOiJub25lIn0." + strings.Split(good, ".")[1] + ".", 401, "not valid"},
		"its signature cut off":             {"Bearer " + good[:strings.LastIndex(good, ".")+1], 401, "not valid"},
		"no token":                          {"Bearer canary", 401, "not valid"},
		"empty":                             {"Bearer ", 401, "not valid"},
		"endless":                           {"Bearer " + strings.Repeat("a", 20<<10), 401, "must be Bearer"},
		"a password":                        {"Basic Y2FuYXJ5OmNhbmFyeQ==", 401, "must be Bearer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := (&world{URL: w.URL, browser: newBrowser(t)}).visit(t, "GET", tenant, "Accept: application/json", "Authorization: "+tt.header)
			if a.StatusCode != tt.status || !strings.Contains(a.body, tt.says) || strings.Contains(a.body, "canary") {
				t.Errorf("answered is %d %s, want %d and %q", a.StatusCode, a.body, tt.status, tt.says)
			}
		})
	}
}

// The issuer is asked for what it publishes when that is first needed, once, and again after an hour.
func TestWhatTheIssuerPublishesIsKeptAnHour(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var mu sync.Mutex
	asked := map[string]int{}
	w.answers = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked[r.URL.Path]++
		mu.Unlock()
		w.issuer.ServeHTTP(rw, r)
	})
	want := func(when string, n int) {
		t.Helper()
		mu.Lock()
		defer mu.Unlock()
		if asked["/.well-known/openid-configuration"] != n || asked["/keys"] != n {
			t.Errorf("%s the issuer was asked %v, want %d of each", when, asked, n)
		}
	}
	want("at the start", 0)
	var wg sync.WaitGroup
	token := w.token(t, "kim@demo.example", clientID)
	for range 8 {
		wg.Go(func() {
			if a := w.ask(t, tenant, token); a.StatusCode != 200 {
				t.Errorf("answered is %d %s", a.StatusCode, a.body)
			}
		})
	}
	wg.Wait()
	want("by eight at once", 1)
	w.clock.Advance(59 * time.Minute)
	w.ask(t, tenant, token)
	want("within an hour", 1)
	w.clock.Advance(time.Minute)
	w.ask(t, tenant, w.token(t, "kim@demo.example", clientID))
	want("after an hour", 2)
}

func TestAnEnvironmentThatIsWrong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tt := range []struct{ name, value string }{
		{"CONSOLE_URL", "console.example.com"}, {"CONSOLE_URL", "https://console.example.com/console/"}, {"CONSOLE_URL", "https://u:canary@console.example.com"},
		{"OIDC_ISSUER", "ftp://issuer.example.com"}, {"OIDC_ISSUER", "https://issuer.example.com/?a=canary"},
		{"OIDC_CLIENT_SECRET", "canary"}, {"COOKIE_KEY", "canary"}, {"COOKIE_KEY", ""},
	} {
		_, err := people.New(w.config(map[string]string{tt.name: tt.value}), w.clock.Now)
		if err == nil || !strings.Contains(err.Error(), tt.name) || strings.Contains(err.Error(), "canary") {
			t.Errorf("with a wrong %s: %v", tt.name, err)
		}
	}
}

func TestAnIssuerThatCallsItselfOtherwise(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := w.function(t, w.config(map[string]string{"OIDC_ISSUER": w.at.URL + "/"}))
	a := answered(other, "/console/signin")
	if a.Code != 503 || !strings.Contains(w.logs.String(), "a slash at the end counts") {
		t.Errorf("answered is %d %s, logged %s", a.Code, a.Body, w.logs)
	}
}
