package qmfeed_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/work"
)

func login(at time.Time) session.Event {
	return session.Event{ID: "login-1", Tenant: "demo", Source: "ccai", Kind: session.AgentLogin, At: at, Agent: agent}
}

// asked makes the event's task and returns its body.
func (w *world) asked(e session.Event) work.Wake {
	w.Helper()
	wake, ok := work.LoginOf(e)
	if !ok {
		w.Fatalf("%s is not told", e.Kind)
	}
	w.must(work.EnsureLogin(w.Context(), w.Tasks, wake, w.clock.Now(), w.Target))
	return wake
}

// nextTask takes the body of the one task on the queue, and moves to its time.
func (w *world) nextTask() (wake work.Wake) {
	w.Helper()
	tasks := w.queue.Snapshot().Queues[0].Tasks
	if len(tasks) != 1 {
		w.Fatalf("%d tasks, want one", len(tasks))
	}
	task, err := w.queue.GetTask(w.Context(), &cloudtaskspb.GetTaskRequest{Name: tasks[0].Name, ResponseView: cloudtaskspb.Task_FULL})
	w.must(err)
	w.must(json.Unmarshal(task.GetHttpRequest().GetBody(), &wake))
	_, err = w.queue.DeleteTask(w.Context(), &cloudtaskspb.DeleteTaskRequest{Name: task.GetName()})
	w.must(err)
	w.clock.AdvanceTo(tasks[0].ScheduledAt)
	return wake
}

func TestALoginIsToldOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := login(w.clock.Now())
	w.asked(e)
	w.asked(e) // the event's repeat
	if n := len(w.tasksLeft()); n != 1 {
		t.Fatalf("%d tasks, want one", n)
	}
	w.must(w.Run(t.Context(), w.nextTask()))
	s := w.qm.Snapshot()
	if len(s.Agents) != 1 || s.Agents[0].ID != "1" || s.Agents[0].Events[0].State != "login" || s.Rejected != 0 {
		t.Errorf("told %+v", s)
	}
	if log := w.logged(); !strings.Contains(log, `"work":"quality"`) || strings.Contains(log, "kim@") {
		t.Errorf("the log is %s", log)
	}
}

func TestOnlyLoginsAreTold(t *testing.T) {
	t.Parallel()
	long := login(start)
	long.Agent = &session.Agent{ID: strings.Repeat("x", 10<<10)}
	for name, e := range map[string]session.Event{
		"a pause":              {Tenant: "demo", Source: "ccai", Kind: session.AgentPause, Agent: agent},
		"a call's event":       {Tenant: "demo", Source: "ccai", Session: "call-1", Kind: session.Connected, Agent: agent},
		"nobody's login":       {Tenant: "demo", Source: "ccai", Kind: session.AgentLogin},
		"a name of 10,000 xes": long,
	} {
		if wake, ok := work.LoginOf(e); ok {
			t.Errorf("%s is told: %+v", name, wake)
		}
	}
}

func TestALoginWithoutAnEndpointIsLetGo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wake := w.asked(login(w.clock.Now()))
	w.change(func(s *settings.Settings) { s.Quality.Call = nil })
	w.must(w.Run(t.Context(), wake))
	if s := w.qm.Snapshot(); len(s.Requests) != 0 {
		t.Errorf("told %+v", s.Requests)
	}
}

// What is refused goes on in other tasks for a week, then it is set aside, whole: whoever sends it again tells the same.
func TestALoginThatIsRefusedIsTriedForAWeek(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.asked(login(w.clock.Now()))
	w.plan(`{"qm":[{"times":1000,"status":503}]}`)
	attempts := 0
	for len(w.tasksLeft()) > 0 && attempts < 100 {
		w.must(w.Run(t.Context(), w.nextTask()))
		attempts++
	}
	if at := w.clock.Now(); !at.Equal(start.Add(work.Horizon)) || attempts < 30 {
		t.Fatalf("given up at %v, after %d attempts", at, attempts)
	}
	if log := w.logged(); strings.Count(log, `"level":"ERROR"`) != 1 || strings.Contains(log, "kim@") {
		t.Errorf("the log is %s", log)
	}
	aside, err := w.Store.Aside(t.Context(), "demo", 10)
	if err != nil || len(aside) != 1 || aside[0].Attributes["work"] != work.Quality || !strings.Contains(aside[0].Problem, "503") {
		t.Fatalf("set aside are %+v, %v", aside, err)
	}
	if others, err := w.Store.Aside(t.Context(), "other", 10); err != nil || len(others) != 0 {
		t.Errorf("another tenant has %+v, %v", others, err)
	}
	var again work.Wake
	w.must(json.Unmarshal(aside[0].Data, &again))
	w.plan(`{}`)
	w.must(w.Run(t.Context(), again))
	if s := w.qm.Snapshot(); s.Taken != 1 || len(s.Agents) != 1 || again.Login.Failures != 0 {
		t.Errorf("sent again, %+v", s)
	}
}

func TestALoginThatIsNotWantedIsSetAsideAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wake := w.asked(login(w.clock.Now()))
	w.answers(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusGone) })
	w.must(w.Run(t.Context(), wake))
	w.must(w.Run(t.Context(), wake)) // the task's repeat
	if aside, err := w.Store.Aside(t.Context(), "demo", 10); err != nil || len(aside) != 1 {
		t.Errorf("set aside are %+v, %v", aside, err)
	}
}

// A task that is repeated although the next one was made, since its acknowledgement was lost, begins no second row.
func TestALoginHasOneRowOfAttempts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.asked(login(w.clock.Now()))
	w.plan(`{"qm":[{"times":1000,"status":503}]}`)
	for range 3 {
		body, err := json.Marshal(w.nextTask())
		w.must(err)
		for range 2 {
			var wake work.Wake
			w.must(json.Unmarshal(body, &wake))
			w.must(w.Run(t.Context(), wake))
			w.clock.Advance(10 * time.Second)
		}
		if left := w.tasksLeft(); len(left) != 1 {
			t.Fatalf("the tasks are %q, want one", left)
		}
	}
}

// What was tried is not let go of because its application is out of the settings for a moment.
func TestALoginThatNobodyWantsAnyMore(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		login work.Login
		aside int
	}{
		"is let go of if it was not tried": {work.Login{}, 0},
		"is set aside if it was":           {work.Login{Failures: 1, FirstFailedAt: start}, 1},
		"is set aside if a person sent it": {work.Login{Row: "again-1"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			wake := w.asked(login(w.clock.Now()))
			tt.login.Payload = wake.Login.Payload
			wake.Login = &tt.login
			w.change(func(s *settings.Settings) { s.Quality = nil })
			w.must(w.Run(t.Context(), wake))
			aside, err := w.Store.Aside(t.Context(), "demo", 10)
			if err != nil || len(aside) != tt.aside {
				t.Fatalf("set aside are %+v, %v, want %d", aside, err, tt.aside)
			}
			if tt.aside > 0 && !strings.Contains(aside[0].Problem, "no quality.call") {
				t.Errorf("the problem is %q", aside[0].Problem)
			}
		})
	}
}
