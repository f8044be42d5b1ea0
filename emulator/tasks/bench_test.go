package tasks_test

import (
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"
	"time"

	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
)

func BenchmarkCreateTask(b *testing.B) {
	c := newCloud(b)
	c.queue(b, nil)
	b.SetParallelism(16)
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			c.create(b, c.task("", time.Hour))
		}
	})
}

// BenchmarkDispatch measures tasks from their time to their answer, over real HTTP. The clock moves on as the queue's
// rate of 500 a second asks.
func BenchmarkDispatch(b *testing.B) {
	c := newCloud(b)
	c.queue(b, func(q *cloudtaskspb.Queue) { q.RateLimits = &cloudtaskspb.RateLimits{MaxConcurrentDispatches: 64} })
	fast := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer fast.Close()
	c.pause(b)
	for range b.N {
		c.create(b, post(fast.URL))
	}
	b.ResetTimer()
	c.resume(b)
	for len(c.Pending()) > 0 {
		if next := c.NextDue(); !next.IsZero() {
			c.clock.AdvanceTo(next.Add(time.Second / 10)) // fifty tokens at a time
		}
		runtime.Gosched()
	}
}
