package tasks_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"

	"sessionbridge.internal/emulator/clock"
	"sessionbridge.internal/emulator/tasks"
)

func (c *cloud) pause(t testing.TB) {
	t.Helper()
	if _, err := c.client.PauseQueue(t.Context(), &cloudtaskspb.PauseQueueRequest{Name: queueName}); err != nil {
		t.Fatal(err)
	}
}

func (c *cloud) resume(t testing.TB) {
	t.Helper()
	if _, err := c.client.ResumeQueue(t.Context(), &cloudtaskspb.ResumeQueueRequest{Name: queueName}); err != nil {
		t.Fatal(err)
	}
}

func (c *cloud) runTask(t testing.TB, id string) *cloudtaskspb.Task {
	t.Helper()
	task, err := c.client.RunTask(t.Context(), &cloudtaskspb.RunTaskRequest{Name: queueName + "/tasks/" + id})
	if err != nil {
		t.Fatal(err)
	}
	return task
}

// holdRequests makes the target's requests wait until release.
func (c *cloud) holdRequests() (release func()) {
	hold := make(chan struct{})
	c.target.hold = hold
	return func() {
		c.target.mu.Lock()
		c.target.hold = nil
		c.target.mu.Unlock()
		close(hold)
	}
}

func limited(rate float64, concurrent int32) func(*cloudtaskspb.Queue) {
	return func(q *cloudtaskspb.Queue) {
		q.RateLimits = &cloudtaskspb.RateLimits{MaxDispatchesPerSecond: rate, MaxConcurrentDispatches: concurrent}
	}
}

func TestTasksRunInTheOrderOfTheirTime(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.queue(t, limited(1, 1))
	for i, after := range []time.Duration{3, 1, 2, 1} {
		c.create(t, c.task(fmt.Sprintf("t%d", i), after*time.Minute))
	}
	c.settle(t)
	if got := c.target.names(); got != nil {
		t.Errorf("ran before their time: %v", got)
	}
	c.advance(t, time.Hour)
	if got, want := c.target.names(), []string{"t1", "t3", "t2", "t0"}; !slices.Equal(got, want) {
		t.Errorf("order %v, want %v", got, want)
	}
}

func TestRateLetsOneTaskASecondGo(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.queue(t, limited(1, 0))
	for range 5 {
		c.create(t, c.task("", 0))
	}
	c.settle(t)
	for done := 1; ; done++ {
		if n := len(c.target.requests()); n != done {
			t.Fatalf("%d requests %v after the start, want %d", n, c.clock.Now().Sub(start), done)
		}
		if n := len(c.Pending()); n != 5-done {
			t.Errorf("%d pending, want %d: what waits for the rate is due", n, 5-done)
		}
		if done == 5 {
			break
		}
		if next := c.NextDue(); !next.Equal(start.Add(time.Duration(done) * time.Second)) {
			t.Fatalf("next at %v, want a second after the last", next)
		}
		c.clock.AdvanceTo(c.NextDue())
		c.settle(t)
	}
}

func TestOddRatesNeverStall(t *testing.T) {
	t.Parallel()
	for _, rate := range []float64{3, 0.7, 1.0 / 3, 333.333} {
		c := newCloud(t)
		c.queue(t, limited(rate, 0))
		const n = 40
		for range n {
			c.create(t, c.task("", 0))
		}
		c.advance(t, time.Hour)
		if got := len(c.target.requests()); got != n {
			t.Errorf("rate %v: %d requests in an hour, want %d", rate, got, n)
		}
	}
}

func TestClockThatRunsEmptiesTheQueueByItself(t *testing.T) {
	t.Parallel()
	c := newCloud(t, func(o *tasks.Options) { o.Clock = clock.New() })
	c.queue(t, limited(20, 0))
	for range 22 { // a burst of 20, then two at 20 a second
		c.create(t, c.task("", 10*time.Millisecond))
	}
	waitFor(t, func() bool { return len(c.target.requests()) == 22 })
	waitFor(t, func() bool { return len(c.Pending()) == 0 })
}

func TestConcurrencyIsBounded(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.queue(t, limited(500, 2))
	release := c.holdRequests()
	for range 5 {
		c.create(t, c.task("", 0))
	}
	waitFor(t, func() bool { return len(c.target.requests()) == 2 })
	var running int
	for _, task := range c.Snapshot().Queues[0].Tasks {
		if task.Running {
			running++
		}
	}
	if running != 2 || len(c.Active()) != 5 || !c.NextDue().IsZero() {
		t.Errorf("%d run, active %v, next due %v: want 2, all 5 and nothing", running, c.Active(), c.NextDue())
	}
	release()
	c.settle(t)
	if n := len(c.target.requests()); n != 5 {
		t.Errorf("%d requests, want 5", n)
	}
}

func TestPausedQueueTakesTasksAndHoldsThem(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.queue(t, nil)
	c.pause(t)
	c.create(t, c.task("a", 0))
	c.create(t, c.task("b", time.Minute))
	c.advance(t, time.Hour)
	if len(c.target.requests()) != 0 || len(c.Pending()) != 0 || !c.NextDue().IsZero() {
		t.Errorf("requests %v, pending %v, next %v: want nothing while paused", c.target.names(), c.Pending(), c.NextDue())
	}
	if state := c.Snapshot().Queues[0].State; state != "PAUSED" {
		t.Errorf("state %q, want PAUSED", state)
	}
	c.resume(t)
	c.settle(t)
	if got := c.target.names(); !slices.Contains(got, "a") || !slices.Contains(got, "b") {
		t.Errorf("after resuming ran %v, want a and b", got)
	}
}

func TestPurgeDeletesWhatWaitsAndWhatRuns(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.queue(t, nil)
	release := c.holdRequests()
	c.target.statuses = []int{500}
	c.create(t, c.task("runs", 0))
	c.create(t, c.task("waits", time.Minute))
	waitFor(t, func() bool { return len(c.target.requests()) == 1 })
	q, err := c.client.PurgeQueue(t.Context(), &cloudtaskspb.PurgeQueueRequest{Name: queueName})
	if err != nil {
		t.Fatal(err)
	}
	if !q.GetPurgeTime().AsTime().Equal(start) {
		t.Errorf("purge time %v, want now", q.GetPurgeTime().AsTime())
	}
	if len(c.Pending()) != 1 {
		t.Errorf("pending %v, want the request under way", c.Pending())
	}
	release()
	c.create(t, c.task("later", 2*time.Minute))
	c.advance(t, time.Hour)
	if got := c.target.names(); !slices.Equal(got, []string{"runs", "later"}) {
		t.Errorf("ran %v, want no retry and nothing that was purged", got)
	}
}

func TestRunTaskIgnoresPauseTimeAndRate(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.queue(t, limited(1, 1))
	c.pause(t)
	for _, id := range []string{"a", "b", "c"} {
		c.create(t, c.task(id, time.Hour))
		if got := c.runTask(t, id); got.GetDispatchCount() != 1 || got.GetResponseCount() != 0 {
			t.Errorf("returned %v, want it as dispatched", got)
		}
	}
	c.settle(t)
	if got := c.Snapshot(); got.FinishedCount != 3 || len(got.Queues[0].Tasks) != 0 {
		t.Errorf("snapshot %+v, want all three finished", got)
	}
}

func TestRunTaskThatFailsIsRetriedFromTheCall(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.queue(t, retrying(5))
	release := c.holdRequests()
	c.target.statuses = []int{500}
	c.create(t, c.task("a", time.Hour))
	c.runTask(t, "a")
	c.clock.Advance(4 * time.Second) // the answer comes four seconds after the call
	release()
	c.settle(t)
	if next := c.NextDue(); !next.Equal(start.Add(10 * time.Second)) {
		t.Errorf("next attempt at %v, want 10 s after the call", next)
	}
}

func TestRunTaskRunsATaskThatRuns(t *testing.T) {
	t.Parallel()
	for name, statuses := range map[string][]int{
		"both succeed": nil, "the first fails": {500}, "both fail": {500, 500},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			c.queue(t, retrying(5))
			release := c.holdRequests()
			c.target.statuses = statuses
			c.create(t, c.task("a", 0))
			waitFor(t, func() bool { return len(c.target.requests()) == 1 })
			c.runTask(t, "a")
			waitFor(t, func() bool { return len(c.target.requests()) == 2 })
			release()
			c.advance(t, time.Hour)
			if got := c.Snapshot(); got.FinishedCount != 1 || got.GaveUpCount != 0 || len(got.Queues[0].Tasks) != 0 {
				t.Errorf("snapshot %+v, want it finished once", got)
			}
			want := 2
			if len(statuses) == 2 {
				want = 3
			}
			if n := len(c.target.requests()); n != want {
				t.Errorf("%d requests, want %d", n, want)
			}
		})
	}
}

func TestAttemptsAreToldByTheTask(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.queue(t, retrying(5))
	c.target.statuses = []int{429, 503}
	c.create(t, c.task("a", 0))
	c.advance(t, 10*time.Second)
	got := c.get(t, "a")
	last := got.GetLastAttempt()
	if got.GetDispatchCount() != 2 || got.GetResponseCount() != 2 ||
		!got.GetFirstAttempt().GetDispatchTime().AsTime().Equal(start) || got.GetFirstAttempt().GetResponseTime() != nil ||
		!last.GetDispatchTime().AsTime().Equal(start.Add(10*time.Second)) ||
		last.GetResponseStatus().GetMessage() != "Unavailable(14): HTTP status code 503" {
		t.Errorf("task = %v", got)
	}
}
