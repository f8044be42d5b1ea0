package work_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"sessionbridge.internal/emulator/clock"
	"sessionbridge.internal/emulator/emulatortest"
	"sessionbridge.internal/emulator/fault"
	"sessionbridge.internal/emulator/tasks"
	"sessionbridge.internal/shared/inbound"
	"sessionbridge.internal/shared/schedule"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

const location = "projects/p/locations/l"

// cloudTasks is the service on a clock that stands, with the queue "crm-demo", and a scheduler that speaks to it.
func cloudTasks(t *testing.T, c *clock.Clock) (*tasks.Server, *schedule.Scheduler) {
	t.Helper()
	server := tasks.New(tasks.Options{Clock: c, Log: slog.New(slog.DiscardHandler)})
	t.Cleanup(func() { _ = server.Close(context.WithoutCancel(t.Context())) })
	_, err := server.CreateQueue(t.Context(), &cloudtaskspb.CreateQueueRequest{
		Parent: location, Queue: &cloudtaskspb.Queue{Name: location + "/queues/crm-demo"},
	})
	if err != nil {
		t.Fatal(err)
	}
	addr := emulatortest.Serve(t, new(fault.Plan), fault.Tasks, func(r grpc.ServiceRegistrar) { cloudtaskspb.RegisterCloudTasksServer(r, server) })
	env := map[string]string{"TASKS_LOCATION": location, "CLOUD_TASKS_EMULATOR_HOST": addr}
	scheduler := schedule.Open(func(name string) string { return env[name] })
	t.Cleanup(func() { _ = scheduler.Close() })
	return server, scheduler
}

func TestEnsureMakesNoTaskWhereNoneIsNamed(t *testing.T) {
	t.Parallel()
	server, scheduler := cloudTasks(t, clock.Frozen(start))
	for name, d := range map[string]*store.Document{
		"no work at all":  {},
		"only other work": {Work: map[string]store.Work{work.Metadata: {Task: "t", TaskAt: start}}},
		"work under way":  {Work: map[string]store.Work{work.CRM: {Holder: "a", Until: start, Serial: 3}}},
	} {
		if err := work.Ensure(t.Context(), scheduler, d, id, work.CRM, work.Target{Queue: "crm-demo"}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if left := server.Snapshot().Queues[0].Tasks; len(left) != 0 {
		t.Errorf("there are tasks: %+v", left)
	}
}

// From the document to the queue and, at its time, to the work: what Owe names is what Begin is woken with.
func TestTheTaskThatWasOwedWakesTheWork(t *testing.T) {
	t.Parallel()
	c := clock.Frozen(start)
	server, scheduler := cloudTasks(t, c)
	woken := make(chan work.Wake, 10)
	function := httptest.NewServer(inbound.Handler(slog.New(slog.DiscardHandler), func(w http.ResponseWriter, r *http.Request) error {
		return work.Serve(w, r, func(_ context.Context, got work.Wake) error {
			woken <- got
			return nil
		})
	}))
	defer function.Close()

	d := &store.Document{Session: session.Session{Key: id.Key}}
	work.Owe(d, id, work.CRM, start.Add(time.Minute))
	for range 2 { // whoever is not sure asks again
		if err := work.Ensure(t.Context(), scheduler, d, id, work.CRM, work.Target{Queue: "crm-demo", URL: function.URL}); err != nil {
			t.Fatal(err)
		}
	}
	if left := server.Snapshot().Queues[0].Tasks; len(left) != 1 || !left[0].ScheduledAt.Equal(start.Add(time.Minute)) {
		t.Fatalf("the queue holds %+v, want one task in a minute", left)
	}
	c.Advance(time.Minute)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	select {
	case got := <-woken:
		if got.ID != id || work.Begin(d, work.CRM, "a", got.Task, c.Now()) != nil || d.Work[work.CRM].Task != "" {
			t.Errorf("woken by %+v, which is not what the document waits for: %+v", got, d.Work)
		}
	case <-ctx.Done():
		t.Fatal("the task did not come")
	}
}

func TestEnsureNamesAQueueThatIsMissing(t *testing.T) {
	t.Parallel()
	_, scheduler := cloudTasks(t, clock.Frozen(start))
	d := new(store.Document)
	work.Owe(d, id, work.CRM, start)
	err := work.Ensure(t.Context(), scheduler, d, id, work.CRM, work.Target{Queue: "gone", URL: "http://127.0.0.1:1/"})
	if status.Code(err) != codes.NotFound || !strings.Contains(err.Error(), "queue gone is not there") {
		t.Errorf("Ensure = %v, want one that names the queue", err)
	}
}

func TestLogTellsTheAttemptAndNothingOfThePerson(t *testing.T) {
	t.Parallel()
	next := start.Add(time.Hour)
	tests := map[string]struct {
		verdict   store.Verdict
		next      time.Time
		wantLevel string
	}{
		"done is said":              {store.Done, time.Time{}, "INFO"},
		"waiting is a warning":      {store.Waiting, next, "WARN"},
		"a dead letter is an error": {store.Dead, time.Time{}, "ERROR"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			work.Log(t.Context(), slog.New(slog.NewJSONHandler(&out, nil)), id, store.Delivery{
				Work: work.CRM, Number: 3, Step: "create_account", At: start, Millis: 12, Status: 503, Verdict: tt.verdict, Next: tt.next,
				Method: "POST", URL: "https://crm.example.com/?phone=CANARY", Request: "CANARY", Response: "CANARY", Problem: "CANARY",
			})
			var line map[string]any
			if err := json.Unmarshal(out.Bytes(), &line); err != nil {
				t.Fatal(err)
			}
			want := map[string]any{"level": tt.wantLevel, "work": "crm", "tenant": "demo", "session": "call-1", "step": "create_account",
				"attempt": 3.0, "status": 503.0, "millis": 12.0, "verdict": string(tt.verdict)}
			if !tt.next.IsZero() {
				want["next_attempt_at"] = "2026-01-05T10:00:00Z"
			}
			for k, v := range want {
				if line[k] != v {
					t.Errorf("%s is %v, want %v", k, line[k], v)
				}
			}
			if _, told := line["next_attempt_at"]; told != !tt.next.IsZero() || strings.Contains(out.String(), "CANARY") {
				t.Errorf("the line is %s", &out)
			}
		})
	}
}
