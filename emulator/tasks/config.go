package tasks

import (
	"math"
	"strings"

	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

// A queue's limits: https://cloud.google.com/tasks/docs/quotas. Its defaults:
// https://cloud.google.com/tasks/docs/configuring-queues.
const (
	maxRate           = 500  // dispatches a second
	maxConcurrent     = 5000 // attempts at once
	defaultRate       = 500
	defaultConcurrent = 1000
)

// config is what a queue's creator chose, with every default filled in.
type config struct {
	rate       float64 // dispatches a second
	burst      int     // dispatches at one moment; follows from the rate
	concurrent int
	retry      RetryPolicy
	logging    *cloudtaskspb.StackdriverLoggingConfig // kept and shown, without effect
}

// readConfig checks a queue's settings and fills in the defaults. Output-only fields are ignored, as the service does.
func readConfig(q *cloudtaskspb.Queue) (config, error) {
	c := config{logging: q.GetStackdriverLoggingConfig()}
	switch {
	case q.GetAppEngineRoutingOverride() != nil:
		return c, invalid("queue.app_engine_routing_override: App Engine tasks are not supported, only HTTP targets")
	case q.GetHttpTarget() != nil:
		return c, status.Error(codes.Unimplemented, "queue.http_target: not supported, give each task its target")
	}
	limits := q.GetRateLimits()
	c.rate = limits.GetMaxDispatchesPerSecond()
	if !(c.rate >= 0 && c.rate <= maxRate) { // so that NaN is refused
		return c, invalid("queue.rate_limits.max_dispatches_per_second: %v must be between 0 and %d", c.rate, maxRate)
	}
	if c.rate == 0 {
		c.rate = defaultRate
	}
	// "generally at least equal to max_dispatches_per_second":
	// https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues#RateLimits.FIELDS.max_burst_size.
	c.burst = int(math.Ceil(c.rate))
	c.concurrent = int(limits.GetMaxConcurrentDispatches())
	if c.concurrent < 0 || c.concurrent > maxConcurrent {
		return c, invalid("queue.rate_limits.max_concurrent_dispatches: %d must be between 0 and %d", c.concurrent, maxConcurrent)
	}
	if c.concurrent == 0 {
		c.concurrent = defaultConcurrent
	}
	var err error
	c.retry, err = retryPolicy("queue.retry_config", q.GetRetryConfig(), defaultRetry)
	return c, err
}

// message is the configuration as a queue shows it.
func (c config) message(name string) *cloudtaskspb.Queue {
	return &cloudtaskspb.Queue{
		Name: name,
		RateLimits: &cloudtaskspb.RateLimits{
			MaxDispatchesPerSecond:  c.rate,
			MaxBurstSize:            int32(c.burst),
			MaxConcurrentDispatches: int32(c.concurrent),
		},
		RetryConfig:              c.retry.message(),
		StackdriverLoggingConfig: c.logging,
	}
}

// masked returns old with the fields named by the mask taken from update; without a mask, update.
func masked(old, update *cloudtaskspb.Queue, mask *fieldmaskpb.FieldMask) (*cloudtaskspb.Queue, error) {
	if len(mask.GetPaths()) == 0 {
		return update, nil
	}
	if !mask.IsValid(update) {
		return nil, invalid("update_mask: %q must name fields of a queue", clip(strings.Join(mask.GetPaths(), ",")))
	}
	merged := proto.CloneOf(old)
	for _, path := range mask.GetPaths() {
		copyField(merged.ProtoReflect(), update.ProtoReflect(), strings.Split(path, "."))
	}
	return merged, nil
}

// copyField sets one field, given by its path, to its value in from; what from leaves out is cleared.
func copyField(to, from protoreflect.Message, path []string) {
	field := to.Descriptor().Fields().ByName(protoreflect.Name(path[0]))
	switch {
	case len(path) > 1:
		copyField(to.Mutable(field).Message(), from.Get(field).Message(), path[1:])
	case from.Has(field):
		to.Set(field, from.Get(field))
	default:
		to.Clear(field)
	}
}
