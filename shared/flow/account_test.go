package flow

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
)

// By id, then by query, then created: that is the page's; asking one after another and in several forms of the number is
// ours.
func TestAnAccountIsLookedForInEveryWayBeforeItIsCreated(t *testing.T) {
	t.Parallel()
	cite(t, fromByID)
	c := fullCRM()
	c.Phone.Lookup = []string{"e164", "national_digits", "last:7"}
	c.Endpoints.FindAccountByID = endpoint("GET", "/accounts/{ACCOUNT_ID}")
	c.Endpoints.FindAccountAlso = []*settings.Endpoint{endpoint("GET", "/accounts", "email", "{EMAIL}"), endpoint("GET", "/people", "external", "{UJET_ID}")}
	s := running()
	s.Customer.AccountID, s.Customer.Email = "77", "kim@example.com" // and no id at the contact centre: nothing to ask by
	d := &store.Document{Session: s}
	sent := drive(t, c, d, map[string]answer{FindAccount: nobody})
	var got []string
	for _, x := range sent {
		if x.Step == FindAccount || x.Step == CreateAccount {
			got = append(got, x.Method+" "+strings.TrimPrefix(x.URL, "https://crm.example.com"))
		}
	}
	want := []string{
		"GET /accounts/77", "GET /accounts?phone=%2B12223334444", "GET /accounts?phone=2223334444", "GET /accounts?phone=3334444",
		"GET /accounts?email=kim%40example.com", "POST /accounts",
	}
	if !slices.Equal(got, want) {
		t.Errorf("sent %q, want %q", got, want)
	}
}

func TestTheFirstWayThatFindsIsTheLast(t *testing.T) {
	t.Parallel()
	cite(t, fromQuery)
	c := fullCRM()
	c.Phone.Lookup = []string{"e164", "last:7"}
	d := &store.Document{Session: running()}
	p := progress{id, c, start}
	n := p.begin(d)
	n, _ = p.apply(d, n, nobody)
	n, _ = p.apply(d, n, said(200, `{"id":5}`))
	if d.CRM.AccountID != "5" || n.step.Name != CreateRecord {
		t.Errorf("account %q, then %s", d.CRM.AccountID, n.step.Name)
	}
}

func TestWithoutCreationASessionGoesOnWithoutAnAccount(t *testing.T) {
	t.Parallel()
	cite(t, fromMissingID)
	c := fullCRM()
	c.SkipAccountCreation = true
	d := &store.Document{Session: ended()}
	got := stepsOf(drive(t, c, d, map[string]answer{FindAccount: nobody}))
	if want := []string{FindAccount, CreateRecord, CommentStart, CommentEnd, UpdateRecord}; !slices.Equal(got, want) || d.CRM.AccountID != "" {
		t.Errorf("sent %v with account %q, want %v", got, d.CRM.AccountID, want)
	}
	c.SkipRecordCreation = true
	d = &store.Document{Session: ended()}
	got = stepsOf(drive(t, c, d, map[string]answer{FindAccount: nobody, FindRecord: nobody}))
	if want := []string{FindAccount}; !slices.Equal(got, want) || d.CRM.State != session.CRMDone {
		t.Errorf("sent %v, then %s (%s): without an account there is no record to ask for", got, d.CRM.State, d.CRM.Problem)
	}
}

func TestARecordMayWaitForAnAgent(t *testing.T) {
	t.Parallel()
	arrived, answered := running(), running()
	answered.ConnectedAt = start.Add(time.Minute)
	over := func(o session.Outcome) session.Session { s := ended(); s.Outcome = o; return s }
	all := []string{FindAccount, CreateAccount, CreateRecord, CommentStart}
	tests := map[string]struct {
		from   string
		policy settings.RecordPolicy
		s      session.Session
		want   []string
	}{
		"at arrival, by default":             {fromDelay, settings.RecordPolicy{}, arrived, all},
		"not before an agent answers":        {fromDelay, settings.RecordPolicy{At: "answer"}, arrived, []string{FindAccount}},
		"once an agent answered":             {fromDelay, settings.RecordPolicy{At: "answer"}, answered, all},
		"at the end, if nobody answered":     {oursOutcome, settings.RecordPolicy{At: "answer"}, over(session.Abandoned), append(slices.Clone(all), CommentEnd, UpdateRecord)},
		"none for who gave up":               {oursOutcome, settings.RecordPolicy{At: "answer", NoAbandoned: true}, over(session.Abandoned), []string{FindAccount}},
		"one for a voicemail then":           {oursOutcome, settings.RecordPolicy{At: "answer", NoAbandoned: true}, over(session.Voicemail), append(slices.Clone(all), CommentEnd, UpdateRecord)},
		"none for a voicemail, if so wanted": {oursOutcome, settings.RecordPolicy{At: "answer", NoVoicemail: true}, over(session.Voicemail), []string{FindAccount}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			c := fullCRM()
			c.Records = tt.policy
			if got := names(Plan(c, tt.s, session.CRM{})); !slices.Equal(got, tt.want) {
				t.Errorf("plan is %v, want %v", got, tt.want)
			}
		})
	}
}

func TestWhatTheCRMSaysIsThereAlreadyIsLookedForAgain(t *testing.T) {
	t.Parallel()
	cite(t, oursMeanings)
	c := fullCRM()
	c.Endpoints.CreateAccount.Answers = []settings.Meaning{{Status: 400, Contains: "in use", Means: settings.MeansExists}}
	inUse := said(400, `{"message":"Name in use"}`)
	d := &store.Document{Session: running()}
	p := progress{id, c, start}
	n, _ := p.apply(d, p.begin(d), nobody)
	if n, _ = p.apply(d, n, inUse); n == nil || n.step.Name != FindAccount {
		t.Fatalf("then %+v (%s)", n, d.CRM.Problem)
	}
	if n, _ = p.apply(d, n, said(200, `{"id":5}`)); n.step.Name != CreateRecord || d.CRM.Exists != "" {
		t.Errorf("found: then %s, %+v", n.step.Name, d.CRM)
	}
	d = &store.Document{Session: running()}
	drive(t, c, d, map[string]answer{FindAccount: nobody, CreateAccount: inUse})
	if d.CRM.State != session.CRMDead || !strings.Contains(d.CRM.Problem, "do not find it") {
		t.Errorf("not found: %s: %s", d.CRM.State, d.CRM.Problem)
	}
	Replay(fullCRM(), d)
	if sent := drive(t, c, d, nil); d.CRM.State != session.CRMDone || sent[0].Step != FindAccount {
		t.Errorf("after it was mended: %s, sent %v", d.CRM.State, stepsOf(sent))
	}
}

func TestAPersonChoosesAmongSeveral(t *testing.T) {
	t.Parallel()
	cite(t, oursFirst)
	c := fullCRM()
	c.Endpoints.FindAccount.Response, c.Endpoints.FindAccount.Choose = "accounts", "agent"
	d := &store.Document{Session: running()}
	drive(t, c, d, map[string]answer{FindAccount: said(200, `{"accounts":[{"id":1,"name":"Kim"},{"id":2,"name":"Lee"}]}`)})
	if d.CRM.State != session.CRMDead || len(d.CRM.Candidates) != 2 || d.CRM.Candidates[1].ID != "2" {
		t.Fatalf("%s (%s) with %+v", d.CRM.State, d.CRM.Problem, d.CRM.Candidates)
	}
	Choose(c, d, "2", "")
	sent := drive(t, c, d, nil)
	if sent[0].Step != CreateRecord || !strings.Contains(sent[0].Body, `"2"`) || d.CRM.Candidates != nil {
		t.Errorf("then %+v, %+v", sent[0], d.CRM.Candidates)
	}
}

func TestTheSettingsSayWhatAnAnswerMeans(t *testing.T) {
	t.Parallel()
	search := Step{Name: FindAccount, endpoint: endpoint("GET", "/accounts", "phone", "{PHONE_NUMBER}")}
	search.endpoint.Answers = []settings.Meaning{
		{Status: 404, Means: settings.MeansNotFound}, {Status: 403, Means: settings.MeansRetry},
		{Status: 200, Contains: "isn't a valid", Means: settings.MeansRefused}, {Status: 302, Means: settings.MeansDone},
	}
	tests := map[string]struct {
		from   string
		answer answer
		want   verdict
	}{
		"404 for a query is nobody": {oursMeanings, said(404, ""), verdict{nobody: true}},
		"403 passes":                {oursMeanings, said(403, ""), verdict{outcome: store.Waiting, known: true}},
		"a refusal inside a 200":    {oursMeanings, said(200, "status isn't a valid one"), verdict{outcome: store.Dead, known: true}},
		"good, whatever it looks":   {oursMeanings, said(302, ""), verdict{outcome: store.Done}},
		"the table for all others":  {fromAccount, said(401, ""), verdict{outcome: store.Dead, known: true}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			got := judge(fullCRM(), search, tt.answer)
			if got.problem = ""; got != tt.want {
				t.Errorf("judged %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestACompanyMayNameWhatIsTriedAgain(t *testing.T) {
	t.Parallel()
	c := &settings.CRM{Retry: settings.RetryCustom, RetryOn: []string{"409", "5xx", settings.NoAnswer}}
	tests := map[string]struct {
		from   string
		answer answer
		want   store.Verdict
	}{
		"a status that is named":         {oursCustom, said(409, ""), store.Waiting},
		"one of a class that is":         {oursCustom, said(502, ""), store.Waiting},
		"the documented one that is not": {oursCustom, said(400, ""), store.Dead},
		"no answer":                      {oursCustom, answer{err: errTest}, store.Waiting},
		"no connection":                  {oursCustom, answer{err: errTest, notSent: true}, store.Waiting},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			if got := judge(c, Step{Name: CreateRecord, endpoint: endpoint("POST", "/r")}, tt.answer); got.outcome != tt.want {
				t.Errorf("%s, want %s", got.outcome, tt.want)
			}
		})
	}
}
