// Package schedule puts delayed work on Cloud Tasks. Every task has a name, so that asking for it twice is harmless:
// whoever is not sure that a task exists asks for it again.
package schedule

import (
	"cmp"
	"context"
	"fmt"
	"time"

	cloudtasks "cloud.google.com/go/cloudtasks/apiv2"
	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"sessionbridge.internal/shared/cloud"
)

// Task is a POST that Cloud Tasks makes at a time, again and again until it is answered with a 2xx.
type Task struct {
	Queue string // the queue's id
	Name  string // the task's id: letters, digits, dashes and underscores
	URL   string // the function
	At    time.Time
	Body  []byte // JSON
	// Deadline is how long the function may take to answer; 0 is DispatchDeadline.
	Deadline time.Duration
}

// How long a function may take to answer: as a rule, and at most (docs.cloud.google.com/tasks/docs/reference/rpc,
// Task.dispatch_deadline).
const (
	DispatchDeadline = 5 * time.Minute
	LongestDeadline  = 30 * time.Minute
)

// Scheduler makes tasks. Its client is made at the first use.
type Scheduler struct {
	location string // projects/P/locations/L
	account  string // the service account the tasks sign in as
	client   *cloud.Lazy[*cloudtasks.Client]
}

// Open returns the scheduler of TASKS_LOCATION (projects/P/locations/L), whose tasks carry an OIDC token of
// TASKS_SERVICE_ACCOUNT. CLOUD_TASKS_EMULATOR_HOST names an emulator; the client itself knows no such variable. Nothing
// is connected before the first use.
func Open(getenv func(string) string) *Scheduler {
	return &Scheduler{
		location: getenv("TASKS_LOCATION"),
		account:  getenv("TASKS_SERVICE_ACCOUNT"),
		client: cloud.NewLazy(func() (*cloudtasks.Client, error) {
			c, err := cloudtasks.NewClient(context.Background(), cloud.Options(getenv("CLOUD_TASKS_EMULATOR_HOST"))...)
			if err != nil {
				return nil, fmt.Errorf("schedule: opening Cloud Tasks: %w", err)
			}
			return c, nil
		}),
	}
}

// Close ends the connection, if one was made.
func (s *Scheduler) Close() error { return s.client.Close() }

// tries and pause bound how long Ensure insists: the client does not retry CreateTask itself.
const (
	tries = 3
	pause = 200 * time.Millisecond
)

// Ensure makes the task, or finds that it is there, or was there lately, and is content.
func (s *Scheduler) Ensure(ctx context.Context, t Task) error {
	c, err := s.client.Get()
	if err != nil {
		return err
	}
	for try := 1; ; try++ {
		_, err = c.CreateTask(ctx, s.request(t))
		switch status.Code(err) {
		case codes.OK, codes.AlreadyExists:
			return nil
		case codes.Unavailable, codes.Internal, codes.DeadlineExceeded, codes.Aborted:
			if try < tries && cloud.Pause(ctx, pause) == nil {
				continue
			}
		case codes.NotFound:
			return fmt.Errorf("schedule: queue %s is not there; create it in %s: %w", t.Queue, s.location, err)
		}
		return fmt.Errorf("schedule: making task %s on queue %s: %w", t.Name, t.Queue, err)
	}
}

func (s *Scheduler) request(t Task) *cloudtaskspb.CreateTaskRequest {
	queue := s.location + "/queues/" + t.Queue
	call := &cloudtaskspb.HttpRequest{
		Url: t.URL, HttpMethod: cloudtaskspb.HttpMethod_POST, Body: t.Body,
		Headers: map[string]string{"Content-Type": "application/json"},
	}
	if s.account != "" {
		call.AuthorizationHeader = &cloudtaskspb.HttpRequest_OidcToken{
			OidcToken: &cloudtaskspb.OidcToken{ServiceAccountEmail: s.account, Audience: t.URL},
		}
	}
	return &cloudtaskspb.CreateTaskRequest{Parent: queue, Task: &cloudtaskspb.Task{
		Name:             queue + "/tasks/" + t.Name,
		ScheduleTime:     timestamppb.New(t.At),
		DispatchDeadline: durationpb.New(cmp.Or(t.Deadline, DispatchDeadline)),
		MessageType:      &cloudtaskspb.Task_HttpRequest{HttpRequest: call},
	}}
}
