package webhook_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"sessionbridge.internal/emulator/emulatortest"
	"sessionbridge.internal/functions/webhook"
	"sessionbridge.internal/shared/function"
	"sessionbridge.internal/shared/session"
)

func TestNewNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	const want = "function webhook: set the environment variables GOOGLE_CLOUD_PROJECT, EVENTS_TOPIC, SECRETS_DIR"
	f, err := webhook.New(&function.Env{Name: "webhook", Lookup: func(string) string { return "" }, Logs: io.Discard})
	if err == nil || err.Error() != want {
		t.Errorf("New = %v, %v, want %q", f, err, want)
	}
}

// single is one event of the contact centre's server.
func single(call int) string {
	return fmt.Sprintf(`{"event_id":"e%d","timestamp":1767603600000,"item":{"call_id":%d,"state":"connected"}}`, call, call)
}

// notification is a payload of that server with one event of each call.
func notification(calls ...int) string {
	var events []string
	for _, call := range calls {
		events = append(events, single(call))
	}
	return fmt.Sprintf(`{"count":%d,"events":[%s]}`, len(calls), strings.Join(events, ","))
}

// post sends as the demo's contact centre does.
func (w *world) post(path, body string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.SetBasicAuth("centre", "right")
	r.Header.Set("Content-Type", "application/json")
	for _, f := range change {
		f(r)
	}
	a := httptest.NewRecorder()
	w.ServeHTTP(a, r)
	return a
}

func TestBadRequestsAreAnsweredWithProblems(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	get := func(r *http.Request) { r.Method = http.MethodGet }
	nobody := func(r *http.Request) { r.Header.Del("Authorization") }
	wrong := func(r *http.Request) { r.SetBasicAuth("centre", "wrong") }
	xml := func(r *http.Request) { r.Header.Set("Content-Type", "text/xml") }
	zip := func(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") }
	as := func(*http.Request) {}
	tests := map[string]struct {
		path, body string
		change     func(*http.Request)
		want       int
		says       string // in a header or the body
	}{
		"the wrong method":            {"/webhook/demo/ccai", "", get, 405, "Allow:POST"},
		"another path":                {"/", notification(1), as, 404, "/webhook/{tenant}/{source}"},
		"a source nobody knows":       {"/webhook/demo/fax", notification(1), as, 404, "no such tenant or source"},
		"a source that is closed":     {"/webhook/demo/ccai-adapter", notification(1), as, 404, "no such tenant or source"},
		"a tenant nobody knows":       {"/webhook/other/ccai", notification(1), as, 404, "no such tenant or source"},
		"nobody":                      {"/webhook/demo/ccai", notification(1), nobody, 401, `Www-Authenticate:Basic realm="webhook"`},
		"a wrong password":            {"/webhook/demo/ccai", notification(1), wrong, 401, `Www-Authenticate:Basic realm="webhook"`},
		"not JSON":                    {"/webhook/demo/ccai", "call=1", as, 400, `"path":"$"`},
		"JSON of another kind":        {"/webhook/demo/ccai", `{"events":{}}`, as, 400, `"path":"events"`},
		"nothing":                     {"/webhook/demo/ccai", "", as, 400, `"path":"$"`},
		"another media type":          {"/webhook/demo/ccai", notification(1), xml, 415, "application/json"},
		"a compressed body":           {"/webhook/demo/ccai", notification(1), zip, 415, "Content-Encoding"},
		"far too much":                {"/webhook/demo/ccai", strings.Repeat(" ", webhook.MaxBody+1), as, 413, "longer than"},
		"a secret that is not there":  {"/webhook/broken/ccai", notification(1), as, 500, "Internal Server Error"},
		"settings that make no sense": {"/webhook/senseless/ccai", notification(1), as, 500, "Internal Server Error"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := w.post(tt.path, tt.body, tt.change)
			said := a.Body.String()
			for k := range a.Header() {
				said += k + ":" + a.Header().Get(k)
			}
			if a.Code != tt.want || !strings.Contains(said, tt.says) || !strings.Contains(said, "application/problem+json") {
				t.Errorf("answer is %d %s, want %d, problem details and %q", a.Code, said, tt.want, tt.says)
			}
			if strings.Contains(said, "secret://") || strings.Contains(said, "sources.") {
				t.Errorf("a stranger learns of the settings: %s", said)
			}
		})
	}
}

func TestGoodEventsAreDurable(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		source, body string
		says         string
		want         []string // the sessions that were published
	}{
		"one call":                    {"ccai", notification(1), `"events":`, []string{"ccai/call-1"}},
		"two calls":                   {"ccai", notification(1, 2), `"events":`, []string{"ccai/call-1", "ccai/call-2"}},
		"a good one beside a bad one": {"ccai", `[` + single(1) + `,5]`, `"rejected":[{"path":"[1]"`, []string{"ccai/call-1"}},
		"of QM":                       {"qm", `[{"type":"CallState","item":{"CallID":"7a","State":"held"}},{"type":"CallState","item":{}}]`, `"rejected":[{"path":"[1].item.CallID"`, []string{"qm/call-7a"}},
		"of Udesk's calls":            {"udesk", `[{"call_id":"7a"},{"category":"normal"}]`, `"rejected":[{"path":"[1].call_id"`, []string{"udesk/call-7a"}},
		"of Udesk's chats":            {"udesk-chat", `{"action":"ImSubSession_create","message":{"sub_session_id":7}}`, `"events":`, []string{"udesk/chat-7"}},
		"of AgentDesktop":             {"agentdesktop", `[{"event":"HELD","uuid":"7A"},{"event":"HELD"}]`, `"rejected":[{"path":"[1].uuid"`, []string{"agentdesktop/call-7a"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			a := w.post("/webhook/demo/"+tt.source, tt.body)
			if a.Code != http.StatusOK || !strings.Contains(a.Body.String(), tt.says) {
				t.Fatalf("answer is %d %s, want 200 and %q", a.Code, a.Body, tt.says)
			}
			if got := w.published(t); !slices.Equal(got, tt.want) {
				t.Errorf("published are %q, want %q", got, tt.want)
			}
		})
	}
}

// published are the keys of the sessions whose events are in Pub/Sub.
func (w *world) published(t *testing.T) []string {
	t.Helper()
	keys := map[string]bool{}
	for _, m := range w.broker.Pusher.Topics()[0].Messages {
		var events []session.Event
		if err := json.Unmarshal([]byte(m.Data), &events); err != nil {
			t.Fatalf("%v: %s", err, m.Data)
		}
		for _, e := range events {
			if e.Tenant != "demo" {
				t.Errorf("an event of %s was published", e.Tenant)
			}
			if e.Session != "" {
				keys[e.Source+"/"+e.Session] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(keys))
}

// The sender must not take events for safe that are not: 503 with a time, and the same request again is good.
func TestEventsThatAreNotDurableAreSentAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	emulatortest.Plan(t, w.faults, `{"pubsub":[{"code":"PERMISSION_DENIED"}]}`)
	a := w.post("/webhook/demo/ccai", notification(1))
	if a.Code != http.StatusServiceUnavailable || a.Header().Get("Retry-After") != "5" || !strings.Contains(a.Body.String(), "send them again") {
		t.Fatalf("answer is %d %v %s, want 503 with Retry-After", a.Code, a.Header(), a.Body)
	}
	if a := w.post("/webhook/demo/ccai", notification(1)); a.Code != http.StatusOK || len(w.published(t)) != 1 {
		t.Errorf("again: %d, published %q", a.Code, w.published(t))
	}
}
