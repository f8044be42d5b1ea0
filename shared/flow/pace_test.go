package flow_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/emulator/kustomer"
	"sessionbridge.internal/shared/flow"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/work"
)

// limited has Kustomer bear so many requests a minute.
func limited(n int) func(*kustomer.Options) { return func(o *kustomer.Options) { o.Limit = n } }

// Kustomer tells with each answer how many requests remain and when the limit is reset
// (https://developer.kustomer.com/docs/concepts/rate-limits).
func TestAUsedUpLimitIsWaitedForAndIsNoFailure(t *testing.T) {
	t.Parallel()
	w := connect(t, attaching, limited(4))
	w.post(t, "/v1/customers", `{"name":"Kim Lee","phones":[{"phone":"+12223334444"}]}`)
	w.tell(t, func(s *session.Session) {
		s.EndedAt, s.Outcome = nine, session.Completed
		s.Announced = []session.File{{ID: "r1", Kind: session.Recording, URL: "https://media.example/r1.mp3"}}
	})
	d := w.wake(t) // the search, the create and the announcement, behind which the file still goes to another server
	if k := d.CRM; k.State != session.CRMPending || k.Failures != 0 || k.InFlight != nil || !strings.Contains(k.Problem, "rate limit") || k.Done["upload_r1"] == "" {
		t.Fatalf("it is %s with %d failures (%s), done %v", k.State, k.Failures, k.Problem, k.Done)
	}
	reset := nine.Add(time.Minute)
	if at := d.Work[work.CRM].TaskAt; at.Before(reset) || at.After(reset.Add(2*time.Second)) || !d.CRM.NextAttemptAt.Equal(at) {
		t.Errorf("it comes again at %v, and says %v; want %v", at, d.CRM.NextAttemptAt, reset)
	}
	w.wantAttached(t, w.wake(t), 1)
	for _, asked := range w.asked() {
		if strings.HasSuffix(asked, " 429") {
			t.Errorf("asked too much: %v", w.asked())
		}
	}
}

func TestARefusalForTheLimitIsRepeatedAfterItsReset(t *testing.T) {
	t.Parallel()
	w := connect(t, attaching, limited(1))
	w.post(t, "/v1/customers", `{"name":"Kim Lee","phones":[{"phone":"+12223334444"}]}`) // takes all there is
	w.tell(t, func(*session.Session) {})
	d := w.wake(t)
	if k := d.CRM; k.State != session.CRMWaiting || k.Failures != 1 || k.NextAttemptAt.Before(nine.Add(time.Minute)) || k.NextAttemptAt.After(nine.Add(62*time.Second)) {
		t.Errorf("it is %s with %d failures until %v, want to wait for the reset in a minute", k.State, k.Failures, k.NextAttemptAt)
	}
}

// A limit that is soon reset is waited for by the run itself.
func TestAShortLimitIsWaitedForAtOnce(t *testing.T) {
	t.Parallel()
	w := connect(t, attaching)
	w.post(t, "/v1/customers", `{"name":"Kim Lee","phones":[{"phone":"+12223334444"}]}`)
	w.instead = func(rw http.ResponseWriter, _ *http.Request) bool {
		rw.Header().Set("RateLimit", `"second";r=0;t=0.01`)
		return false
	}
	w.tell(t, func(*session.Session) {})
	if d := w.wake(t); d.CRM.State != session.CRMDone || d.CRM.RecordID == "" {
		t.Errorf("it is %s (%s)", d.CRM.State, d.CRM.Problem)
	}
}

// Who waits for a limit holds up no other session of the same customer meanwhile.
func TestWhoWaitsForALimitGivesTheAccountBack(t *testing.T) {
	t.Parallel()
	w := connect(t, strings.Replace(conflicting, "ALSO", "", 1), limited(3))
	for _, email := range []string{"ann@example.com", "eve@example.com"} { // of three requests, two
		w.post(t, "/v1/customers", `{"emails":[{"email":"`+email+`"}]}`)
	}
	w.tell(t, func(*session.Session) {})
	if d := w.wake(t); d.CRM.State != session.CRMWaiting || d.CRM.AccountID != "" || d.CRM.InFlight != nil {
		t.Fatalf("after the search it is %s (%s), with %+v in flight", d.CRM.State, d.CRM.Problem, d.CRM.InFlight)
	}
	if d := w.wake(t); d.CRM.AccountID == "" { // a minute later, when a lease of two would still hold
		t.Errorf("then it is %s (%s), want an account", d.CRM.State, d.CRM.Problem)
	}
}

// Where others use the limit up, a search that finds nobody is not made for ever: what it is for is sent, its refusal is a
// failure, and a week is the end.
func TestALimitThatOthersUseUpIsNoEndlessSearch(t *testing.T) {
	t.Parallel()
	w := connect(t, strings.Replace(conflicting, "ALSO", "", 1), limited(1))
	w.clock.Advance(time.Hour)
	w.tell(t, func(*session.Session) {})
	d := w.wake(t)
	for range 200 {
		if d.CRM.State == session.CRMDead {
			break
		}
		d = w.wake(t)
	}
	if over := w.clock.Now().Sub(nine); d.CRM.State != session.CRMDead || !strings.Contains(d.CRM.Problem, "429") || over > 8*24*time.Hour {
		t.Errorf("after %v it is %s (%s)", over, d.CRM.State, d.CRM.Problem)
	}
}

// Each run brings the session on by a step, whatever the CRM tells of its limit.
func TestALimitOfYearsKeepsNobodyFromGoingOn(t *testing.T) {
	t.Parallel()
	w := connect(t, strings.Replace(conflicting, "ALSO", "", 1))
	w.instead = func(rw http.ResponseWriter, _ *http.Request) bool {
		rw.Header().Set("RateLimit", `"x";r=0;t=999999999`)
		return false
	}
	w.tell(t, func(*session.Session) {})
	d := w.wake(t)
	for range 3 {
		if d.CRM.State == session.CRMPending {
			d = w.wake(t)
		}
	}
	if d.CRM.State != session.CRMDone || d.CRM.RecordID == "" {
		t.Errorf("it is %s (%s)", d.CRM.State, d.CRM.Problem)
	}
}

// A step that was written down and not sent, since the run's time ended while it waited, is in no doubt.
func TestWhatWasNotSentIsInNoDoubt(t *testing.T) {
	t.Parallel()
	w := connect(t, strings.Replace(attaching, `"comment_on": [],`, "", 1))
	w.post(t, "/v1/customers", `{"name":"Kim Lee","phones":[{"phone":"+12223334444"}]}`)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	w.runner.Clock = func() time.Time { // the run asks for the time when it is about to wait
		if sent := w.document(t).CRM.InFlight; sent != nil && sent.Step == flow.CommentStart {
			cancel()
		}
		return w.clock.Now()
	}
	w.instead = func(rw http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPost {
			rw.Header().Set("RateLimit", `"second";r=0;t=8`)
		}
		return false
	}
	w.tell(t, func(*session.Session) {})
	due := w.document(t).Work[work.CRM]
	w.clock.AdvanceTo(due.TaskAt)
	wake := work.Wake{ID: callID, Kind: work.CRM, Task: due.Task}
	if err := w.runner.Run(ctx, wake); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if d := w.document(t); d.CRM.InFlight != nil || d.CRM.RecordID == "" {
		t.Fatalf("in flight is %+v", d.CRM.InFlight)
	}
	w.instead, w.runner.Clock = nil, w.clock.Now
	w.clock.Advance(10 * time.Minute) // the lease has run out
	if err := w.runner.Run(t.Context(), wake); err != nil {
		t.Fatal(err)
	}
	if n := len(w.Snapshot().Conversations[0].Notes); n != 1 {
		t.Errorf("there are %d notes, want one: %v", n, w.asked())
	}
}

// A slow CRM must not have a run be ended in the middle of a request.
func TestARunEndsBeforeItsTimeIsOver(t *testing.T) {
	t.Parallel()
	w := connect(t, strings.Replace(attaching, `"comment_on": [],`, "", 1))
	w.post(t, "/v1/customers", `{"name":"Kim Lee","phones":[{"phone":"+12223334444"}]}`)
	w.before("POST /v1/conversations", func() { w.clock.Advance(4*time.Minute + 45*time.Second) })
	w.tell(t, func(*session.Session) {})
	d := w.wake(t)
	if k := d.CRM; k.State != session.CRMPending || k.RecordID == "" || k.InFlight != nil || k.Failures != 0 || len(w.Snapshot().Conversations[0].Notes) != 0 {
		t.Fatalf("it is %s (%s), done %v, with %+v in flight", k.State, k.Problem, k.Done, k.InFlight)
	}
	if d = w.wake(t); d.CRM.State != session.CRMDone || len(w.Snapshot().Conversations[0].Notes) != 1 {
		t.Errorf("then it is %s (%s)", d.CRM.State, d.CRM.Problem)
	}
}
