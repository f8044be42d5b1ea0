package flow

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"sessionbridge.internal/shared/crm"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
)

const oursPage = ours + "whoever is in front of a CRM answers for it with 200 and a page: of its request nobody knows what became"

// webPage is how a server in front of the CRM tells of maintenance.
var webPage = answer{Answer: crm.Answer{
	Status: http.StatusOK, Header: http.Header{"Content-Type": {"text/html"}}, Body: []byte("<!DOCTYPE html><title>Maintenance</title>"),
}}

// What is answered with a page waits, and goes on where it was. A step that makes something is in doubt by then.
func TestAWebPageIsALostAnswer(t *testing.T) {
	t.Parallel()
	keyless := fullCRM()
	keyless.IdempotencyHeader = ""
	blind := fullCRM()
	blind.IdempotencyHeader, blind.Endpoints.FindOwnRecord = "", nil
	tests := map[string]struct {
		from  string
		crm   *settings.CRM
		step  string
		then  []string // what the next run sends first
		same  bool     // whether the request is sent again to the letter
		state session.CRMState
	}{
		"an account is searched for again":            {oursPage, fullCRM(), FindAccount, []string{FindAccount, CreateAccount}, true, session.CRMDone},
		"a created account is looked for":             {oursPage, fullCRM(), CreateAccount, []string{FindAccount, CreateAccount}, true, session.CRMDone},
		"a record is looked for":                      {oursPage, fullCRM(), CreateRecord, []string{FindOwnRecord, CreateRecord}, true, session.CRMDone},
		"without keys the search is enough":           {oursPage, keyless, CreateRecord, []string{FindOwnRecord, CreateRecord}, false, session.CRMDone},
		"without either a person must look":           {oursPage, blind, CreateRecord, nil, false, session.CRMDead},
		"a comment is repeated under its key":         {oursPage, fullCRM(), CommentStart, []string{CommentStart}, true, session.CRMDone},
		"a comment that may be there already is left": {oursPage, keyless, CommentStart, []string{CommentEnd}, false, session.CRMDone},
		"an update is sent again":                     {oursPage, fullCRM(), UpdateRecord, []string{UpdateRecord}, false, session.CRMDone},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			d := &store.Document{Session: ended()}
			first := drive(t, tt.crm, d, map[string]answer{FindAccount: nobody, tt.step: webPage})
			want := tt.step + ": the CRM answered with a web page, not JSON: it may be down for maintenance, or the URL leads to its sign-in page"
			if d.CRM.State != session.CRMWaiting || d.CRM.Problem != want {
				t.Fatalf("%s: %s; want to wait: %s", d.CRM.State, d.CRM.Problem, want)
			}
			second := drive(t, tt.crm, d, map[string]answer{FindAccount: nobody, FindOwnRecord: nobody})
			if got := stepsOf(second); len(got) < len(tt.then) || !slices.Equal(got[:len(tt.then)], tt.then) {
				t.Errorf("then sent %v, want it to begin with %v", got, tt.then)
			}
			if d.CRM.State != tt.state {
				t.Errorf("in the end it is %s (%s), want %s", d.CRM.State, d.CRM.Problem, tt.state)
			}
			if slices.Contains(second, first[len(first)-1]) && tt.then == nil {
				t.Error("it was sent again blindly")
			}
			if tt.same && !slices.ContainsFunc(second, func(s session.Sent) bool { return s.Step == tt.step && s.Body == first[len(first)-1].Body }) {
				t.Errorf("then sent %+v, want the lost request among them", second)
			}
		})
	}
}

func TestWhoWaitsOnAWebPage(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		from  string
		retry string
		on    []string
		want  session.CRMState
	}{
		"as for any lost answer":                   {oursPage, settings.RetrySafe, nil, session.CRMWaiting},
		"where settings of their own say so":       {oursPage, settings.RetryCustom, []string{settings.NoAnswer}, session.CRMWaiting},
		"not where a lost answer is for people":    {oursPage, settings.RetryCustom, []string{"5xx"}, session.CRMDead},
		"not where 400 alone is, as is documented": {oursPage, settings.RetryDocumented, nil, session.CRMDead},
	}
	for name, tt := range tests {
		for _, step := range []string{FindAccount, CreateAccount, CreateRecord, CommentStart, UpdateRecord} {
			t.Run(name+": "+step, func(t *testing.T) {
				t.Parallel()
				cite(t, tt.from)
				c := fullCRM()
				c.Retry, c.RetryOn = tt.retry, tt.on
				d := &store.Document{Session: ended()}
				drive(t, c, d, map[string]answer{FindAccount: nobody, step: webPage})
				if d.CRM.State != tt.want || !strings.HasPrefix(d.CRM.Problem, step+": the CRM answered with a web page") {
					t.Errorf("%s: %s; want %s", d.CRM.State, d.CRM.Problem, tt.want)
				}
			})
		}
	}
}

// What the CRM says in a header needs no body, and its settings go first.
func TestAWebPageThatIsAnAnswer(t *testing.T) {
	t.Parallel()
	inHeader := fullCRM()
	inHeader.Endpoints.CreateRecord.ID = "Location"
	created := webPage
	created.Header = http.Header{"Content-Type": {"text/html"}, "Location": {"/records/8"}}
	meant := fullCRM()
	meant.Endpoints.Comment.Answers = []settings.Meaning{{Status: http.StatusOK, Means: settings.MeansDone}}
	gone := fullCRM()
	gone.Endpoints.FindAccount.Answers = []settings.Meaning{{Contains: "maintenance", Means: settings.MeansRefused}}
	tests := map[string]struct {
		from   string
		crm    *settings.CRM
		step   string
		answer answer
		want   session.CRMState
	}{
		"an id in the header":              {oursPage, inHeader, CreateRecord, created, session.CRMDone},
		"settings that call it done":       {oursPage, meant, CommentStart, webPage, session.CRMDone},
		"settings that call it a refusal":  {oursPage, gone, FindAccount, webPage, session.CRMDead},
		"but a header that is not there":   {oursPage, fullCRM(), CreateRecord, created, session.CRMWaiting},
		"and JSON that is called a page":   {oursPage, fullCRM(), CreateRecord, answer{Answer: crm.Answer{Status: 200, Header: webPage.Header, Body: []byte(`{"id":7}`)}}, session.CRMDone},
		"and a page longer than is read":   {oursPage, fullCRM(), FindAccount, answer{Answer: crm.Answer{Status: 200, Header: webPage.Header, Body: webPage.Body, Truncated: true}}, session.CRMWaiting},
		"XML of an endpoint that is wrong": {oursPage, fullCRM(), FindAccount, said(200, `<?xml version="1.0"?><none/>`), session.CRMDead},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			d := &store.Document{Session: running()}
			answers := map[string]answer{FindAccount: nobody}
			answers[tt.step] = tt.answer
			drive(t, tt.crm, d, answers)
			if d.CRM.State != tt.want {
				t.Errorf("%s: %s; want %s", d.CRM.State, d.CRM.Problem, tt.want)
			}
		})
	}
}

func TestATrialSaysThatAWebPageAnswered(t *testing.T) {
	t.Parallel()
	cite(t, oursPage)
	c := fullCRM()
	one := Trials(c, running())[0]
	one.read(progress{crm: c}, running(), webPage)
	if one.Fault != crm.ErrWebPage.Error() || one.Status != 200 {
		t.Errorf("of %d: %q, want %q", one.Status, one.Fault, crm.ErrWebPage)
	}
}
