package watch_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/emulator/emulatortest"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

func TestWhatIsFoundIsToldByClass(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.look()
	if diff := cmp.Diff(map[string]int{"late": 0, "missing": 0, "waiting": 0, "dead": 0, "aside": 0}, w.found()); diff != "" {
		t.Errorf("of nothing (-want +got):\n%s", diff)
	}
	w.owes(call, work.CRM)
	w.put(store.ID{Tenant: "plain", Source: "qm", Key: "a"}, func(d *store.Document) { d.CRM.State, d.CRM.FirstFailedAt = session.CRMWaiting, start })
	w.put(store.ID{Tenant: "plain", Source: "qm", Key: "b"}, func(d *store.Document) { d.Metadata.Dead = true })
	w.must(w.Store.SetAside(t.Context(), store.Poison{ID: "1", At: start}))
	for _, step := range []struct {
		after time.Duration
		want  map[string]int
	}{
		{time.Hour, map[string]int{"late": 0, "missing": 0, "waiting": 0, "dead": 1, "aside": 1}},          // nothing of it is long
		{25 * time.Hour, map[string]int{"late": 1, "missing": 1, "waiting": 1, "dead": 1, "aside": 1}},     // all is
		{8 * 24 * time.Hour, map[string]int{"late": 1, "missing": 0, "waiting": 1, "dead": 0, "aside": 0}}, // the new task stands still
	} {
		w.clock.AdvanceTo(start.Add(step.after))
		w.look()
		if diff := cmp.Diff(step.want, w.found()); diff != "" {
			t.Errorf("after %v (-want +got):\n%s", step.after, diff)
		}
	}
}

func TestWhoCannotLookMustComeAgain(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]string{
		"counts fail": `{"firestore":[{"match":"RunAggregationQuery","times":99,"code":"INTERNAL"}]}`,
		"finds fail":  `{"firestore":[{"match":"RunQuery","times":99,"code":"INTERNAL"}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			emulatortest.Plan(t, w.faults, script)
			err := w.Run(t.Context())
			if err == nil || !strings.HasPrefix(err.Error(), "watch: ") {
				t.Errorf("Run = %v, want an error", err)
			}
			if n := len(w.found()); n == 0 || n == 5 {
				t.Errorf("%d classes are told, want those that could be found", n)
			}
		})
	}
}
