package kustomer_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/emulator/clock"
	"sessionbridge.internal/emulator/kustomer"
)

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// office is a Kustomer behind a real HTTP server.
type office struct {
	*kustomer.Kustomer
	url   string
	clock *clock.Clock
}

func open(t *testing.T, change ...func(*kustomer.Options)) *office {
	t.Helper()
	c := clock.Frozen(start)
	o := kustomer.Options{Clock: c, APIKeys: map[string][]string{
		"all":    {"org.permission", "org.outbound_webhooks"},
		"admin":  {"org.permission", "org.admin"},
		"reader": {"org.permission.customer.read", "org.user.conversation.read"},
		"old":    {"org.user"},
		"none":   {},
	}}
	for _, f := range change {
		f(&o)
	}
	k := kustomer.New(o)
	srv := httptest.NewServer(k)
	t.Cleanup(srv.Close)
	return &office{k, srv.URL, c}
}

// response is an answer, as its status and its JSON.
type response struct {
	status int
	header http.Header
	body   string
}

// document is what the tests read of an answer.
type document struct {
	Data  json.RawMessage `json:"data"`
	Links map[string]any  `json:"links"`
	Meta  struct {
		Total  int `json:"total"`
		Upload struct {
			URL    string            `json:"url"`
			Fields map[string]string `json:"fields"`
		} `json:"upload"`
	} `json:"meta"`
	Errors []struct {
		Status, Code, Title, Detail, Message string
		Source                               struct{ Pointer string }
	} `json:"errors"`
}

func decode[T any](t *testing.T, text string) (v T) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// record is a record as an answer shows it.
type record struct {
	ID, Type      string
	Attributes    map[string]any
	Relationships map[string]struct {
		Data  json.RawMessage
		Links map[string]string
	}
	Links map[string]string
}

func (r record) related(name string) string {
	var ref kustomer.Reference
	_ = json.Unmarshal(r.Relationships[name].Data, &ref) // nothing related is an empty id
	return ref.ID
}

func (r response) record(t *testing.T) record {
	t.Helper()
	return decode[record](t, string(decode[document](t, r.body).Data))
}

func (r response) records(t *testing.T) []record {
	t.Helper()
	return decode[[]record](t, string(decode[document](t, r.body).Data))
}

func key(k string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+k) }
}

func (o *office) request(t *testing.T, method, path, body string, change ...func(*http.Request)) response {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, o.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	key("all")(req)
	if body != "" {
		req.Header.Set("Content-Type", "application/json; charset=utf-8")
	}
	for _, c := range change {
		c(req)
	}
	return do(t, req)
}

func do(t *testing.T, req *http.Request) response {
	t.Helper()
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

// must makes something and returns it.
func (o *office) must(t *testing.T, method, path, body string, change ...func(*http.Request)) record {
	t.Helper()
	r := o.request(t, method, path, body, change...)
	if r.status != http.StatusOK && r.status != http.StatusCreated {
		t.Fatalf("%s %s: %d %s", method, path, r.status, r.body)
	}
	return r.record(t)
}

// kim is a customer with everything that is unique.
func (o *office) kim(t *testing.T) record {
	t.Helper()
	return o.must(t, "POST", "/v1/customers", `{"name":"Kim","externalId":"eu-1","emails":[{"type":"work","email":"Kim@example.com"}],"phones":[{"type":"mobile","phone":"+1 (222) 333-4444","verified":true}]}`)
}

func (o *office) conversation(t *testing.T, customer record, body string) record {
	t.Helper()
	return o.must(t, "POST", "/v1/customers/"+customer.ID+"/conversations", body)
}

// row is a request that is refused.
type row struct {
	method, path, body string
	status             int
	pointer            string // of the field that is wrong
}

func (o *office) refuses(t *testing.T, rows map[string]row) {
	t.Helper()
	for name, r := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := o.request(t, r.method, r.path, r.body)
			errs := decode[document](t, got.body).Errors
			if got.status != r.status || len(errs) != 1 || errs[0].Detail+errs[0].Message == "" || errs[0].Source.Pointer != r.pointer {
				t.Errorf("%d %s, want %d about %q", got.status, got.body, r.status, r.pointer)
			}
		})
	}
}

func TestIDsLookAsKustomersDo(t *testing.T) {
	t.Parallel()
	o := open(t)
	a, b := o.must(t, "POST", "/v1/customers", `{}`), o.must(t, "POST", "/v1/customers", `{}`)
	if !regexp.MustCompile(`^[0-9a-f]{24}$`).MatchString(a.ID) || a.ID == b.ID {
		t.Errorf("ids %s and %s", a.ID, b.ID)
	}
	if a.Links["self"] != "/v1/customers/"+a.ID || a.related("org") == "" || a.Type != "customer" {
		t.Errorf("record %+v", a)
	}
}

func TestKeysAndRoles(t *testing.T) {
	t.Parallel()
	o := open(t)
	for name, r := range map[string]struct {
		key, method, path string
		status            int
	}{
		"no key is 401":                       {"", "GET", "/v1/customers", 401},
		"unknown key is 401":                  {"guess", "GET", "/v1/customers", 401},
		"unknown path is 404":                 {"all", "GET", "/v1/tickets", 404},
		"unknown path without a key is 401":   {"guess", "GET", "/v1/tickets", 401},
		"the very role is enough":             {"reader", "GET", "/v1/customers", 200},
		"the legacy role is enough":           {"reader", "GET", "/v1/conversations", 200},
		"a role above is enough":              {"old", "GET", "/v1/customers", 200},
		"a role for reading does not write":   {"reader", "POST", "/v1/customers", 403},
		"a role for customers reads no users": {"reader", "GET", "/v1/users", 403},
		"no role at all is 403":               {"none", "GET", "/v1/routing/statuses", 403},
		"webhooks want their own role":        {"old", "GET", "/v1/outbound-webhooks", 403},
		"another method is 405":               {"all", "PATCH", "/v1/customers", 405},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := o.request(t, r.method, r.path, `{}`, key(r.key))
			if got.status != r.status {
				t.Errorf("%d %s, want %d", got.status, got.body, r.status)
			}
			if e := decode[document](t, got.body).Errors; got.status > 299 && (len(e) != 1 || e[0].Code == "" || e[0].Message == "") {
				t.Errorf("error %s", got.body)
			}
		})
	}
}

func TestBodiesAreBoundedAndJSON(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.refuses(t, map[string]row{
		"no JSON is 400":           {"POST", "/v1/customers", `name=Kim`, 400, ""},
		"a list is 400":            {"POST", "/v1/customers", `[]`, 400, ""},
		"null is 400":              {"POST", "/v1/customers", `null`, 400, ""},
		"no content type is 415":   {"POST", "/v1/customers", ``, 415, ""},
		"more than 1 MiB is 413":   {"POST", "/v1/customers", `{"name":"` + strings.Repeat("x", 1<<20) + `"}`, 413, ""},
		"deep nesting is no crash": {"POST", "/v1/customers", `{"socials":` + strings.Repeat("[", 500_000) + strings.Repeat("]", 500_000) + `}`, 400, ""},
	})
}

func TestTheOrganisationHasOneBudgetAMinute(t *testing.T) {
	t.Parallel()
	o := open(t, func(o *kustomer.Options) { o.Limit = 2 })
	for i, want := range []struct {
		wait      time.Duration
		key       string
		status    int
		remaining string
		reset     string
	}{
		{0, "all", 200, "1", "1772442060"},
		{30 * time.Second, "old", 200, "0", "1772442060"},
		{0, "all", 429, "0", "1772442060"},
		{0, "guess", 401, "0", "1772442060"},
		{30 * time.Second, "all", 200, "1", "1772442120"},
	} {
		o.clock.Advance(want.wait)
		got := o.request(t, "GET", "/v1/customers", "", key(want.key))
		h := got.header
		if got.status != want.status || h.Get("x-ratelimit-limit") != "2" || h.Get("x-ratelimit-remaining") != want.remaining || h.Get("x-ratelimit-reset") != want.reset {
			t.Errorf("request %d: %d %v, want %+v", i, got.status, h, want)
		}
	}
}

func TestSnapshotHasEverythingAndNoSecret(t *testing.T) {
	t.Parallel()
	o := open(t)
	c := o.conversation(t, o.kim(t), `{"name":"Call"}`)
	o.must(t, "POST", "/v1/conversations/"+c.ID+"/messages", `{"channel":"voice","app":"bridge","direction":"in","preview":"hello"}`)
	o.must(t, "POST", "/v1/conversations/"+c.ID+"/notes", `{"body":"+12223334444"}`)
	o.must(t, "POST", "/v1/attachments", `{"name":"a.mp3","contentType":"audio/mpeg","contentLength":3}`)
	hook := o.must(t, "POST", "/v1/outbound-webhooks", `{"name":"h","url":"https://hooks.example.com/x","events":["kustomer.customer.create"]}`)
	s := o.Snapshot()
	if len(s.Customers) != 1 || len(s.Conversations) != 1 || len(s.Attachments) != 1 || len(s.Webhooks) != 1 || len(s.Requests) != 6 {
		t.Fatalf("snapshot %+v", s)
	}
	if got := s.Conversations[0]; got.Messages[0].Text("preview") != "hello" || got.Notes[0].Text("body") != "+12223334444" {
		t.Errorf("conversation %+v", got)
	}
	first := s.Requests[0]
	if first.Method != "POST" || first.Path != "/v1/customers" || first.Status != 201 || !strings.Contains(first.Body, "eu-1") || !first.Time.Equal(start) || first.Headers["Authorization"] != "[redacted]" {
		t.Errorf("request %+v", first)
	}
	var text bytes.Buffer
	if err := json.NewEncoder(&text).Encode(s); err != nil {
		t.Fatal(err)
	}
	if token := hook.Attributes["token"].(string); strings.Contains(text.String(), token) || strings.Contains(text.String(), "Bearer all") {
		t.Error("the snapshot tells a secret")
	}
}
