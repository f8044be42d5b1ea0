package store_test

import (
	"testing"
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/store"
)

// A message that changes nothing in its session's document must not be left below it by whoever deletes or dates it meanwhile.
func TestAMessageInFlightIsOfTheSessionThatIsThere(t *testing.T) {
	t.Parallel()
	erase := func(a *ages) {
		e, err := a.Erase(a.Context(), id, allow)
		if err != nil || e.Left {
			a.Fatalf("%+v %v", e, err)
		}
	}
	for name, tt := range map[string]struct {
		meanwhile func(*ages)
		keepDays  int
		runs      int // of the update
		said      int
		expiry    string // of the messages
	}{
		"nothing happens":                {func(*ages) {}, 30, 1, 1, "51"},
		"erased, it is let go":           {erase, 30, 2, 0, "gone"},
		"erased where all is kept":       {erase, 0, 2, 0, "gone"},
		"kept for longer, it is as well": {func(a *ages) { a.sweep(400) }, 30, 2, 1, "421"},
		"expired, it is let go": {func(a *ages) {
			a.pass(31 * day)
			if n := a.server.Expire(); n != 1 {
				a.Fatalf("%d documents expired, want the session", n)
			}
		}, 30, 2, 0, "gone"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAges(t)
			a.put(id, store.Change{}, func(d *store.Document) { finished(d); d.KeepDays = tt.keepDays })
			runs := 0
			_, err := a.Update(t.Context(), id, func(d *store.Document) (store.Change, error) {
				if runs++; runs == 1 {
					tt.meanwhile(a)
				}
				if d.Session.Key == "" {
					return store.Change{}, nil
				}
				return store.Change{Messages: []session.Event{message("in flight", start)}}, nil
			})
			a.must(err)
			said, err := a.Messages(t.Context(), id)
			a.must(err)
			if runs != tt.runs || len(said) != tt.said || a.expiry("messages") != tt.expiry {
				t.Errorf("after %d runs there are %d messages, which expire after %s days; want %d, %d, %s", runs, len(said), a.expiry("messages"), tt.runs, tt.said, tt.expiry)
			}
		})
	}
}

// What is below a session goes three weeks after it: a session that begins anew within these finds the old one's.
func TestAMessageRepeatedAfterItsSessionExpiredIsKeptAsTheNewOne(t *testing.T) {
	t.Parallel()
	a := newAges(t)
	said := store.Change{Messages: []session.Event{message("a", start), message("a", start)}, Overflow: []session.Event{message("b", start)}}
	a.put(id, said, finished)
	a.pass(49 * day)
	if n := a.server.Expire(); n != 1 {
		t.Fatalf("%d documents expired, want the session alone", n)
	}
	a.put(id, said, finished)
	for _, group := range []string{"messages", "overflow"} {
		at, _ := a.one(group).Data()["expires_at"].(time.Time)
		if left := at.Sub(a.now()).Round(time.Hour); left != 51*day {
			t.Errorf("%s go in %v, want 51 days after the session began anew", group, left)
		}
	}
	a.pass(29 * day)
	if n := a.server.Expire(); n != 0 {
		t.Errorf("%d documents expired before their session", n)
	}
}
