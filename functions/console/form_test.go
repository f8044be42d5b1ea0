package console_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/store"
)

// submit sends a form as Ada's browser does.
func (w *world) submit(t *testing.T, path string, values url.Values, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(values.Encode()))
	return w.send(t, r, "ada@example.com", audience, append(headers, "Content-Type: application/x-www-form-urlencoded", "Accept: text/html")...)
}

// crmOf is how the session's work in the CRM stands.
func (w *world) crmOf(t *testing.T, key string) session.CRM {
	t.Helper()
	d, err := w.store.Session(t.Context(), store.ID{Tenant: "demo", Source: "ccai", Key: key})
	if err != nil {
		t.Fatal(err)
	}
	return d.CRM
}

func TestFormsRepair(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		path   string
		values url.Values
		back   string
		state  session.CRMState
	}{
		"a session":                {"/console/demo/sessions/call-1/replay?source=ccai", nil, "/console/demo/sessions/call-1?said=replayed&source=ccai", session.CRMPending},
		"from the list of letters": {"/console/demo/sessions/call-1/replay", url.Values{"from": {"dead"}}, "/console/demo/dead?said=replayed", session.CRMPending},
		"an account chosen":        {"/console/demo/sessions/call-1/choose", url.Values{"account_id": {"7"}}, "/console/demo/sessions/call-1?said=chosen&source=ccai", session.CRMIdle},
		"all of a time":            {"/console/demo/replay", url.Values{"since": {"2026-01-05T08:00"}, "state": {"dead"}}, "/console/demo/dead?said=window", session.CRMPending},
		"a time without any":       {"/console/demo/replay", url.Values{"since": {"2026-01-05T08:00"}, "until": {"2026-01-05T08:30"}}, "/console/demo/dead?said=none", session.CRMDead},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.giveUp(t, "call-1", "the CRM refuses")
			w.time.Advance(2 * time.Hour)
			a := w.submit(t, tt.path, tt.values)
			if got := a.Header().Get("Location"); a.Code != 303 || got != tt.back {
				t.Fatalf("answer is %d to %s: %s; want %s", a.Code, got, a.Body, tt.back)
			}
			if got := w.crmOf(t, "call-1").State; got != tt.state {
				t.Errorf("the work is %s, want %s", got, tt.state)
			}
			if shown, _ := text(t, w.ask(t, "GET", tt.back, audience)); strings.Contains(tt.back, "replayed") && !strings.Contains(shown, "It is taken up again") {
				t.Errorf("the page does not say what was done: %s", shown)
			}
		})
	}
}

func TestFormsAreRefused(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		path    string
		values  url.Values
		headers []string
		want    int
		says    string
	}{
		"from another site":          {"/console/demo/sessions/call-1/replay", nil, []string{"Sec-Fetch-Site: cross-site"}, 403, ""},
		"for a session of none":      {"/console/demo/sessions/none/replay", nil, nil, 404, "there is no such session"},
		"for a tenant of none":       {"/console/none/replay", nil, nil, 404, "there is no such tenant"},
		"a step that was not done":   {"/console/demo/sessions/call-1/replay", url.Values{"step": {"comment_end"}}, nil, 422, "was not done yet"},
		"a choice of nothing":        {"/console/demo/sessions/call-1/choose", nil, nil, 400, "Choose one"},
		"a window without a time":    {"/console/demo/replay", nil, nil, 400, "since must be a time"},
		"a window of another time":   {"/console/demo/replay", url.Values{"since": {"soon"}}, nil, 400, "since must be a time"},
		"a message of none":          {"/console/demo/aside", url.Values{"id": {"x"}, "do": {"forget"}}, nil, 404, "no such message"},
		"nothing done to a message":  {"/console/demo/aside", url.Values{"id": {"m"}}, nil, 400, "do must be"},
		"a message that is no login": {"/console/demo/aside", url.Values{"id": {"m"}, "do": {"send"}}, nil, 422, "cannot be taken up again"},
		"more than a form has":       {"/console/demo/sessions/call-1/replay", url.Values{"step": {strings.Repeat("x", 20_000)}}, nil, 400, "This is not what"},
	}
	w := newWorld(t)
	if err := w.store.SetAside(t.Context(), store.Poison{ID: "m", At: start, Attributes: map[string]string{"tenant": "demo"}}); err != nil {
		t.Fatal(err)
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := w.submit(t, tt.path, tt.values, tt.headers...)
			if a.Code != tt.want {
				t.Fatalf("answer is %d %s, want %d", a.Code, a.Body, tt.want)
			}
			if shown, _ := text(t, a); !strings.Contains(shown, tt.says) {
				t.Errorf("%q is not in %s", tt.says, shown)
			}
		})
	}
}

func TestAMessageIsForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tenant := range []string{"demo", "other"} {
		if err := w.store.SetAside(t.Context(), store.Poison{ID: tenant, At: start, Attributes: map[string]string{"tenant": tenant}}); err != nil {
			t.Fatal(err)
		}
	}
	if a := w.submit(t, "/console/demo/aside", url.Values{"id": {"other"}, "do": {"forget"}}); a.Code != 404 {
		t.Errorf("another tenant's: %d", a.Code)
	}
	if a := w.submit(t, "/console/demo/aside", url.Values{"id": {"demo"}, "do": {"forget"}}); a.Code != 303 {
		t.Fatalf("answer is %d %s", a.Code, a.Body)
	}
	if shown, _ := text(t, w.ask(t, "GET", "/console/demo/dead?said=dropped", audience)); !strings.Contains(shown, "Messages set aside 0") || !strings.Contains(shown, "It is forgotten.") {
		t.Errorf("the page is %s", shown)
	}
}
