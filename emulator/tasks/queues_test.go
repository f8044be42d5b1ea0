package tasks_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	"cloud.google.com/go/iam/apiv1/iampb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/iterator"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

func (c *cloud) update(t *testing.T, q *cloudtaskspb.Queue, paths ...string) (*cloudtaskspb.Queue, error) {
	t.Helper()
	return c.client.UpdateQueue(t.Context(), &cloudtaskspb.UpdateQueueRequest{Queue: q, UpdateMask: &fieldmaskpb.FieldMask{Paths: paths}})
}

func defaultQueue() *cloudtaskspb.Queue {
	return &cloudtaskspb.Queue{
		Name:       queueName,
		State:      cloudtaskspb.Queue_RUNNING,
		RateLimits: &cloudtaskspb.RateLimits{MaxDispatchesPerSecond: 500, MaxBurstSize: 500, MaxConcurrentDispatches: 1000},
		RetryConfig: &cloudtaskspb.RetryConfig{MaxAttempts: 100, MinBackoff: durationpb.New(100 * time.Millisecond),
			MaxBackoff: durationpb.New(time.Hour), MaxDoublings: 16},
	}
}

func TestQueueHasTheDefaults(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.queue(t, func(q *cloudtaskspb.Queue) { q.State = cloudtaskspb.Queue_PAUSED }) // output only: ignored
	got, err := c.client.GetQueue(t.Context(), &cloudtaskspb.GetQueueRequest{Name: queueName})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(defaultQueue(), got, protocmp.Transform()); diff != "" {
		t.Errorf("queue (-want +got):\n%s", diff)
	}
}

func TestCreateQueueRefuses(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	tests := map[string]struct {
		change func(*cloudtaskspb.Queue)
		want   codes.Code
		says   string
	}{
		"no name":          {func(q *cloudtaskspb.Queue) { q.Name = "" }, codes.InvalidArgument, "queue.name"},
		"an underscore":    {func(q *cloudtaskspb.Queue) { q.Name = location + "/queues/a_b" }, codes.InvalidArgument, "queue.name"},
		"a name too long":  {func(q *cloudtaskspb.Queue) { q.Name = location + "/queues/" + strings.Repeat("a", 101) }, codes.InvalidArgument, "queue.name"},
		"another location": {func(q *cloudtaskspb.Queue) { q.Name = "projects/demo/locations/asia/queues/a" }, codes.InvalidArgument, "parent"},
		"a negative rate":  {func(q *cloudtaskspb.Queue) { q.RateLimits = &cloudtaskspb.RateLimits{MaxDispatchesPerSecond: -1} }, codes.InvalidArgument, "max_dispatches_per_second"},
		"a rate over 500":  {func(q *cloudtaskspb.Queue) { q.RateLimits = &cloudtaskspb.RateLimits{MaxDispatchesPerSecond: 501} }, codes.InvalidArgument, "max_dispatches_per_second"},
		"a rate of no number": {func(q *cloudtaskspb.Queue) {
			q.RateLimits = &cloudtaskspb.RateLimits{MaxDispatchesPerSecond: math.NaN()}
		}, codes.InvalidArgument, "max_dispatches_per_second"},
		"concurrency over 5,000": {func(q *cloudtaskspb.Queue) {
			q.RateLimits = &cloudtaskspb.RateLimits{MaxConcurrentDispatches: 5001}
		}, codes.InvalidArgument, "max_concurrent_dispatches"},
		"negative concurrency": {func(q *cloudtaskspb.Queue) {
			q.RateLimits = &cloudtaskspb.RateLimits{MaxConcurrentDispatches: -1}
		}, codes.InvalidArgument, "max_concurrent_dispatches"},
		"negative doublings": {func(q *cloudtaskspb.Queue) { q.RetryConfig = &cloudtaskspb.RetryConfig{MaxDoublings: -1} }, codes.InvalidArgument, "max_doublings"},
		"attempts below -1":  {func(q *cloudtaskspb.Queue) { q.RetryConfig = &cloudtaskspb.RetryConfig{MaxAttempts: -2} }, codes.InvalidArgument, "max_attempts"},
		"a negative backoff": {func(q *cloudtaskspb.Queue) { q.RetryConfig = &cloudtaskspb.RetryConfig{MinBackoff: durationpb.New(-1)} }, codes.InvalidArgument, "min_backoff"},
		"backoffs in the wrong order": {func(q *cloudtaskspb.Queue) {
			q.RetryConfig = &cloudtaskspb.RetryConfig{MinBackoff: durationpb.New(2 * time.Hour)}
		}, codes.InvalidArgument, "min_backoff"},
		"App Engine routing": {func(q *cloudtaskspb.Queue) { q.AppEngineRoutingOverride = &cloudtaskspb.AppEngineRouting{} }, codes.InvalidArgument, "App Engine"},
		"a queue's target":   {func(q *cloudtaskspb.Queue) { q.HttpTarget = &cloudtaskspb.HttpTarget{} }, codes.Unimplemented, "http_target"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q := &cloudtaskspb.Queue{Name: queueName}
			test.change(q)
			_, err := c.client.CreateQueue(t.Context(), &cloudtaskspb.CreateQueueRequest{Parent: location, Queue: q})
			wantCode(t, err, test.want, test.says)
		})
	}
}

func TestUpdateQueueChangesWhatTheMaskNames(t *testing.T) {
	t.Parallel()
	limits := &cloudtaskspb.RateLimits{MaxDispatchesPerSecond: 2.5, MaxConcurrentDispatches: 3}
	retry := &cloudtaskspb.RetryConfig{MaxAttempts: 7, MinBackoff: durationpb.New(time.Second)}
	tests := map[string]struct {
		paths []string
		want  func(*cloudtaskspb.Queue)
	}{
		"one field": {[]string{"rate_limits.max_dispatches_per_second"}, func(q *cloudtaskspb.Queue) {
			q.RateLimits.MaxDispatchesPerSecond, q.RateLimits.MaxBurstSize = 2.5, 3
		}},
		"one message, the rest of it back to defaults": {[]string{"retry_config"}, func(q *cloudtaskspb.Queue) {
			q.RetryConfig.MaxAttempts, q.RetryConfig.MinBackoff = 7, durationpb.New(time.Second)
			q.RetryConfig.MaxDoublings = 16
		}},
		"a field that is left out back to its default": {[]string{"retry_config.max_doublings"}, func(q *cloudtaskspb.Queue) {
			q.RetryConfig.MaxDoublings = 16
		}},
		"no state": {[]string{"state"}, func(*cloudtaskspb.Queue) {}},
		"everything without a mask": {nil, func(q *cloudtaskspb.Queue) {
			q.RateLimits = &cloudtaskspb.RateLimits{MaxDispatchesPerSecond: 2.5, MaxBurstSize: 3, MaxConcurrentDispatches: 3}
			q.RetryConfig.MaxAttempts, q.RetryConfig.MinBackoff = 7, durationpb.New(time.Second)
			q.RetryConfig.MaxDoublings = 16
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			c.queue(t, func(q *cloudtaskspb.Queue) { q.RetryConfig = &cloudtaskspb.RetryConfig{MaxDoublings: 5} })
			change := &cloudtaskspb.Queue{Name: queueName, State: cloudtaskspb.Queue_PAUSED, RateLimits: limits, RetryConfig: retry}
			got, err := c.update(t, change, test.paths...)
			if err != nil {
				t.Fatal(err)
			}
			want := defaultQueue()
			want.RetryConfig.MaxDoublings = 5
			test.want(want)
			if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
				t.Errorf("queue (-want +got):\n%s", diff)
			}
		})
	}
}

func TestUpdateQueueMakesAMissingOneAndRefusesABadMask(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	if _, err := c.update(t, &cloudtaskspb.Queue{Name: queueName}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.client.GetQueue(t.Context(), &cloudtaskspb.GetQueueRequest{Name: queueName}); err != nil {
		t.Error(err)
	}
	_, err := c.update(t, &cloudtaskspb.Queue{Name: queueName}, "rate_limits.colour")
	wantCode(t, err, codes.InvalidArgument, "update_mask")
	_, err = c.update(t, &cloudtaskspb.Queue{Name: "crm"})
	wantCode(t, err, codes.InvalidArgument, "queue.name")
}

func TestDeletedQueueTakesItsTasksAndItsName(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.queue(t, nil)
	_, err := c.client.CreateQueue(t.Context(), &cloudtaskspb.CreateQueueRequest{Parent: location, Queue: &cloudtaskspb.Queue{Name: queueName}})
	wantCode(t, err, codes.AlreadyExists)
	c.create(t, c.task("a", time.Minute))
	if err := c.client.DeleteQueue(t.Context(), &cloudtaskspb.DeleteQueueRequest{Name: queueName}); err != nil {
		t.Fatal(err)
	}
	c.advance(t, 70*time.Hour)
	if n := len(c.target.requests()); n != 0 {
		t.Errorf("%d requests of a deleted queue's tasks", n)
	}
	_, err = c.client.CreateQueue(t.Context(), &cloudtaskspb.CreateQueueRequest{Parent: location, Queue: &cloudtaskspb.Queue{Name: queueName}})
	wantCode(t, err, codes.FailedPrecondition, "too recently")
	c.advance(t, 2*time.Hour)
	c.queue(t, nil)
}

func TestUnknownNamesAreNotFound(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	ctx, client, name := t.Context(), c.client, queueName+"/tasks/a"
	calls := map[string]func(queue, task string) error{
		"GetQueue": func(q, _ string) error {
			_, err := client.GetQueue(ctx, &cloudtaskspb.GetQueueRequest{Name: q})
			return err
		},
		"PauseQueue": func(q, _ string) error {
			_, err := client.PauseQueue(ctx, &cloudtaskspb.PauseQueueRequest{Name: q})
			return err
		},
		"ResumeQueue": func(q, _ string) error {
			_, err := client.ResumeQueue(ctx, &cloudtaskspb.ResumeQueueRequest{Name: q})
			return err
		},
		"PurgeQueue": func(q, _ string) error {
			_, err := client.PurgeQueue(ctx, &cloudtaskspb.PurgeQueueRequest{Name: q})
			return err
		},
		"DeleteQueue": func(q, _ string) error { return client.DeleteQueue(ctx, &cloudtaskspb.DeleteQueueRequest{Name: q}) },
		"ListTasks": func(q, _ string) error {
			_, err := client.ListTasks(ctx, &cloudtaskspb.ListTasksRequest{Parent: q}).Next()
			return err
		},
		"GetTask": func(_, k string) error {
			_, err := client.GetTask(ctx, &cloudtaskspb.GetTaskRequest{Name: k})
			return err
		},
		"RunTask": func(_, k string) error {
			_, err := client.RunTask(ctx, &cloudtaskspb.RunTaskRequest{Name: k})
			return err
		},
		"DeleteTask": func(_, k string) error { return client.DeleteTask(ctx, &cloudtaskspb.DeleteTaskRequest{Name: k}) },
	}
	for rpc, call := range calls {
		t.Run(rpc, func(t *testing.T) {
			wantCode(t, call(queueName, name), codes.NotFound)
			wantCode(t, call("crm", "a"), codes.InvalidArgument)
		})
	}
	c.queue(t, nil)
	for _, rpc := range []string{"GetTask", "RunTask", "DeleteTask"} {
		wantCode(t, calls[rpc](queueName, name), codes.NotFound, "was not found")
	}
}

func TestListsArePaged(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.queue(t, nil)
	for i := range 5 {
		c.create(t, c.task(fmt.Sprintf("t%d", i), time.Hour))
		q := &cloudtaskspb.Queue{Name: fmt.Sprintf("%s/queues/q%d", location, i)}
		if _, err := c.client.CreateQueue(t.Context(), &cloudtaskspb.CreateQueueRequest{Parent: location, Queue: q}); err != nil {
			t.Fatal(err)
		}
	}
	tasks := c.client.ListTasks(t.Context(), &cloudtaskspb.ListTasksRequest{Parent: queueName, PageSize: 2})
	if got, want := drain(t, tasks.Next), "t0 t1 t2 t3 t4"; got != want {
		t.Errorf("tasks %q, want %q", got, want)
	}
	queues := c.client.ListQueues(t.Context(), &cloudtaskspb.ListQueuesRequest{Parent: location, PageSize: 3})
	if got, want := drain(t, queues.Next), "crm q0 q1 q2 q3 q4"; got != want {
		t.Errorf("queues %q, want %q", got, want)
	}
	elsewhere := c.client.ListQueues(t.Context(), &cloudtaskspb.ListQueuesRequest{Parent: "projects/demo/locations/europe-west"})
	if got := drain(t, elsewhere.Next); got != "" {
		t.Errorf("queues of another location: %q", got)
	}
	_, err := c.client.ListTasks(t.Context(), &cloudtaskspb.ListTasksRequest{Parent: queueName, PageToken: "?"}).Next()
	wantCode(t, err, codes.InvalidArgument, "page_token")
	_, err = c.client.ListQueues(t.Context(), &cloudtaskspb.ListQueuesRequest{Parent: location, PageSize: -1}).Next()
	wantCode(t, err, codes.InvalidArgument, "page_size")
	_, err = c.client.ListQueues(t.Context(), &cloudtaskspb.ListQueuesRequest{Parent: location, Filter: "state: PAUSED"}).Next()
	wantCode(t, err, codes.Unimplemented, "filter")
}

// drain returns the ids that an iterator gives.
func drain[T interface{ GetName() string }](t *testing.T, next func() (T, error)) string {
	t.Helper()
	var ids []string
	for {
		one, err := next()
		if errors.Is(err, iterator.Done) {
			return strings.Join(ids, " ")
		}
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, one.GetName()[strings.LastIndex(one.GetName(), "/")+1:])
	}
}

func TestBatchesReportWhatFailed(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.queue(t, nil)
	request := func(task *cloudtaskspb.Task) *cloudtaskspb.CreateTaskRequest {
		return &cloudtaskspb.CreateTaskRequest{Parent: queueName, Task: task}
	}
	create := &cloudtaskspb.BatchCreateTasksRequest{Parent: queueName, Requests: []*cloudtaskspb.CreateTaskRequest{
		request(c.task("a", time.Hour)), request(c.task("a", time.Hour)), request(c.task("b", time.Hour)),
	}}
	made, err := c.client.BatchCreateTasks(t.Context(), create)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := made.Wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	meta, err := made.Metadata()
	if err != nil {
		t.Fatal(err)
	}
	if len(answer.GetTasks()) != 2 || meta.GetState() != cloudtaskspb.BatchCreateTasksMetadata_PARTIALLY_SUCCEEDED ||
		codes.Code(meta.GetFailedRequests()[1].GetCode()) != codes.AlreadyExists {
		t.Errorf("created %v, metadata %v", answer.GetTasks(), meta)
	}
	gone, err := c.client.BatchDeleteTasks(t.Context(), &cloudtaskspb.BatchDeleteTasksRequest{
		Parent: queueName, Names: []string{queueName + "/tasks/a", queueName + "/tasks/c"}})
	if err != nil {
		t.Fatal(err)
	}
	left, err := gone.Metadata()
	if err != nil {
		t.Fatal(err)
	}
	if codes.Code(left.GetFailedRequests()[1].GetCode()) != codes.NotFound || len(left.GetFailedRequests()) != 1 {
		t.Errorf("deleted: metadata %v", left)
	}
	if list := c.Snapshot().Queues[0].Tasks; len(list) != 1 || list[0].Name != queueName+"/tasks/b" {
		t.Errorf("left: %+v, want b", list)
	}
	create.Requests[2].Parent = location + "/queues/other"
	_, err = c.client.BatchCreateTasks(t.Context(), create)
	wantCode(t, err, codes.InvalidArgument, "requests[2].parent")
	_, err = c.client.BatchDeleteTasks(t.Context(), &cloudtaskspb.BatchDeleteTasksRequest{Parent: queueName})
	wantCode(t, err, codes.InvalidArgument, "names")
}

func TestTheRestIsUnimplemented(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	_, err := c.client.GetIamPolicy(t.Context(), &iampb.GetIamPolicyRequest{Resource: queueName})
	wantCode(t, err, codes.Unimplemented)
}
