package people_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/shared/people"
)

func TestSomebodySignsInAndOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.visit(t, "GET", tenant+"?day=2026-11-20")
	to := a.Header.Get("Location")
	if a.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to, w.at.URL+"/authorize?") || strings.Contains(to, "2026") {
		t.Fatalf("a stranger is answered %d to %q", a.StatusCode, to)
	}
	back := w.choose(t, to, "kim@demo.example")
	a = w.visit(t, "GET", back)
	if to := a.Header.Get("Location"); a.StatusCode != http.StatusSeeOther || to != tenant+"?day=2026-11-20" || a.Header.Get("Referrer-Policy") != "no-referrer" {
		t.Fatalf("coming back is answered %d %s to %q", a.StatusCode, a.body, to)
	}
	if a = w.visit(t, "GET", tenant); a.StatusCode != 200 || a.body != "Kim Park <kim@demo.example>" {
		t.Errorf("the page says %d %q", a.StatusCode, a.body)
	}
	if a = w.visit(t, "GET", back); a.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(a.body, "begin it again") {
		t.Errorf("coming back a second time is answered %d %s", a.StatusCode, a.body)
	}
	a = w.visit(t, "POST", "/console/signout")
	if a.StatusCode != 200 || !strings.Contains(a.body, "You are signed out") {
		t.Errorf("signing out is answered %d %s", a.StatusCode, a.body)
	}
	if a = w.visit(t, "GET", tenant); a.StatusCode != http.StatusSeeOther {
		t.Errorf("after signing out the page is answered %d %s", a.StatusCode, a.body)
	}
}

// What the issuer is asked keeps to the best practice (RFC 9700), and says no secret.
func TestTheIssuerIsAskedByTheCodeFlow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ask := func(path string) url.Values {
		u, err := url.Parse(w.visit(t, "GET", path).Header.Get("Location"))
		if err != nil {
			t.Fatal(err)
		}
		return u.Query()
	}
	first, second := ask("/console/signin?choose=1&hint=kim@demo.example"), ask("/console/signin?hint="+strings.Repeat("k", 255))
	want := map[string]string{
		"client_id": clientID, "response_type": "code", "redirect_uri": w.URL + "/console/signin/callback", "scope": "openid email profile",
		"code_challenge_method": "S256", "prompt": "select_account",
		"login_hint": "kim@demo.example",
	}
	for name, value := range want {
		if first.Get(name) != value {
			t.Errorf("%s is %q, want %q", name, first.Get(name), value)
		}
	}
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		if len(first.Get(name)) < 26 || first.Get(name) == second.Get(name) {
			t.Errorf("%s is %q and %q, want two that nobody guesses", name, first.Get(name), second.Get(name))
		}
	}
	if second.Has("prompt") || second.Has("login_hint") || strings.Contains(first.Encode(), "canary") {
		t.Errorf("asked is %v and %v", first, second)
	}
}

func TestComingBackWithSomethingElse(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(t *testing.T, w *world, back string) string
		status int
		says   string
	}{
		"another state is refused":              {with("state", "canary"), 422, "not begun in this browser"},
		"no state is refused":                   {with("state", ""), 422, "not begun in this browser"},
		"another issuer is refused":             {with("iss", "https://canary.example.com"), 422, "another issuer"},
		"a person who gave up is told so":       {with("error", "canary"), 422, "refused or given up"},
		"no code is refused":                    {with("code", ""), 422, "refused or given up"},
		"a code nobody gave is refused":         {with("code", "canary"), 422, "refused: invalid_grant"},
		"another browser is refused":            {func(t *testing.T, w *world, back string) string { w.browser = newBrowser(t); return back }, 422, "not begun in this browser"},
		"a minute is too long for the code":     {later(time.Minute), 422, "refused: invalid_grant"},
		"ten minutes are too long for us":       {later(10 * time.Minute), 422, "took too long"},
		"a sign-in begun later takes its place": {func(t *testing.T, w *world, back string) string { w.leave(t, tenant); return back }, 422, "not begun in this browser"},
		"an issuer that went down is told of":   {func(_ *testing.T, w *world, back string) string { w.at.Close(); return back }, 503, "does not answer now"},
		"a wrong client secret is told of": {func(t *testing.T, w *world, back string) string {
			w.keep(t, "oidc", "canary")
			w.clock.Advance(6 * time.Second)
			return back
		}, 422, "refused: invalid_client"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			back := w.choose(t, w.leave(t, tenant), "kim@demo.example")
			a := w.visit(t, "GET", tt.change(t, w, back))
			if a.StatusCode != tt.status || !says(a.body, tt.says) || strings.Contains(a.body+w.logs.String(), "canary") {
				t.Errorf("answered is %d %s, logged %s; want %d and %q", a.StatusCode, a.body, w.logs, tt.status, tt.says)
			}
			for _, c := range a.Cookies() {
				if c.Name == people.SessionCookie {
					t.Errorf("a session is given: %v", c)
				}
			}
		})
	}
}

// says is whether an answer says something, to a person in a sentence or to a program.
func says(body, what string) bool {
	return strings.Contains(strings.ToLower(body), strings.ToLower(what))
}

// with is the address with another value of the parameter, or without it.
func with(name, value string) func(*testing.T, *world, string) string {
	return func(t *testing.T, _ *world, back string) string {
		path, query, _ := strings.Cut(back, "?")
		q, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		if q.Del(name); value != "" {
			q.Set(name, value)
		}
		return path + "?" + q.Encode()
	}
}

func later(d time.Duration) func(*testing.T, *world, string) string {
	return func(_ *testing.T, w *world, back string) string { w.clock.Advance(d); return back }
}

// Whoever made the link must not lead people who sign in to a page of theirs.
func TestNextIsAPathOfOurs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, tt := range map[string]struct{ next, want string }{
		"a page of the console":        {"/console/demo/sessions/call-1?source=ccai", ""},
		"a page of the desk":           {"/desk/demo/call?number=%2B390612", ""},
		"nothing":                      {"", "/console/"},
		"another site":                 {"https://evil.example/console/", "/console/"},
		"another site, its scheme off": {"//evil.example/console/", "/console/"},
		"one for lenient browsers":     {`/\evil.example/console/`, "/console/"},
		"one behind our path":          {`/console/\..\..\\evil.example`, "/console/"},
		"a path with a tab":            {"/\t/evil.example/console/", "/console/"},
		"a line break":                 {"/console/\r\nSet-Cookie: a=b", "/console/"},
		"a script":                     {"javascript:alert(1)//console/", "/console/"},
		"a user at another host":       {"/console/@evil.example", ""}, // which is a path
		"up and elsewhere":             {"/console/../emulator/", "/console/"},
		"up, written otherwise":        {"/console/%2e%2e/emulator/", "/console/"},
		"a path of others":             {"/emulator/", "/console/"},
		"a name that begins like ours": {"/consoles/", "/console/"},
		"round in a circle":            {"/console/signin?next=/console/", "/console/"},
		"out again":                    {"/console/signout", "/console/"},
		"round by the other door":      {"/desk/signin/window", "/console/"},
		"a tenant that begins like it": {"/console/signing-company/", ""},
		"far too long":                 {"/console/" + strings.Repeat("a", 2000), "/console/"},
	} {
		t.Run(name, func(t *testing.T) {
			if tt.want == "" {
				tt.want = tt.next
			}
			a := w.visit(t, "GET", w.choose(t, w.leave(t, tt.next), "sam@demo.example"))
			if got := a.Header.Get("Location"); got != tt.want {
				t.Errorf("led to %q, want %q", got, tt.want)
			}
		})
	}
}

func TestAnIDTokenThatIsNotOfThisSignIn(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change map[string]any
		status int
		says   string
	}{
		"a good one":                            {nil, 303, ""},
		"one that names us as its party":        {map[string]any{"azp": clientID, "aud": []string{clientID, "other"}}, 303, ""},
		"another nonce":                         {map[string]any{"nonce": "canary"}, 422, "another sign-in"},
		"no nonce":                              {map[string]any{"nonce": nil}, 422, "another sign-in"},
		"another issuer":                        {map[string]any{"iss": "https://canary.example.com"}, 401, "not of the issuer"},
		"another audience":                      {map[string]any{"aud": "canary"}, 401, "its audience is not accepted"},
		"an audience that only programs have":   {map[string]any{"aud": "other"}, 401, "its audience is not accepted"},
		"another party":                         {map[string]any{"azp": "canary", "aud": []string{clientID, "canary"}}, 422, "for another client"},
		"a mail address nobody verified":        {map[string]any{"email_verified": false}, 401, "not verified"},
		"one of which nothing is said":          {map[string]any{"email_verified": nil}, 401, "not verified"},
		"one verified in words":                 {map[string]any{"email_verified": "true"}, 401, "no readable claims"},
		"no mail address":                       {map[string]any{"email": nil}, 401, "names no mail address"},
		"a letter that becomes k in lower case": {map[string]any{"email": "\u212aim@demo.example"}, 401, "names no mail address"},
		"a mail address with a line break":      {map[string]any{"email": "kim@demo.example\n"}, 401, "names no mail address"},
		"a mail address too long":               {map[string]any{"email": strings.Repeat("k", 300) + "@demo.example"}, 401, "names no mail address"},
		"an endless name":                       {map[string]any{"name": strings.Repeat("k", 200_000)}, 503, "does not answer now"},
		"a name too long for us":                {map[string]any{"name": strings.Repeat("k", 500)}, 303, ""},
		"expired within the skew":               {map[string]any{"exp": start.Add(-29 * time.Second).Unix()}, 303, ""},
		"expired":                               {map[string]any{"exp": start.Add(-31 * time.Second).Unix()}, 401, "expired"},
		"issued within the skew":                {map[string]any{"iat": start.Add(29 * time.Second).Unix()}, 303, ""},
		"issued in the future":                  {map[string]any{"iat": start.Add(31 * time.Second).Unix()}, 401, "from the future"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			h := w.takeOver(t)
			h.claims = func(nonce string) map[string]any { return without(w.claims(nonce, tt.change)) }
			at, err := url.Parse(w.leave(t, tenant))
			if err != nil {
				t.Fatal(err)
			}
			h.nonce = at.Query().Get("nonce")
			a := w.visit(t, "GET", "/console/signin/callback?code=c&state="+at.Query().Get("state"))
			if a.StatusCode != tt.status || !says(a.body, tt.says) || strings.Contains(a.body+w.logs.String(), "canary") {
				t.Errorf("answered is %d %s, logged %s; want %d and %q", a.StatusCode, a.body, w.logs, tt.status, tt.says)
			}
		})
	}
}

// without leaves out the claims that are nil.
func without(claims map[string]any) map[string]any {
	for name, value := range claims {
		if value == nil {
			delete(claims, name)
		}
	}
	return claims
}

// An issuer that fails is told of as what it is, and what it says stays out of answers and logs.
func TestAnIssuerThatIsDown(t *testing.T) {
	t.Parallel()
	for path, ask := range map[string]func(t *testing.T, w *world) answer{
		"/.well-known/openid-configuration": func(t *testing.T, w *world) answer { return w.visit(t, "GET", "/console/signin") },
		"/keys": func(t *testing.T, w *world) answer {
			return w.visit(t, "GET", tenant, "Authorization: Bearer "+w.token(t, "kim@demo.example", clientID))
		},
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			h := w.takeOver(t)
			h.broken = path
			for range 2 { // what failed is asked again
				a := ask(t, w)
				if a.StatusCode != http.StatusServiceUnavailable || !says(a.body, "the sign-in service does not answer now") {
					t.Errorf("answered is %d %s", a.StatusCode, a.body)
				}
			}
			if log := w.logs.String(); !strings.Contains(log, "429 or 5xx") || strings.Contains(log, "canary") {
				t.Errorf("logged is %s", log)
			}
			h.broken = ""
			if a := w.visit(t, "GET", "/console/signin"); a.StatusCode != http.StatusSeeOther {
				t.Errorf("when it is up again: %d %s", a.StatusCode, a.body)
			}
		})
	}
}

func TestAnotherSitesPageSignsNobodyOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signIn(t, "kim@demo.example")
	for _, from := range []string{"Sec-Fetch-Site: cross-site", "Origin: https://evil.example"} {
		for _, path := range []string{"/console/signout", tenant} {
			if a := w.visit(t, "POST", path, from); a.StatusCode != http.StatusForbidden {
				t.Errorf("%s to %s is answered %d %s", from, path, a.StatusCode, a.body)
			}
		}
	}
	if a := w.visit(t, "GET", tenant); a.StatusCode != 200 {
		t.Errorf("then the page is answered %d", a.StatusCode)
	}
}
