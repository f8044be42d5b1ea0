package session_test

import (
	"strings"
	"testing"

	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"

	"sessionbridge.internal/emulator/emulatortest"
	model "sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/work"
)

// without is a world one of whose queues is not there.
func without(t *testing.T, queue, settings string) *world {
	t.Helper()
	w := newWorld(t, settings)
	if _, err := w.queues.DeleteQueue(t.Context(), &cloudtaskspb.DeleteQueueRequest{Name: location + "/queues/" + queue}); err != nil {
		t.Fatal(err)
	}
	return w
}

// The events of a session come in their order: one that is not acknowledged holds up those that the CRM waits for.
func TestTroubleWithQualityManagementHoldsUpNoSession(t *testing.T) {
	t.Parallel()
	w := without(t, "quality", `{"crm": {"queue": "crm-demo", "endpoints": {"create_account": {"method": "POST", "url": "https://crm.example.com/accounts"}}},
		"quality": {"call": {"url": "https://qm.example.com/calls"}}}`)
	w.must(t, event(model.Started, 0))
	ringing := event(model.Ringing, 1)
	ringing.Agent, ringing.Direction = &model.Agent{ID: "7"}, model.Inbound
	w.must(t, ringing)
	w.must(t, event(model.Ended, 2))
	if w.tasks()["crm-demo"] != 1 {
		t.Errorf("the tasks are %v, want one of the CRM", w.tasks())
	}
	d, err := w.store.Session(t.Context(), id)
	if err != nil || d.Work[work.Quality].Task == "" || d.Session.EndedAt.IsZero() {
		t.Fatalf("%v, and the document does not name what is owed: %+v", err, d.Work)
	}
}

// What could not be made is made with the session's next event.
func TestATaskForQualityManagementIsMadeOnceItCanBe(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tellsCalls)
	emulatortest.Plan(t, w.faults, `{"tasks":[{"code":"PERMISSION_DENIED"}]}`)
	connected := event(model.Connected, 1)
	connected.Agent = &model.Agent{ID: "7"}
	for _, want := range []int{0, 1} {
		w.must(t, connected)
		if got := w.tasks()["quality"]; got != want {
			t.Errorf("%d tasks, want %d", got, want)
		}
	}
}

func TestALoginWhoseTaskCannotBeMadeIsSetAside(t *testing.T) {
	t.Parallel()
	w := without(t, "quality", tellsCalls)
	e := onDesk(model.AgentLogin, 0, model.Leg{})
	e.Session, e.Leg = "", nil
	w.must(t, e, e)
	kept := w.poison(t)
	if len(kept) != 1 || kept[0].Attributes["work"] != work.Quality || !strings.Contains(kept[0].Problem, "queue quality is not there") {
		t.Errorf("set aside are %+v", kept)
	}
}

// The next poll makes up for a turn that could not be asked for.
func TestTroubleWithAgentsStatesHoldsUpNoEvents(t *testing.T) {
	t.Parallel()
	w := without(t, "presence", keepsInStep)
	e := onDesk(model.AgentPause, 1, model.Leg{})
	e.Session, e.Leg = "", nil
	w.must(t, e)
	if agents, err := w.store.Agents(t.Context(), "demo", 10); err != nil || len(agents) != 1 {
		t.Errorf("%d agents are noted, %v", len(agents), err)
	}
}
