package desk_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"sessionbridge.internal/emulator/emulatortest"
	commands "sessionbridge.internal/shared/desk"
)

func TestNumbers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, usual)
	const country, none, missing = "has no country", "is no telephone number", "there is no telephone number"
	tests := map[string]struct {
		query string // of a link to the tenant demo, or to other
		other bool
		want  string // a number in E.164 form, or a part of the problem
	}{
		"a plus that became a space":            {"number=+390212345678", false, milan},
		"a plus that was escaped":               {"number=%2B390212345678", false, milan},
		"spaces, dashes and brackets":           {"number=%2B39%20(02)%201234-5678", false, milan},
		"a link of its own kind":                {"number=tel%3A%2B39-02-1234-5678%3Bext%3D12", false, milan},
		"a national number of the CRM's region": {"number=02+1234+5678", false, milan},
		"another country's":                     {"number=%2B442079460123", false, "+442079460123"},
		"a national number without a region":    {"number=02+1234+5678", true, country},
		"nothing":                               {"", false, missing},
		"only spaces":                           {"number=+++", false, missing},
		"a word":                                {"number=anonymous", false, none},
		"a short code":                          {"number=112", false, none},
		"more digits than there can be":         {"number=%2B3902123456789012", false, none},
		"a text of any length":                  {"number=" + strings.Repeat("1", 5000), false, none},
		"a plus that is one":                    {"number=tel:+442079460123", false, "+442079460123"},
		"a plus among spaces":                   {"number=+39+02+1234+5678", false, milan},
		"two pluses":                            {"number=%2B%2B390212345678", false, none},
		"an escape that is none":                {"number=%2B3902123456%7", false, none},
		"a space before a national number":      {"number=%203331234567", false, "+393331234567"},
		"a space before a link of its own kind": {"number=%20tel:+39-02-1234-5678", false, milan},
		"a parameter that is no context":        {"number=tel:+390212345678;ext=1", false, milan},
		"a context that is a country's":         {"number=tel:2079460123;phone-context=%2B44", false, "+442079460123"},
		"a context whose plus is bare":          {"number=tel%3A2079460123%3BPhone-Context=+44", false, "+442079460123"},
		"a context for the zero of a country":   {"number=tel:0212345678;ext=7;phone-context=%2B39", false, milan},
		"a context that is a network":           {"number=tel:02079460123;phone-context=example.com", false, "within some network"},
		"a context that is not needed":          {"number=tel:+390212345678;phone-context=example.com", false, milan},
		"an address":                            {"number=sip:ada@example.com", false, none},
		"a script":                              {"number=%3Cscript%3Ealert(1)%3C/script%3E", false, none},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tenant := "demo"
			if tt.other {
				tenant = "other"
			}
			resp, page := (&world{T: t, url: w.url, issuer: w.issuer}).ask(ada, http.MethodGet, "/desk/"+tenant+"/call?"+tt.query, "")
			status, shown := http.StatusUnprocessableEntity, tt.want
			if strings.HasPrefix(tt.want, "+") {
				status, shown = http.StatusOK, `data-number="&#43;`+tt.want[1:]+`"`
			}
			if resp.StatusCode != status || !strings.Contains(page, shown) || strings.Contains(page, "<script>") {
				t.Errorf("answered %d, want %d and %q:\n%s", resp.StatusCode, status, shown, page)
			}
		})
	}
}

// What is written for one country must not be read as another's.
func TestNumbersOfEachRegion(t *testing.T) {
	t.Parallel()
	w := newWorld(t, usual)
	for _, tt := range []struct{ region, number, want string }{
		{"US", "%20212-555-1234", "+12125551234"},
		{"US", "%20(415)%20555-2671", "+14155552671"},
		{"ES", "%20612345678", "+34612345678"},
		{"DE", "tel:+390212345678", milan},
		{"DE", "tel:+442079460123", "+442079460123"},
		{"US", "tel:+390212345678", milan},
		{"US", "tel:+33123456789", "+33123456789"},
		{"US", "tel:+6598765432", "+6598765432"},
		{"IT", "tel:+16502530000", "+16502530000"},
		{"IT", "tel:3331234567%3Bphone-context%3D%2B1", "+13331234567"},
	} {
		tenant := "region-" + tt.region
		w.put(tenant, `{"crm":{"queue":"q","phone":{"region":"`+tt.region+`"},"endpoints":{}},"desk":{"adapters":{"call":"https://cc.example.com/agent/"}}}`)
		_, page := w.ask(ada, http.MethodGet, "/desk/"+tenant+"/call?number="+tt.number, "")
		if !strings.Contains(page, `data-number="&#43;`+tt.want[1:]+`"`) {
			t.Errorf("in %s, %s is not %s:\n%s", tt.region, tt.number, tt.want, page)
		}
	}
}

// A commit that was done, and whose answer was lost, is sent again by Google's client and refused then.
func TestACommandIsTakenWhereTheDatabasesAnswerIsLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t, usual)
	c := w.call("demo", ada, milan)
	emulatortest.Plan(t, w.database, `{"firestore":[{"code":"UNAVAILABLE","after":true,"match":"Commit"}]}`)
	taken := fmt.Sprintf("/desk/demo/commands/%d/taken", c.ID)
	if resp, body := w.ask(ada, http.MethodPost, taken, `{"page":"a1"}`); resp.StatusCode != http.StatusNoContent {
		t.Errorf("the only page is answered %d %s", resp.StatusCode, body)
	}
	emulatortest.Plan(t, w.database, `{"firestore":[{"code":"UNAVAILABLE","after":true,"match":"Commit"}]}`)
	w.call("demo", ada, rome)
	if got := w.listed("demo", ada, c.ID); len(got) != 1 {
		t.Errorf("one call is %+v", got)
	}
}

func TestALinkCallsNobodyByItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t, usual)
	for _, headers := range [][]string{
		nil,
		{"Sec-Purpose: prefetch"},
		{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-User: ?1", "Referer: https://crm.example.com/"},
	} {
		resp, page := w.ask(ada, http.MethodGet, "/desk/demo/call?number=%2B390212345678&name=Ada+%3Cb%3ELovelace%3C%2Fb%3E", "", headers...)
		if resp.StatusCode != http.StatusOK || !strings.Contains(page, "+39 02 1234 5678") && !strings.Contains(page, "&#43;39 02 1234 5678") {
			t.Errorf("%v: answered %d:\n%s", headers, resp.StatusCode, page)
		}
		if strings.Contains(page, "<b>") {
			t.Error("a name is a part of the page")
		}
		if policy := resp.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "frame-ancestors 'none'") {
			t.Errorf("the page may be framed: %s", policy)
		}
	}
	if got := w.listed("demo", ada, 0); len(got) != 0 {
		t.Errorf("the desk has %+v", got)
	}
}

func TestACallIsPutOnTheAgentsOwnDesk(t *testing.T) {
	t.Parallel()
	w := newWorld(t, usual)
	resp, body := w.ask(ada, http.MethodPost, "/desk/demo/calls", `{"number":"02 1234 5678","name":" Ada\n\u202eLovelace "}`)
	var c commands.Command
	if err := json.Unmarshal([]byte(body), &c); err != nil || resp.StatusCode != http.StatusAccepted {
		t.Fatalf("answered %d %s", resp.StatusCode, body)
	}
	if c.Number != milan || c.Display != "+39 02 1234 5678" || c.Name != "Ada Lovelace" || c.Kind != commands.Call || c.Until.Sub(c.At) != commands.Lasts {
		t.Errorf("the command is %+v", c)
	}
	w.ahead(-time.Minute) // else the second call might come seconds later, where the machine is slow
	if again := w.call("demo", ada, milan); again.ID != c.ID {
		t.Errorf("a double click makes a second command: %+v", again)
	}
	if got := w.listed("demo", "Ada@example.com", 0); len(got) != 1 || got[0].ID != c.ID {
		t.Errorf("the agent's desk has %+v", got)
	}
	for _, stranger := range [][2]string{{"demo", bob}, {"other", ada}} {
		if got := w.listed(stranger[0], stranger[1], 0); len(got) != 0 {
			t.Errorf("the desk of %v has %+v", stranger, got)
		}
	}
	w.ahead(commands.Lasts)
	if got := w.listed("demo", ada, 0); len(got) != 0 {
		t.Errorf("what is over is told: %+v", got)
	}
}

func TestOnePageTakesACall(t *testing.T) {
	t.Parallel()
	w := newWorld(t, usual)
	c := w.call("demo", ada, milan)
	taken := fmt.Sprintf("/desk/demo/commands/%d/taken", c.ID)
	const first, second = `{"page":"a1"}`, `{"page":"b2"}`
	steps := []struct {
		what, who, path, body string
		ahead                 time.Duration
		want                  int
	}{
		{"another agent", bob, taken, first, 0, http.StatusNotFound},
		{"the agent at another tenant", ada, strings.Replace(taken, "demo", "other", 1), first, 0, http.StatusNotFound},
		{"nobody", "", taken, first, 0, http.StatusUnauthorized},
		{"a page without a name", ada, taken, `{}`, 0, http.StatusBadRequest},
		{"a page with a name of any length", ada, taken, `{"page":"` + strings.Repeat("x", 65) + `"}`, 0, http.StatusBadRequest},
		{"a page that says nothing", ada, taken, "", 0, http.StatusBadRequest},
		{"the first page", ada, taken, first, 0, http.StatusNoContent},
		{"the first page, whose answer was lost", ada, taken, first, 0, http.StatusNoContent},
		{"a second page", ada, taken, second, 0, http.StatusConflict},
		{"a page with another id", ada, "/desk/demo/commands/1/taken", first, 0, http.StatusNotFound},
		{"a page with no id", ada, "/desk/demo/commands/x/taken", first, 0, http.StatusNotFound},
		{"a page that is late", ada, taken, first, commands.Lasts, http.StatusNotFound},
	}
	for _, s := range steps {
		w.ahead(s.ahead)
		if resp, body := w.ask(s.who, http.MethodPost, s.path, s.body); resp.StatusCode != s.want {
			t.Errorf("%s is answered %d %s, want %d", s.what, resp.StatusCode, body, s.want)
		}
	}
	w.ahead(0)
	if got := w.listed("demo", ada, c.ID-1); len(got) != 1 || got[0].TakenAt.IsZero() {
		t.Errorf("the list does not tell that it is taken: %+v", got)
	}
}

func TestWrongRequests(t *testing.T) {
	t.Parallel()
	w := newWorld(t, usual)
	const calls, good = "/desk/demo/calls", `{"number":"+390212345678"}`
	tests := map[string]struct {
		who, method, path, body string
		header                  string
		want                    int
		says                    string
	}{
		"a call by nobody":                 {"", "POST", calls, good, "", 401, "sign in at /desk/signin"},
		"a page for nobody":                {"", "GET", "/desk/demo/", "", "", 401, "sign in at /desk/signin"},
		"a link for nobody":                {"", "GET", "/desk/demo/call?number=1", "", "", 401, "sign in at /desk/signin"},
		"a call by one without a role":     {"eve@example.com", "POST", calls, good, "", 403, "no role at this tenant"},
		"a page for one without a role":    {"eve@example.com", "GET", "/desk/demo/", "", "", 403, "no role at this tenant"},
		"a stream for one without a role":  {"eve@example.com", "GET", "/desk/demo/events", "", "", 403, "no role at this tenant"},
		"an agent of other tenants":        {bob, "GET", "/desk/bare/commands", "", "", 403, "no role at this tenant"},
		"a stream for nobody":              {"", "GET", "/desk/demo/events", "", "", 401, "sign in at /desk/signin"},
		"a call that another site sends":   {ada, "POST", calls, good, "Sec-Fetch-Site: cross-site", 403, ""},
		"a call of another origin":         {ada, "POST", calls, good, "Origin: https://crm.example.com", 403, ""},
		"a call in another type":           {ada, "POST", calls, "number=1", "Content-Type: application/x-www-form-urlencoded", 415, "application/json"},
		"a call of no JSON":                {ada, "POST", calls, "x", "", 400, "the body must be"},
		"a key written wrong":              {ada, "POST", calls, `{"numbr":"1"}`, "", 400, "the body must be"},
		"a call without a number":          {ada, "POST", calls, `{}`, "", 422, "there is no telephone number"},
		"a call of a word":                 {ada, "POST", calls, `{"number":"me"}`, "", 422, "is no telephone number"},
		"a long body":                      {ada, "POST", calls, `{"name":"` + strings.Repeat("x", 5000) + `"}`, "", 413, "longer"},
		"a call by a link's method":        {ada, "GET", calls, "", "", 404, "/call?number="},
		"no such tenant":                   {ada, "GET", "/desk/none/", "", "", 404, "no such tenant"},
		"a tenant without a desk":          {ada, "POST", "/desk/bare/calls", good, "", 404, "has no desk"},
		"a link to it":                     {ada, "GET", "/desk/bare/call?number=1", "", "", 404, "has no desk"},
		"commands after a word":            {ada, "GET", "/desk/demo/commands?after=x", "", "", 400, "whole number"},
		"a stream after a word":            {ada, "GET", "/desk/demo/events", "", "Last-Event-ID: x", 400, "whole number"},
		"a stream of a tenant without one": {ada, "GET", "/desk/bare/events", "", "", 404, "has no desk"},
		"an asset that is none":            {ada, "GET", "/desk/demo/assets/desk.html", "", "", 404, "no such file"},
		"an asset elsewhere":               {ada, "GET", "/desk/demo/assets/..%2fdesk.go", "", "", 404, "no such file"},
		"another path":                     {ada, "GET", "/desk/", "", "", 404, "/desk/{tenant}/"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp, body := (&world{T: t, url: w.url, issuer: w.issuer}).ask(tt.who, tt.method, tt.path, tt.body, headers(tt.header)...)
			if resp.StatusCode != tt.want || !strings.Contains(body, tt.says) {
				t.Errorf("answered %d %s, want %d and %q", resp.StatusCode, body, tt.want, tt.says)
			}
		})
	}
	if got := w.listed("demo", ada, 0); len(got) != 0 {
		t.Errorf("the desk has %+v", got)
	}
}

func headers(one string) []string {
	if one == "" {
		return nil
	}
	return []string{one}
}

func TestALongNameIsCut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, usual)
	_, page := w.ask(ada, http.MethodGet, "/desk/demo/call?number=%2B390212345678&name="+url.QueryEscape(strings.Repeat("é", 500)), "")
	if n := strings.Count(page, "é"); n != 200 || !utf8.ValidString(page) { // shown, and kept for the call
		t.Errorf("the name is there with %d letters, want 100 twice", n)
	}
}
