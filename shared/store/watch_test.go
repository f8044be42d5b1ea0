package store_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/firestore"

	"sessionbridge.internal/emulator/emulatortest"
	"sessionbridge.internal/emulator/fault"
	"sessionbridge.internal/shared/cloud"
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
			if keys := lateKeys(t, s, before); len(keys) != int(late) {
				t.Errorf("the late ones are %v, want %d", keys, late)
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
	if keys := lateKeys(t, s, start.Add(time.Minute)); !slices.Equal(keys, []string{"c", "a", "b"}) {
		t.Errorf("found %v, want c, a, b", keys)
	}
	for d := range s.Late(t.Context(), start.Add(time.Minute)) {
		if d.Session.Key != "c" {
			t.Errorf("after c, who had enough is given %s", d.Session.Key)
		}
		break
	}
}

// More than one page of sessions may be owed something since the same moment.
func TestAllThatAreLateComeOnce(t *testing.T) {
	t.Parallel()
	s := open(t, "watch-pages")
	const many = 230
	for i := range many {
		put(t, s, []string{"one", "two"}[i%2], fmt.Sprint("call-", i/2), func(d *store.Document) {
			d.Work = map[string]store.Work{"crm": {Task: "t", TaskAt: start.Add(time.Duration(i/200) * time.Nanosecond)}}
		})
	}
	seen := map[string]int{}
	for d, err := range s.Late(t.Context(), start.Add(time.Minute)) {
		if err != nil {
			t.Fatal(err)
		}
		seen[d.Session.Tenant+"/"+d.Session.Key]++
	}
	if len(seen) != many {
		t.Errorf("%d came, want %d", len(seen), many)
	}
	for key, n := range seen {
		if n != 1 {
			t.Errorf("%s came %d times", key, n)
		}
	}
}

// lateKeys are the keys of the sessions that are late, in their order.
func lateKeys(t *testing.T, s *store.Store, before time.Time) (keys []string) {
	t.Helper()
	for d, err := range s.Late(t.Context(), before) {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, d.Session.Key)
	}
	return keys
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

// A session that an earlier release wrote has no field for what is looked for: whoever touches it next adds them.
func TestATouchAddsWhatAnEarlierReleaseDidNotWrite(t *testing.T) {
	t.Parallel()
	addr, err := address()
	if err != nil {
		t.Fatal(err)
	}
	project := "earlier-" + strings.ToLower(rand.Text())
	env := map[string]string{"GOOGLE_CLOUD_PROJECT": project, "FIRESTORE_EMULATOR_HOST": addr}
	s := store.Open(func(name string) string { return env[name] })
	client, err := firestore.NewClient(t.Context(), project, cloud.Options(addr)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = s.Close(), client.Close() })
	put(t, s, "demo", "call-1", func(d *store.Document) { d.Work = map[string]store.Work{"crm": {Task: "t", TaskAt: start}} })
	snaps, err := client.CollectionGroup("sessions").Documents(t.Context()).GetAll()
	if err != nil || len(snaps) != 1 {
		t.Fatalf("%d sessions, %v", len(snaps), err)
	}
	remove := []firestore.Update{{Path: "due_at", Value: firestore.Delete}, {Path: "failing_since", Value: firestore.Delete}}
	if _, err := snaps[0].Ref.Update(t.Context(), remove); err != nil {
		t.Fatal(err)
	}
	if keys := lateKeys(t, s, start.Add(time.Minute)); len(keys) != 0 {
		t.Fatalf("late are %v without the field", keys)
	}
	for range 2 {
		put(t, s, "demo", "call-1", func(*store.Document) {})
	}
	if keys := lateKeys(t, s, start.Add(time.Minute)); !slices.Equal(keys, []string{"call-1"}) {
		t.Errorf("late are %v, want call-1", keys)
	}
	if n, err := s.CountFailing(t.Context(), start); err != nil || n != 0 {
		t.Errorf("%d fail, %v, want none", n, err)
	}
	before, _ := snaps[0].Ref.Get(t.Context())
	put(t, s, "demo", "call-1", func(*store.Document) {})
	if after, err := snaps[0].Ref.Get(t.Context()); err != nil || !after.UpdateTime.Equal(before.UpdateTime) {
		t.Errorf("a touch that changes nothing has written: %v", err)
	}
}

// Google's answer where a whole database is missing is the same as for a missing document; a tenant is not gone for it.
func TestATenantIsGoneOnlyWhereTheDatabaseSaysSo(t *testing.T) {
	t.Parallel()
	faults := new(fault.Plan)
	s := openAt(t, "gone", emulatortest.Firestore(t, faults, time.Now))
	if _, err := s.Settings(t.Context(), "demo"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("of a tenant that is not there: %v, want ErrNotFound", err)
	}
	emulatortest.Plan(t, faults, `{"firestore":[{"match":"BatchGetDocuments","times":99,"code":"NOT_FOUND"}]}`)
	if _, err := s.Settings(t.Context(), "demo"); err == nil || errors.Is(err, store.ErrNotFound) {
		t.Errorf("without a database: %v, want another error", err)
	}
}
