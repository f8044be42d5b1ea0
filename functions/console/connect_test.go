package console_test

import (
	"encoding/json"
	"errors"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/emulator/emulatortest"
	"sessionbridge.internal/shared/store"
)

const connectPath = tenants + "demo/crm/connect"

func (w *world) oauth(grant, client string) string {
	return strings.NewReplacer("CRM", w.crmURL, "GRANT", grant, "CLIENT", client).Replace(`"oauth":{"grant":"GRANT","client_id":"CLIENT",
		"client_secret":"secret://crm","token_url":"CRM/oauth/token","authorization_url":"CRM/oauth/authorize"}`)
}

// connectable has the tenant's settings ask for a person.
func connectable(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.settle(t, w.document(w.oauth("authorization_code", "bridge")))
	return w
}

// decide has a person begin to connect and press a button at the CRM, and returns where it sends them: a path here.
func (w *world) decide(t *testing.T, decision string) string {
	t.Helper()
	a := w.ask(t, "POST", connectPath, audience)
	var begun struct{ URL string }
	err := json.Unmarshal(a.Body.Bytes(), &begun)
	if err != nil || a.Code != http.StatusOK {
		t.Fatalf("answer is %d %s", a.Code, a.Body)
	}
	return w.allow(t, begun.URL, decision)
}

// allow has a person press a button at the CRM's sign-in.
func (w *world) allow(t *testing.T, to, decision string) string {
	t.Helper()
	if !strings.HasPrefix(to, w.crmURL+"/oauth/authorize?") || strings.Contains(to, "canary") {
		t.Fatalf("the sign-in is at %q", to)
	}
	r := httptest.NewRequest(http.MethodPost, to, strings.NewReader("decision="+decision))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth("demo", password)
	page := httptest.NewRecorder()
	w.crm.ServeHTTP(page, r)
	at, err := url.Parse(page.Header().Get("Location"))
	if err != nil || !strings.HasPrefix(at.String(), callback+"?") {
		t.Fatalf("the CRM answers %d and sends the person to %v, %v", page.Code, at, err)
	}
	return at.RequestURI()
}

// come has somebody's browser come to the callback from the CRM's site.
func (w *world) come(t *testing.T, person, path string) *httptest.ResponseRecorder {
	t.Helper()
	return w.send(t, httptest.NewRequest(http.MethodGet, path, nil), person, audience, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate")
}

func wantStale(t *testing.T, what string, a *httptest.ResponseRecorder) {
	t.Helper()
	if a.Code != http.StatusUnprocessableEntity || !strings.Contains(a.Body.String(), "begin it again") {
		t.Errorf("%s is answered %d %s, want 422", what, a.Code, a.Body)
	}
}

func TestAPersonConnectsTheCRM(t *testing.T) {
	t.Parallel()
	w := connectable(t)
	w.create(t, "/api/accounts", `{"name":"Kim","phone":"+12223334444"}`)
	back := w.decide(t, "allow")
	a := w.come(t, "ada@example.com", back)
	if a.Code != 200 || strings.TrimSpace(a.Body.String()) != `{"connected":true,"tenant":"demo"}` {
		t.Fatalf("answer is %d %s", a.Code, a.Body)
	}
	if _, made := w.check(t, checkPath+"?send=searches", `{}`); made["find_account"].Read == nil || made["find_account"].Read.ID != "1" {
		t.Errorf("the search is %+v", made["find_account"])
	}
	wantStale(t, "coming a second time", w.come(t, "ada@example.com", back))
	g, err := w.store.Grant(t.Context(), "demo")
	if err != nil || g.RefreshToken.Reveal() == "" {
		t.Errorf("no grant is kept: %v", err)
	}
}

func TestWhoComesBackMustHaveBegun(t *testing.T) {
	t.Parallel()
	w := connectable(t)
	wantStale(t, "nobody on the way", w.come(t, "ada@example.com", "/console/oauth/callback?state=x:demo&code=c"))
	wantStale(t, "nothing at all", w.come(t, "ada@example.com", "/console/oauth/callback"))
	back := w.decide(t, "allow")
	wantStale(t, "another state", w.come(t, "ada@example.com", "/console/oauth/callback?state=x:demo&code=c"))
	wantStale(t, "another tenant's", w.come(t, "ada@example.com", strings.Replace(back, "demo", "other", 1)))
	wantStale(t, "another person", w.come(t, "eve@example.com", back))
	if a := w.ask(t, "GET", back, ""); a.Code != http.StatusUnauthorized {
		t.Errorf("nobody is answered %d", a.Code)
	}
	if a := w.come(t, "ada@example.com", back); a.Code != 200 { // none of these took it away
		t.Errorf("who began is answered %d %s", a.Code, a.Body)
	}
	first := w.decide(t, "allow")
	w.decide(t, "allow")
	wantStale(t, "the first of two ways", w.come(t, "ada@example.com", first))
}

// To begin anew ends what is under way, so a page of another site must not be able to.
func TestAnotherSitesPageBeginsNoConnection(t *testing.T) {
	t.Parallel()
	w := connectable(t)
	back := w.decide(t, "allow")
	for method, want := range map[string]int{"GET": 404, "POST": 403} {
		a := w.ask(t, method, connectPath, audience, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors")
		if a.Code != want {
			t.Errorf("%s is answered %d %s, want %d", method, a.Code, a.Body, want)
		}
	}
	if a := w.come(t, "ada@example.com", back); a.Code != 200 {
		t.Errorf("who was on the way is answered %d %s", a.Code, a.Body)
	}
}

func TestAWayThatTookTooLong(t *testing.T) {
	t.Parallel()
	w := connectable(t)
	back := w.decide(t, "allow")
	w.time.Advance(10*time.Minute + time.Second)
	wantStale(t, "eleven minutes later", w.come(t, "ada@example.com", back))
}

func TestSettingsThatChangedOnTheWay(t *testing.T) {
	t.Parallel()
	w := connectable(t)
	back := w.decide(t, "allow")
	w.settle(t, w.document(w.oauth("client_credentials", "bridge")))
	w.time.Advance(6 * time.Second) // beyond what is cached
	wantStale(t, "without that grant", w.come(t, "ada@example.com", back))
}

func TestAConnectionThatFails(t *testing.T) {
	t.Parallel()
	w := connectable(t)
	fails := func(what, back string, want int, says string) {
		t.Helper()
		a := w.come(t, "ada@example.com", back)
		var problem struct{ Detail string }
		if err := json.Unmarshal(a.Body.Bytes(), &problem); err != nil || a.Code != want || !strings.Contains(problem.Detail, says) {
			t.Errorf("%s is answered %d %s, want %d and %q", what, a.Code, a.Body, want, says)
		}
		if strings.Contains(a.Body.String(), "canary") {
			t.Errorf("%s: the answer repeats what came: %s", what, a.Body)
		}
	}
	with := func(back, name, value string) string {
		path, query, _ := strings.Cut(back, "?")
		q, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		q.Set(name, value)
		return path + "?" + q.Encode()
	}
	fails("a person who refuses", w.decide(t, "refuse"), 422, "refused the connection")
	fails("an error of its own", with(w.decide(t, "allow"), "error", "canary"), 422, "refused the connection")
	fails("no code", with(w.decide(t, "allow"), "code", ""), 422, "refused the connection")
	fails("a code that is none", with(w.decide(t, "allow"), "code", "canary"), 422, "crm.oauth.token_url answered 400 invalid_grant")
	back := w.decide(t, "allow")
	emulatortest.Plan(t, w.faults, `{"crm":[{"status":503,"match":"/oauth/token"}]}`)
	fails("a CRM that is down", back, 503, "not available now")
	if _, err := w.store.Grant(t.Context(), "demo"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a grant is kept: %v", err)
	}
}

func TestConnectNeedsSettingsForIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, tt := range map[string]struct {
		path, doc string
		want      int
		says      string
	}{
		"no CRM":                {connectPath, `{}`, 422, "the grant authorization_code"},
		"Basic":                 {connectPath, w.document(""), 422, "the grant authorization_code"},
		"a client's own":        {connectPath, w.document(w.oauth("client_credentials", "bridge")), 422, "the grant authorization_code"},
		"a secret not there":    {connectPath, strings.Replace(w.document(w.oauth("authorization_code", "bridge")), "secret://crm", "secret://lost", 1), 422, "crm.oauth.client_secret: secrets: secret://lost"},
		"a tenant nobody knows": {tenants + "other/crm/connect", `{}`, 404, "no such tenant"},
	} {
		w.settle(t, tt.doc)
		w.time.Advance(6 * time.Second) // beyond what is cached
		if a := w.ask(t, "POST", tt.path, audience); a.Code != tt.want || !strings.Contains(a.Body.String(), tt.says) {
			t.Errorf("%s is answered %d %s, want %d and %q", name, a.Code, a.Body, tt.want, tt.says)
		}
	}
	if a := w.ask(t, "POST", connectPath, ""); a.Code != http.StatusUnauthorized {
		t.Errorf("nobody is answered %d", a.Code)
	}
}

// People begin on a page, which leads to the CRM by a link, and come back to a page.
func TestAPersonConnectsTheCRMFromAPage(t *testing.T) {
	t.Parallel()
	w := connectable(t)
	const settings = "/console/demo/settings"
	if a := w.ask(t, "GET", settings, audience); !strings.Contains(a.Body.String(), `action="`+settings+`/crm/connect"`) {
		t.Errorf("the settings have no button to connect the CRM: %d %s", a.Code, a.Body)
	}
	a := w.ask(t, "POST", settings+"/crm/connect", audience)
	_, link, _ := strings.Cut(a.Body.String(), `rel="noreferrer" href="`)
	link, _, _ = strings.Cut(link, `"`)
	back := w.allow(t, html.UnescapeString(link), "allow")
	r := httptest.NewRequest(http.MethodGet, back, nil)
	r.Header.Set("Accept", "text/html")
	done := w.send(t, r, "ada@example.com", audience, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate")
	if done.Code != http.StatusSeeOther || done.Header().Get("Location") != settings+"?said=connected" {
		t.Fatalf("coming back is answered %d to %q: %s", done.Code, done.Header().Get("Location"), done.Body)
	}
	if a := w.ask(t, "GET", settings+"?said=connected", audience); !strings.Contains(a.Body.String(), "The CRM is connected.") {
		t.Errorf("the page does not say so: %s", a.Body)
	}
}
