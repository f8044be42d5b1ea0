package tasks_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	"github.com/google/go-cmp/cmp"
)

func TestSeqGrowsWithEachEvent(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.queue(t, nil)
	before := c.Seq()
	if c.Seq() != before {
		t.Error("grew by being read")
	}
	c.create(t, c.task("a", time.Minute))
	created := c.Seq()
	c.advance(t, time.Minute)
	if ran := c.Seq(); created <= before || ran < created+2 {
		t.Errorf("Seq %d, %d after creation, %d after start and end", before, created, ran)
	}
}

func TestSnapshotIsBoundedAndReadsAsJSON(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.queue(t, limited(500, 1))
	for i := range 205 {
		c.create(t, c.task(fmt.Sprintf("t%03d", i), time.Duration(i)*time.Second))
	}
	c.advance(t, time.Hour)
	c.create(t, c.task("waits", time.Minute))
	shot := c.Snapshot()
	if shot.FinishedCount != 205 || len(shot.Finished) != 200 ||
		!strings.HasSuffix(shot.Finished[0].Name, "/t204") || !strings.HasSuffix(shot.Finished[199].Name, "/t005") {
		t.Errorf("finished %d of %d, want the latest 200 of 205, newest first", len(shot.Finished), shot.FinishedCount)
	}
	shot.Finished = nil
	shot.Queues[0].Tasks[0].URL = "http://target/"
	got, err := json.MarshalIndent(shot, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	want := `{
 "now": "2026-11-20T10:00:00Z",
 "queues": [
  {
   "name": "projects/demo/locations/europe-west1/queues/crm",
   "state": "RUNNING",
   "rate_per_second": 500,
   "burst": 500,
   "max_concurrent": 1,
   "retry": {
    "max_attempts": 100,
    "max_duration_ns": 0,
    "min_backoff_ns": 100000000,
    "max_backoff_ns": 3600000000000,
    "max_doublings": 16
   },
   "tasks": [
    {
     "name": "projects/demo/locations/europe-west1/queues/crm/tasks/waits",
     "method": "POST",
     "url": "http://target/",
     "created_at": "2026-11-20T10:00:00Z",
     "scheduled_at": "2026-11-20T10:01:00Z",
     "running": false,
     "attempts": 0
    }
   ]
  }
 ],
 "finished": null,
 "finished_count": 205,
 "gave_up": [],
 "gave_up_count": 0
}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("snapshot (-want +got):\n%s", diff)
	}
}

func TestCloseWaitsForRequests(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.queue(t, nil)
	release := c.holdRequests()
	c.create(t, c.task("a", 0))
	waitFor(t, func() bool { return len(c.target.requests()) == 1 })
	closed := make(chan error, 1)
	go func() { closed <- c.Close(context.WithoutCancel(t.Context())) }()
	select {
	case err := <-closed:
		t.Fatalf("closed while a request ran: %v", err)
	default:
	}
	release()
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if n := c.Snapshot().FinishedCount; n != 1 {
		t.Errorf("%d finished, want the one that ran", n)
	}
	c.create(t, c.task("b", 0))
	if _, err := c.client.RunTask(t.Context(), &cloudtaskspb.RunTaskRequest{Name: queueName + "/tasks/b"}); err == nil {
		t.Error("a closed server ran a task")
	}
}

func TestCloseCutsRequestsOffWithItsContext(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.queue(t, nil)
	defer c.holdRequests()()
	c.create(t, c.task("a", 0))
	waitFor(t, func() bool { return len(c.target.requests()) == 1 })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Close(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Close: %v, want the context's error", err)
	}
	if n := len(c.Snapshot().Queues[0].Tasks); n != 1 {
		t.Errorf("%d tasks left, want the one that did not end", n)
	}
}
