package local

import (
	"context"

	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
)

// Purge deletes the tasks that are on a queue, as a person may by hand.
func (c *Cloud) Purge(ctx context.Context, queue string) error {
	_, err := c.services.tasks.PurgeQueue(ctx, &cloudtaskspb.PurgeQueueRequest{Name: c.location() + "/queues/" + queue})
	return err
}
