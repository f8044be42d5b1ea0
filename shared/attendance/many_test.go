package attendance_test

import (
	"fmt"
	"testing"
	"time"
)

// Of more agents than a page or a request has, all are read and written: in few requests to the contact centre, and in two turns
// to the CRM, which are no more than it bears.
func TestManyAgents(t *testing.T) {
	t.Parallel()
	w := newWorld(t, twoWay)
	const n = 103
	email := func(i int) string { return fmt.Sprintf("a%d@demo.example", i) }
	for i := range n {
		w.hire(email(i), email(i))
		w.must(w.crm.SetStatus(email(i), "Lunch"))
	}
	w.turn()
	for _, i := range []int{0, n - 1} {
		if got := w.centre.Status(email(i)); got != "Meal" {
			t.Errorf("agent %d is %q, want Meal", i, got)
		}
	}
	w.wantWrites(0, 2)
	for i := range n {
		w.must(w.centre.SetStatus(email(i), "Break"))
	}
	w.turn()
	w.wantWrites(100, 2)
	due := w.due()
	if len(due) != 1 || due[0].Sub(w.clock.Now()) > 2*time.Second {
		t.Fatalf("the tasks are at %v, want one at once", due)
	}
	w.clock.AdvanceTo(due[0])
	w.must(w.runner.Run(t.Context(), "demo"))
	w.wantWrites(n, 2)
	for _, r := range w.centre.Snapshot().Requests {
		if r.Status != 200 {
			t.Errorf("%s %s was answered %d", r.Method, r.Path, r.Status)
		}
	}
}
