package tasks

import (
	"container/heap"
	"log/slog"
	"net/http"
	"time"
)

// attempt is one dispatch of a task. Its fields do not change while it runs.
type attempt struct {
	task    *task
	forced  bool // by RunTask: outside the queue's limits
	request dispatch
	outcome outcome
}

// force starts a task now, outside its queue's limits. The caller holds the lock.
func (s *Server) force(t *task) {
	if t.index != notWaiting {
		heap.Remove(&t.queue.waiting, t.index)
	}
	s.start(t, s.now(), true)
	t.queue.wake()
}

// start runs one attempt of a task in the background. The caller holds the lock, and has taken the task out of the
// heap.
func (s *Server) start(t *task, now time.Time, forced bool) {
	if forced {
		t.due = now // what the retry after it counts from
	}
	if t.dispatched == 0 {
		t.first = now
	}
	a := &attempt{
		task:    t,
		forced:  forced,
		request: newDispatch(t),
		outcome: outcome{scheduled: t.due, dispatched: now},
	}
	t.last = a.outcome
	t.dispatched++
	t.running++
	if !forced {
		t.queue.inFlight++
	}
	s.running[a] = struct{}{}
	s.seq++
	s.work.Go(func() {
		status, problem, header := s.send(a.request)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.end(a, status, problem, header)
	})
}

// end records an attempt's answer and decides what becomes of its task. The caller holds the lock.
func (s *Server) end(a *attempt, status int, problem string, header http.Header) {
	t, now := a.task, s.now()
	delete(s.running, a)
	s.seq++
	t.running--
	if !a.forced {
		t.queue.inFlight--
	}
	defer t.queue.wake()

	a.outcome.status, a.outcome.problem = status, problem
	if problem == "" {
		a.outcome.answered = now
		t.responses++
		if status < 500 {
			t.executions++
		}
	}
	t.last = a.outcome
	switch {
	case t.gone:
	case problem == "" && status >= 200 && status <= 299:
		s.forget(t)
		s.finished.add(t.state(now))
	case t.running > 0: // the other attempt decides
	default:
		s.failed(a, now, retryAfter(status, header, now))
	}
}

// failed plans a task's next attempt, or gives it up. The wait counts from now, or from the call of RunTask:
// https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues.tasks/run.
func (s *Server) failed(a *attempt, now, askedFor time.Time) {
	t := a.task
	from := now
	if a.forced {
		from = a.outcome.dispatched
	}
	next := from.Add(t.policy().Backoff(t.dispatched)).Truncate(time.Microsecond)
	if askedFor.After(next) {
		next = askedFor
	}
	if !t.policy().Exhausted(t.dispatched, now.Sub(t.first)) && next.Before(t.expires()) {
		t.wait(next)
		return
	}
	s.forget(t)
	s.gaveUp.add(t.state(now))
	s.log.Warn("task given up", slog.String("queue", shortName(t.queue.name)), slog.String("task", t.id),
		slog.Int("attempts", t.dispatched), slog.Int("status", t.last.status))
}
