package session_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"

	model "sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/store"
)

// erase has the session erased as long after its beginning.
func (w *world) erase(t *testing.T, after time.Duration) {
	t.Helper()
	_, err := w.store.Erase(t.Context(), id, func(*store.Document) (store.Erasure, error) {
		return store.Erasure{Source: "ccai", At: start.Add(after), Began: start}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// done takes every task away, as if it had been done.
func (w *world) done(t *testing.T) {
	t.Helper()
	for _, q := range w.queues.Snapshot().Queues {
		for _, task := range q.Tasks {
			if _, err := w.queues.DeleteTask(t.Context(), &cloudtaskspb.DeleteTaskRequest{Name: task.Name}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Pub/Sub may deliver an event again at any time: it must not bring back what a person had erased, nor have a CRM told of it once
// more.
func TestAnEventThatIsOlderThanTheErasureBringsNothingBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, everything)
	w.must(t, event(model.Started, 0), event(model.Ended, 1))
	w.done(t)
	w.erase(t, time.Hour)
	w.must(t, event(model.Started, 0), onHold)
	w.must(t, onHold)
	if _, err := w.store.Session(t.Context(), id); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the session is there: %v", err)
	}
	if at, err := w.store.Positions(t.Context(), "demo", 10); len(at) != 0 || err != nil {
		t.Errorf("positions know of it: %+v, %v", at, err)
	}
	if len(w.tasks()) != 0 {
		t.Errorf("tasks are %v", w.tasks())
	}
}

// Cloud Tasks refuses a name that it had lately, which is taken for a task that is there: a session that goes on after it was erased
// must name others.
func TestASessionBegunAnewIsOwedTasksThatExist(t *testing.T) {
	t.Parallel()
	w := newWorld(t, everything)
	w.must(t, event(model.Started, 0))
	w.done(t)
	w.erase(t, 30*time.Second)
	w.must(t, event(model.Started, 0), event(model.Connected, 1), event(model.Ended, 2))
	if s := w.session(t); len(s.Events) != 2 {
		t.Errorf("the session has %d events, want the two that came after it was erased", len(s.Events))
	}
	if got := fmt.Sprint(w.tasks()); got != "map[crm-demo:1 metadata:1]" {
		t.Errorf("tasks are %s, want the CRM's and the metadata's", got)
	}
}
