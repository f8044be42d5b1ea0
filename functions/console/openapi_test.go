package console_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"sessionbridge.internal/functions/console"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/store"
)

const describedAt = "/console/api/openapi.json"

// description is what the tests read of it.
type description struct {
	OpenAPI string
	Paths   map[string]map[string]json.RawMessage
}

func (w *world) description(t *testing.T) (d description, raw []byte) {
	t.Helper()
	a := w.ask(t, "GET", describedAt, audience)
	if err := json.Unmarshal(a.Body.Bytes(), &d); err != nil || a.Code != 200 || d.OpenAPI != "3.1.0" {
		t.Fatalf("answer is %d, %v", a.Code, err)
	}
	return d, a.Body.Bytes()
}

// The pages are for people: they are not described.
func ofTheAPI(pattern string) bool {
	return strings.Contains(pattern, "/console/api/") || strings.Contains(pattern, "/console/oauth/")
}

func TestEveryAddressIsDescribedAndNoOther(t *testing.T) {
	t.Parallel()
	d, _ := newWorld(t).description(t)
	var described, served []string
	for path, methods := range d.Paths {
		for method := range methods {
			if method != "parameters" {
				described = append(described, strings.ToUpper(method)+" "+path)
			}
		}
	}
	for _, pattern := range console.Patterns() {
		if ofTheAPI(pattern) {
			served = append(served, pattern)
		}
	}
	slices.Sort(described)
	slices.Sort(served)
	if !slices.Equal(described, served) {
		t.Errorf("described are\n%s\nserved are\n%s", strings.Join(described, "\n"), strings.Join(served, "\n"))
	}
}

// schemas compiles what the description says of an answer.
func schemas(t *testing.T, raw []byte) func(method, path, status, mediaType string) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	if err := c.AddResource("file:///openapi.json", doc); err != nil {
		t.Fatal(err)
	}
	return func(method, path, status, mediaType string) *jsonschema.Schema {
		t.Helper()
		at := "file:///openapi.json#"
		for _, token := range []string{"paths", path, strings.ToLower(method), "responses", status, "content", mediaType, "schema"} {
			at += "/" + url.PathEscape(strings.NewReplacer("~", "~0", "/", "~1").Replace(token))
		}
		s, err := c.Compile(at)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
}

func TestAnswersAreAsDescribed(t *testing.T) {
	t.Parallel()
	w := furnished(t)
	_, raw := w.description(t)
	of := schemas(t, raw)
	const tenant = tenants + "{tenant}"
	for _, tt := range []struct{ name, method, path, at, body, mediaType string }{
		{"the list", "GET", tenant + "/sessions", sessions, "", ""},
		{"a session that was given up", "GET", tenant + "/sessions/{key}", sessions + "/call-1", "", ""},
		{"a chat with a recording", "GET", tenant + "/sessions/{key}", sessions + "/chat-2", "", ""},
		{"a replay", "POST", tenant + "/sessions/{key}/replay", sessions + "/chat-2/replay", "", ""},
		{"a choice", "POST", tenant + "/sessions/{key}/choose", sessions + "/call-1/choose", `{"account_id":"7"}`, ""},
		{"a window", "POST", tenant + "/replay", tenants + "demo/replay?since=2026-01-01T00:00:00Z", "", ""},
		{"the agents", "GET", tenant + "/agents", tenants + "demo/agents", "", ""},
		{"what was not understood", "GET", tenant + "/unknown", tenants + "demo/unknown", "", ""},
		{"what was set aside", "GET", tenant + "/aside", tenants + "demo/aside", "", ""},
		{"the coverage", "GET", tenant + "/coverage", tenants + "demo/coverage?day=2026-01-05", "", ""},
		{"a customer", "POST", tenant + "/customer", tenants + "demo/customer", `{"who":"call-1"}`, ""},
		{"an erasing", "POST", tenant + "/sessions/{key}/erase", sessions + "/call-1/erase", `{"anyway":true}`, ""},
		{"what was erased", "GET", tenant + "/erased", tenants + "demo/erased", "", ""},
		{"the settings", "GET", tenant + "/settings", tenants + "demo/settings", "", ""},
		{"the history", "GET", tenant + "/settings/history", tenants + "demo/settings/history", "", ""},
		{"what the doctor finds", "GET", tenant + "/doctor", tenants + "demo/doctor", "", ""},
		{"a check", "POST", tenant + "/settings/check", checkPath, `{}`, ""},
		{"the schema", "GET", "/console/api/settings/schema", "/console/api/settings/schema", "", "application/schema+json"},
		{"the presets", "GET", "/console/api/settings/presets", "/console/api/settings/presets", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			mediaType := tt.mediaType
			if mediaType == "" {
				mediaType = "application/json"
			}
			r := httptest.NewRequest(tt.method, tt.at, strings.NewReader(tt.body))
			a := w.send(t, r, "ada@example.com", audience, "Content-Type: application/json")
			if got := a.Header().Get("Content-Type"); a.Code != http.StatusOK || got != mediaType {
				t.Fatalf("answer is %d %s: %s", a.Code, got, a.Body)
			}
			v, err := jsonschema.UnmarshalJSON(a.Body)
			if err != nil {
				t.Fatal(err)
			}
			if err := of(tt.method, tt.path, "200", mediaType).Validate(v); err != nil {
				t.Error(err)
			}
		})
	}
}

// A description that lets anything pass would describe nothing.
func TestTheDescriptionRefusesOtherAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.change(t, "call-1", func(d *store.Document) { d.CRM.State = session.CRMPending })
	_, raw := w.description(t)
	show := schemas(t, raw)("GET", tenants+"{tenant}/sessions/{key}", "200", "application/json")
	good := w.ask(t, "GET", sessions+"/call-1", audience).Body.String()
	for name, change := range map[string][2]string{
		"a field nobody described": {`"key":`, `"keys":1,"key":`},
		"a state that is none":     {`"state":"pending"`, `"state":"soon"`},
		"a time that is none":      {`"started_at":"2026`, `"started_at":"in 2026`},
		"a list that is a text":    {`"plan":[`, `"plan":"","plans":[`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bad := strings.Replace(good, change[0], change[1], 1)
			v, err := jsonschema.UnmarshalJSON(strings.NewReader(bad))
			if err != nil || bad == good {
				t.Fatalf("%v: %s", err, bad)
			}
			if show.Validate(v) == nil {
				t.Errorf("it passes: %s", bad)
			}
		})
	}
}
