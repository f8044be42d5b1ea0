package store_test

import (
	"testing"
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/store"
)

// put stores a session of a tenant's as f makes it.
func put(t *testing.T, s *store.Store, tenant, key string, f func(*store.Document)) {
	t.Helper()
	_, err := s.Update(t.Context(), store.ID{Tenant: tenant, Source: "ccai", Key: key}, func(d *store.Document) (store.Change, error) {
		d.Session.Tenant, d.Session.Source, d.Session.Key = tenant, "ccai", key
		f(d)
		return store.Change{}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsLateFailsOrIsDeadIsFoundForAllTenants(t *testing.T) {
	t.Parallel()
	task := store.Work{Task: "t", TaskAt: start}
	tests := map[string]struct {
		doc                 func(*store.Document)
		late, failing, dead int64
	}{
		"nothing is owed":          {func(*store.Document) {}, 0, 0, 0},
		"a task's time has passed": {func(d *store.Document) { d.Work = map[string]store.Work{"crm": task} }, 1, 0, 0},
		"a task's time is to come": {func(d *store.Document) {
			d.Work = map[string]store.Work{"crm": {Task: "t", TaskAt: start.Add(2 * time.Minute)}}
		}, 0, 0, 0},
		"the earliest counts": {func(d *store.Document) {
			d.Work = map[string]store.Work{"crm": {Task: "t", TaskAt: start.Add(time.Hour)}, "metadata": task}
		}, 1, 0, 0},
		"a dead run holds it": {func(d *store.Document) { d.Work = map[string]store.Work{"crm": {Holder: "a", Until: start}} }, 1, 0, 0},
		"a run holds what has a task besides": {func(d *store.Document) {
			d.Work = map[string]store.Work{"crm": {Task: "t", TaskAt: start, Holder: "a", Until: start.Add(time.Hour)}}
		}, 0, 0, 0},
		"the CRM's work fails":        {func(d *store.Document) { d.CRM.State, d.CRM.FirstFailedAt = session.CRMWaiting, start }, 0, 1, 0},
		"the CRM's work was given up": {func(d *store.Document) { d.CRM.State, d.CRM.FirstFailedAt = session.CRMDead, start }, 0, 0, 1},
		"a file fails":                {func(d *store.Document) { d.Files = []store.File{{ID: "f", FirstFailedAt: start, Problem: "p"}} }, 0, 1, 0},
		"a file was given up": {func(d *store.Document) {
			d.Files = []store.File{{ID: "f", FirstFailedAt: start, Problem: "p", Dead: true}}
		}, 0, 0, 1},
		"the metadata fails": {func(d *store.Document) { d.Metadata.FirstFailedAt, d.Metadata.Problem = start, "p" }, 0, 1, 0},
		"what quality management is told fails but not for long": {func(d *store.Document) {
			d.Quality.FirstFailedAt, d.Quality.Problem = start.Add(time.Hour), "p"
		}, 0, 0, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, before := open(t, "watch"), start.Add(time.Minute)
			for _, tenant := range []string{"one", "two"} {
				put(t, s, tenant, "call-1", tt.doc)
			}
			late, err := s.CountLate(t.Context(), before)
			if err != nil || late != 2*tt.late {
				t.Errorf("late: %d, %v, want %d", late, err, 2*tt.late)
			}
			if n, err := s.CountFailing(t.Context(), before); err != nil || n != 2*tt.failing {
				t.Errorf("failing: %d, %v, want %d", n, err, 2*tt.failing)
			}
			if n, err := s.CountDead(t.Context(), time.Time{}); err != nil || n != 2*tt.dead {
				t.Errorf("dead: %d, %v, want %d", n, err, 2*tt.dead)
			}
			docs, err := s.Late(t.Context(), before, 10)
			if err != nil || len(docs) != int(late) {
				t.Errorf("the late ones are %v, %v, want %d", docs, err, late)
			}
		})
	}
}

// What changed no more since then was told of long enough.
func TestWhatWasGivenUpLongAgoIsNotCounted(t *testing.T) {
	t.Parallel()
	s := open(t, "watch-dead")
	put(t, s, "one", "call-1", func(d *store.Document) { d.CRM.State = session.CRMDead })
	if n, err := s.CountDead(t.Context(), time.Now().Add(time.Hour)); err != nil || n != 0 {
		t.Errorf("of later days: %d, %v, want none", n, err)
	}
}

func TestTheLatestComeFirst(t *testing.T) {
	t.Parallel()
	s := open(t, "watch-late")
	for i, key := range []string{"b", "a", "c"} {
		put(t, s, "one", key, func(d *store.Document) {
			d.Work = map[string]store.Work{"crm": {Task: "t", TaskAt: start.Add(time.Duration(-i) * time.Hour)}}
		})
	}
	docs, err := s.Late(t.Context(), start.Add(time.Minute), 2)
	if err != nil || len(docs) != 2 || docs[0].Session.Key != "c" || docs[1].Session.Key != "a" {
		t.Errorf("found %v, %v, want c and then a", docs, err)
	}
}

func TestWhatWasSetAsideLatelyIsCountedForAll(t *testing.T) {
	t.Parallel()
	s := open(t, "watch-aside")
	for id, at := range map[string]time.Time{"old": start, "new": start.Add(time.Hour)} {
		if err := s.SetAside(t.Context(), store.Poison{ID: id, At: at}); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := s.CountAllAside(t.Context(), start.Add(time.Minute)); err != nil || n != 1 {
		t.Errorf("set aside since: %d, %v, want 1", n, err)
	}
}
