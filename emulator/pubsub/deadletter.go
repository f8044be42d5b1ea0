package pubsub

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"strings"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
)

// exhausted says whether a message has been delivered as often as its subscription's dead letter policy allows.
func exhausted(sub *pb.Subscription, h *held) bool {
	return sub.DeadLetterPolicy != nil && h.failures >= int(sub.DeadLetterPolicy.MaxDeliveryAttempts)
}

// deadLetter moves a message to the dead letter topic, in the order that loses nothing: publish, then acknowledge. It
// reports whether it could; if not, it is tried again after the message's back-off.
func (p *Pusher) deadLetter(f *feed, sub *pb.Subscription, h *held) bool {
	if err := p.forward(f.ctx, sub, h); err != nil {
		p.log.Error("dead letter not forwarded", "subscription", sub.Name, "message_id", h.msg.MessageId, "error", err)
		return false
	}
	p.acknowledge(f, h)
	return true
}

// forward publishes a message to the dead letter topic with the attributes the real service adds
// (https://cloud.google.com/pubsub/docs/dead-letter-topics).
func (p *Pusher) forward(ctx context.Context, sub *pb.Subscription, h *held) error {
	project, id, err := splitName(sub.Name)
	if err != nil {
		return err
	}
	attributes := map[string]string{
		"CloudPubSubDeadLetterSourceDeliveryCount":       strconv.Itoa(h.failures),
		"CloudPubSubDeadLetterSourceSubscription":        id,
		"CloudPubSubDeadLetterSourceSubscriptionProject": project,
		"CloudPubSubDeadLetterSourceTopicPublishTime":    h.arrived.UTC().Format("2006-01-02T15:04:05.000+00:00"),
	}
	all := maps.Clone(h.msg.Attributes)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, attributes)
	_, err = p.publish(ctx, &pb.PublishRequest{
		Topic:    sub.DeadLetterPolicy.DeadLetterTopic,
		Messages: []*pb.PubsubMessage{{Data: h.msg.Data, Attributes: all, OrderingKey: h.msg.OrderingKey}},
	})
	if err != nil {
		return fmt.Errorf("pubsub: publish to %s: %w", sub.DeadLetterPolicy.DeadLetterTopic, err)
	}
	return nil
}

// splitName takes projects/P/subscriptions/S apart.
func splitName(name string) (project, id string, err error) {
	parts := strings.Split(name, "/")
	if len(parts) != 4 || parts[0] != "projects" || parts[2] != "subscriptions" {
		return "", "", fmt.Errorf("pubsub: subscription name %q: must be projects/PROJECT/subscriptions/NAME", name)
	}
	return parts[1], parts[3], nil
}
