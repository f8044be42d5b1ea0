package flow

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"sessionbridge.internal/shared/crm"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
)

const (
	oursSearched = ours + "an agent is searched for once, before the first step that says who they are"
	oursOneLease = ours + "an account's search and its creation are under one lease"
)

var (
	kim    = session.Agent{ID: "2", Email: "kim@example.com"}
	kimKey = crm.AgentKey(kim)
)

// telling has an endpoint tell the CRM who has the session.
func telling(e *settings.Endpoint) *settings.Endpoint {
	e.Parameters = append(e.Parameters, settings.Parameter{Key: "owner", Value: "{CRM_AGENT_ID}"})
	return e
}

// agentCRM is the full settings with a search for agents, whom the changed endpoints name.
func agentCRM(change func(*settings.Endpoints)) *settings.CRM {
	c := fullCRM()
	c.Endpoints.FindAgent = endpoint("GET", "/users", "email", "{AGENT_EMAIL}")
	change(&c.Endpoints)
	return c
}

func TestWhenAnAgentIsSearchedFor(t *testing.T) {
	t.Parallel()
	records := agentCRM(func(e *settings.Endpoints) { telling(e.CreateRecord) })
	updates := agentCRM(func(e *settings.Endpoints) { telling(e.UpdateRecord) })
	accounts := agentCRM(func(e *settings.Endpoints) { telling(e.CreateAccount); telling(e.CreateRecord) })
	comments := agentCRM(func(e *settings.Endpoints) { telling(e.Comment) })
	nowhere := agentCRM(func(*settings.Endpoints) {})
	unsearched := agentCRM(func(e *settings.Endpoints) { telling(e.CreateRecord); e.FindAgent = nil })
	there := session.CRM{AccountID: "1", RecordID: "2", Done: map[string]string{CommentStart: "sent", told: "another's"}}
	knows := func(k session.CRM, id string) session.CRM {
		k.Agents = map[string]string{kimKey: id}
		return k
	}
	answered := running()
	answered.Agents = []session.Agent{kim}
	tests := map[string]struct {
		from string
		crm  *settings.CRM
		s    session.Session
		k    session.CRM
		want []string
	}{
		"before the record is made":                {oursSearched, records, answered, session.CRM{}, []string{FindAccount, CreateAccount, FindAgent, CreateRecord, CommentStart}},
		"before the comment":                       {oursSearched, comments, answered, session.CRM{AccountID: "1"}, []string{CreateRecord, FindAgent, CommentStart}},
		"before the update":                        {oursAgent, updates, answered, there, []string{FindAgent, UpdateRecord}},
		"before the account's search":              {oursOneLease, accounts, answered, session.CRM{}, []string{FindAgent, FindAccount, CreateAccount, CreateRecord, CommentStart}},
		"not while nobody has come":                {oursSearched, records, running(), session.CRM{}, []string{FindAccount, CreateAccount, CreateRecord, CommentStart}},
		"not again once found":                     {oursSearched, records, answered, knows(session.CRM{AccountID: "1"}, "9"), []string{CreateRecord, CommentStart}},
		"not again where nobody was":               {oursSearched, records, answered, knows(session.CRM{AccountID: "1"}, ""), []string{CreateRecord, CommentStart}},
		"not where nothing names them":             {oursNothing, nowhere, answered, session.CRM{AccountID: "1"}, []string{CreateRecord, CommentStart}},
		"not where there is no search":             {oursNothing, unsearched, answered, session.CRM{AccountID: "1"}, []string{CreateRecord, CommentStart}},
		"not when nothing is owed":                 {oursNothing, records, answered, session.CRM{AccountID: "1", RecordID: "2", Done: map[string]string{CommentStart: "sent"}}, nil},
		"and what is in doubt is looked for first": {oursTwice, records, answered, session.CRM{AccountID: "1", Doubt: true, InFlight: &session.Sent{Step: CreateRecord}}, []string{FindOwnRecord, FindAgent, CreateRecord, CommentStart}},
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

// Who takes the call while the CRM searches for another is searched for next.
func TestAnAnswerIsOfTheAgentWhoWasAskedFor(t *testing.T) {
	t.Parallel()
	cite(t, oursSearched)
	c := agentCRM(func(e *settings.Endpoints) { telling(e.CreateRecord) })
	c.Endpoints.FindAgent.Verify = []settings.Check{{Field: "email", Equals: "{AGENT_EMAIL}"}}
	s := running()
	s.Agents = []session.Agent{kim}
	d := &store.Document{Session: s, CRM: session.CRM{AccountID: "1"}}
	p := progress{id, c, start}
	n := p.begin(d)
	d.Session.Agents = append(d.Session.Agents, session.Agent{ID: "3", Email: "lee@example.com"})
	n, _ = p.apply(d, n, said(200, `{"id":9,"email":"kim@example.com"}`))
	if d.CRM.Agents[kimKey] != "9" || n == nil || n.step.Name != FindAgent {
		t.Fatalf("remembered %v, then %+v; want kim, and to ask for lee", d.CRM.Agents, n)
	}
	n, _ = p.apply(d, n, said(200, `{"id":8,"email":"eve@example.com"}`)) // a CRM that does not know the filter
	if n == nil || n.step.Name != CreateRecord || n.sent.Body != `{"account":"1"}` {
		t.Errorf("then %+v, want the record without a stranger", n)
	}
}

func TestAReplaySearchesForStrangersAgain(t *testing.T) {
	t.Parallel()
	cite(t, oursMending)
	d := &store.Document{CRM: session.CRM{State: session.CRMDead, Agents: map[string]string{"a": "9", "b": ""}}}
	Replay(fullCRM(), d)
	if _, asked := d.CRM.Agents["b"]; asked || d.CRM.Agents["a"] != "9" {
		t.Errorf("remembered are %v, want who was found", d.CRM.Agents)
	}
}

func TestAgentsRememberedAreBounded(t *testing.T) {
	t.Parallel()
	var k session.CRM
	for i := range 10 * maxAgents {
		remember(&k, fmt.Sprint(i), "x")
		if len(k.Agents) > maxAgents || k.Agents[fmt.Sprint(i)] != "x" {
			t.Fatalf("after %d: %d are remembered", i, len(k.Agents))
		}
	}
}

// A search that is refused for a day is let go, and a row of failures ends with whom it finds.
func TestARowOfRefusedSearches(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		from   string
		answer answer
		since  time.Duration // its first failure is ago
		want   string        // the step after it; empty: it waits
		fails  int
	}{
		"down since a moment":   {oursSafe, said(503, ""), time.Minute, "", 4},
		"down since a day":      {ours + "a record that is a day late is late enough", said(503, ""), patience, CreateRecord, 3},
		"refused, and for good": {oursSearched, said(403, ""), time.Minute, CreateRecord, 3},
		"found at last":         {oursKnown, said(200, `{"id":9}`), time.Minute, CreateRecord, 0},
		"a page since a moment": {oursSafe, webPage, time.Minute, "", 4},
		"a page since a day":    {oursSafe, webPage, patience, CreateRecord, 3},
		"no answer":             {oursSafe, answer{err: fmt.Errorf("timeout")}, time.Minute, "", 4},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			s := running()
			s.Agents = []session.Agent{kim}
			d := &store.Document{Session: s, CRM: session.CRM{AccountID: "1", Failures: 3, FirstFailedAt: start.Add(-tt.since)}}
			p := progress{id, agentCRM(func(e *settings.Endpoints) { telling(e.CreateRecord) }), start}
			n, made := p.apply(d, p.begin(d), tt.answer)
			then := ""
			if n != nil {
				then = n.step.Name
			}
			if then != tt.want || d.CRM.Failures != tt.fails || made.Verdict == store.Done && tt.fails > 0 {
				t.Errorf("then %q after %d failures, the delivery is %s; want %q after %d", then, d.CRM.Failures, made.Verdict, tt.want, tt.fails)
			}
		})
	}
}
