package crm_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/emulator/clock"
	"sessionbridge.internal/emulator/crm"
)

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// office is a CRM behind a real HTTP server.
type office struct {
	*crm.CRM
	url   string
	clock *clock.Clock
}

func open(t *testing.T) *office {
	t.Helper()
	return openWith(t, crm.Options{User: "demo", Password: "secret word", APIKey: "key-1", Clients: []crm.Client{
		{ID: "bridge", Secret: "se:cret%", RedirectURIs: []string{back, other}},
		{ID: "plain", Secret: "plain"},
		{ID: "single", Secret: "single", RedirectURIs: []string{other}},
		{ID: "odd", Secret: "odd", RedirectURIs: []string{"javascript:alert(1)"}},
	}})
}

func openWith(t *testing.T, options crm.Options) *office {
	t.Helper()
	c := clock.Frozen(start)
	options.Now = c.Now
	o := crm.New(options)
	srv := httptest.NewServer(o)
	t.Cleanup(srv.Close)
	return &office{o, srv.URL, c}
}

// response is an answer, as its status and its JSON.
type response struct {
	status int
	header http.Header
	body   string
}

// object returns what the answer holds under name, read into one map.
func (r response) object(t *testing.T, name string) map[string]any {
	t.Helper()
	var all map[string]map[string]any
	if err := json.Unmarshal([]byte(r.body), &all); err != nil {
		t.Fatalf("%d %s: %v", r.status, r.body, err)
	}
	return all[name]
}

func (o *office) request(t *testing.T, method, path, body string, change ...func(*http.Request)) response {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, o.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("demo", "secret word")
	if body != "" {
		req.Header.Set("Content-Type", "application/json; charset=utf-8")
	}
	for _, c := range change {
		c(req)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response{resp.StatusCode, resp.Header, string(b)}
}

// must posts what has to be created.
func (o *office) must(t *testing.T, path, body string) {
	t.Helper()
	if r := o.request(t, "POST", path, body); r.status != http.StatusCreated {
		t.Fatalf("POST %s: %d %s", path, r.status, r.body)
	}
}

func TestWhatIsCreatedCanBeReadFoundAndChanged(t *testing.T) {
	t.Parallel()
	o := open(t)
	for _, step := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"GET", "/api/accounts", "", 200, `{"accounts":[],"total":0}`},
		{"POST", "/api/accounts", `{"name":"Kim","phone":"+1 222 333 4444","email":"kim@example.com","external_id":"eu-1","id":77}`, 201,
			`{"account":{"id":1,"name":"Kim","phone":"+1 222 333 4444","email":"kim@example.com","external_id":"eu-1","created_at":"2026-03-02T09:00:00Z"}}`},
		{"GET", "/api/accounts/1", "", 200, `"name":"Kim"`},
		{"POST", "/api/records", `{"account_id":"1","subject":"Call","external_id":"call-1","channel":"call","agent_email":"a@example.com","menu":["Sales",1],"id":3}`, 201,
			`{"record":{"account_id":1,"agent_email":"a@example.com","assignee":"","channel":"call","created_at":"2026-03-02T09:00:00Z","description":"","external_id":"call-1",` +
				`"id":1001,"menu":["Sales",1],"status":"open","subject":"Call","updated_at":"2026-03-02T09:00:00Z"}}`},
		{"GET", "/api/records/1001", "", 200, `"subject":"Call"`},
		{"GET", "/api/records?external_id=call-1&account_id=1&status=open", "", 200, `"total":1`},
		{"GET", "/api/records?external_id=call-1&account_id=2", "", 200, `{"records":[],"total":0}`},
		{"GET", "/api/records?status=closed", "", 200, `{"records":[],"total":0}`},
		{"PUT", "/api/records/1001", `{"status":"closed","rating":5}`, 200, `"menu":["Sales",1],"rating":5,"status":"closed","subject":"Call"`},
		{"PATCH", "/api/records/1001", `{"menu":null,"description":"<b>done</b>","channel":null}`, 200, `"channel":"","created_at"`},
		{"GET", "/api/records/1001", "", 200, `"rating":5`},
		{"GET", "/api/records?status=closed", "", 200, `"total":1`},
		{"POST", "/api/records/1001/comments", `{"text":"The call started"}`, 201,
			`{"comment":{"id":1,"record_id":1001,"text":"The call started","created_at":"2026-03-02T09:00:00Z"}}`},
		{"GET", "/api/records/1001/comments", "", 200, `"text":"The call started"`},
	} {
		r := o.request(t, step.method, step.path, step.body)
		if r.status != step.status || !strings.Contains(r.body, step.want) {
			t.Errorf("%s %s: %d %s\nwant %d with %s", step.method, step.path, r.status, r.body, step.status, step.want)
		}
	}
	if r := o.request(t, "GET", "/api/records/1001", ""); strings.Contains(r.body, "menu") {
		t.Errorf("the emptied field is still there: %s", r.body)
	}
}

func TestUpdateTellsItsTime(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.must(t, "/api/accounts", `{"name":"Kim"}`)
	o.must(t, "/api/records", `{"account_id":1,"subject":"Call"}`)
	o.clock.Advance(15 * time.Minute)
	got := o.request(t, "PATCH", "/api/records/1001", `{"subject":"Call, ended"}`).object(t, "record")
	if got["created_at"] != "2026-03-02T09:00:00Z" || got["updated_at"] != "2026-03-02T09:15:00Z" {
		t.Errorf("times %v and %v", got["created_at"], got["updated_at"])
	}
}

func TestWhatIsWrongIsNamed(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.must(t, "/api/accounts", `{"name":"Kim"}`)
	o.must(t, "/api/records", `{"account_id":1,"subject":"Call"}`)
	for name, row := range map[string]struct {
		method, path, body string
		status             int
		field              string
	}{
		"account without a name":       {"POST", "/api/accounts", `{"phone":"1"}`, 400, "name"},
		"account with a blank name":    {"POST", "/api/accounts", `{"name":" "}`, 400, "name"},
		"name that is no text":         {"POST", "/api/accounts", `{"name":{"first":"Kim"}}`, 400, "name"},
		"record without an account":    {"POST", "/api/records", `{"subject":"x"}`, 400, "account_id"},
		"record of unknown account":    {"POST", "/api/records", `{"subject":"x","account_id":9}`, 400, "account_id"},
		"record of account zero":       {"POST", "/api/records", `{"subject":"x","account_id":0}`, 400, "account_id"},
		"account id that is none":      {"POST", "/api/records", `{"subject":"x","account_id":"--"}`, 400, "account_id"},
		"account id that is null":      {"POST", "/api/records", `{"subject":"x","account_id":null}`, 400, "account_id"},
		"record without a subject":     {"POST", "/api/records", `{"account_id":1}`, 400, "subject"},
		"status that is none":          {"POST", "/api/records", `{"account_id":1,"subject":"x","status":"new"}`, 400, "status"},
		"update to no subject":         {"PUT", "/api/records/1001", `{"subject":null}`, 400, "subject"},
		"update to unknown account":    {"PATCH", "/api/records/1001", `{"account_id":2}`, 400, "account_id"},
		"comment without a text":       {"POST", "/api/records/1001/comments", `{"comment":"x"}`, 400, "text"},
		"body that is no JSON":         {"POST", "/api/accounts", `name=Kim`, 400, ""},
		"body that is no object":       {"POST", "/api/accounts", `["Kim"]`, 400, ""},
		"body that is null":            {"POST", "/api/accounts", `null`, 400, ""},
		"unknown account":              {"GET", "/api/accounts/2", "", 404, "id"},
		"account id in words":          {"GET", "/api/accounts/kim", "", 404, "id"},
		"record id of an account":      {"GET", "/api/records/1", "", 404, "id"},
		"update of unknown record":     {"PATCH", "/api/records/1002", `{"subject":"x"}`, 404, "id"},
		"comment on unknown record":    {"POST", "/api/records/1002/comments", `{"text":"x"}`, 404, "id"},
		"comments of unknown record":   {"GET", "/api/records/-1/comments", "", 404, "id"},
		"path that is none":            {"GET", "/api/tickets", "", 404, ""},
		"delete is not allowed":        {"DELETE", "/api/records/1001", "", 405, ""},
		"accounts cannot be put":       {"PUT", "/api/accounts/1", `{"name":"x"}`, 405, ""},
		"body longer than 1 MiB":       {"POST", "/api/accounts", `{"name":"` + strings.Repeat("x", 1<<20) + `"}`, 413, ""},
		"body that says no type of it": {"POST", "/api/accounts", "", 415, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := o.request(t, row.method, row.path, row.body)
			e := r.object(t, "error")
			if field, _ := e["field"].(string); r.status != row.status || field != row.field || e["message"] == "" {
				t.Errorf("%d %s, want %d with field %q", r.status, r.body, row.status, row.field)
			}
			if r.status == http.StatusMethodNotAllowed && !strings.Contains(r.header.Get("Allow"), "GET") {
				t.Errorf("Allow: %q", r.header.Get("Allow"))
			}
		})
	}
}

func TestOnlyTheDemoUserIsServed(t *testing.T) {
	t.Parallel()
	o := open(t)
	for name, login := range map[string]func(*http.Request){
		"nobody":         func(r *http.Request) { r.Header.Del("Authorization") },
		"wrong password": func(r *http.Request) { r.SetBasicAuth("demo", "guess") },
		"wrong user":     func(r *http.Request) { r.SetBasicAuth("root", "secret word") },
		"no Basic":       func(r *http.Request) { r.Header.Set("Authorization", "Bearer secret word") },
	} {
		for _, path := range []string{"/api/accounts", "/nowhere"} {
			r := o.request(t, "POST", path, `{"name":"Kim"}`, login)
			if r.status != http.StatusUnauthorized || !strings.HasPrefix(r.header.Get("WWW-Authenticate"), "Basic ") {
				t.Errorf("%s at %s: %d %v", name, path, r.status, r.header)
			}
		}
	}
	if n := len(o.Snapshot().Accounts); n != 0 {
		t.Errorf("%d accounts all the same", n)
	}
}

func TestPhonesAreFoundByTheirDigits(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.must(t, "/api/accounts", `{"name":"Kim","phone":"+1 (222) 333-4444","email":"Kim@example.com"}`)
	o.must(t, "/api/accounts", `{"name":"Lee","phone":"444","email":"lee@example.com"}`)
	o.must(t, "/api/accounts", `{"name":"No phone"}`)
	for query, want := range map[string]string{
		"phone=%2B12223334444":                   "Kim", // E.164
		"phone=%2B1+222+333+4444":                "Kim", // international
		"phone=*222*333*4444":                    "Kim", // the search form of "automatic"
		"phone=(222)+333-4444":                   "Kim", // US local
		"phone=0012223334444":                    "Kim",
		"phone=4444":                             "", // too few digits to be a part
		"phone=444":                              "Lee",
		"phone=%2B12223334445":                   "",
		"phone=anonymous":                        "",
		"email=KIM@example.com":                  "Kim",
		"phone=2223334444&email=lee@example.com": "",
		"phone=&email=":                          "Kim Lee No phone",
	} {
		var found struct {
			Accounts []crm.Account
			Total    int
		}
		r := o.request(t, "GET", "/api/accounts?"+query, "")
		if err := json.Unmarshal([]byte(r.body), &found); err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, a := range found.Accounts {
			names = append(names, a.Name)
		}
		if got := strings.Join(names, " "); got != want || found.Total != len(names) {
			t.Errorf("%s found %q (total %d), want %q", query, got, found.Total, want)
		}
	}
}

func TestSearchesAnswerWithAHundredAndCountAll(t *testing.T) {
	t.Parallel()
	o := open(t)
	for i := range 103 {
		o.must(t, "/api/accounts", fmt.Sprintf(`{"name":"%d"}`, i))
	}
	r := o.request(t, "GET", "/api/accounts", "")
	if n := strings.Count(r.body, `"created_at"`); n != 100 || !strings.Contains(r.body, `"total":103`) {
		t.Errorf("%d accounts, want 100, and total 103", n)
	}
}
