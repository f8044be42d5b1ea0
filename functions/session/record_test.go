package session_test

import (
	"errors"
	"maps"
	"testing"

	model "sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/store"
)

// recordChanged is what the CRM tells of the call's record.
func recordChanged(minute int) model.Event {
	e := event(model.RecordChanged, minute)
	e.Record = &model.RecordChange{Type: "conversation", ID: "c1", Status: "done", By: "u1", Changed: []string{"status"}}
	return e
}

func TestWhatTheCRMTellsIsOnTheTimelineAndOwesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, everything)
	w.must(t, event(model.Started, 0), event(model.Connected, 1), event(model.Ended, 2))
	id, before := store.ID{Tenant: "demo", Source: "ccai", Key: "call-1"}, w.tasks()
	was := w.document(t, id)
	for range 2 { // it is told at least once
		w.must(t, recordChanged(5))
	}
	is := w.document(t, id)
	if n := len(is.Session.Events); n != len(was.Session.Events)+1 || is.Session.Events[n-1].Record == nil {
		t.Errorf("the timeline is %+v", is.Session.Events)
	}
	if after := w.tasks(); !maps.Equal(before, after) || is.CRM.State != was.CRM.State {
		t.Errorf("the tasks were %v and are %v", before, after)
	}
}

func TestWhatTheCRMTellsOfASessionThatIsNotKeptIsLetGo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, everything)
	w.must(t, recordChanged(5))
	if doc, err := w.store.Session(t.Context(), store.ID{Tenant: "demo", Source: "ccai", Key: "call-1"}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a session began: %+v %v", doc, err)
	}
	if kept := w.poison(t); len(kept) > 0 || len(w.tasks()) > 0 {
		t.Errorf("set aside are %v, tasks %v", kept, w.tasks())
	}
}

// Settings may have learnt to ask for more since. The function's clock is the machine's, so the settings are read by another one.
func TestWhatTheCRMTellsMakesNoWorkOfSettingsThatCameLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `{}`)
	w.must(t, event(model.Started, 0), event(model.Connected, 1), event(model.Ended, 2))
	if err := w.store.PutSettings(t.Context(), "demo", []byte(everything)); err != nil {
		t.Fatal(err)
	}
	w.again(t)
	w.must(t, recordChanged(5))
	if n := len(w.session(t).Events); n != 4 || len(w.tasks()) > 0 {
		t.Errorf("there are %d events and the tasks %v, want 4 and none", n, w.tasks())
	}
	w.must(t, event(model.Finished, 6))
	if len(w.tasks()) == 0 {
		t.Error("what the contact centre tells then makes none either")
	}
}
