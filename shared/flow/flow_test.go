package flow

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/shared/crm"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

var (
	start = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	id    = store.ID{Tenant: "demo", Source: "ccai", Key: "call-1"}
)

func endpoint(method, path string, params ...string) *settings.Endpoint {
	e := &settings.Endpoint{Method: method, URL: "https://crm.example.com" + path}
	for i := 0; i < len(params); i += 2 {
		e.Parameters = append(e.Parameters, settings.Parameter{Key: params[i], Value: params[i+1]})
	}
	return e
}

// fullCRM has every endpoint, and a header for idempotency keys.
func fullCRM() *settings.CRM {
	return &settings.CRM{
		Queue: "crm", Retry: settings.RetrySafe, IdempotencyHeader: "Idempotency-Key",
		RecordURL: "https://crm.example.com/records/{RECORD_ID}",
		Endpoints: settings.Endpoints{
			FindAccount:   endpoint("GET", "/accounts", "phone", "{PHONE_NUMBER}"),
			CreateAccount: endpoint("POST", "/accounts", "name", "{NAME}"),
			FindRecord:    endpoint("GET", "/records", "account", "{ACCOUNT_ID}"),
			FindOwnRecord: endpoint("GET", "/records", "external", "{SESSION_KEY}"),
			CreateRecord:  endpoint("POST", "/records", "account", "{ACCOUNT_ID}"),
			UpdateRecord:  endpoint("PATCH", "/records/{RECORD_ID}", "text", "{TICKET_DESCRIPTION}"),
			Comment:       endpoint("POST", "/records/{RECORD_ID}/comments", "text", "{COMMENT_BODY}"),
		},
	}
}

func running() session.Session {
	return session.Session{Key: "call-1", Tenant: "demo", Source: "ccai", Channel: session.Call, StartedAt: start,
		Customer: session.Customer{Phone: "+12223334444"}}
}

func ended() session.Session {
	s := running()
	s.EndedAt, s.Outcome = start.Add(5*time.Minute), session.Completed
	return s
}

func names(steps []Step) (out []string) {
	for _, s := range steps {
		out = append(out, s.Name)
	}
	return out
}

// The order is that of docs.cloud.google.com, CCAI Platform, "Custom CRM": account, record, then what follows.
func TestPlan(t *testing.T) {
	t.Parallel()
	reuse := fullCRM()
	reuse.ReuseRecords = true
	bare := &settings.CRM{Endpoints: settings.Endpoints{CreateAccount: endpoint("POST", "/accounts")}}
	doubtful := session.CRM{AccountID: "1", InFlight: &session.Sent{Step: CreateRecord}, Doubt: true}
	tests := map[string]struct {
		crm  *settings.CRM
		s    session.Session
		k    session.CRM
		want []string
	}{
		"no CRM, nothing owed":                 {nil, ended(), session.CRM{}, nil},
		"nothing happened yet":                 {fullCRM(), session.Session{Key: "call-1"}, session.CRM{}, nil},
		"a new session":                        {fullCRM(), running(), session.CRM{}, []string{FindAccount, CreateAccount, CreateRecord, CommentStart}},
		"a chat known by its messages only":    {fullCRM(), session.Session{Key: "chat-1", FirstMessageAt: start}, session.CRM{}, []string{FindAccount, CreateAccount, CreateRecord, CommentStart}},
		"nobody was found":                     {fullCRM(), running(), session.CRM{AccountSearch: session.FoundNobody}, []string{CreateAccount, CreateRecord, CommentStart}},
		"the account is known":                 {fullCRM(), running(), session.CRM{AccountID: "1"}, []string{CreateRecord, CommentStart}},
		"an open record may be used again":     {reuse, running(), session.CRM{AccountID: "1"}, []string{FindRecord, CreateRecord, CommentStart}},
		"no open record was found":             {reuse, running(), session.CRM{AccountID: "1", RecordSearch: session.FoundNobody}, []string{CreateRecord, CommentStart}},
		"a create in doubt is looked for":      {fullCRM(), running(), doubtful, []string{FindOwnRecord, CreateRecord, CommentStart}},
		"the record is known":                  {fullCRM(), running(), session.CRM{AccountID: "1", RecordID: "2"}, []string{CommentStart}},
		"the start is told":                    {fullCRM(), running(), session.CRM{AccountID: "1", RecordID: "2", Done: map[string]string{CommentStart: "sent"}}, nil},
		"the session ended meanwhile":          {fullCRM(), ended(), session.CRM{AccountID: "1", RecordID: "2"}, []string{CommentStart, CommentEnd, UpdateRecord}},
		"everything at once, for a lost start": {fullCRM(), ended(), session.CRM{}, []string{FindAccount, CreateAccount, CreateRecord, CommentStart, CommentEnd, UpdateRecord}},
		"accounts only":                        {bare, ended(), session.CRM{}, []string{CreateAccount}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := names(Plan(tt.crm, tt.s, tt.k)); !slices.Equal(got, tt.want) {
				t.Errorf("plan is %v, want %v", got, tt.want)
			}
		})
	}
}

func TestUpdateIsOwedAgainWhenItsContentChanged(t *testing.T) {
	t.Parallel()
	d := &store.Document{Session: ended()}
	drive(t, fullCRM(), d, map[string]answer{})
	if got := names(Plan(fullCRM(), d.Session, d.CRM)); got != nil {
		t.Fatalf("after everything was done the plan is %v", got)
	}
	d.Session.Disposition = &session.Disposition{Code: "SALE"}
	got := names(Plan(fullCRM(), d.Session, d.CRM))
	if len(got) != 2 || !strings.HasPrefix(got[0], "comment_disposition_") || got[1] != UpdateRecord {
		t.Errorf("after a disposition the plan is %v, want its comment and the update", got)
	}
}

// drive runs one run to its end against scripted answers; a step without one succeeds. It returns the steps sent.
func drive(t *testing.T, c *settings.CRM, d *store.Document, answers map[string]answer) (sent []session.Sent) {
	t.Helper()
	p := progress{id, c, start}
	for n := p.begin(d); n != nil; {
		sent = append(sent, n.sent)
		if len(sent) > 20 {
			t.Fatalf("the run does not end: %v", stepsOf(sent))
		}
		a, ok := answers[n.step.Name]
		if !ok {
			a = said(http.StatusOK, `{"id":7}`)
		}
		n, _ = p.apply(d, n, a)
	}
	return sent
}

func stepsOf(sent []session.Sent) (out []string) {
	for _, s := range sent {
		out = append(out, s.Step)
	}
	return out
}

// said is an answer of the CRM.
func said(status int, body string) answer {
	return answer{Answer: crm.Answer{Status: status, Body: []byte(body)}}
}

var nobody = said(http.StatusOK, `{}`)

func TestRunOfANewCustomer(t *testing.T) {
	t.Parallel()
	d := &store.Document{Session: ended()}
	sent := drive(t, fullCRM(), d, map[string]answer{FindAccount: nobody})
	want := []string{FindAccount, CreateAccount, CreateRecord, CommentStart, CommentEnd, UpdateRecord}
	if got := stepsOf(sent); !slices.Equal(got, want) {
		t.Errorf("sent %v, want %v", got, want)
	}
	k := d.CRM
	if k.State != session.CRMDone || k.AccountID != "7" || k.RecordID != "7" || k.InFlight != nil || k.RecordURL != "https://crm.example.com/records/7" {
		t.Errorf("afterwards: %+v", k)
	}
}

func TestAnonymousCustomersAreNotLookedUp(t *testing.T) {
	t.Parallel()
	s := running()
	s.Customer = session.Customer{}
	d := &store.Document{Session: s}
	if got := stepsOf(drive(t, fullCRM(), d, nil)); got[0] != CreateAccount {
		t.Errorf("sent %v: a search for nothing finds everybody", got)
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	lost := answer{err: http.ErrHandlerTimeout}
	unsent := answer{err: http.ErrServerClosed, notSent: true}
	tests := map[string]struct {
		answer           answer
		documented, safe store.Verdict
		known            bool
	}{
		"200 is done":                       {said(200, ""), store.Done, store.Done, false},
		"204 is done":                       {said(204, ""), store.Done, store.Done, false},
		"400 is tried again, as documented": {said(400, ""), store.Waiting, store.Waiting, true},
		"401 is for a person":               {said(401, ""), store.Dead, store.Dead, true},
		"302 is for a person":               {said(302, ""), store.Dead, store.Dead, true},
		"404 is for a person":               {said(404, ""), store.Dead, store.Dead, true},
		"408 passes":                        {said(408, ""), store.Dead, store.Waiting, true},
		"409 is for a person":               {said(409, ""), store.Dead, store.Dead, true},
		"425 passes":                        {said(425, ""), store.Dead, store.Waiting, true},
		"429 passes":                        {said(429, ""), store.Dead, store.Waiting, true},
		"500 passes, work may be done":      {said(500, ""), store.Dead, store.Waiting, false},
		"502 passes, work may be done":      {said(502, ""), store.Dead, store.Waiting, false},
		"503 passes, no work was done":      {said(503, ""), store.Dead, store.Waiting, true},
		"no connection":                     {unsent, store.Dead, store.Waiting, true},
		"no answer":                         {lost, store.Dead, store.Waiting, false},
		"wrong settings wait for mending":   {answer{err: http.ErrNoLocation, refused: true}, store.Waiting, store.Waiting, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for preset, want := range map[string]store.Verdict{settings.RetryDocumented: tt.documented, settings.RetrySafe: tt.safe} {
				v := judge(&settings.CRM{Retry: preset}, Step{Name: CreateRecord, endpoint: endpoint("POST", "/records")}, tt.answer)
				if v.outcome != want {
					t.Errorf("with %s: %s, want %s", preset, v.outcome, want)
				}
				if want != store.Done && (v.known != tt.known || v.problem == "") {
					t.Errorf("with %s: known %v and problem %q, want %v and a problem", preset, v.known, v.problem, tt.known)
				}
			}
		})
	}
}

func TestALostAnswerIsNeverRepeatedBlindly(t *testing.T) {
	t.Parallel()
	lost := said(http.StatusBadGateway, "")
	noKey := fullCRM()
	noKey.IdempotencyHeader = ""
	noWay := fullCRM()
	noWay.IdempotencyHeader, noWay.Endpoints.FindOwnRecord = "", nil
	tests := map[string]struct {
		crm   *settings.CRM
		step  string            // whose answer is lost
		then  map[string]answer // what the next run is answered
		sent  []string          // what the next run sends first
		same  bool              // whether the lost request is sent again to the letter, under its key
		state session.CRMState
	}{
		"a record is looked for and found":            {fullCRM(), CreateRecord, nil, []string{FindOwnRecord, CommentStart}, false, session.CRMDone},
		"a record not found is created under its key": {fullCRM(), CreateRecord, map[string]answer{FindOwnRecord: nobody}, []string{FindOwnRecord, CreateRecord}, true, session.CRMDone},
		"without keys the search is enough":           {noKey, CreateRecord, map[string]answer{FindOwnRecord: nobody}, []string{FindOwnRecord, CreateRecord}, false, session.CRMDone},
		"without either a person must look":           {noWay, CreateRecord, nil, nil, false, session.CRMDead},
		"an account is looked for again":              {fullCRM(), CreateAccount, nil, []string{FindAccount, CreateRecord}, false, session.CRMDone},
		"a comment is repeated under its key":         {fullCRM(), CommentStart, nil, []string{CommentStart}, true, session.CRMDone},
		"a comment without keys is let be":            {noKey, CommentStart, nil, nil, false, session.CRMDone},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &store.Document{Session: running()}
			first := drive(t, tt.crm, d, map[string]answer{FindAccount: nobody, tt.step: lost})
			if d.CRM.State != session.CRMWaiting || !d.CRM.Doubt {
				t.Fatalf("after the loss: %+v", d.CRM)
			}
			second := drive(t, tt.crm, d, tt.then)
			if got := stepsOf(second); len(got) < len(tt.sent) || !slices.Equal(got[:len(tt.sent)], tt.sent) {
				t.Errorf("then sent %v, want it to begin with %v", got, tt.sent)
			}
			if d.CRM.State != tt.state {
				t.Errorf("in the end it is %s (%s), want %s", d.CRM.State, d.CRM.Problem, tt.state)
			}
			if i := slices.IndexFunc(second, func(s session.Sent) bool { return s.Step == tt.step }); i >= 0 {
				if again := second[i] == first[len(first)-1]; again != tt.same {
					t.Errorf("the request is repeated to the letter: %v, want %v", again, tt.same)
				}
			}
		})
	}
}

func TestAKnownRefusalGetsANewKey(t *testing.T) {
	t.Parallel()
	d := &store.Document{Session: running()}
	first := drive(t, fullCRM(), d, map[string]answer{FindAccount: nobody, CreateAccount: said(400, "")})
	second := drive(t, fullCRM(), d, map[string]answer{FindAccount: nobody})
	if a, b := first[len(first)-1], second[1]; a.Step != CreateAccount || b.Step != CreateAccount || a.Key == b.Key {
		t.Errorf("first %+v, then %+v: want the same step under another key", a, b)
	}
}

func TestACrashInFlightIsADoubt(t *testing.T) {
	t.Parallel()
	d := &store.Document{Session: running(), CRM: session.CRM{AccountID: "1"}}
	p := progress{id, fullCRM(), start}
	n := p.begin(d) // and the process dies here
	if n.step.Name != CreateRecord || d.CRM.InFlight == nil {
		t.Fatalf("in flight: %+v", d.CRM.InFlight)
	}
	if got := p.begin(d); got.step.Name != FindOwnRecord || !d.CRM.Doubt {
		t.Errorf("the next run begins with %s, want to look for the record", got.step.Name)
	}
}

func TestRefusalsLastAWeekAndThenNeedAPerson(t *testing.T) {
	t.Parallel()
	d := &store.Document{Session: running()}
	p := progress{id, fullCRM(), start}
	attempts := 0
	for d.CRM.State != session.CRMDead {
		n := p.begin(d)
		p.apply(d, n, said(400, ""))
		if attempts++; attempts > 1000 {
			t.Fatal("it never ends")
		}
		if d.CRM.State == session.CRMWaiting {
			if w := d.Work[work.CRM]; w.Task == "" || !w.TaskAt.Equal(d.CRM.NextAttemptAt) {
				t.Fatalf("waiting without a task: %+v", w)
			}
			p.now = d.CRM.NextAttemptAt
		}
	}
	if got := p.now.Sub(start); got != work.Horizon || attempts < 20 {
		t.Errorf("given up after %v and %d attempts, want a week and at least 20", got, attempts)
	}
	if !strings.Contains(d.CRM.Problem, "400") {
		t.Errorf("the problem is %q", d.CRM.Problem)
	}
}

// A search that finds nobody between two refusals must not begin the week anew.
func TestACreateRefusedForAWeekIsGivenUpToo(t *testing.T) {
	t.Parallel()
	d := &store.Document{Session: running()}
	p := progress{id, fullCRM(), start}
	runs := 0
	for d.CRM.State != session.CRMDead {
		if runs++; runs > 100 {
			t.Fatalf("after %v it still goes on", p.now.Sub(start))
		}
		for n := p.begin(d); n != nil; {
			a := said(400, "")
			if n.step.Name == FindAccount {
				a = nobody
			}
			n, _ = p.apply(d, n, a)
		}
		if d.CRM.State == session.CRMWaiting {
			p.now = d.CRM.NextAttemptAt
		}
	}
	if got := p.now.Sub(start); got != work.Horizon || runs < 20 {
		t.Errorf("given up after %v and %d runs, want a week and at least 20", got, runs)
	}
}

func TestASearchIsRepeatedWhenMoreIsKnown(t *testing.T) {
	t.Parallel()
	c := fullCRM()
	c.Endpoints.FindAccount = endpoint("GET", "/accounts", "phone", "{PHONE_NUMBER}", "email", "{EMAIL}")
	d := &store.Document{Session: running()}
	p := progress{id, c, start}
	n := p.begin(d)
	d.Session.Customer.Email = "kim@example.com" // an event came while the CRM searched
	n, _ = p.apply(d, n, nobody)
	if n.step.Name != FindAccount || !strings.Contains(n.sent.URL, "email=kim") {
		t.Errorf("then %s %s, want to search with the address too", n.step.Name, n.sent.URL)
	}
}

func TestWaysToSayNobody(t *testing.T) {
	t.Parallel()
	byID := fullCRM()
	byID.Endpoints.FindAccount = endpoint("GET", "/accounts/{PHONE_NUMBER}")
	tests := map[string]struct {
		crm    *settings.CRM
		answer answer
		then   string // the next step; empty: none
	}{
		"an empty list":                      {fullCRM(), nobody, CreateAccount},
		"no content":                         {fullCRM(), said(204, ""), CreateAccount},
		"404 for what the path names":        {byID, said(404, ""), CreateAccount},
		"404 for a query is a wrong address": {fullCRM(), said(404, ""), ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &store.Document{Session: running()}
			p := progress{id, tt.crm, start}
			n, _ := p.apply(d, p.begin(d), tt.answer)
			got := ""
			if n != nil {
				got = n.step.Name
			}
			if got != tt.then {
				t.Errorf("then %q (%s), want %q", got, d.CRM.Problem, tt.then)
			}
		})
	}
}

func TestAVariableThatIsNotKnownYetIsWaitedFor(t *testing.T) {
	t.Parallel()
	c := fullCRM()
	c.Endpoints.CreateRecord = endpoint("POST", "/agents/{AGENT_ID}/records")
	d := &store.Document{Session: running()}
	drive(t, c, d, nil)
	if d.CRM.State != session.CRMWaiting || !strings.Contains(d.CRM.Problem, "not known yet") {
		t.Fatalf("%s: %s", d.CRM.State, d.CRM.Problem)
	}
	d.Session.Agents = []session.Agent{{ID: "7"}}
	drive(t, c, d, nil)
	if d.CRM.State != session.CRMDone {
		t.Errorf("once it is known: %s: %s", d.CRM.State, d.CRM.Problem)
	}
}

func TestASessionThatGoesOnEndsAgain(t *testing.T) {
	t.Parallel()
	set := settings.Settings{CRM: fullCRM(), Storage: &settings.Storage{Bucket: "b"}}
	d := &store.Document{Session: ended()}
	drive(t, fullCRM(), d, nil)
	d.Metadata.DoneAt = start.Add(time.Hour)
	d.Session.EndedAt = time.Time{} // a second agent took over
	Owe(set, d, id, start)
	d.Session.EndedAt = start.Add(2 * time.Hour)
	Owe(set, d, id, start)
	if got := names(Plan(fullCRM(), d.Session, d.CRM)); !slices.Equal(got, []string{CommentEnd, UpdateRecord}) {
		t.Errorf("owed to the CRM: %v", got)
	}
	if !d.Metadata.DoneAt.IsZero() || d.Work[work.Metadata].Task == "" {
		t.Errorf("the metadata is not owed again: %+v", d.Metadata)
	}
}

func TestReplay(t *testing.T) {
	t.Parallel()
	noWay := fullCRM()
	noWay.IdempotencyHeader, noWay.Endpoints.FindOwnRecord = "", nil
	d := &store.Document{Session: running()}
	drive(t, noWay, d, map[string]answer{CreateRecord: said(502, "")})
	drive(t, noWay, d, nil)
	if d.CRM.State != session.CRMDead {
		t.Fatalf("before: %s", d.CRM.State)
	}
	Replay(d)
	Owe(settings.Settings{CRM: noWay}, d, id, start)
	if d.Work[work.CRM].Task == "" {
		t.Error("no task wakes the replayed work")
	}
	sent := drive(t, noWay, d, nil)
	if d.CRM.State != session.CRMDone || sent[0].Step != CreateRecord {
		t.Errorf("after: %s (%s), sent %v", d.CRM.State, d.CRM.Problem, stepsOf(sent))
	}
}

func TestACreateWithoutAnIDIsAFaultOfTheSettings(t *testing.T) {
	t.Parallel()
	d := &store.Document{Session: running()}
	drive(t, fullCRM(), d, map[string]answer{FindAccount: nobody, CreateAccount: nobody})
	if d.CRM.State != session.CRMDead || !strings.Contains(d.CRM.Problem, "custom_id_location") {
		t.Errorf("%s: %s", d.CRM.State, d.CRM.Problem)
	}
}

func TestOwe(t *testing.T) {
	t.Parallel()
	all := settings.Settings{CRM: fullCRM(), Storage: &settings.Storage{Bucket: "b"}}
	now := start.Add(6 * time.Minute)
	tests := map[string]struct {
		set           settings.Settings
		s             session.Session
		state         session.CRMState
		crm, metadata bool
	}{
		"a running session owes its CRM":  {all, running(), "", true, false},
		"an ended one its metadata too":   {all, ended(), "", true, true},
		"without a CRM only the metadata": {settings.Settings{Mail: &settings.Mail{}}, ended(), "", false, true},
		"without anything nothing":        {settings.Settings{}, ended(), "", false, false},
		"what waits is not woken early":   {all, running(), session.CRMWaiting, true, false},
		"what is dead waits for a person": {all, running(), session.CRMDead, false, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &store.Document{Session: tt.s, CRM: session.CRM{State: tt.state}}
			later := now.Add(time.Hour)
			if tt.state == session.CRMWaiting {
				work.Owe(d, id, work.CRM, later)
			}
			Owe(tt.set, d, id, now)
			if got := d.Work[work.CRM].Task != ""; got != tt.crm {
				t.Errorf("CRM work owed: %v, want %v", got, tt.crm)
			}
			if got := d.Work[work.Metadata].Task != ""; got != tt.metadata {
				t.Errorf("metadata owed: %v, want %v", got, tt.metadata)
			}
			if tt.metadata && !d.Work[work.Metadata].TaskAt.Equal(start.Add(20*time.Minute)) {
				t.Errorf("metadata is due at %v, want 15 minutes after the end", d.Work[work.Metadata].TaskAt)
			}
			if tt.state == session.CRMWaiting && (d.CRM.State != session.CRMWaiting || !d.Work[work.CRM].TaskAt.Equal(later)) {
				t.Errorf("what waits was changed: %s, %+v", d.CRM.State, d.Work[work.CRM])
			}
		})
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	tests := map[string]time.Duration{
		"":                              0,
		"120":                           2 * time.Minute,
		" 5 ":                           5 * time.Second,
		"-1":                            0,
		"99999999999999999999":          0,
		"soon":                          0,
		"Mon, 05 Jan 2026 09:01:00 GMT": time.Minute,
		"Mon, 05 Jan 2026 08:00:00 GMT": 0,
	}
	for header, want := range tests {
		if got := retryAfter(header, start); got != want {
			t.Errorf("Retry-After %q is %v, want %v", header, got, want)
		}
	}
}
