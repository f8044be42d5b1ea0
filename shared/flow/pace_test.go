package flow_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/emulator/kustomer"
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
	if d := w.wake(t); d.CRM.State != session.CRMPending || d.CRM.AccountID != "" || d.CRM.InFlight != nil {
		t.Fatalf("after the search it is %s (%s), with %+v in flight", d.CRM.State, d.CRM.Problem, d.CRM.InFlight)
	}
	if d := w.wake(t); d.CRM.AccountID == "" { // a minute later, when a lease of two would still hold
		t.Errorf("then it is %s (%s), want an account", d.CRM.State, d.CRM.Problem)
	}
}
