package console_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/emulator/emulatortest"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/store"
)

const (
	tenants   = "/console/api/tenants/"
	checkPath = tenants + "demo/settings/check"
)

// document has the settings for the CRM that runs, with another way to sign in where that is not empty.
func (w *world) document(signIn string) string {
	if signIn == "" {
		signIn = `"basic":{"username":"demo","password":"secret://crm"}`
	}
	return strings.NewReplacer("CRM", w.crmURL, "SIGNIN", signIn).Replace(`{"crm":{"queue":"crm-demo",SIGNIN,"account_url":"CRM/accounts/{ACCOUNT_ID}","endpoints":{
		"find_account":{"method":"GET","url":"CRM/api/accounts?api_key=canary-in-the-url","response_data_location":"accounts",
			"parameters":[{"key":"phone","value":"{PHONE_NUMBER}"}]},
		"create_account":{"method":"POST","url":"CRM/api/accounts","response_data_location":"account","parameters":[{"key":"name","value":"{NAME}"}]},
		"create_record":{"method":"POST","url":"CRM/api/records","response_data_location":"record",
			"parameters":[{"key":"account_id","value":"{ACCOUNT_ID}"},{"key":"subject","value":"{TICKET_SUBJECT}"}]},
		"update_record":{"method":"PUT","url":"CRM/api/records/{RECORD_ID}","parameters":[{"key":"description","value":"{TICKET_DESCRIPTION}"}]},
		"comment":{"method":"POST","url":"CRM/api/records/{RECORD_ID}/comments","parameters":[{"key":"text","value":"{COMMENT_BODY}"}]}}}}`)
}

// settle makes the document the tenant's.
func (w *world) settle(t *testing.T, doc string) {
	t.Helper()
	if err := w.store.PutSettings(t.Context(), "demo", []byte(doc)); err != nil {
		t.Fatal(err)
	}
}

// change changes what is kept of a session.
func (w *world) change(t *testing.T, key string, f func(*store.Document)) {
	t.Helper()
	_, err := w.store.Update(t.Context(), store.ID{Tenant: "demo", Source: "ccai", Key: key}, func(d *store.Document) (store.Change, error) {
		f(d)
		return store.Change{}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// create makes something in the CRM.
func (w *world) create(t *testing.T, path, body string) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.SetBasicAuth("demo", password)
	r.Header.Set("Content-Type", "application/json")
	a := httptest.NewRecorder()
	if w.crm.ServeHTTP(a, r); a.Code != http.StatusCreated {
		t.Fatalf("the CRM answers %d %s", a.Code, a.Body)
	}
}

type trial struct {
	Step, Method, URL, Body, Answer, Fault string
	Left                                   string `json:"left_out"`
	Status                                 int
	Read                                   *struct{ ID string }
}

// check returns what is answered, by step, after having looked for secrets in it.
func (w *world) check(t *testing.T, path, body string) (key string, trials map[string]trial) {
	t.Helper()
	a := w.post(t, path, body)
	var got struct {
		Session  string
		Requests []trial
	}
	if err := json.Unmarshal(a.Body.Bytes(), &got); err != nil || a.Code != http.StatusOK {
		t.Fatalf("answer is %d %s", a.Code, a.Body)
	}
	basic := base64.StdEncoding.EncodeToString([]byte("demo:" + password))
	if strings.Contains(a.Body.String(), "canary") || strings.Contains(a.Body.String(), basic) {
		t.Errorf("the answer shows a credential: %s", a.Body)
	}
	trials = map[string]trial{}
	for _, one := range got.Requests {
		trials[one.Step] = one
	}
	return got.Session, trials
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestCheckTellsTheRequestsAndSendsNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.change(t, "call-1", func(d *store.Document) { d.Session.Customer = session.Customer{Phone: "+390612345678", Name: "Pia"} })
	own := asJSON(t, map[string]any{"settings": json.RawMessage(w.document(""))})
	key, made := w.check(t, checkPath, own)
	if key != "call-4711" || made["find_account"].URL != w.crmURL+"/api/accounts?api_key=[redacted]&phone=%2B12223334444" {
		t.Errorf("of the session made up, %s: %+v", key, made["find_account"])
	}
	if r := made["create_record"]; r.Method != "POST" || !strings.Contains(r.Body, `"account_id":"1111"`) || r.Left != "" {
		t.Errorf("the record: %+v", r)
	}
	for _, step := range []string{"create_account", "comment_start", "comment_end", "update_record"} {
		if made[step].Step == "" {
			t.Errorf("%s is missing in %+v", step, made)
		}
	}
	if _, made := w.check(t, tenants+"nobody-yet/settings/check", own); len(made) == 0 {
		t.Error("a tenant that is to be made: nothing")
	}
	if _, made := w.check(t, checkPath, `{}`); len(made) != 1 || made["create_account"].URL != "https://crm.example.com/accounts" {
		t.Errorf("of the tenant's own settings: %+v", made)
	}
	given := asJSON(t, map[string]any{"settings": json.RawMessage(w.document("")), "session": "call-1"})
	if key, made := w.check(t, checkPath, given); key != "call-1" || !strings.Contains(made["create_account"].Body, "Pia") {
		t.Errorf("of the session given: %s %+v", key, made)
	}
	if s := w.crm.Snapshot(); len(s.Requests) != 0 {
		t.Errorf("the CRM was asked %d times", len(s.Requests))
	}
}

func TestCheckSendsSearchesAloneAndTellsWhatWasRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.create(t, "/api/accounts", `{"name":"Kim","phone":"+12223334444"}`)
	w.settle(t, w.document(""))
	_, made := w.check(t, checkPath+"?send=searches", `{}`)
	if found := made["find_account"]; found.Status != 200 || found.Read == nil || found.Read.ID != "1" || !strings.Contains(found.Answer, `"Kim"`) || found.Fault != "" {
		t.Errorf("the search: %+v", found)
	}
	if c := made["create_account"]; c.Status != 0 || c.Read != nil {
		t.Errorf("the create: %+v", c)
	}
	if s := w.crm.Snapshot(); len(s.Requests) != 2 || len(s.Accounts) != 1 || len(s.Records) != 0 {
		t.Errorf("the CRM has %d requests, %d accounts, %d records", len(s.Requests), len(s.Accounts), len(s.Records))
	}
}

func TestCheckTellsWhySearchesFail(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, tt := range map[string]struct {
		signIn string
		status int
		says   string
	}{
		"a user nobody knows": {`"basic":{"username":"other","password":"secret://crm"}`, 401, "401"},
		"a secret not there":  {`"basic":{"username":"demo","password":"secret://lost"}`, 0, "crm.basic.password: secrets: secret://lost: not found"},
		"a client refused":    {w.oauth("client_credentials", "other"), 0, "crm.oauth.token_url answered 401 invalid_client"},
		"nobody connected":    {w.oauth("authorization_code", "bridge"), 0, "nobody has connected the CRM yet"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, made := w.check(t, checkPath+"?send=searches", asJSON(t, map[string]any{"settings": json.RawMessage(w.document(tt.signIn))}))
			if found := made["find_account"]; found.Status != tt.status || !strings.Contains(found.Fault, tt.says) {
				t.Errorf("told is %+v, want %d and %q", found, tt.status, tt.says)
			}
		})
	}
}

func TestMistakesInWhatIsTriedAreNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const other = tenants + "other/"
	for name, tt := range map[string]struct {
		path, body string
		want       int
		says       string
	}{
		"no body":                      {checkPath, ``, 400, "the body must be"},
		"no object":                    {checkPath, `[]`, 400, "the body must be"},
		"a name written wrong":         {checkPath, `{"setings":{}}`, 400, "the body must be"},
		"a mistake in the settings":    {checkPath, `{"settings":{"crm":{"queue":"q","endpoints":{"comment":{"method":"GOT","url":"x"}}}}}`, 422, `"path":"crm.endpoints.comment.method"`},
		"settings without a CRM":       {checkPath, `{"settings":{}}`, 422, "the settings have no crm"},
		"a session nobody knows":       {checkPath, `{"session":"call-9"}`, 404, "no such session"},
		"a tenant nobody knows":        {other + "settings/check", `{}`, 404, "no such tenant"},
		"a choice of nothing":          {sessions + "/call-1/choose", `{}`, 400, "account_id"},
		"a choice of a number":         {sessions + "/call-1/choose", `{"account_id":7}`, 400, "account_id"},
		"a choice for no session":      {sessions + "/call-9/choose", `{"account_id":"7"}`, 404, "no such session"},
		"a choice for no tenant":       {other + "sessions/call-1/choose", `{"account_id":"7"}`, 404, "no such tenant"},
		"a window without a beginning": {tenants + "demo/replay", ``, 400, "since must be a time"},
		"a window without an end":      {tenants + "demo/replay?since=2026-01-05T09:00:00Z&until=now", ``, 400, "until must be a time"},
		"a window of another state":    {tenants + "demo/replay?since=2026-01-05T09:00:00Z&state=done", ``, 400, "state must be dead"},
		"a window of no tenant":        {other + "replay?since=2026-01-05T09:00:00Z", ``, 404, "no such tenant"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if a := w.post(t, tt.path, tt.body); a.Code != tt.want || !strings.Contains(a.Body.String(), tt.says) {
				t.Errorf("answer is %d %s, want %d and %q", a.Code, a.Body, tt.want, tt.says)
			}
		})
	}
}

func TestAnotherSitesPageChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.giveUp(t, "call-1", "the CRM refuses")
	for _, path := range []string{sessions + "/call-1/choose", sessions + "/call-1/replay?step=comment_end", tenants + "demo/replay?since=2026-01-05T09:00:00Z", checkPath + "?send=searches"} {
		if a := w.ask(t, "POST", path, audience, "Sec-Fetch-Site: cross-site"); a.Code != 403 {
			t.Errorf("%s is answered %d, want 403", path, a.Code)
		}
		if a := w.ask(t, "POST", path, ""); a.Code != 401 {
			t.Errorf("%s by nobody is answered %d, want 401", path, a.Code)
		}
	}
	if len(w.tasks()) != 0 {
		t.Errorf("tasks are made: %v", w.tasks())
	}
}

// shown is what the tests read of a session.
type shown struct {
	Key  string
	Plan []string
	CRM  session.CRM
}

func read(t *testing.T, a *httptest.ResponseRecorder) (s shown) {
	t.Helper()
	if err := json.Unmarshal(a.Body.Bytes(), &s); err != nil || a.Code != 200 {
		t.Fatalf("answer is %d %s", a.Code, a.Body)
	}
	return s
}

func TestTheSessionGoesOnWithTheAccountChosen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.settle(t, w.document(""))
	w.giveUp(t, "call-1", "find_account: 2 fit, and a person is to choose one")
	w.change(t, "call-1", func(d *store.Document) { d.CRM.Candidates = []session.Candidate{{ID: "7"}, {ID: "8"}} })
	got := read(t, w.post(t, sessions+"/call-1/choose", `{"account_id":"8"}`))
	if k := got.CRM; k.AccountID != "8" || k.AccountURL != w.crmURL+"/accounts/8" || k.State != session.CRMPending || k.Problem != "" || len(k.Candidates) != 0 {
		t.Errorf("the session's CRM is %+v", k)
	}
	if len(got.Plan) == 0 || got.Plan[0] != "create_record" || !slices.Equal(w.tasks(), []string{"crm-demo"}) {
		t.Errorf("the plan is %v, the tasks %v", got.Plan, w.tasks())
	}
	got = read(t, w.post(t, sessions+"/call-1/choose", `{"record_id":"1001"}`))
	if got.CRM.AccountID != "8" || got.CRM.RecordID != "1001" || slices.Contains(got.Plan, "create_record") {
		t.Errorf("with a record: %+v, plan %v", got.CRM, got.Plan)
	}
}

func TestOneStepIsMadeAgainAndNoOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.settle(t, w.document(""))
	plan := func() []string { return read(t, w.ask(t, "GET", sessions+"/call-1", audience)).Plan }
	w.change(t, "call-1", func(d *store.Document) {
		d.CRM.State, d.CRM.AccountID, d.CRM.RecordID = session.CRMDone, "1", "1001"
		d.CRM.Done = map[string]string{"comment_start": "sent", "comment_end": "sent"}
	})
	before := plan()
	for step, says := range map[string]string{
		"create_record": "cannot be made again", "find_account": "cannot be made again", "comment_rating": "was not done yet", "update_record": "was not done yet",
	} {
		if a := w.post(t, sessions+"/call-1/replay?step="+step, ""); a.Code != 422 || !strings.Contains(a.Body.String(), says) {
			t.Errorf("%s is answered %d %s, want 422 and %q", step, a.Code, a.Body, says)
		}
	}
	if got := plan(); !slices.Equal(got, before) || len(w.tasks()) != 0 {
		t.Errorf("after what was refused the plan is %v, tasks %v", got, w.tasks())
	}
	got := read(t, w.post(t, sessions+"/call-1/replay?step=comment_end", ""))
	again := slices.DeleteFunc(slices.Clone(got.Plan), func(step string) bool { return slices.Contains(before, step) })
	if !slices.Equal(again, []string{"comment_end"}) || len(got.Plan) != len(before)+1 || got.CRM.State != session.CRMPending || len(w.tasks()) != 1 {
		t.Errorf("the plan is %v after %v, state %s, tasks %v", got.Plan, before, got.CRM.State, w.tasks())
	}
	if a := w.post(t, sessions+"/call-1/replay?step=comment_end", ""); a.Code != 422 || len(w.tasks()) != 1 {
		t.Errorf("an impatient person is answered %d, tasks %v", a.Code, w.tasks())
	}
}

// stuck has sessions that were given up or wait, an hour apart from 11 o'clock on.
func (w *world) stuck(t *testing.T, keys ...string) {
	t.Helper()
	for _, key := range keys {
		w.clock.Advance(time.Hour)
		w.add(t, key, session.Started)
		state, _, _ := strings.Cut(key, "-")
		w.change(t, key, func(d *store.Document) {
			d.CRM.State, d.CRM.Problem, d.CRM.NextAttemptAt = session.CRMState(state), "the CRM was down", start.Add(9*time.Hour)
		})
	}
}

func TestAWindowIsReplayed(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ query, want string }{
		"all that is stuck":           {"since=2026-01-05T00:00:00Z", "dead-11 waiting-12 dead-13 waiting-14"},
		"from a moment on":            {"since=2026-01-05T12:00:00Z", "waiting-12 dead-13 waiting-14"},
		"until a moment":              {"since=2026-01-05T12:00:00Z&until=2026-01-05T14:00:00Z", "waiting-12 dead-13"},
		"only what was given up":      {"since=2026-01-05T00:00:00Z&state=dead", "dead-11 dead-13"},
		"given up, until a moment":    {"since=2026-01-05T00:00:00Z&until=2026-01-05T13:00:00Z&state=dead", "dead-11"},
		"a window that ends too soon": {"since=2026-01-05T14:00:00Z&until=2026-01-05T12:00:00Z", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.stuck(t, "dead-11", "waiting-12", "dead-13", "waiting-14", "done-15")
			var got struct{ Replayed []string }
			a := w.post(t, tenants+"demo/replay?"+tt.query, "")
			if err := json.Unmarshal(a.Body.Bytes(), &got); err != nil || a.Code != 200 || !strings.Contains(a.Body.String(), `"replayed":[`) {
				t.Fatalf("answer is %d %s", a.Code, a.Body)
			}
			want := strings.Fields(tt.want)
			if slices.Sort(got.Replayed); !slices.Equal(got.Replayed, slices.Sorted(slices.Values(want))) || len(w.tasks()) != len(want) {
				t.Errorf("replayed are %v, tasks %v, want %v", got.Replayed, w.tasks(), want)
			}
			for _, one := range w.list(t) {
				state, _, _ := strings.Cut(one.Key, "-")
				if slices.Contains(want, one.Key) {
					state = string(session.CRMPending)
				}
				if state != "call" && state != "chat" && string(one.CRM.State) != state {
					t.Errorf("%s is %s, want %s", one.Key, one.CRM.State, state)
				}
			}
			if a := w.post(t, tenants+"demo/replay?"+tt.query, ""); !strings.Contains(a.Body.String(), `"replayed":[]`) || len(w.tasks()) != len(want) {
				t.Errorf("an impatient person is answered %s, tasks %v", a.Body, w.tasks())
			}
		})
	}
}

// list is what all sessions are like.
func (w *world) list(t *testing.T) []shown {
	t.Helper()
	var all struct{ Sessions []shown }
	a := w.ask(t, "GET", sessions, audience)
	if err := json.Unmarshal(a.Body.Bytes(), &all); err != nil || len(all.Sessions) != 7 {
		t.Fatalf("answer is %d %s", a.Code, a.Body)
	}
	return all.Sessions
}

// One that fails does not hold up the others, and is named: no window would find it again.
func TestAWindowNamesWhatItDidNotTakeUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.stuck(t, "dead-11", "dead-12", "dead-13")
	emulatortest.Plan(t, w.faults, `{"tasks":[{"code":"PERMISSION_DENIED"}]}`)
	a := w.post(t, tenants+"demo/replay?since=2026-01-05T00:00:00Z", "")
	if a.Code != 503 || !strings.Contains(a.Body.String(), "1 of 3 sessions") || !strings.Contains(a.Body.String(), `"path":"dead-11"`) || len(w.tasks()) != 2 {
		t.Errorf("answer is %d %s, tasks %v", a.Code, a.Body, w.tasks())
	}
	if a := w.post(t, sessions+"/dead-11/replay", ""); a.Code != 200 || len(w.tasks()) != 3 {
		t.Errorf("by itself: %d, tasks %v", a.Code, w.tasks())
	}
}
