package schedule_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"sessionbridge.internal/shared/schedule"
)

func aTask() schedule.Task {
	return schedule.Task{Queue: queueID, Name: "0a1b-crm-1", URL: "http://127.0.0.1:1/crm", At: start.Add(time.Hour), Body: []byte(`{"key":"call-1"}`)}
}

// arrival is a task's request as its function gets it.
type arrival struct {
	method, contentType, authorization, name, body string
}

// function is a server that takes tasks and tells of each.
func function(t *testing.T) (url string, arrivals <-chan arrival) {
	t.Helper()
	came := make(chan arrival, 10)
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		came <- arrival{r.Method, r.Header.Get("Content-Type"), r.Header.Get("Authorization"), r.Header.Get("X-CloudTasks-TaskName"), string(body)}
	}))
	t.Cleanup(s.Close)
	return s.URL, came
}

func await(t *testing.T, arrivals <-chan arrival) arrival {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	select {
	case a := <-arrivals:
		return a
	case <-ctx.Done():
		t.Fatal("the task did not come")
		return arrival{}
	}
}

// A function behind IAM takes the token only where the audience is its own URL
// (docs.cloud.google.com/tasks/docs/creating-http-target-tasks).
func TestATaskArrivesAsItWasAskedFor(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		account string
		want    func(url string) string // the Authorization header
	}{
		"signed in as the service account": {"tasks@p.example", func(url string) string { return "Bearer tasks@p.example for " + url }},
		"without an account, unsigned":     {"", func(string) string { return "" }},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, tt.account, "{}")
			url, arrivals := function(t)
			task := aTask()
			task.URL = url + "/crm?x=1"
			if err := w.Ensure(t.Context(), task); err != nil {
				t.Fatal(err)
			}
			w.clock.AdvanceTo(task.At)
			want := arrival{http.MethodPost, "application/json", tt.want(task.URL), task.Name, string(task.Body)}
			if got := await(t, arrivals); got != want {
				t.Errorf("came %+v, want %+v", got, want)
			}
		})
	}
}

func TestATaskWaitsForItsTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", "{}")
	if err := w.Ensure(t.Context(), aTask()); err != nil {
		t.Fatal(err)
	}
	queue := w.server.Snapshot().Queues[0]
	if len(queue.Tasks) != 1 || !queue.Tasks[0].ScheduledAt.Equal(aTask().At) || queue.Tasks[0].Attempts != 0 {
		t.Errorf("the queue holds %+v, want one task for %v", queue.Tasks, aTask().At)
	}
	if got := w.asked()[0].GetTask().GetDispatchDeadline().AsDuration(); got != 5*time.Minute {
		t.Errorf("the function has %v to answer, want 5 minutes", got)
	}
}

// CreateTask is not repeated by Google's client, and a name says whether an earlier try did the work.
func TestEnsureInsists(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fault     string // of Cloud Tasks
		wantCalls int
		wantCode  codes.Code
		wantTasks int
	}{
		"made at once":                         {`{}`, 1, codes.OK, 1},
		"made at the second try":               {`{"tasks":[{"code":"UNAVAILABLE"}]}`, 2, codes.OK, 1},
		"made at the third try":                {`{"tasks":[{"code":"INTERNAL"},{"code":"ABORTED"}]}`, 3, codes.OK, 1},
		"given up after the third":             {`{"tasks":[{"times":9,"code":"UNAVAILABLE"}]}`, 3, codes.Unavailable, 0},
		"made, although the answer was lost":   {`{"tasks":[{"code":"UNAVAILABLE","after":true}]}`, 2, codes.OK, 1},
		"made, although it came too late":      {`{"tasks":[{"code":"DEADLINE_EXCEEDED","after":true}]}`, 2, codes.OK, 1},
		"a refusal is not tried again":         {`{"tasks":[{"times":9,"code":"PERMISSION_DENIED"}]}`, 1, codes.PermissionDenied, 0},
		"nor is a request that makes no sense": {`{"tasks":[{"times":9,"code":"INVALID_ARGUMENT"}]}`, 1, codes.InvalidArgument, 0},
		"nor a quota, which the caller's wait mends": {
			`{"tasks":[{"times":9,"code":"RESOURCE_EXHAUSTED"}]}`, 1, codes.ResourceExhausted, 0,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "", tt.fault)
			err := w.Ensure(t.Context(), aTask())
			if status.Code(err) != tt.wantCode {
				t.Errorf("Ensure = %v, want code %v", err, tt.wantCode)
			}
			if err != nil && (!strings.Contains(err.Error(), aTask().Name) || !strings.Contains(err.Error(), queueID)) {
				t.Errorf("the error does not name task and queue: %v", err)
			}
			if got := len(w.asked()); got != tt.wantCalls {
				t.Errorf("%d calls, want %d", got, tt.wantCalls)
			}
			if got := len(w.server.Snapshot().Queues[0].Tasks); got != tt.wantTasks {
				t.Errorf("%d tasks, want %d", got, tt.wantTasks)
			}
		})
	}
}

func TestATaskThatWasThereIsNotMadeAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", "{}")
	url, arrivals := function(t)
	task := aTask()
	task.URL = url
	ensure := func() {
		t.Helper()
		if err := w.Ensure(t.Context(), task); err != nil {
			t.Errorf("Ensure = %v, want nil", err)
		}
	}
	ensure()
	ensure() // it waits
	w.clock.AdvanceTo(task.At)
	await(t, arrivals)
	w.awaitDone(t)
	ensure() // it was there lately
	if left := w.server.Snapshot().Queues[0].Tasks; len(left) != 0 || len(arrivals) != 0 {
		t.Errorf("the task came again, or will: %+v", left)
	}
}

func TestAMissingQueueIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", "{}")
	task := aTask()
	task.Queue = "nobody-made-me"
	err := w.Ensure(t.Context(), task)
	if status.Code(err) != codes.NotFound || len(w.asked()) != 1 {
		t.Fatalf("Ensure = %v after %d calls, want NotFound after 1", err, len(w.asked()))
	}
	for _, want := range []string{"queue nobody-made-me is not there", "create it in " + location} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error %q does not say %q", err, want)
		}
	}
}

func TestEnsureEndsWithItsContext(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", `{"tasks":[{"times":9,"mode":"hang"}]}`)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.Ensure(gone, aTask()); status.Code(err) != codes.Canceled || len(w.asked()) != 0 {
		t.Errorf("cancelled before: %v after %d calls, want Canceled after none", err, len(w.asked()))
	}
	brief, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := w.Ensure(brief, aTask()); status.Code(err) != codes.DeadlineExceeded {
		t.Errorf("a call without an answer: %v, want DeadlineExceeded", err)
	}
}

func TestATaskOfAnEmulatorThatIsNotThere(t *testing.T) {
	t.Parallel()
	l := httptest.NewServer(nil)
	l.Close() // so that nobody listens at its address
	s := schedule.Open(lookup(map[string]string{"TASKS_LOCATION": location, "CLOUD_TASKS_EMULATOR_HOST": strings.TrimPrefix(l.URL, "http://")}))
	defer func() { _ = s.Close() }()
	if err := s.Ensure(t.Context(), aTask()); status.Code(err) != codes.Unavailable {
		t.Errorf("Ensure = %v, want Unavailable", err)
	}
}

func TestCloseWithoutUseIsNothing(t *testing.T) {
	t.Parallel()
	if err := schedule.Open(lookup(nil)).Close(); err != nil {
		t.Error(err)
	}
}
