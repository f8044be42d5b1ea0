package console_test

import (
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/emulator/emulatortest"
	"sessionbridge.internal/functions/console"
	"sessionbridge.internal/shared/function"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/store"
)

func TestNewNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	const want = "function console: set the environment variables GOOGLE_CLOUD_PROJECT, TASKS_LOCATION, DESK_URL, CONSOLE_URL, OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET, COOKIE_KEY, SECRETS_DIR, CRM_URL, METADATA_QUEUE, METADATA_URL, FILES_QUEUE, EXPORT_URL, QUALITY_QUEUE, QUALITY_URL"
	f, err := console.New(&function.Env{Name: "console", Lookup: func(string) string { return "" }, Logs: io.Discard})
	if err == nil || err.Error() != want {
		t.Errorf("New = %v, %v, want %q", f, err, want)
	}
}

func TestBadRequestsAreAnsweredWithProblems(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tests := map[string]struct {
		method, path, audience string
		want                   int
		says                   string
	}{
		"nobody":                     {"GET", sessions, "", 401, "sign in at /console/signin"},
		"nobody, to one session":     {"GET", sessions + "/call-1", "", 401, "sign in at /console/signin"},
		"nobody, to nothing":         {"GET", "/", "", 401, "sign in at /console/signin"},
		"who was let in elsewhere":   {"GET", sessions, "other", 401, "its audience is not accepted"},
		"nobody, with a replay":      {"POST", sessions + "/call-1/replay", "", 401, "sign in at /console/signin"},
		"a writer":                   {"DELETE", sessions + "/call-1", audience, 405, "read with GET"},
		"a replay of nothing":        {"POST", sessions + "/call-9/replay", audience, 404, "no such session"},
		"a replay for nobody":        {"POST", "/console/api/tenants/other/sessions/call-1/replay", audience, 404, "no such tenant"},
		"another path":               {"GET", "/console/api/none/none", audience, 404, "/console/api/tenants/"},
		"a tenant nobody knows":      {"GET", "/console/api/tenants/other/sessions", audience, 404, "no such tenant"},
		"a session of none":          {"GET", "/console/api/tenants/other/sessions/call-1", audience, 404, "no such tenant"},
		"a session nobody knows":     {"GET", sessions + "/call-9", audience, 404, "no such session"},
		"a time that is none":        {"GET", sessions + "?since=yesterday", audience, 400, "2026-01-05T09:00:00Z"},
		"a name that leads up a way": {"GET", sessions + "/..%2F..%2Fother", audience, 404, "no such session"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := w.ask(t, tt.method, tt.path, tt.audience)
			if a.Code != tt.want || !strings.Contains(a.Body.String(), tt.says) || a.Header().Get("Content-Type") != "application/problem+json" {
				t.Errorf("answer is %d %s, want %d and %q", a.Code, a.Body, tt.want, tt.says)
			}
		})
	}
}

// list is what the tests read of a list.
type list struct {
	Sessions []struct {
		Key    string
		Events []json.RawMessage
	}
	Unknown int `json:"unknown_events"`
}

func TestSessionsAreListedTheLatestFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tests := map[string]struct{ query, want string }{
		"all":                   {"", "chat-2 call-1"},
		"since a time":          {"?since=2026-01-05T09:30:00Z", "chat-2"},
		"since the very moment": {"?since=2026-01-05T10:00:00Z", "chat-2"},
		"since then nothing":    {"?since=2026-01-06T00:00:00Z", ""},
		"of one status":         {"?status=ended", "call-1"},
		"of a status none has":  {"?status=held", ""},
		"of both":               {"?status=ended&since=2026-01-05T09:30:00Z", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := w.ask(t, "GET", sessions+tt.query, audience)
			var got list
			if err := json.Unmarshal(a.Body.Bytes(), &got); err != nil || a.Code != 200 {
				t.Fatalf("answer is %d %s", a.Code, a.Body)
			}
			var keys []string
			for _, s := range got.Sessions {
				keys = append(keys, s.Key)
				if len(s.Events) > 0 {
					t.Errorf("%s has its events, though a list is an overview", s.Key)
				}
			}
			if strings.Join(keys, " ") != tt.want || got.Unknown != 1 || !strings.Contains(a.Body.String(), `"sessions":[`) {
				t.Errorf("listed are %q and %d unknown events, want %q and 1", keys, got.Unknown, tt.want)
			}
		})
	}
}

func TestASessionIsShownWithAllThatBelongsToIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.ask(t, "GET", sessions+"/chat-2", audience)
	var got struct {
		Key, Status string
		Plan        []string
		Events      []struct{ Kind string }
		Deliveries  []struct{ Step, Verdict string }
		Files       []struct{ Path string }
		Messages    []struct{ Message struct{ Text string } }
	}
	if err := json.Unmarshal(a.Body.Bytes(), &got); err != nil || a.Code != 200 {
		t.Fatalf("answer is %d %s", a.Code, a.Body)
	}
	if got.Key != "chat-2" || got.Status != "queued" || len(got.Plan) != 1 || got.Plan[0] != "create_account" || len(got.Events) != 1 {
		t.Errorf("the session is %+v", got)
	}
	if len(got.Deliveries) != 1 || got.Deliveries[0].Verdict != "waiting" || len(got.Files) != 1 ||
		got.Files[0].Path != "ujet-metadata/chat-2.json" || len(got.Messages) != 1 || got.Messages[0].Message.Text != "Hello" {
		t.Errorf("beside it are %+v", got)
	}
	if a.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("a browser may keep it: %v", a.Header())
	}
}

// A person who has mended what was wrong has a session taken up again, which a page of another site must not do for them.
func TestReplayTakesUpWhatWasGivenUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.giveUp(t, "call-1", "the CRM refuses")
	if a := w.ask(t, "POST", sessions+"/call-1/replay", audience, "Sec-Fetch-Site: cross-site"); a.Code != 403 || len(w.tasks()) != 0 {
		t.Errorf("another site's page: %d, tasks %v; want 403 and none", a.Code, w.tasks())
	}
	for range 2 { // an impatient person
		a := w.ask(t, "POST", sessions+"/call-1/replay", audience, "Sec-Fetch-Site: same-origin")
		var got struct {
			Key string
			CRM session.CRM
		}
		if err := json.Unmarshal(a.Body.Bytes(), &got); err != nil || a.Code != 200 {
			t.Fatalf("answer is %d %s", a.Code, a.Body)
		}
		if got.Key != "call-1" || got.CRM.State != session.CRMPending || got.CRM.Problem != "" || got.CRM.Failures != 0 {
			t.Errorf("the session is %+v, want its work pending", got)
		}
	}
	if got := w.tasks(); len(got) != 1 || got[0] != "crm-demo" {
		t.Errorf("tasks are on the queues %q, want one on crm-demo", got)
	}
}

func TestAReplayWhoseTaskIsNotMadeIsNoSuccess(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.giveUp(t, "call-1", "the CRM refuses")
	emulatortest.Plan(t, w.faults, `{"tasks":[{"code":"PERMISSION_DENIED"}]}`)
	if a := w.ask(t, "POST", sessions+"/call-1/replay", audience); a.Code != 500 || len(w.tasks()) != 0 {
		t.Errorf("answer is %d, tasks %v; want 500 and none", a.Code, w.tasks())
	}
	if a := w.ask(t, "POST", sessions+"/call-1/replay", audience); a.Code != 200 || len(w.tasks()) != 1 {
		t.Errorf("again: %d, tasks %v; want 200 and one", a.Code, w.tasks())
	}
}

func TestAgentsAreListedWithWhatBelongsToNoSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kim := &session.Agent{ID: "7", Email: "kim@example.com"}
	for _, e := range []session.Event{
		{ID: "in", Tenant: "demo", Source: "agentdesktop", Kind: session.AgentLogin, At: start, Agent: kim},
		{ID: "c", Tenant: "demo", Source: "agentdesktop", Kind: session.Started, At: start, Agent: kim, Leg: &session.Leg{ID: "dd12", Kind: session.ConsultLeg}},
	} {
		at := store.ID{Tenant: "demo", Source: e.Source, Key: e.Position()}
		if _, err := w.store.UpdatePosition(t.Context(), at, func(p session.Position) session.Position { return p.Note(e) }); err != nil {
			t.Fatal(err)
		}
	}
	var got struct {
		Agents []struct {
			Agent   session.Agent
			State   string
			Orphans []session.Event
		}
	}
	a := w.ask(t, "GET", "/console/api/tenants/demo/agents", audience)
	if err := json.Unmarshal(a.Body.Bytes(), &got); err != nil || a.Code != 200 || len(got.Agents) != 1 {
		t.Fatalf("answer is %d %s", a.Code, a.Body)
	}
	if g := got.Agents[0]; g.Agent != *kim || g.State != "logged_in" || len(g.Orphans) != 1 {
		t.Errorf("the agent is %+v", g)
	}
	if a := w.ask(t, "GET", "/console/api/tenants/nobody/agents", audience); a.Code != 404 {
		t.Errorf("of a tenant that is not there: %d", a.Code)
	}
}

// The query of a file's address may be a credential.
func TestAFilesAddressIsShownWithoutItsQuery(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := store.ID{Tenant: "demo", Source: "ccai", Key: "chat-2"}
	_, err := w.store.Update(t.Context(), id, func(d *store.Document) (store.Change, error) {
		d.Session = session.Apply(d.Session, session.Event{
			ID: "f", Tenant: "demo", Source: "ccai", Session: "chat-2", Kind: session.FileReady, At: start,
			File: &session.File{ID: "r", Kind: session.Recording, URL: "https://files.example/r.mp3?Signature=credential"},
		})
		return store.Change{}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	body := w.ask(t, "GET", sessions+"/chat-2", audience).Body.String()
	if strings.Contains(body, "credential") || strings.Count(body, "https://files.example/r.mp3") != 2 {
		t.Errorf("shown is %s", body)
	}
}

func TestWhatNobodyUnderstoodIsShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i, why := range []string{"[3].item.call_id: absent", "[4]: must be an object"} {
		e := session.Event{ID: why, Tenant: "demo", Source: "ccai", Kind: session.Unknown, At: start.Add(time.Duration(i+1) * time.Hour), Raw: json.RawMessage(`{"a":1}`), Notes: []string{why}}
		if err := w.store.AddUnknown(t.Context(), []session.Event{e}); err != nil {
			t.Fatal(err)
		}
	}
	var got struct{ Events []session.Event }
	a := w.ask(t, "GET", "/console/api/tenants/demo/unknown", audience)
	if err := json.Unmarshal(a.Body.Bytes(), &got); err != nil || a.Code != 200 || len(got.Events) != 3 { // one is of every world
		t.Fatalf("answer is %d %s", a.Code, a.Body)
	}
	if e := got.Events[0]; e.Notes[0] != "[4]: must be an object" || string(e.Raw) != `{"a":1}` {
		t.Errorf("the latest is %+v", e)
	}
}
