package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/store"
)

// keep puts a session that began at the time, where that is not zero, into the database.
func keep(t *testing.T, s *store.Store, key string, began time.Time, status session.Status, state session.CRMState) {
	t.Helper()
	at := store.ID{Tenant: "demo", Source: "ccai", Key: key}
	_, err := s.Update(t.Context(), at, func(d *store.Document) (store.Change, error) {
		d.Session.Key, d.Session.StartedAt, d.Session.Status, d.CRM.State = key, began, status, state
		return store.Change{}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func keysOf(page []store.Listed) string {
	var keys []string
	for _, l := range page {
		keys = append(keys, l.Session.Key)
	}
	return strings.Join(keys, " ")
}

// divide parts those that changed at the moment or later from those that changed before.
func divide(all []store.Listed, at time.Time) (since, before []store.Listed) {
	i := slices.IndexFunc(all, func(l store.Listed) bool { return l.ChangedAt.Before(at) })
	if i < 0 {
		i = len(all)
	}
	return all[:i], all[i:]
}

func TestPagesFollowEachOther(t *testing.T) {
	t.Parallel()
	s := open(t, "pages")
	for i, state := range []session.CRMState{session.CRMDone, session.CRMDead, session.CRMWaiting, session.CRMDead, session.CRMDone} {
		status := session.StatusEnded
		if i == 1 {
			status = session.StatusHeld
		}
		keep(t, s, fmt.Sprintf("call-%d", i+1), start, status, state)
	}
	all, err := s.Page(t.Context(), "demo", store.Filter{}, 10)
	if err != nil {
		t.Fatal(err)
	}
	third := all[2].ChangedAt
	sinceThird, beforeThird := divide(all, third) // others may have changed at that very moment
	tests := map[string]struct {
		filter store.Filter
		limit  int
		want   string
	}{
		"all, the latest first":      {store.Filter{}, 10, "call-5 call-4 call-3 call-2 call-1"},
		"the first page":             {store.Filter{}, 2, "call-5 call-4"},
		"the next":                   {store.Filter{After: all[1].Cursor}, 2, "call-3 call-2"},
		"the last":                   {store.Filter{After: all[3].Cursor}, 2, "call-1"},
		"after the last":             {store.Filter{After: all[4].Cursor}, 2, ""},
		"of one state":               {store.Filter{Trouble: session.CRMDead}, 10, "call-4 call-2"},
		"of one status":              {store.Filter{Status: session.StatusHeld}, 10, "call-2"},
		"of both":                    {store.Filter{Status: session.StatusEnded, Trouble: session.CRMDead}, 10, "call-4"},
		"since a moment":             {store.Filter{Since: third}, 10, keysOf(sinceThird)},
		"before a moment":            {store.Filter{Until: third}, 10, keysOf(beforeThird)},
		"the next of one state":      {store.Filter{Trouble: session.CRMDead, After: all[1].Cursor}, 10, "call-2"},
		"the next since that moment": {store.Filter{Since: third, After: all[1].Cursor}, 10, keysOf(sinceThird[2:])},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			page, err := s.Page(t.Context(), "demo", tt.filter, tt.limit)
			if got := keysOf(page); err != nil || got != tt.want {
				t.Errorf("Page = %q, %v; want %q", got, err, tt.want)
			}
		})
	}
	for _, bad := range []string{"x", "!", "MjAyNg", "MjAyNi0wMS0wNVQwOTowMDowMFogYS9i"} {
		if _, err := s.Page(t.Context(), "demo", store.Filter{After: bad}, 1); !errors.Is(err, store.ErrCursor) {
			t.Errorf("after %q: %v, want ErrCursor", bad, err)
		}
	}
}

func TestADayIsReadOneByOne(t *testing.T) {
	t.Parallel()
	s := open(t, "day")
	for key, began := range map[string]time.Time{
		"before": start.Add(-time.Nanosecond * 1000), "first": start, "last": start.AddDate(0, 0, 1).Add(-time.Microsecond),
		"after": start.AddDate(0, 0, 1), "unknown": {},
	} {
		keep(t, s, key, began, session.StatusEnded, session.CRMDone)
	}
	read := func(from time.Time) (keys string) {
		var day []store.Listed
		err := s.EachOfDay(t.Context(), "demo", from, from.AddDate(0, 0, 1), func(l store.Listed) error { day = append(day, l); return nil })
		if err != nil {
			t.Fatal(err)
		}
		return keysOf(day)
	}
	if got := read(start); got != "first last" {
		t.Errorf("of the day are %q", got)
	}
	changed, err := s.Page(t.Context(), "demo", store.Filter{}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if got := read(changed[0].ChangedAt.Add(-time.Hour)); got != "unknown" {
		t.Errorf("of the day on which it changed are %q, want the one whose beginning nobody told", got)
	}
	enough := errors.New("enough")
	if err := s.EachOfDay(t.Context(), "demo", start, start.AddDate(0, 0, 1), func(store.Listed) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("ended early: %v", err)
	}
}

func TestCounts(t *testing.T) {
	t.Parallel()
	s, ctx := open(t, "counts"), t.Context()
	for i := range 3 {
		e := session.Event{ID: fmt.Sprint(i), Tenant: "demo", Source: "ccai", Kind: session.Unknown, At: start.Add(time.Duration(i) * 12 * time.Hour)}
		if err := s.AddUnknown(ctx, []session.Event{e}); err != nil {
			t.Fatal(err)
		}
		if err := s.SetAside(ctx, store.Poison{ID: fmt.Sprint(i), At: start, Attributes: map[string]string{"tenant": []string{"demo", "other", "demo"}[i]}}); err != nil {
			t.Fatal(err)
		}
	}
	all, err := s.CountUnknown(ctx, "demo")
	if err != nil || all != 3 {
		t.Errorf("unknown events are %d, %v", all, err)
	}
	day, err := s.CountUnknownOf(ctx, "demo", start, start.AddDate(0, 0, 1))
	if err != nil || day != 2 {
		t.Errorf("those of the day are %d, %v", day, err)
	}
	aside, err := s.CountAside(ctx, "demo")
	if err != nil || aside != 2 {
		t.Errorf("set aside are %d, %v", aside, err)
	}
}
