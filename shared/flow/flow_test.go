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

func TestPlan(t *testing.T) {
	t.Parallel()
	reuse := fullCRM()
	reuse.ReuseRecords = true
	bare := &settings.CRM{Endpoints: settings.Endpoints{CreateAccount: endpoint("POST", "/accounts")}}
	doubtful := session.CRM{AccountID: "1", InFlight: &session.Sent{Step: CreateRecord}, Doubt: true}
	tests := map[string]struct {
		from string
		crm  *settings.CRM
		s    session.Session
		k    session.CRM
		want []string
	}{
		"no CRM, nothing owed":                 {oursNothing, nil, ended(), session.CRM{}, nil},
		"nothing happened yet":                 {oursNothing, fullCRM(), session.Session{Key: "call-1"}, session.CRM{}, nil},
		"a new session":                        {fromOrder, fullCRM(), running(), session.CRM{}, []string{FindAccount, CreateAccount, CreateRecord, CommentStart}},
		"a chat known by its messages only":    {oursOrder, fullCRM(), session.Session{Key: "chat-1", FirstMessageAt: start}, session.CRM{}, []string{FindAccount, CreateAccount, CreateRecord, CommentStart}},
		"nobody was found":                     {fromNewAccount, fullCRM(), running(), session.CRM{AccountSearch: session.FoundNobody}, []string{CreateAccount, CreateRecord, CommentStart}},
		"the account is known":                 {oursKnown, fullCRM(), running(), session.CRM{AccountID: "1"}, []string{CreateRecord, CommentStart}},
		"an open record may be used again":     {fromRecord, reuse, running(), session.CRM{AccountID: "1"}, []string{FindRecord, CreateRecord, CommentStart}},
		"no open record was found":             {fromNewRecord, reuse, running(), session.CRM{AccountID: "1", RecordSearch: session.FoundNobody}, []string{CreateRecord, CommentStart}},
		"a create in doubt is looked for":      {oursTwice, fullCRM(), running(), doubtful, []string{FindOwnRecord, CreateRecord, CommentStart}},
		"the record is known":                  {oursKnown, fullCRM(), running(), session.CRM{AccountID: "1", RecordID: "2"}, []string{CommentStart}},
		"the start is told":                    {oursKnown, fullCRM(), running(), session.CRM{AccountID: "1", RecordID: "2", Done: map[string]string{CommentStart: "sent"}}, nil},
		"the session ended meanwhile":          {oursOrder, fullCRM(), ended(), session.CRM{AccountID: "1", RecordID: "2"}, []string{CommentStart, CommentEnd, UpdateRecord}},
		"everything at once, for a lost start": {oursOrder, fullCRM(), ended(), session.CRM{}, []string{FindAccount, CreateAccount, CreateRecord, CommentStart, CommentEnd, UpdateRecord}},
		"accounts only":                        {fromAPI, bare, ended(), session.CRM{}, []string{CreateAccount}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			if got := names(Plan(tt.crm, tt.s, tt.k)); !slices.Equal(got, tt.want) {
				t.Errorf("plan is %v, want %v", got, tt.want)
			}
		})
	}
}

func TestUpdateIsOwedAgainWhenItsContentChanged(t *testing.T) {
	t.Parallel()
	cite(t, oursChanges)
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
	cite(t, fromOrder)
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
	cite(t, oursNobody)
	s := running()
	s.Customer = session.Customer{}
	d := &store.Document{Session: s}
	if got := stepsOf(drive(t, fullCRM(), d, nil)); got[0] != CreateAccount {
		t.Errorf("sent %v: a search for nothing finds everybody", got)
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
	cite(t, oursOrder)
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
	cite(t, oursTwice)
	noWay := fullCRM()
	noWay.IdempotencyHeader, noWay.Endpoints.FindOwnRecord = "", nil
	d := &store.Document{Session: running()}
	drive(t, noWay, d, map[string]answer{CreateRecord: said(502, "")})
	drive(t, noWay, d, nil)
	if d.CRM.State != session.CRMDead {
		t.Fatalf("before: %s", d.CRM.State)
	}
	Replay(fullCRM(), d)
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
	cite(t, fromMissingID)
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
		from          string
		set           settings.Settings
		s             session.Session
		state         session.CRMState
		crm, metadata bool
	}{
		"a running session owes its CRM":  {fromOrder, all, running(), "", true, false},
		"an ended one its metadata too":   {fromMetadata, all, ended(), "", true, true},
		"without a CRM only the metadata": {fromMetadata, settings.Settings{Mail: &settings.Mail{To: "a@example.com"}}, ended(), "", false, true},
		"without anything nothing":        {oursNothing, settings.Settings{}, ended(), "", false, false},
		"what waits is not woken early":   {oursWaiting, all, running(), session.CRMWaiting, true, false},
		"what is dead waits for a person": {oursWaiting, all, running(), session.CRMDead, false, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
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
