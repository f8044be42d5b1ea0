package schedule

import (
	"context"
	"fmt"

	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Has says whether the task is on the queue: it has neither been done nor deleted. Of a queue that is not there it is not,
// as Cloud Tasks tells the two not apart; making a task on it does. It needs the permission cloudtasks.tasks.get.
func (s *Scheduler) Has(ctx context.Context, queue, name string) (bool, error) {
	c, err := s.client.Get()
	if err != nil {
		return false, err
	}
	_, err = c.GetTask(ctx, &cloudtaskspb.GetTaskRequest{Name: s.location + "/queues/" + queue + "/tasks/" + name})
	switch status.Code(err) {
	case codes.OK:
		return true, nil
	case codes.NotFound:
		return false, nil
	}
	return false, fmt.Errorf("schedule: looking for task %s on queue %s: %w", name, queue, err)
}
