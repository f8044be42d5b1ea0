package pubsub

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/googleapis/gax-go/v2"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// What the public API allows: ack ids in one request, whose size is limited, and messages in one pull
// (https://cloud.google.com/pubsub/quotas#resource_limits). gcloud's emulator gives out 100 at most.
const (
	maxLeaseBatch = 1000
	maxPull       = 1000

	leaseRenewal = maxAckDeadlineSeconds * time.Second / 2
)

// Serve delivers a subscription of the broker that NewPusher was given until the context ends, which is no error, or
// the broker no longer has the subscription.
//
// In the broker it must be a pull subscription without a dead letter policy, ordered where sub is ordered. How it is
// to be pushed is read from sub: Name, Topic, PushConfig, RetryPolicy, DeadLetterPolicy, EnableMessageOrdering and
// AckDeadlineSeconds. What is missing there has the API's defaults.
func (p *Pusher) Serve(ctx context.Context, sub *pb.Subscription) error {
	if p.subs == nil {
		return errors.New("pubsub: Serve: a Server serves its own subscriptions; make a pusher for another broker with NewPusher")
	}
	sub = proto.CloneOf(sub)
	setDefaults(sub)
	if err := checkPushSubscription(sub, p.token != nil); err != nil {
		return fmt.Errorf("pubsub: serve %s: %w", sub.Name, err)
	}
	if !isPush(sub) {
		return fmt.Errorf("pubsub: serve %s: push_config.push_endpoint is missing", sub.Name)
	}
	ctx, cancel := context.WithCancel(ctx)
	f := p.add(sub, func(ctx context.Context, id string) error {
		return p.subs.Acknowledge(ctx, &pb.AcknowledgeRequest{Subscription: sub.Name, AckIds: []string{id}})
	})
	p.topics.record(sub.Topic, p.clock.Now())
	defer p.client.CloseIdleConnections()
	defer p.remove(f)
	defer cancel()
	f.running.Go(func() { p.keepLeases(ctx, f) })
	return p.pull(ctx, f, sub)
}

// pull takes whatever the broker has as soon as it has it. A unary pull waits at the broker while there is nothing.
func (p *Pusher) pull(ctx context.Context, f *feed, sub *pb.Subscription) error {
	pause := gax.Backoff{Initial: 10 * time.Millisecond, Max: time.Second}
	for {
		res, err := p.subs.Pull(ctx, &pb.PullRequest{Subscription: sub.Name, MaxMessages: maxPull})
		switch {
		case ctx.Err() != nil:
			return nil
		case status.Code(err) == codes.NotFound:
			return fmt.Errorf("pubsub: serve %s: %w", sub.Name, err)
		case err != nil && status.Code(err) != codes.DeadlineExceeded && !errors.Is(err, context.DeadlineExceeded):
			p.log.Warn("pull failed", "subscription", sub.Name, "error", err)
			if gax.Sleep(ctx, pause.Pause()) != nil {
				return nil
			}
			continue
		}
		p.takeOver(ctx, f, sub, res.GetReceivedMessages())
	}
}

// takeOver gives messages to the pusher and makes them safe from redelivery.
func (p *Pusher) takeOver(ctx context.Context, f *feed, sub *pb.Subscription, messages []*pb.ReceivedMessage) {
	var ids []string
	for _, m := range messages {
		p.topics.record(sub.Topic, p.clock.Now(), m.Message)
		ids = append(ids, m.AckId)
	}
	p.arrive(f, messages)
	p.lease(ctx, f, ids)
}

// keepLeases holds on to messages that wait in virtual time. Brokers count ack deadlines in real time, so this does too.
func (p *Pusher) keepLeases(ctx context.Context, f *feed) {
	for gax.Sleep(ctx, leaseRenewal) == nil {
		p.lease(ctx, f, p.ackIDs(f))
	}
}

func (p *Pusher) ackIDs(f *feed) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var ids []string
	for _, h := range f.held {
		ids = append(ids, h.ackID)
	}
	return ids
}

// lease moves ack deadlines as far ahead as the API allows. Where it fails, the broker gives the messages out again,
// and arrive knows them.
func (p *Pusher) lease(ctx context.Context, f *feed, ids []string) {
	for batch := range slices.Chunk(ids, maxLeaseBatch) {
		err := p.subs.ModifyAckDeadline(ctx, &pb.ModifyAckDeadlineRequest{
			Subscription: f.name, AckIds: batch, AckDeadlineSeconds: maxAckDeadlineSeconds,
		})
		if err != nil && ctx.Err() == nil {
			p.log.Warn("ack deadline not extended", "subscription", f.name, "error", err)
		}
	}
}
