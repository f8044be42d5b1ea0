package schedule

import (
	"context"
	"errors"
	"fmt"

	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// What a person has to mend about a queue.
var (
	ErrNoQueue = errors.New("the queue is not there")
	ErrPaused  = errors.New("the queue is paused, and nothing on it is done")
)

// Check says whether tasks on the queue are done: ErrNoQueue and ErrPaused say why not, and any other error that Cloud Tasks did
// not tell.
func (s *Scheduler) Check(ctx context.Context, queue string) error {
	c, err := s.client.Get()
	if err != nil {
		return err
	}
	q, err := c.GetQueue(ctx, &cloudtaskspb.GetQueueRequest{Name: s.location + "/queues/" + queue})
	switch {
	case status.Code(err) == codes.NotFound:
		return fmt.Errorf("schedule: queue %s in %s: %w", queue, s.location, ErrNoQueue)
	case err != nil:
		return fmt.Errorf("schedule: queue %s: %w", queue, err)
	case q.GetState() == cloudtaskspb.Queue_PAUSED, q.GetState() == cloudtaskspb.Queue_DISABLED:
		return fmt.Errorf("schedule: queue %s: %w", queue, ErrPaused)
	}
	return nil
}
