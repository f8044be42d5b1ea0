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

// What is known of a repeat says nothing of the request that it repeats.
func TestARefusedRepeatLeavesTheFirstInDoubt(t *testing.T) {
	t.Parallel()
	d := &store.Document{Session: running()}
	drive(t, fullCRM(), d, map[string]answer{FindAccount: nobody, CreateRecord: said(502, "")})
	key := d.CRM.InFlight.Key
	drive(t, fullCRM(), d, map[string]answer{FindOwnRecord: nobody, CreateRecord: said(503, "")})
	if d.CRM.InFlight == nil || d.CRM.InFlight.Key != key || !d.CRM.Doubt {
		t.Fatalf("after the refusal: %+v", d.CRM.InFlight)
	}
	if sent := drive(t, fullCRM(), d, nil); sent[0].Step != FindOwnRecord {
		t.Errorf("then sent %v", stepsOf(sent))
	}
}

func TestACommentInDoubtIsSettledBeforeOthersAreMade(t *testing.T) {
	t.Parallel()
	d := &store.Document{Session: ended()}
	first := drive(t, fullCRM(), d, map[string]answer{CommentEnd: said(502, "")})
	lost := first[len(first)-1]
	d.Session.Transfers = full().Transfers // which is told before the end
	second := drive(t, fullCRM(), d, nil)
	if second[0] != lost || !strings.HasPrefix(second[1].Step, "comment_transfer_") {
		t.Errorf("sent %v", stepsOf(second))
	}
}

func TestAReplayLooksForARecordWhoseAnswerWasLost(t *testing.T) {
	t.Parallel()
	c := fullCRM()
	c.Retry = settings.RetryDocumented // no answer is final
	d := &store.Document{Session: running()}
	drive(t, c, d, map[string]answer{CreateRecord: {err: errTest}})
	if d.CRM.State != session.CRMDead {
		t.Fatalf("state %s", d.CRM.State)
	}
	Replay(fullCRM(), d)
	if sent := drive(t, c, d, nil); sent[0].Step != FindOwnRecord || slices.Contains(stepsOf(sent), CreateRecord) {
		t.Errorf("sent %v", stepsOf(sent))
	}
}

func TestARecordThatIsThereAlreadyIsLookedFor(t *testing.T) {
	t.Parallel()
	c := fullCRM()
	c.Endpoints.CreateRecord.Answers = []settings.Meaning{{Status: 409, Means: settings.MeansExists}}
	d := &store.Document{Session: running()}
	sent := stepsOf(drive(t, c, d, map[string]answer{CreateRecord: said(409, "")}))
	if !slices.Contains(sent, FindOwnRecord) || d.CRM.RecordID != "7" || d.CRM.State != session.CRMDone {
		t.Errorf("sent %v, %s: %s", sent, d.CRM.State, d.CRM.Problem)
	}
}

func TestWhatIsLearntDuringASearchIsSearchedForToo(t *testing.T) {
	t.Parallel()
	c := fullCRM()
	c.Endpoints.FindAccountAlso = []*settings.Endpoint{endpoint("GET", "/accounts", "email", "{EMAIL}")}
	s := running()
	s.Customer = session.Customer{Email: "kim@example.com"}
	d := &store.Document{Session: s}
	p := progress{id, c, start}
	n := p.begin(d)
	d.Session.Customer.Phone = "+12223334444" // an event came while the address was searched for
	n, _ = p.apply(d, n, nobody)
	if n.step.Name != FindAccount || !strings.Contains(n.sent.URL, "phone=") {
		t.Errorf("then %s %s", n.step.Name, n.sent.URL)
	}
}

func TestWhatIsLearntAfterASearchBeginsItAnew(t *testing.T) {
	t.Parallel()
	c := fullCRM()
	c.SkipAccountCreation, c.SkipRecordCreation, c.ReuseRecords = true, true, true
	s := running()
	s.Customer = session.Customer{}
	d := &store.Document{Session: s}
	drive(t, c, d, nil)
	d.Session.Customer.Phone = "+12223334444"
	Owe(settings.Settings{CRM: c}, d, id, start)
	if got := names(Plan(c, d.Session, d.CRM)); len(got) == 0 || got[0] != FindAccount {
		t.Errorf("once the number is known: %v", got)
	}
	drive(t, c, d, map[string]answer{FindAccount: said(200, `{"id":5}`), FindRecord: nobody})
	d.Session.EndedAt = start.Add(time.Minute) // and the agent made a record
	Owe(settings.Settings{CRM: c}, d, id, start)
	if got := names(Plan(c, d.Session, d.CRM)); len(got) == 0 || got[0] != FindRecord {
		t.Errorf("once it is over: %v", got)
	}
}

func TestARequestThatCannotBeKeptNeedsAPerson(t *testing.T) {
	t.Parallel()
	c := fullCRM()
	c.TicketDescription = strings.Repeat("x", 300<<10)
	c.Endpoints.CreateRecord = endpoint("POST", "/records", "text", "{TICKET_DESCRIPTION}")
	d := &store.Document{Session: running()}
	drive(t, c, d, nil)
	if d.CRM.State != session.CRMDead || !strings.Contains(d.CRM.Problem, "at most") {
		t.Errorf("%s: %s", d.CRM.State, d.CRM.Problem)
	}
}

func TestARecordOfOthersIsToldWhoHasTheSession(t *testing.T) {
	t.Parallel()
	c := fullCRM()
	c.ReuseRecords = true
	s := running()
	s.Agents = []session.Agent{{ID: "1"}}
	d := &store.Document{Session: s}
	if sent := stepsOf(drive(t, c, d, nil)); !slices.Contains(sent, UpdateRecord) {
		t.Errorf("sent %v", sent)
	}
}
