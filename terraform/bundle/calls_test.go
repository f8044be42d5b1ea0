package main_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// call is one request, and the status that both answer it with: the function of the local cloud, and the archive's.
type call struct {
	method, path, body string
	change             func(*http.Request) // nil: as a program sends it, JSON
	want               int
}

// answer is what must be the same.
type answer struct {
	status  int
	headers map[string]string
	body    string
}

// compared are the headers that matter to a caller.
var compared = []string{
	"Content-Type", "Cache-Control", "Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Allow", "WWW-Authenticate", "ETag", "Location",
}

// trace stands in what went wrong: both must be told the same.
const trace = "105445aa7843bc8bf206b12000100000/1;o=1"

func (c call) send(t *testing.T, url string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), c.method, url+c.path, strings.NewReader(c.body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Cloud-Trace-Context", trace)
	if c.change != nil {
		c.change(req)
	}
	client := &http.Client{Timeout: 30 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	got := answer{resp.StatusCode, map[string]string{}, string(body)}
	for _, name := range compared {
		got.headers[name] = resp.Header.Get(name)
	}
	got.headers["Location"], _, _ = strings.Cut(got.headers["Location"], "?") // a sign-in's is another each time
	return got
}

func basic(password string) func(*http.Request) {
	return func(r *http.Request) { r.SetBasicAuth("demo", password) }
}

// browser is somebody who has not signed in.
func browser(r *http.Request) { r.Header.Set("Accept", "text/html") }

// push is what Pub/Sub sends of a message with this content.
func push(data string) string {
	return fmt.Sprintf(`{"message":{"messageId":"1","publishTime":"2026-01-05T09:00:00Z","data":%q},"subscription":"projects/local/subscriptions/session"}`,
		base64.StdEncoding.EncodeToString([]byte(data)))
}

// everywhere are calls that each function has some answer to.
var everywhere = map[string]call{
	"a program that reads the root":     {method: "GET", path: "/"},
	"a browser that reads the root":     {method: "GET", path: "/", change: browser},
	"a program that posts what is none": {method: "POST", path: "/", body: "hello"},
}

const (
	event = `{"count":1,"events":[{"event_id":"e1","timestamp":1767603600000,"item":{"call_id":5,"state":"connected"}}]}`
	task  = `{"tenant":"demo","source":"ccai","key":"call-0","task":"t"}`
)

// ofTasks are the calls of a function that Cloud Tasks wakes for a session.
var ofTasks = map[string]call{
	"a task of a session that is gone": {"POST", "/", task, nil, 204},
	"a task that names no session":     {"POST", "/", `{"tenant":"demo"}`, nil, 400},
	"a reader":                         {"GET", "/", "", nil, 405},
}

// calls are those of each function; person makes a request a signed-in person's.
func calls(person func(*http.Request)) map[string]map[string]call {
	return map[string]map[string]call{
		"crm": ofTasks, "export": ofTasks, "metadata": ofTasks, "quality": ofTasks,
		"webhook": {
			"an event":         {"POST", "/webhook/demo/ccai", event, basic("demo"), 200},
			"a wrong password": {"POST", "/webhook/demo/ccai", event, basic("wrong"), 401},
			"a wrong source":   {"POST", "/webhook/demo/fax", event, basic("demo"), 404},
			"an unread body":   {"POST", "/webhook/demo/ccai", `{"events":5}`, basic("demo"), 400},
		},
		"session": {
			"an event":                         {"POST", "/", push(`[{"tenant":"demo","source":"ccai","session":"call-9","id":"e1","kind":"started","at":"2026-01-05T09:00:00Z"}]`), nil, 204},
			"what nobody will ever understand": {"POST", "/", push(`hello`), nil, 204},
			"no push":                          {"POST", "/", `{"message":5}`, nil, 400},
		},
		"presence": {
			"the minute's turn":     {"POST", "/", `{}`, nil, 204},
			"a body that is a list": {"POST", "/", `[]`, nil, 400},
		},
		"watch": {
			"the hour's turn": {"POST", "/", `{}`, nil, 204},
			"a reader":        {"GET", "/", "", nil, 405},
		},
		"console": {
			"a stranger's browser":     {"GET", "/console/", "", browser, 303},
			"a stranger's program":     {"GET", "/console/api/tenants/demo/sessions", "", nil, 401},
			"a person's settings":      {"GET", "/console/api/tenants/demo/settings", "", person, 200},
			"the presets":              {"GET", "/console/api/settings/presets", "", person, 200},
			"the description":          {"GET", "/console/api/openapi.json", "", person, 200},
			"the pages' script":        {"GET", "/console/assets/file/console.js", "", person, 200},
			"another's settings":       {"GET", "/console/api/tenants/nobody/settings", "", person, 403},
			"the sign-in's stylesheet": {"GET", "/console/signin/style.css", "", nil, 200},
		},
		"desk": {
			"a stranger's browser": {"GET", "/desk/demo/", "", browser, 303},
			"an agent's page":      {"GET", "/desk/demo/", "", person, 200},
			"the page's script":    {"GET", "/desk/demo/assets/desk.js", "", person, 200},
			"a desk that is not":   {"GET", "/desk/nobody/", "", person, 403},
		},
	}
}
