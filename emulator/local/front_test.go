package local_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/emulator/local"
)

// call makes one request and returns its answer with the body read.
func (c *cloud) call(method, path, body string, change func(*http.Request)) (*http.Response, string) {
	c.Helper()
	req, err := http.NewRequestWithContext(patience(c.T), method, c.Client.URL+path, strings.NewReader(body))
	c.must(err)
	if change != nil {
		change(req)
	}
	resp, err := http.DefaultClient.Do(req)
	c.must(err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	c.must(err)
	return resp, string(b)
}

func signIn(r *http.Request) { r.SetBasicAuth("demo", "demo") }

func TestTheDoorwayAnswersBadInputInItsWay(t *testing.T) {
	t.Parallel()
	c := start(t, local.Options{})
	wrong := func(r *http.Request) { r.SetBasicAuth("demo", "wrong") }
	stranger := func(r *http.Request) { r.SetBasicAuth("nobody", "demo") }
	xml := func(r *http.Request) { signIn(r); r.Header.Set("Content-Type", "application/xml") }
	event := `{"count":1,"events":[{"event_id":"e1","timestamp":1767603600000,"item":{"call_id":5,"state":"connected"}}]}`
	tests := map[string]struct {
		method, path, body string
		change             func(*http.Request)
		status             int
		says               string
	}{
		"a good event":             {"POST", "/webhook/demo/ccai", event, signIn, 200, `"events"`},
		"not JSON":                 {"POST", "/webhook/demo/ccai", `{"count":`, signIn, 400, `"path":"$"`},
		"the wrong top level":      {"POST", "/webhook/demo/ccai", `"hello"`, signIn, 400, `"path":"$"`},
		"events that are no list":  {"POST", "/webhook/demo/ccai", `{"count":1,"events":5}`, signIn, 400, `"path":"events"`},
		"an event without an id":   {"POST", "/webhook/demo/ccai", `{"events":[{"event_id":"e2","timestamp":1,"item":{}}]}`, signIn, 400, `events[0]`},
		"no such tenant":           {"POST", "/webhook/other/ccai", event, signIn, 404, "tenant or source"},
		"no such source":           {"POST", "/webhook/demo/fax", event, signIn, 404, "tenant or source"},
		"no credentials":           {"POST", "/webhook/demo/ccai", event, nil, 401, "user name and password"},
		"a wrong password":         {"POST", "/webhook/demo/ccai", event, wrong, 401, "user name and password"},
		"a wrong user":             {"POST", "/webhook/demo/ccai", event, stranger, 401, "user name and password"},
		"too large":                {"POST", "/webhook/demo/ccai", strings.Repeat(" ", 1<<20+1), signIn, 413, "1048576"},
		"the wrong method":         {"GET", "/webhook/demo/ccai", "", signIn, 405, "post"},
		"not a JSON content type":  {"POST", "/webhook/demo/ccai", event, xml, 415, "application/json"},
		"another path":             {"POST", "/webhook/demo", event, signIn, 404, "/webhook/{tenant}/{source}"},
		"an unknown adapter event": {"POST", "/webhook/demo/ccai-adapter", `{"type":"Agent_Dance","data":{"agent_id":1}}`, signIn, 200, `"unknown":1`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp, body := c.in(t).call(tt.method, tt.path, tt.body, tt.change)
			if resp.StatusCode != tt.status || !strings.Contains(body, tt.says) {
				t.Fatalf("answered %d %s; want %d and %q", resp.StatusCode, body, tt.status, tt.says)
			}
			if tt.status < 300 {
				return
			}
			var problem struct {
				Title  string
				Status int
			}
			if err := json.Unmarshal([]byte(body), &problem); err != nil || problem.Status != tt.status || problem.Title == "" {
				t.Errorf("no problem details: %v %s", err, body)
			}
			if got := resp.Header.Get("Content-Type"); got != "application/problem+json" {
				t.Errorf("Content-Type is %q", got)
			}
		})
	}
}

func TestWrongCredentialsAreNotToldApart(t *testing.T) {
	t.Parallel()
	c := start(t, local.Options{})
	answer := func(user, password string) string {
		resp, body := c.call("POST", "/webhook/demo/ccai", "{}", func(r *http.Request) { r.SetBasicAuth(user, password) })
		var problem map[string]any
		c.must(json.Unmarshal([]byte(body), &problem))
		delete(problem, "instance") // names this very request
		b, err := json.Marshal(problem)
		c.must(err)
		return resp.Status + resp.Header.Get("WWW-Authenticate") + string(b)
	}
	if a, b := answer("demo", "wrong"), answer("wrong", "demo"); a != b {
		t.Errorf("a wrong password is answered %s, a wrong user %s", a, b)
	}
}

func TestUnknownEventsAreKeptAndCounted(t *testing.T) {
	t.Parallel()
	c := start(t, local.Options{})
	for range 3 {
		resp, body := c.call("POST", "/webhook/demo/ccai-adapter", `{"version":1,"delivery_id":"d1","sequence":1,"received_at":"2026-01-05T09:00:00Z","agent":{"id":"1"},"data":{"type":"Agent_Dance","data":{"agent_id":1}}}`, signIn)
		if resp.StatusCode != http.StatusOK {
			t.Fatal(body)
		}
	}
	c.advance(time.Minute)
	var counted struct {
		Unknown int `json:"unknown_events"`
	}
	c.must(c.Get(patience(t), "/console/api/tenants/demo/sessions", &counted))
	if counted.Unknown != 1 {
		t.Errorf("%d unknown events counted, want the one", counted.Unknown)
	}
}

func TestWhatIsNotPublicIsClosed(t *testing.T) {
	t.Parallel()
	c := start(t, local.Options{})
	forged := func(r *http.Request) { r.Header.Set("Authorization", "Bearer e30.e30.e30") }
	elsewhere := func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }
	rebound := func(r *http.Request) { r.Host = "attacker.example" }
	container := func(r *http.Request) { r.Host = "sessionbridge:8080" }
	outside := func(r *http.Request) { r.Host = "host.docker.internal:8080" }
	tests := map[string]struct {
		method, path string
		change       func(*http.Request)
		status       int
	}{
		"a doorway under a container's name":      {"POST", "/webhook/demo/ccai", container, 401},
		"a doorway from within a container":       {"POST", "/webhook/demo/ccai", outside, 401},
		"the session function without a token":    {"POST", "/functions/session", nil, 401},
		"the crm function with a forged token":    {"POST", "/functions/crm", forged, 401},
		"the metadata function without a token":   {"POST", "/functions/metadata", nil, 401},
		"the clock from another site's page":      {"POST", "/emulator/clock/advance", elsewhere, 403},
		"the console under a hostile host name":   {"GET", "/console/api/tenants/demo/sessions", rebound, 421},
		"a doorway under a hostile host name":     {"POST", "/webhook/demo/ccai", rebound, 421},
		"the console of a tenant that is not":     {"GET", "/console/api/tenants/nobody/sessions", nil, 404},
		"the console of a session that is not":    {"GET", "/console/api/tenants/demo/sessions/call-0", nil, 404},
		"a time that is none":                     {"GET", "/console/api/tenants/demo/sessions?since=now", nil, 400},
		"the clock cannot be moved back":          {"POST", "/emulator/clock/advance", nil, 400},
		"an object that is not there":             {"GET", "/emulator/storage/../secrets/demo-crm", nil, 404},
		"a fault of a target that does not exist": {"PUT", "/emulator/faults", nil, 400},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp, body := c.in(t).call(tt.method, tt.path, `{"by":"-1h"}`, tt.change)
			if resp.StatusCode != tt.status {
				t.Errorf("answered %d %s, want %d", resp.StatusCode, body, tt.status)
			}
		})
	}
}

func TestSessionsAreListed(t *testing.T) {
	t.Parallel()
	c := start(t, local.Options{})
	before := c.Now().Add(-time.Hour).UTC().Format(time.RFC3339)
	resp, body := c.call("POST", "/webhook/demo/ccai", `{"events":[{"event_id":"e1","timestamp":`+
		"1767603600000"+`,"item":{"call_id":5,"state":"connected","connected_at":"`+c.Now().UTC().Format(time.RFC3339)+`"}}]}`, signIn)
	if resp.StatusCode != 200 {
		t.Fatal(body)
	}
	c.advance(time.Minute)
	var list struct {
		Sessions []struct{ Key, Status string }
	}
	c.must(c.Get(patience(t), "/console/api/tenants/demo/sessions?since="+before, &list))
	if len(list.Sessions) != 1 || list.Sessions[0].Key != "call-5" {
		t.Errorf("listed %+v", list)
	}
	c.must(c.Get(patience(t), "/console/api/tenants/demo/sessions?status=finished", &list))
	if len(list.Sessions) != 0 {
		t.Errorf("finished sessions: %+v, want none", list)
	}
}
