package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	client "cloud.google.com/go/firestore"

	"sessionbridge.internal/shared/store"
)

// sweep has the tenant's sessions kept for the days, and returns in how many goes.
func (a *ages) sweep(days int) (goes int) {
	a.Helper()
	w := store.Sweep{Days: days, Since: a.now()}
	for more := true; more; goes++ {
		var err error
		w, more, err = a.SweepOn(a.Context(), "demo", w, a.now())
		a.must(err)
	}
	return goes
}

func TestAChangedRetentionReachesSessionsThatAreOver(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		was, is       int
		age           time.Duration
		session, text string // in how many days after its last change each expires
	}{
		"shorter, it goes sooner":               {400, 60, 10 * day, "60", "71"},
		"so short that it goes at once":         {400, 30, 100 * day, "30", "21"},
		"longer, it stays":                      {30, 400, 10 * day, "400", "411"},
		"none, it stays for good":               {30, 0, 10 * day, "-", "-"},
		"one, where there was none, dates them": {0, 60, 10 * day, "60", "71"},
		"the same, nothing is written":          {30, 30, 10 * day, "30", "51"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAges(t)
			a.put(id, everything, func(d *store.Document) { finished(d); d.KeepDays = tt.was })
			before := a.one("sessions")
			a.pass(tt.age)
			a.sweep(tt.is)
			if got := a.expiry("sessions"); got != tt.session {
				t.Errorf("the session expires after %s days, want %s", got, tt.session)
			}
			if got := a.expiry("deliveries"); got != tt.text {
				t.Errorf("what is below it expires after %s days, want %s", got, tt.text)
			}
			after := a.one("sessions")
			if !after.Data()["changed_at"].(time.Time).Equal(before.Data()["changed_at"].(time.Time)) {
				t.Error("a sweep is no change of the session")
			}
			if wrote := !after.UpdateTime.Equal(before.UpdateTime); wrote != (tt.was != tt.is) {
				t.Errorf("written: %t", wrote)
			}
		})
	}
}

// one is the only document of the group.
func (a *ages) one(group string) *client.DocumentSnapshot {
	a.Helper()
	docs, err := a.client.CollectionGroup(group).Documents(a.Context()).GetAll()
	a.must(err)
	if len(docs) != 1 {
		a.Fatalf("%d documents of %s", len(docs), group)
	}
	return docs[0]
}

// A session that an earlier release wrote has none of the fields.
func TestASweepFindsWhatAnEarlierReleaseWrote(t *testing.T) {
	t.Parallel()
	a := newAges(t)
	a.put(id, everything, func(d *store.Document) { finished(d); d.KeepDays = 0 })
	for group, fields := range map[string][]string{"sessions": {"keep_days", "expires_at", "renew_at"}, "deliveries": {"expires_at"}} {
		for _, field := range fields {
			_, err := a.one(group).Ref.Update(t.Context(), []client.Update{{Path: field, Value: client.Delete}})
			a.must(err)
		}
	}
	a.sweep(60)
	if got := a.expiry("sessions") + " " + a.expiry("deliveries"); got != "60 81" {
		t.Errorf("they expire after %s days, want 60 and 81", got)
	}
}

func TestASweepGoesOnWhereItWasAndEndsAnHourAfterTheChange(t *testing.T) {
	t.Parallel()
	a := newAges(t)
	a.must(a.client.RunTransaction(t.Context(), func(_ context.Context, tx *client.Transaction) error {
		for i := range 55 {
			ref := a.client.Doc(fmt.Sprint("tenants/demo/sessions/call-", i))
			if err := tx.Set(ref, map[string]any{"status": "finished", "crm_state": "done", "changed_at": start.Add(time.Duration(i/2) * time.Minute)}); err != nil {
				return err
			}
		}
		return nil
	}))
	w := store.Sweep{Days: 30, Since: a.now()}
	w, more, err := a.SweepOn(t.Context(), "demo", w, a.now())
	if err != nil || !more || w.Done {
		t.Fatalf("after the first fifty: %+v, more %t, %v", w, more, err)
	}
	kept, err := a.Sweep(t.Context(), "demo")
	if err != nil || kept.Name != w.Name || kept.Days != 30 {
		t.Fatalf("kept is %+v, %v, want %+v", kept, err, w)
	}
	if w, more, err = a.SweepOn(t.Context(), "demo", kept, a.now()); err != nil || more || w.Done {
		t.Fatalf("after all: %+v, more %t, %v; who does not know the settings yet may write still", w, more, err)
	}
	a.put(id, store.Change{}, func(d *store.Document) { finished(d); d.KeepDays = 0; d.Session.Feedback = "late" })
	a.pass(2 * time.Hour)
	if w, _, err = a.SweepOn(t.Context(), "demo", w, a.now()); err != nil || !w.Done {
		t.Fatalf("an hour later: %+v, %v", w, err)
	}
	docs, err := a.client.CollectionGroup("sessions").Documents(t.Context()).GetAll()
	a.must(err)
	for _, d := range docs {
		if d.Data()["keep_days"] != int64(30) || d.Data()["expires_at"] == nil {
			t.Errorf("%s has %v and expires at %v", d.Ref.ID, d.Data()["keep_days"], d.Data()["expires_at"])
		}
	}
}

// Settings change while a session goes on: its next change notes the new days, and what was written below it before is dated
// within the hour.
func TestASessionThatGoesOnWithOtherDaysIsDatedThroughout(t *testing.T) {
	t.Parallel()
	a := newAges(t)
	a.put(id, everything, func(d *store.Document) { finished(d); d.KeepDays = 1000 })
	a.put(id, store.Change{}, finished)
	if n, _, err := a.Renew(t.Context(), a.now()); n != 1 || err != nil {
		t.Fatalf("%d dated anew, %v, want one", n, err)
	}
	if got := a.expiry("messages"); got != "51" {
		t.Errorf("its messages expire after %s days, want 51", got)
	}
	if n, _, err := a.Renew(t.Context(), a.now()); n != 0 || err != nil {
		t.Errorf("%d dated anew again, %v", n, err)
	}
}
