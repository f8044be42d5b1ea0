package schedule_test

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	"google.golang.org/grpc"

	"sessionbridge.internal/emulator/clock"
	"sessionbridge.internal/emulator/emulatortest"
	"sessionbridge.internal/emulator/fault"
	"sessionbridge.internal/emulator/tasks"
	"sessionbridge.internal/shared/schedule"
)

const (
	location = "projects/p/locations/l"
	queueID  = "crm-demo"
)

var start = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// world is Cloud Tasks on a clock that stands, with one queue, and a scheduler that speaks to it.
type world struct {
	*schedule.Scheduler
	server *tasks.Server
	clock  *clock.Clock

	mu    sync.Mutex
	calls []*cloudtaskspb.CreateTaskRequest
}

// newWorld has tasks sign in as account, and Cloud Tasks fail as script says.
func newWorld(t *testing.T, account, script string) *world {
	t.Helper()
	w := &world{clock: clock.Frozen(start)}
	w.server = tasks.New(tasks.Options{
		Clock: w.clock, Log: slog.New(slog.DiscardHandler),
		Token: func(account, audience string) (string, error) { return account + " for " + audience, nil },
	})
	t.Cleanup(func() { _ = w.server.Close(context.WithoutCancel(t.Context())) })
	_, err := w.server.CreateQueue(t.Context(), &cloudtaskspb.CreateQueueRequest{
		Parent: location, Queue: &cloudtaskspb.Queue{Name: location + "/queues/" + queueID},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Scheduler = schedule.Open(lookup(map[string]string{
		"TASKS_LOCATION": location, "TASKS_SERVICE_ACCOUNT": account, "CLOUD_TASKS_EMULATOR_HOST": w.listen(t, script),
	}))
	t.Cleanup(func() {
		if err := w.Scheduler.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// listen serves Cloud Tasks, with the script's faults, and remembers what it is asked for.
func (w *world) listen(t *testing.T, script string) (addr string) {
	t.Helper()
	plan := new(fault.Plan)
	emulatortest.Plan(t, plan, script)
	register := func(r grpc.ServiceRegistrar) { cloudtaskspb.RegisterCloudTasksServer(r, w.server) }
	return emulatortest.Serve(t, plan, fault.Tasks, register, grpc.ChainUnaryInterceptor(w.remember))
}

func (w *world) remember(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	w.mu.Lock()
	if r, ok := req.(*cloudtaskspb.CreateTaskRequest); ok {
		w.calls = append(w.calls, r)
	}
	w.mu.Unlock()
	return next(ctx, req)
}

// asked are the tasks that were asked for, each try once.
func (w *world) asked() []*cloudtaskspb.CreateTaskRequest {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.calls)
}

// awaitDone returns once Cloud Tasks has taken note of the one task's answer.
func (w *world) awaitDone(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for w.server.Snapshot().FinishedCount == 0 {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal("the task does not end")
		}
	}
}

func lookup(env map[string]string) func(string) string {
	return func(name string) string { return env[name] }
}
