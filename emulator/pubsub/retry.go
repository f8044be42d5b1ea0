package pubsub

import (
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
)

// minRetryDelay is the shortest time between two pushes of one message. Without a retry policy the real service
// redelivers at once, slowed down by a push back-off of its own that starts here
// (https://cloud.google.com/pubsub/docs/push#push_backoff); without it a failing endpoint would be pushed in a loop.
const minRetryDelay = 100 * time.Millisecond

// retryDelay is how long a message waits after so many failures, at least one: the policy's minimum, doubled with
// each further failure, up to its maximum (https://cloud.google.com/pubsub/docs/subscription-retry-policy).
func retryDelay(p *pb.RetryPolicy, failures int) time.Duration {
	if p == nil {
		return minRetryDelay
	}
	d, longest := max(p.MinimumBackoff.AsDuration(), minRetryDelay), max(p.MaximumBackoff.AsDuration(), minRetryDelay)
	for n := 1; n < failures && d < longest; n++ {
		d *= 2
	}
	return min(d, longest)
}
