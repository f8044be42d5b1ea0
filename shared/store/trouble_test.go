package store_test

import (
	"testing"
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/store"
)

// Whoever replays a window must find every session of which something was given up.
func TestStuckFindsAllThatNeedsAPerson(t *testing.T) {
	t.Parallel()
	s := open(t, "trouble")
	for key, change := range map[string]func(*store.Document){
		"call-1": func(d *store.Document) { d.CRM.State = session.CRMDead },
		"call-2": func(d *store.Document) { d.Metadata.Dead, d.Metadata.Problem = true, "mail" },
		"call-3": func(d *store.Document) { d.Files = []store.File{{ID: "1", Dead: true, Problem: "gone"}} },
		"call-4": func(d *store.Document) { d.Files = []store.File{{ID: "1", Problem: "away"}} },
		"call-5": func(d *store.Document) { d.CRM.State = session.CRMDone },
		"call-6": func(d *store.Document) { d.Quality = store.Quality{Dead: true, Problem: "410"} },
		"call-7": func(d *store.Document) { d.Quality = store.Quality{Problem: "503"} },
	} {
		id := store.ID{Tenant: "demo", Source: "ccai", Key: key}
		_, err := s.Update(t.Context(), id, func(d *store.Document) (store.Change, error) {
			d.Session.Key, d.Session.Source = key, "ccai"
			change(d)
			return store.Change{}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		deadOnly bool
		want     int
	}{{true, 4}, {false, 6}} {
		docs, err := s.Stuck(t.Context(), "demo", time.Time{}, time.Now().Add(100*365*24*time.Hour), tt.deadOnly, 10)
		if err != nil || len(docs) != tt.want {
			t.Errorf("dead only %v: %d sessions, %v; want %d", tt.deadOnly, len(docs), err, tt.want)
		}
	}
}
