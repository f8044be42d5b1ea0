package tasks

import (
	"container/heap"
	"context"
	"time"

	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	"golang.org/x/time/rate"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// queue is one queue with its tasks. The server's lock guards it.
type queue struct {
	server *Server
	name   string
	config config
	paused bool
	purged time.Time // zero: never

	tasks    map[string]*task // by id: waiting or running
	waiting  schedule
	tombs    tombstones
	bucket   *rate.Limiter // on the virtual clock: every call is given the time
	inFlight int           // attempts that count against max_concurrent_dispatches

	ctx    context.Context // ends with the queue
	remove context.CancelFunc
	wake   context.CancelFunc // ends the scheduler's present sleep
}

// addQueue makes a queue and starts its scheduler. The caller holds the lock.
func (s *Server) addQueue(name string, c config) *queue {
	q := &queue{
		server: s,
		name:   name,
		config: c,
		tasks:  map[string]*task{},
		bucket: rate.NewLimiter(rate.Limit(c.rate), c.burst), // full at first
		wake:   func() {},
	}
	q.ctx, q.remove = context.WithCancel(s.ctx)
	s.queues[name] = q
	if !s.closed {
		s.work.Go(q.run)
	}
	return q
}

// configure gives the queue new limits, which hold from the next start on.
func (q *queue) configure(c config) {
	q.config = c
	now := q.server.now()
	q.bucket.SetLimitAt(now, rate.Limit(c.rate))
	q.bucket.SetBurstAt(now, c.burst)
	q.wake()
}

// run is the queue's scheduler: it starts what may start, then sleeps until the next task or token, or until woken by
// whatever changes that.
func (q *queue) run() {
	for q.ctx.Err() == nil {
		nap, next := q.dispatch()
		if next.IsZero() {
			<-nap.Done()
			continue
		}
		// An error is the end of the nap: look again.
		_ = q.server.clock.WaitUntil(nap, next)
	}
}

// dispatch starts every task that may start now and returns the context of the nap to take, until next or, where next
// is zero, until woken. The nap is made under the lock, so no wake-up can be lost between looking and sleeping.
func (q *queue) dispatch() (nap context.Context, next time.Time) {
	s := q.server
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	for q.ready(now) && q.bucket.AllowN(now, 1) {
		t := heap.Pop(&q.waiting).(*task)
		s.start(t, now, false)
	}
	q.wake() // frees the last nap
	nap, q.wake = context.WithCancel(q.ctx)
	return nap, q.nextStart(now)
}

// ready says that the first task may start, as far as its time, the queue's state and its concurrency go.
func (q *queue) ready(now time.Time) bool {
	return q.open() && len(q.waiting) > 0 && !q.waiting[0].due.After(now)
}

// open says that the queue may start tasks at all.
func (q *queue) open() bool {
	return !q.paused && !q.server.closed && q.inFlight < q.config.concurrent
}

// nextStart is when the first task may start, given that no running one ends: its own time, or the next token's. It is
// zero when only an event can start one.
func (q *queue) nextStart(now time.Time) time.Time {
	if !q.open() || len(q.waiting) == 0 {
		return time.Time{}
	}
	first := q.waiting[0].due
	if first.After(now) {
		return first
	}
	return q.nextToken(now)
}

// nextToken is when the bucket lets the next task go: now, or later. It is rounded up to the clock's microsecond, or the
// scheduler would wake too early and find no token.
func (q *queue) nextToken(now time.Time) time.Time {
	r := q.bucket.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	r.CancelAt(now)
	return now.Add((min(wait, retention) + time.Microsecond - 1).Truncate(time.Microsecond))
}

// starved says that only the queue's rate keeps its first task from starting.
func (q *queue) starved(now time.Time) bool { return q.ready(now) && q.nextToken(now).After(now) }

// message is the queue as the API shows it.
func (q *queue) message() *cloudtaskspb.Queue {
	m := q.config.message(q.name)
	m.State = cloudtaskspb.Queue_RUNNING
	if q.paused {
		m.State = cloudtaskspb.Queue_PAUSED
	}
	if !q.purged.IsZero() {
		m.PurgeTime = timestamppb.New(q.purged)
	}
	return m
}

// schedule is a heap of waiting tasks, the first due on top, in order of arrival where several are due at one time.
type schedule []*task

func (h schedule) Len() int { return len(h) }

func (h schedule) Less(i, j int) bool {
	if h[i].due.Equal(h[j].due) {
		return h[i].arrival < h[j].arrival
	}
	return h[i].due.Before(h[j].due)
}

func (h schedule) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

// Push and Pop are for container/heap only.
func (h *schedule) Push(x any) {
	t := x.(*task)
	t.index = len(*h)
	*h = append(*h, t)
}

func (h *schedule) Pop() any {
	old := *h
	last := len(old) - 1
	t := old[last]
	old[last] = nil
	*h = old[:last]
	t.index = notWaiting
	return t
}

// due calls f for each waiting task that is due at now. It looks at those and their children only.
func (h schedule) due(now time.Time, f func(*task)) { h.dueBelow(0, now, f) }

func (h schedule) dueBelow(i int, now time.Time, f func(*task)) {
	if i >= len(h) || h[i].due.After(now) {
		return
	}
	f(h[i])
	h.dueBelow(2*i+1, now, f)
	h.dueBelow(2*i+2, now, f)
}
