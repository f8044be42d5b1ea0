package flow

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
)

// Customers may be known by signed data alone, which may come late.
func TestSearchesBeginAnewForSignedData(t *testing.T) {
	t.Parallel()
	cite(t, oursOrder)
	c := fullCRM()
	c.SkipAccountCreation, c.SkipRecordCreation = true, true
	d := &store.Document{Session: running()}
	Owe(settings.Settings{CRM: c}, d, id, start)
	drive(t, c, d, map[string]answer{FindAccount: nobody, FindRecord: nobody})
	if d.CRM.State != session.CRMDone {
		t.Fatalf("%s: %s", d.CRM.State, d.CRM.Problem)
	}
	d.Session.CustomData.Signed = []byte(`{"reserved_verified_customer":true,"identifier":"c-5","email":"kim@example.com"}`)
	d.Session.Customer.Email = "kim@example.com"
	Owe(settings.Settings{CRM: c}, d, id, start)
	if got := names(Plan(c, d.Session, d.CRM)); !slices.Contains(got, FindAccount) {
		t.Errorf("owed %v", got)
	}
}

// The first end's comment must not be taken for the real one's.
func TestAnEndThatWasNoneIsForgotten(t *testing.T) {
	t.Parallel()
	cite(t, oursOrder)
	c := fullCRM()
	c.IdempotencyHeader = ""
	d := &store.Document{Session: ended()}
	drive(t, c, d, map[string]answer{CommentEnd: said(502, "")})
	d.Session.EndedAt = time.Time{} // a second agent took over
	Owe(settings.Settings{CRM: c}, d, id, start)
	d.Session.EndedAt = start.Add(time.Hour)
	Replay(c, d)
	Owe(settings.Settings{CRM: c}, d, id, start)
	if got := stepsOf(drive(t, c, d, nil)); !slices.Contains(got, CommentEnd) {
		t.Errorf("sent %v, done %v", got, d.CRM.Done)
	}
}

// 303 may be the answer to a create that was done: what follows is a search, and no second create.
func TestARedirectAfterACreateIsInDoubt(t *testing.T) {
	t.Parallel()
	cite(t, "RFC 9110: section 15.4.4, 303")
	c := fullCRM()
	d := &store.Document{Session: ended()}
	drive(t, c, d, map[string]answer{FindAccount: said(200, `{"id":5}`), FindRecord: nobody, CreateRecord: said(http.StatusSeeOther, "")})
	if d.CRM.State != session.CRMDead || !d.CRM.Doubt {
		t.Errorf("%s, doubt %v", d.CRM.State, d.CRM.Doubt)
	}
}

func TestAStepThatIsNotOwedAnyMoreIsNotReplayed(t *testing.T) {
	t.Parallel()
	cite(t, oursTwice)
	d := &store.Document{Session: ended(), CRM: session.CRM{AccountID: "1", RecordID: "2", Done: map[string]string{"comment_rating_old": "sent"}}}
	if err := ReplayStep(fullCRM(), d, "comment_rating_old"); err == nil {
		t.Error("a comment on a rating that has changed is said to be made again")
	}
}

// A rate is of requests, however many a session makes.
func TestEachRequestWaitsItsTurn(t *testing.T) {
	t.Parallel()
	cite(t, ours+"the rate is held by spacing the requests of each session")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c := fullCRM()
	c.Rate = settings.Rate{PerSecond: 1}
	u := &run{Runner: &Runner{}, crm: c}
	if a, _ := u.try(ctx, &next{}, nil); a.err == nil || !a.refused {
		t.Errorf("a request whose run is over is sent: %+v", a)
	}
}
