package flow

import (
	"slices"
	"testing"
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
)

// The tables have a row for every branch of the flows "find or create account", "find or create record", "after the call or
// chat", "update record" and "comment". The page draws them: what a picture does not tell is in the sections that the rows
// name. Files are TestFlowOfAFile's.

// byID is the step that asks for the account by its id, which has the name of any search for it.
const byID = FindAccount + " by id"

// branch is one way through the flows of the page: what is set and known, what the CRM answers, what is sent then, and how
// that leaves the session.
type branch struct {
	from    string
	change  func(*settings.CRM, *store.Document)
	answers map[string]answer // by step; the others succeed with the id 7
	want    []string
	state   session.CRMState
	account string
	record  string
}

// as is the full settings and a running call.
func as(*settings.CRM, *store.Document) {}

// knownByID has the contact centre know the account's id, and the CRM an endpoint for it.
func knownByID(c *settings.CRM, d *store.Document) {
	c.Endpoints.FindAccountByID = endpoint("GET", "/accounts/{ACCOUNT_ID}")
	d.Session.Customer.AccountID = "77"
}

// reusing looks for an open record before one is created.
func reusing(c *settings.CRM, _ *store.Document) { c.ReuseRecords = true }

// started are the steps of a call once its account is there.
var started = []string{CreateRecord, CommentStart}

var accountBranches = map[string]branch{
	"no id is known: by query, and found":         {fromQuery, as, nil, then(FindAccount, started...), session.CRMDone, "7", "7"},
	"an id is known, and found":                   {fromByID, knownByID, nil, then(byID, started...), session.CRMDone, "7", "7"},
	"an id is known, and 404: by query":           {fromByID, knownByID, map[string]answer{byID: said(404, "")}, append([]string{byID, FindAccount}, started...), session.CRMDone, "7", "7"},
	"an id is known, and both find nobody":        {fromByID, knownByID, map[string]answer{byID: said(404, ""), FindAccount: nobody}, append([]string{byID, FindAccount, CreateAccount}, started...), session.CRMDone, "7", "7"},
	"an id is known, and 400: tried again":        {fromAccount, knownByID, map[string]answer{byID: said(400, "")}, []string{byID}, session.CRMWaiting, "", ""},
	"an id is known, and 403: not tried again":    {fromAccount, knownByID, map[string]answer{byID: said(403, "")}, []string{byID}, session.CRMDead, "", ""},
	"a URL without the id disables the endpoint":  {fromByID, noPlaceForID, nil, then(FindAccount, started...), session.CRMDone, "7", "7"},
	"an id is known, and no endpoint takes it":    {fromByID, idAlone, nil, then(FindAccount, started...), session.CRMDone, "7", "7"},
	"by query, and several: the first":            {oursFirst, several, map[string]answer{FindAccount: said(200, `{"accounts":[{"id":1},{"id":2}]}`)}, then(FindAccount, started...), session.CRMDone, "1", "7"},
	"by query, and nobody: created":               {fromNewAccount, as, map[string]answer{FindAccount: nobody}, append([]string{FindAccount, CreateAccount}, started...), session.CRMDone, "7", "7"},
	"by query, and 400: tried again":              {fromAccount, as, map[string]answer{FindAccount: said(400, "")}, []string{FindAccount}, session.CRMWaiting, "", ""},
	"by query, and 401: not tried again":          {fromAccount, as, map[string]answer{FindAccount: said(401, "")}, []string{FindAccount}, session.CRMDead, "", ""},
	"by query, and 500: not tried again":          {fromAccount, as, map[string]answer{FindAccount: said(500, "")}, []string{FindAccount}, session.CRMDead, "", ""},
	"nobody, and creation is skipped: without":    {fromMissingID, withoutCreation, map[string]answer{FindAccount: nobody}, then(FindAccount, CreateRecord, CommentStart), session.CRMDone, "", "7"},
	"created, and 400: tried again":               {fromAccount, as, map[string]answer{FindAccount: nobody, CreateAccount: said(400, "")}, []string{FindAccount, CreateAccount}, session.CRMWaiting, "", ""},
	"created, and 422: not tried again":           {fromAccount, as, map[string]answer{FindAccount: nobody, CreateAccount: said(422, "")}, []string{FindAccount, CreateAccount}, session.CRMDead, "", ""},
	"created without an id: not tried again":      {fromMissingID, as, map[string]answer{FindAccount: nobody, CreateAccount: said(201, `{"ok":true}`)}, []string{FindAccount, CreateAccount}, session.CRMDead, "", ""},
	"nobody, and a queue has a page of its own":   {fromOpenURL, ownPage, map[string]answer{FindAccount: nobody}, then(FindAccount, started...), session.CRMDone, "temporary-call-1", "7"},
	"no query is configured: created":             {fromNewAccount, noQuery, nil, then(CreateAccount, started...), session.CRMDone, "7", "7"},
	"accounts alone are configured: looked up":    {fromAPI, accountsAlone, nil, []string{FindAccount}, session.CRMDone, "7", ""},
	"accounts alone, and nobody: created":         {fromAPI, accountsAlone, map[string]answer{FindAccount: nobody}, []string{FindAccount, CreateAccount}, session.CRMDone, "7", ""},
	"an id that an earlier run got is used":       {fromOrder, accountKnown, nil, started, session.CRMDone, "5", "7"},
	"a number nobody is looked for by: the email": {fromQuery, byEmail, nil, then(FindAccount, started...), session.CRMDone, "7", "7"},
}

var recordBranches = map[string]branch{
	"records are not reused: created":              {fromNewRecord, as, nil, []string{FindAccount, CreateRecord, CommentStart}, session.CRMDone, "7", "7"},
	"records are reused, and one is there":         {fromRecord, reusing, map[string]answer{FindRecord: said(200, `{"id":456,"status":"open"}`)}, []string{FindAccount, FindRecord, CommentStart, UpdateRecord}, session.CRMDone, "7", "456"},
	"records are reused, and none is there":        {fromNewRecord, reusing, map[string]answer{FindRecord: nobody}, []string{FindAccount, FindRecord, CreateRecord, CommentStart}, session.CRMDone, "7", "7"},
	"the search is refused with 400: tried again":  {fromAccount, reusing, map[string]answer{FindRecord: said(400, "")}, []string{FindAccount, FindRecord}, session.CRMWaiting, "7", ""},
	"the search is refused with 403: a person":     {fromAccount, reusing, map[string]answer{FindRecord: said(403, "")}, []string{FindAccount, FindRecord}, session.CRMDead, "7", ""},
	"none is there, and creation is skipped":       {fromMissingID, withoutRecords, map[string]answer{FindRecord: nobody}, []string{FindAccount, FindRecord}, session.CRMDone, "7", ""},
	"created, and 400: tried again":                {fromAccount, as, map[string]answer{CreateRecord: said(400, "")}, []string{FindAccount, CreateRecord}, session.CRMWaiting, "7", ""},
	"created, and 409: not tried again":            {fromAccount, as, map[string]answer{CreateRecord: said(409, "")}, []string{FindAccount, CreateRecord}, session.CRMDead, "7", ""},
	"created without an id: not tried again":       {fromMissingID, as, map[string]answer{CreateRecord: said(201, `{}`)}, []string{FindAccount, CreateRecord}, session.CRMDead, "7", ""},
	"a person chose one: no other is made":         {fromOrder, recordKnown, nil, []string{CommentStart, UpdateRecord}, session.CRMDone, "5", "6"},
	"not before an agent is there":                 {fromDelay, fromAnswerOn, nil, []string{FindAccount}, session.CRMDone, "7", ""},
	"no comments are configured":                   {fromComment, noComments, nil, []string{FindAccount, CreateRecord}, session.CRMDone, "7", "7"},
	"a comment is refused with 400: tried again":   {fromAccount, as, map[string]answer{CommentStart: said(400, "")}, []string{FindAccount, CreateRecord, CommentStart}, session.CRMWaiting, "7", "7"},
	"a comment is refused with 404: not again":     {fromAccount, as, map[string]answer{CommentStart: said(404, "")}, []string{FindAccount, CreateRecord, CommentStart}, session.CRMDead, "7", "7"},
	"of a comment's answer no id is wanted":        {fromMissingID, as, map[string]answer{CommentStart: said(201, "")}, []string{FindAccount, CreateRecord, CommentStart}, session.CRMDone, "7", "7"},
	"after it: end, then title and description":    {fromUpdate, over, nil, []string{FindAccount, CreateRecord, CommentStart, CommentEnd, UpdateRecord}, session.CRMDone, "7", "7"},
	"after it, and no update is configured":        {fromUpdate, overUntold, nil, []string{FindAccount, CreateRecord, CommentStart, CommentEnd}, session.CRMDone, "7", "7"},
	"an update is refused with 400: tried again":   {fromAccount, over, map[string]answer{UpdateRecord: said(400, "")}, []string{FindAccount, CreateRecord, CommentStart, CommentEnd, UpdateRecord}, session.CRMWaiting, "7", "7"},
	"an update is refused with 403: not again":     {fromAccount, over, map[string]answer{UpdateRecord: said(403, "")}, []string{FindAccount, CreateRecord, CommentStart, CommentEnd, UpdateRecord}, session.CRMDead, "7", "7"},
	"of an update's answer no id is wanted":        {fromMissingID, over, map[string]answer{UpdateRecord: said(204, "")}, []string{FindAccount, CreateRecord, CommentStart, CommentEnd, UpdateRecord}, session.CRMDone, "7", "7"},
	"a session of which only its end is heard of":  {oursOrder, over, map[string]answer{FindAccount: nobody}, []string{FindAccount, CreateAccount, CreateRecord, CommentStart, CommentEnd, UpdateRecord}, session.CRMDone, "7", "7"},
	"without an account nobody's record is sought": {fromMissingID, nobodysRecord, map[string]answer{FindAccount: nobody}, []string{FindAccount}, session.CRMDone, "", ""},
}

func TestFlowOfTheAccount(t *testing.T) {
	t.Parallel()
	for name, b := range accountBranches {
		t.Run(name, func(t *testing.T) { walk(t, b) })
	}
}

func TestFlowOfTheRecord(t *testing.T) {
	t.Parallel()
	for name, b := range recordBranches {
		t.Run(name, func(t *testing.T) { walk(t, b) })
	}
}

// walk goes one branch to its end, with the documented retries.
func walk(t *testing.T, b branch) {
	t.Helper()
	t.Parallel()
	cite(t, b.from)
	c, d := fullCRM(), &store.Document{Session: running()}
	c.Retry = settings.RetryDocumented
	b.change(c, d)
	p := progress{id, c, start}
	var sent []string
	for n := p.begin(d); n != nil && len(sent) < 20; {
		step := n.step.Name
		if n.step.endpoint == c.Endpoints.FindAccountByID {
			step = byID
		}
		sent = append(sent, step)
		a, ok := b.answers[step]
		if !ok {
			a = said(200, `{"id":7}`)
		}
		n, _ = p.apply(d, n, a)
	}
	if !slices.Equal(sent, b.want) {
		t.Errorf("sent %v, want %v", sent, b.want)
	}
	if k := d.CRM; k.State != b.state || k.AccountID != b.account || k.RecordID != b.record {
		t.Errorf("it is %s (%s) with account %q and record %q, want %s with %q and %q", k.State, k.Problem, k.AccountID, k.RecordID, b.state, b.account, b.record)
	}
}

func then(first string, rest ...string) []string { return append([]string{first}, rest...) }

// The changes of the branches.
func noPlaceForID(c *settings.CRM, d *store.Document) {
	knownByID(c, d)
	c.Endpoints.FindAccountByID.URL = "https://crm.example.com/accounts"
}
func idAlone(_ *settings.CRM, d *store.Document) { d.Session.Customer.AccountID = "77" }
func several(c *settings.CRM, _ *store.Document) { c.Endpoints.FindAccount.Response = "accounts" }
func noQuery(c *settings.CRM, _ *store.Document) { c.Endpoints.FindAccount = nil }
func ownPage(c *settings.CRM, _ *store.Document) {
	c.LookupURLs.Queue = "https://crm.example.com/new?account={ACCOUNT_ID}&phone={PHONE_NUMBER}"
}
func withoutCreation(c *settings.CRM, _ *store.Document) { c.SkipAccountCreation = true }
func accountsAlone(c *settings.CRM, _ *store.Document) {
	c.Endpoints = settings.Endpoints{FindAccount: c.Endpoints.FindAccount, CreateAccount: c.Endpoints.CreateAccount}
}
func accountKnown(_ *settings.CRM, d *store.Document) { d.CRM.AccountID = "5" }
func byEmail(c *settings.CRM, d *store.Document) {
	c.Endpoints.FindAccount = endpoint("GET", "/accounts", "email", "{EMAIL}")
	d.Session.Customer = session.Customer{Email: "kim@example.com"}
}
func withoutRecords(c *settings.CRM, _ *store.Document) {
	c.ReuseRecords, c.SkipRecordCreation = true, true
}
func nobodysRecord(c *settings.CRM, d *store.Document) {
	withoutRecords(c, d)
	withoutCreation(c, d)
}
func recordKnown(c *settings.CRM, d *store.Document) {
	reusing(c, d)
	Choose(c, d, "5", "6")
}
func fromAnswerOn(c *settings.CRM, _ *store.Document) { c.Records.At = settings.AtAnswer }
func noComments(c *settings.CRM, _ *store.Document)   { c.Endpoints.Comment = nil }
func over(_ *settings.CRM, d *store.Document) {
	d.Session.EndedAt, d.Session.Outcome = start.Add(5*time.Minute), session.Completed
}
func overUntold(c *settings.CRM, d *store.Document) {
	over(c, d)
	c.Endpoints.UpdateRecord = nil
}
