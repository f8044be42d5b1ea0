package schedule

import (
	"context"
	"fmt"
	"time"

	cloudtasks "cloud.google.com/go/cloudtasks/apiv2"
	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

// NewQueue is a queue of that full name (projects/P/locations/L/queues/Q) as all of a deployment's are made, by whomever: it
// begins 50 tasks a second and has 20 at once, logs a tenth of what it does, and tries without end, a second to a minute
// apart. Cloud Tasks itself would delete a task without a word after 100 attempts
// (docs.cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues, RetryConfig), while what a session's work came
// to is counted in the session, and a queue only repeats what a crash cut short.
func NewQueue(name string) *cloudtaskspb.Queue {
	return &cloudtaskspb.Queue{
		Name:       name,
		RateLimits: &cloudtaskspb.RateLimits{MaxDispatchesPerSecond: 50, MaxConcurrentDispatches: 20},
		RetryConfig: &cloudtaskspb.RetryConfig{
			MaxAttempts: -1, MinBackoff: durationpb.New(time.Second), MaxBackoff: durationpb.New(time.Minute), MaxDoublings: 6,
		},
		StackdriverLoggingConfig: &cloudtaskspb.StackdriverLoggingConfig{SamplingRatio: 0.1},
	}
}

// Hold has a queue begin at most so many tasks a second and so many at once; zero leaves either as it is. A queue that is
// not there is made, as NewQueue has it.
func (s *Scheduler) Hold(ctx context.Context, queue string, perSecond float64, atOnce int) error {
	q, paths := NewQueue(s.location+"/queues/"+queue), []string{}
	if perSecond > 0 {
		q.RateLimits.MaxDispatchesPerSecond, paths = perSecond, append(paths, "rate_limits.max_dispatches_per_second")
	}
	if atOnce > 0 {
		q.RateLimits.MaxConcurrentDispatches, paths = int32(atOnce), append(paths, "rate_limits.max_concurrent_dispatches")
	}
	if len(paths) == 0 {
		return nil
	}
	c, err := s.client.Get()
	if err != nil {
		return err
	}
	if err := s.makeQueue(ctx, c, q); err != nil {
		return fmt.Errorf("schedule: making queue %s: %w", queue, err)
	}
	_, err = c.UpdateQueue(ctx, &cloudtaskspb.UpdateQueueRequest{Queue: q, UpdateMask: &fieldmaskpb.FieldMask{Paths: paths}})
	if err != nil {
		return fmt.Errorf("schedule: holding queue %s to its rate: %w", queue, err)
	}
	return nil
}

// makeQueue makes a queue that is not there. UpdateQueue would make it, too, and give all that is not in its mask the
// service's defaults.
func (s *Scheduler) makeQueue(ctx context.Context, c *cloudtasks.Client, q *cloudtaskspb.Queue) error {
	_, err := c.GetQueue(ctx, &cloudtaskspb.GetQueueRequest{Name: q.GetName()})
	if status.Code(err) != codes.NotFound {
		return err
	}
	_, err = c.CreateQueue(ctx, &cloudtaskspb.CreateQueueRequest{Parent: s.location, Queue: q})
	if status.Code(err) == codes.AlreadyExists { // somebody was quicker
		return nil
	}
	return err
}
