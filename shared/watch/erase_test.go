package watch_test

import (
	"testing"

	"sessionbridge.internal/emulator/emulatortest"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/store"
)

// Who erased a session does not look whether it came to its end.
func TestAnErasingThatWasCutShortIsBroughtToItsEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.Store.Update(t.Context(), call, func(d *store.Document) (store.Change, error) {
		d.Session.Key = call.Key
		said := session.Event{ID: "m", Tenant: "demo", Source: "ccai", Session: call.Key, Kind: session.MessageSent, At: start}
		return store.Change{Messages: []session.Event{said}}, nil
	})
	w.must(err)
	emulatortest.Plan(t, w.faults, `{"firestore":[{"match":"Commit","delay":"1ms"},{"match":"Commit","code":"PERMISSION_DENIED"}]}`)
	_, err = w.Store.Erase(t.Context(), call, func(*store.Document) (store.Erasure, error) {
		return store.Erasure{Source: "ccai", Began: start, At: w.clock.Now()}, nil
	})
	if err == nil {
		t.Fatal("nothing was cut short")
	}
	w.look()
	said, err := w.Store.Messages(t.Context(), call)
	w.must(err)
	if left, err := w.Store.ErasingLeft(t.Context(), "demo"); err != nil || left || len(said) > 0 {
		t.Errorf("after a look %d messages are left, and it says so: %t, %v", len(said), left, err)
	}
}
