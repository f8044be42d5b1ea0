package pubsub

import (
	"net/url"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
)

// The real service's limits on publishing (https://cloud.google.com/pubsub/quotas#resource_limits), which the fake
// does not know. Without them a message too rich would fail in production only.
const (
	maxMessagesPerRequest = 1000
	maxMessageBytes       = 10_000_000
	maxAttributes         = 100
	maxAttributeKeyBytes  = 256
	maxAttributeBytes     = 1024
	maxOrderingKeyBytes   = 1024
)

// Limits and defaults of subscriptions, from the API's reference
// (https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions).
const (
	minDeliveryAttempts     = 5
	maxDeliveryAttempts     = 100
	defaultDeliveryAttempts = 5
	maxRetryDelay           = 600 * time.Second
	defaultAckDeadline      = 10 * time.Second
	maxAckDeadlineSeconds   = 600
)

func invalid(format string, args ...any) error {
	return status.Errorf(codes.InvalidArgument, format, args...)
}

func checkPublish(r *pb.PublishRequest) error {
	if n := len(r.Messages); n == 0 || n > maxMessagesPerRequest {
		return invalid("messages: %d in one request, must be 1 to %d", n, maxMessagesPerRequest)
	}
	for i, m := range r.Messages {
		if err := checkMessage(i, m); err != nil {
			return err
		}
	}
	return nil
}

func checkMessage(i int, m *pb.PubsubMessage) error {
	switch {
	case len(m.GetData()) == 0 && len(m.GetAttributes()) == 0:
		return invalid("messages[%d]: must have data or at least one attribute", i)
	case len(m.Data) > maxMessageBytes:
		return invalid("messages[%d].data: %d bytes, at most %d", i, len(m.Data), maxMessageBytes)
	case len(m.OrderingKey) > maxOrderingKeyBytes:
		return invalid("messages[%d].ordering_key: %d bytes, at most %d", i, len(m.OrderingKey), maxOrderingKeyBytes)
	case len(m.Attributes) > maxAttributes:
		return invalid("messages[%d].attributes: %d, at most %d", i, len(m.Attributes), maxAttributes)
	}
	for k, v := range m.Attributes {
		if k == "" || len(k) > maxAttributeKeyBytes {
			return invalid("messages[%d].attributes: a key of %d bytes, must be 1 to %d", i, len(k), maxAttributeKeyBytes)
		}
		if len(v) > maxAttributeBytes {
			return invalid("messages[%d].attributes: a value of %d bytes, at most %d", i, len(v), maxAttributeBytes)
		}
	}
	return nil
}

// setDefaults fills in what a subscription left out. It must be done before the fake sees it: the fake takes a
// missing maximum of delivery attempts for zero and dead-letters a message before it was ever delivered.
func setDefaults(sub *pb.Subscription) {
	if p := sub.DeadLetterPolicy; p != nil && p.MaxDeliveryAttempts == 0 {
		p.MaxDeliveryAttempts = defaultDeliveryAttempts
	}
	if p := sub.RetryPolicy; p != nil {
		if p.MinimumBackoff == nil {
			p.MinimumBackoff = durationpb.New(10 * time.Second)
		}
		if p.MaximumBackoff == nil {
			p.MaximumBackoff = durationpb.New(maxRetryDelay)
		}
	}
}

// checkPushSubscription says what of a push subscription cannot be served. It takes partial ones, as updates have.
func checkPushSubscription(sub *pb.Subscription, canSign bool) error {
	if c := sub.PushConfig; c != nil {
		if err := checkPushConfig(c, canSign); err != nil {
			return err
		}
	}
	if s := sub.AckDeadlineSeconds; s < 0 || s > maxAckDeadlineSeconds {
		// Left to the fake this is an Unknown error, which the client library repeats for a minute.
		return invalid("ack_deadline_seconds: %d, must be 10 to %d, or 0 for 10", s, maxAckDeadlineSeconds)
	}
	if p := sub.DeadLetterPolicy; p != nil {
		if n := p.MaxDeliveryAttempts; n < minDeliveryAttempts || n > maxDeliveryAttempts {
			return invalid("dead_letter_policy.max_delivery_attempts: %d, must be %d to %d", n, minDeliveryAttempts, maxDeliveryAttempts)
		}
	}
	if p := sub.RetryPolicy; p != nil {
		shortest, longest := p.MinimumBackoff.AsDuration(), p.MaximumBackoff.AsDuration()
		if shortest < 0 || shortest > longest || longest > maxRetryDelay {
			return invalid("retry_policy: minimum_backoff %v, maximum_backoff %v; must be 0 ≤ minimum ≤ maximum ≤ %v", shortest, longest, maxRetryDelay)
		}
	}
	return nil
}

func checkPushConfig(c *pb.PushConfig, canSign bool) error {
	u, err := url.Parse(c.PushEndpoint)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return invalid("push_config.push_endpoint: must be an absolute http or https URL")
	}
	if c.GetNoWrapper() != nil {
		return invalid("push_config.no_wrapper: the local cloud pushes wrapped messages only")
	}
	if c.GetOidcToken() != nil && !canSign {
		return invalid("push_config.oidc_token: the local cloud was started without a signer of tokens")
	}
	return nil
}

func isPush(sub *pb.Subscription) bool { return sub.GetPushConfig().GetPushEndpoint() != "" }
