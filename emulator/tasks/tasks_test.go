package tasks_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	cloudtasks "cloud.google.com/go/cloudtasks/apiv2"
	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"sessionbridge.internal/emulator/clock"
	"sessionbridge.internal/emulator/tasks"
)

const (
	location  = "projects/demo/locations/europe-west1"
	queueName = location + "/queues/crm"
)

var start = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

// cloud is a server on a frozen clock, Google's client connected to it, and a target that answers its requests.
type cloud struct {
	*tasks.Server
	clock  *clock.Clock
	client *cloudtasks.Client
	target *target
}

func newCloud(t testing.TB, change ...func(*tasks.Options)) *cloud {
	t.Helper()
	o := tasks.Options{Clock: clock.Frozen(start), Log: slog.New(slog.DiscardHandler)}
	for _, f := range change {
		f(&o)
	}
	server := tasks.New(o)
	t.Cleanup(func() {
		if err := server.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return &cloud{Server: server, clock: o.Clock, client: dial(t, server), target: newTarget(t)}
}

func dial(t testing.TB, server *tasks.Server) *cloudtasks.Client {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := grpc.NewServer()
	cloudtaskspb.RegisterCloudTasksServer(g, server)
	go func() { _ = g.Serve(listener) }() // ends with Stop
	t.Cleanup(g.Stop)
	client, err := cloudtasks.NewClient(t.Context(), option.WithEndpoint(listener.Addr().String()),
		option.WithoutAuthentication(), option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// queue makes the test's queue; change may be nil.
func (c *cloud) queue(t testing.TB, change func(*cloudtaskspb.Queue)) {
	t.Helper()
	q := &cloudtaskspb.Queue{Name: queueName}
	if change != nil {
		change(q)
	}
	if _, err := c.client.CreateQueue(t.Context(), &cloudtaskspb.CreateQueueRequest{Parent: location, Queue: q}); err != nil {
		t.Fatal(err)
	}
}

// retrying is a queue with a back-off of 10, 20, 40, … seconds and no more than so many attempts.
func retrying(attempts int32) func(*cloudtaskspb.Queue) {
	return func(q *cloudtaskspb.Queue) {
		q.RetryConfig = &cloudtaskspb.RetryConfig{
			MaxAttempts: attempts,
			MinBackoff:  durationpb.New(10 * time.Second),
			MaxBackoff:  durationpb.New(300 * time.Second),
		}
	}
}

func post(url string) *cloudtaskspb.Task {
	return &cloudtaskspb.Task{MessageType: &cloudtaskspb.Task_HttpRequest{HttpRequest: &cloudtaskspb.HttpRequest{Url: url}}}
}

// task is one to the target with a name, or a random one where id is empty, due after some time.
func (c *cloud) task(id string, after time.Duration) *cloudtaskspb.Task {
	task := post(c.target.URL + "/crm?x=1")
	if id != "" {
		task.Name = queueName + "/tasks/" + id
	}
	if after != 0 {
		task.ScheduleTime = timestamppb.New(c.clock.Now().Add(after))
	}
	return task
}

func (c *cloud) create(t testing.TB, task *cloudtaskspb.Task) *cloudtaskspb.Task {
	t.Helper()
	made, err := c.tryCreate(t, task)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func (c *cloud) tryCreate(t testing.TB, task *cloudtaskspb.Task) (*cloudtaskspb.Task, error) {
	return c.client.CreateTask(t.Context(), &cloudtaskspb.CreateTaskRequest{Parent: queueName, Task: task})
}

func (c *cloud) get(t testing.TB, id string) *cloudtaskspb.Task {
	t.Helper()
	task, err := c.client.GetTask(t.Context(), &cloudtaskspb.GetTaskRequest{Name: queueName + "/tasks/" + id})
	if err != nil {
		t.Fatal(err)
	}
	return task
}

// settle waits until only the clock can make anything happen.
func (c *cloud) settle(t testing.TB) {
	t.Helper()
	waitFor(t, func() bool { return len(c.Active()) == 0 })
}

func waitFor(t testing.TB, done func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(time.Millisecond) // to look all the time would hold up what is waited for
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal("what was waited for did not happen")
		}
	}
}

// advance moves the clock the way the local cloud does.
func (c *cloud) advance(t testing.TB, by time.Duration) {
	t.Helper()
	goal := c.clock.Now().Add(by)
	for {
		c.settle(t)
		next := c.NextDue()
		if next.IsZero() || next.After(goal) {
			break
		}
		c.clock.AdvanceTo(next)
	}
	c.clock.AdvanceTo(goal)
	c.settle(t)
}

func wantCode(t testing.TB, err error, want codes.Code, parts ...string) {
	t.Helper()
	if got := status.Code(err); got != want {
		t.Errorf("error %v: code %v, want %v", err, got, want)
	}
	for _, part := range parts {
		if err != nil && !strings.Contains(err.Error(), part) {
			t.Errorf("error %q does not say %q", err, part)
		}
	}
}

// target is what the tasks' requests reach. It answers with the given statuses in turn, then with 200.
type target struct {
	*httptest.Server
	mu       sync.Mutex
	statuses []int
	header   http.Header // of each answer that is not 200
	got      []received
	hold     chan struct{} // not nil: requests wait until it is closed
}

type received struct {
	*http.Request
	body string
}

func newTarget(t testing.TB) *target {
	t.Helper()
	g := &target{header: http.Header{}}
	g.Server = httptest.NewServer(g)
	t.Cleanup(g.Close)
	return g
}

func (g *target) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	g.mu.Lock()
	g.got = append(g.got, received{r, string(body)})
	answer, hold := http.StatusOK, g.hold
	if len(g.statuses) > 0 {
		answer, g.statuses = g.statuses[0], g.statuses[1:]
		for name := range g.header {
			w.Header().Set(name, g.header.Get(name))
		}
	}
	g.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-r.Context().Done():
		}
	}
	w.WriteHeader(answer)
}

func (g *target) requests() []received {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]received(nil), g.got...)
}

// names are the ids of the tasks whose requests came, in their order.
func (g *target) names() []string {
	var names []string
	for _, r := range g.requests() {
		names = append(names, r.Header.Get("X-CloudTasks-TaskName"))
	}
	return names
}
