package tasks

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"
)

const (
	maxFinished = 200  // tasks the page shows that are done
	maxGaveUp   = 1000 // tasks the page shows that were given up
)

// Snapshot is all there is at one moment, for the page and its JSON. Times are virtual, RFC 3339 in UTC; what is
// unknown is absent.
type Snapshot struct {
	Now           time.Time    `json:"now"`
	Queues        []QueueState `json:"queues"`         // by name
	Finished      []TaskState  `json:"finished"`       // the latest 200, newest first
	FinishedCount int          `json:"finished_count"` // all of them
	GaveUp        []TaskState  `json:"gave_up"`        // the latest 1,000, newest first
	GaveUpCount   int          `json:"gave_up_count"`  // all of them
}

// QueueState is a queue and its tasks.
type QueueState struct {
	Name          string      `json:"name"`
	State         string      `json:"state"` // RUNNING or PAUSED
	RatePerSecond float64     `json:"rate_per_second"`
	Burst         int         `json:"burst"`
	MaxConcurrent int         `json:"max_concurrent"`
	Retry         RetryPolicy `json:"retry"`
	Tasks         []TaskState `json:"tasks"` // by schedule time, running ones too
}

// TaskState is a task for people to look at.
type TaskState struct {
	Name        string    `json:"name"` // with its queue's
	Method      string    `json:"method"`
	URL         string    `json:"url"`
	CreatedAt   time.Time `json:"created_at"`
	ScheduledAt time.Time `json:"scheduled_at"` // of the next attempt, or of the one that runs
	EndedAt     time.Time `json:"ended_at,omitzero"`
	Running     bool      `json:"running"`
	Attempts    int       `json:"attempts"`
	LastStatus  int       `json:"last_status,omitempty"`  // HTTP; 503 or 504 without an answer
	LastProblem string    `json:"last_problem,omitempty"` // why there was no answer
}

// Snapshot returns all there is.
func (s *Server) Snapshot() Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	shot := Snapshot{
		Now:           s.now(),
		Queues:        []QueueState{},
		Finished:      s.finished.newestFirst(),
		FinishedCount: s.finished.count,
		GaveUp:        s.gaveUp.newestFirst(),
		GaveUpCount:   s.gaveUp.count,
	}
	for _, name := range slices.Sorted(maps.Keys(s.queues)) {
		shot.Queues = append(shot.Queues, s.queues[name].state())
	}
	return shot
}

func (q *queue) state() QueueState {
	state := QueueState{
		Name:          q.name,
		State:         q.message().GetState().String(),
		RatePerSecond: q.config.rate,
		Burst:         q.config.burst,
		MaxConcurrent: q.config.concurrent,
		Retry:         q.config.retry,
		Tasks:         []TaskState{},
	}
	for _, t := range q.tasks {
		state.Tasks = append(state.Tasks, t.state(time.Time{}))
	}
	slices.SortFunc(state.Tasks, func(a, b TaskState) int {
		return cmp.Or(a.ScheduledAt.Compare(b.ScheduledAt), cmp.Compare(a.Name, b.Name))
	})
	return state
}

func (t *task) state(ended time.Time) TaskState {
	request := t.message.GetHttpRequest()
	return TaskState{
		Name:        t.message.GetName(),
		Method:      methods[request.GetHttpMethod()],
		URL:         request.GetUrl(),
		CreatedAt:   t.created,
		ScheduledAt: t.due,
		EndedAt:     ended,
		Running:     t.running > 0,
		Attempts:    t.dispatched,
		LastStatus:  t.last.status,
		LastProblem: t.last.problem,
	}
}

// Pending says, one line each, what keeps the local cloud from being quiet: every running attempt, and every task that
// is due in a queue that is not paused, whatever it waits for.
func (s *Server) Pending() []string {
	return s.unfinished(func(q *queue, _ time.Time) bool { return !q.paused })
}

// Active is Pending without the tasks that wait for nothing but their queue's rate: what will go on or end without the
// clock being moved.
func (s *Server) Active() []string {
	return s.unfinished(func(q *queue, now time.Time) bool { return !q.paused && !q.starved(now) })
}

func (s *Server) unfinished(counts func(*queue, time.Time) bool) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	var lines []string
	for a := range s.running {
		lines = append(lines, fmt.Sprintf("task %s/%s runs its attempt %d",
			shortName(a.task.queue.name), a.task.id, a.task.dispatched))
	}
	for _, q := range s.queues {
		if !counts(q, now) {
			continue
		}
		q.waiting.due(now, func(t *task) {
			lines = append(lines, fmt.Sprintf("task %s/%s is due since %s", shortName(q.name), t.id, t.due.Format(time.RFC3339)))
		})
	}
	slices.Sort(lines)
	return lines
}

// NextDue is the next moment after now at which a task may start, if nothing but time passes: its schedule time or that
// of its retry, or the time of its queue's next token. It is zero where there is none.
func (s *Server) NextDue() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	var next time.Time
	for _, q := range s.queues {
		at := q.nextDue(now)
		if !at.IsZero() && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	return next
}

func (q *queue) nextDue(now time.Time) (next time.Time) {
	switch {
	case q.paused || len(q.waiting) == 0:
		return next
	case q.starved(now):
		return q.nextToken(now)
	case q.waiting[0].due.After(now):
		return q.waiting[0].due
	}
	// The first is due and starts by itself: look for the earliest of those that are not.
	for _, t := range q.waiting {
		if t.due.After(now) && (next.IsZero() || t.due.Before(next)) {
			next = t.due
		}
	}
	return next
}

// Seq grows with each arrival, start and end of a task, so that two equal readings say that nothing happened between
// them.
func (s *Server) Seq() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seq
}

// history keeps the latest tasks that ended and counts all.
type history struct {
	limit, count int
	kept         []TaskState
}

func (h *history) add(t TaskState) {
	h.count++
	if len(h.kept) < h.limit {
		h.kept = append(h.kept, t)
		return
	}
	h.kept[(h.count-1)%h.limit] = t
}

func (h *history) newestFirst() []TaskState {
	list := make([]TaskState, 0, len(h.kept))
	for i := range h.kept {
		list = append(list, h.kept[(h.count-1-i)%h.limit])
	}
	return list
}
