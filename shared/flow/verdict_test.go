package flow

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	lost := answer{err: http.ErrHandlerTimeout}
	unsent := answer{err: http.ErrServerClosed, notSent: true}
	tests := map[string]struct {
		from             string
		answer           answer
		documented, safe store.Verdict
		known            bool
	}{
		"200 is done":                       {fromStatus, said(200, ""), store.Done, store.Done, false},
		"204 is done":                       {fromNoContent, said(204, ""), store.Done, store.Done, false},
		"400 is tried again, as documented": {fromAccount, said(400, ""), store.Waiting, store.Waiting, true},
		"401 is for a person":               {fromAccount, said(401, ""), store.Dead, store.Dead, true},
		"302 is for a person":               {fromAccount, said(302, ""), store.Dead, store.Dead, true},
		"404 is for a person":               {fromAccount, said(404, ""), store.Dead, store.Dead, true},
		"408 passes":                        {oursSafe, said(408, ""), store.Dead, store.Waiting, true},
		"409 is for a person":               {fromAccount, said(409, ""), store.Dead, store.Dead, true},
		"425 passes":                        {fromTooEarly, said(425, ""), store.Dead, store.Waiting, true},
		"429 passes":                        {fromTooMany, said(429, ""), store.Dead, store.Waiting, true},
		"500 passes, work may be done":      {oursSafe, said(500, ""), store.Dead, store.Waiting, false},
		"502 passes, work may be done":      {oursSafe, said(502, ""), store.Dead, store.Waiting, false},
		"503 passes, no work was done":      {oursSafe, said(503, ""), store.Dead, store.Waiting, true},
		"no connection":                     {oursSafe, unsent, store.Dead, store.Waiting, true},
		"no answer":                         {oursSafe, lost, store.Dead, store.Waiting, false},
		"wrong settings wait for mending":   {oursMending, answer{err: http.ErrNoLocation, refused: true}, store.Waiting, store.Waiting, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
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
		from  string
		crm   *settings.CRM
		step  string            // whose answer is lost
		then  map[string]answer // what the next run is answered
		sent  []string          // what the next run sends first
		same  bool              // whether the lost request is sent again to the letter, under its key
		state session.CRMState
	}{
		"a record is looked for and found":            {oursTwice, fullCRM(), CreateRecord, nil, []string{FindOwnRecord, CommentStart}, false, session.CRMDone},
		"a record not found is created under its key": {fromKey, fullCRM(), CreateRecord, map[string]answer{FindOwnRecord: nobody}, []string{FindOwnRecord, CreateRecord}, true, session.CRMDone},
		"without keys the search is enough":           {oursTwice, noKey, CreateRecord, map[string]answer{FindOwnRecord: nobody}, []string{FindOwnRecord, CreateRecord}, false, session.CRMDone},
		"without either a person must look":           {oursTwice, noWay, CreateRecord, nil, nil, false, session.CRMDead},
		"an account is looked for again":              {oursTwice, fullCRM(), CreateAccount, nil, []string{FindAccount, CreateRecord}, false, session.CRMDone},
		"a comment is repeated under its key":         {fromKey, fullCRM(), CommentStart, nil, []string{CommentStart}, true, session.CRMDone},
		"a comment without keys is let be":            {oursTwice, noKey, CommentStart, nil, nil, false, session.CRMDone},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
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
	cite(t, fromKey)
	d := &store.Document{Session: running()}
	first := drive(t, fullCRM(), d, map[string]answer{FindAccount: nobody, CreateAccount: said(400, "")})
	second := drive(t, fullCRM(), d, map[string]answer{FindAccount: nobody})
	if a, b := first[len(first)-1], second[1]; a.Step != CreateAccount || b.Step != CreateAccount || a.Key == b.Key {
		t.Errorf("first %+v, then %+v: want the same step under another key", a, b)
	}
}

func TestACrashInFlightIsADoubt(t *testing.T) {
	t.Parallel()
	cite(t, oursTwice)
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
	cite(t, fromAccount)
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
	cite(t, fromAccount)
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

func TestWaysToSayNobody(t *testing.T) {
	t.Parallel()
	byID := fullCRM()
	byID.Endpoints.FindAccount = endpoint("GET", "/accounts/{PHONE_NUMBER}")
	tests := map[string]struct {
		from   string
		crm    *settings.CRM
		answer answer
		then   string // the next step; empty: none
	}{
		"an empty list":                      {fromMissingID, fullCRM(), nobody, CreateAccount},
		"no content":                         {fromNoContent, fullCRM(), said(204, ""), CreateAccount},
		"404 for what the path names":        {fromByID, byID, said(404, ""), CreateAccount},
		"404 for a query is a wrong address": {oursWrong, fullCRM(), said(404, ""), ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
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
