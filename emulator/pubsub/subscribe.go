package pubsub

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

// pushed is a push subscription of the server.
type pushed struct {
	sub  *pb.Subscription // as its maker asked for it
	feed *feed
}

// CreateSubscription makes a subscription and, where it has a push endpoint, begins to serve it.
//
// The fake keeps push subscriptions as unordered ones: of an ordered one it gives out a key's next message only after
// the last was acknowledged, and the pusher would not know what waits. The pusher keeps the order itself.
func (s *service) CreateSubscription(ctx context.Context, sub *pb.Subscription) (*pb.Subscription, error) {
	sub = proto.CloneOf(sub) // the fake keeps what it is given and hands it out
	if !isPush(sub) {
		return s.GServer.CreateSubscription(ctx, sub)
	}
	setDefaults(sub)
	if err := checkPushSubscription(sub, s.pusher.token != nil); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	ordered := sub.EnableMessageOrdering
	sub.EnableMessageOrdering = false
	made, err := s.GServer.CreateSubscription(ctx, sub)
	if err != nil {
		return nil, err
	}
	made = proto.CloneOf(made)
	made.EnableMessageOrdering = ordered
	s.pushed[made.Name] = &pushed{sub: made, feed: s.pusher.add(made, nil)}
	return proto.CloneOf(made), nil
}

// UpdateSubscription changes a subscription. A pull subscription cannot become a push subscription or the other way
// round: the fake has no way to hand over what waits.
func (s *service) UpdateSubscription(ctx context.Context, r *pb.UpdateSubscriptionRequest) (*pb.Subscription, error) {
	if r.UpdateMask == nil {
		return nil, invalid("update_mask: missing, must name the fields to change") // on which the fake would panic
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	ps := s.pushed[r.GetSubscription().GetName()]
	if slices.Contains(r.UpdateMask.Paths, "push_config") && isPush(r.GetSubscription()) != (ps != nil) {
		return nil, status.Error(codes.Unimplemented,
			"subscription.push_config: the local cloud cannot turn a pull subscription into a push subscription or back; delete it and create it anew")
	}
	r = proto.CloneOf(r)
	if ps == nil {
		return s.GServer.UpdateSubscription(ctx, r)
	}
	setDefaults(r.Subscription)
	if err := checkPushSubscription(r.Subscription, s.pusher.token != nil); err != nil {
		return nil, err
	}
	changed, err := s.GServer.UpdateSubscription(ctx, r)
	if err != nil {
		return nil, err
	}
	ordered := ps.sub.EnableMessageOrdering // cannot be changed once made
	ps.sub = proto.CloneOf(changed)
	ps.sub.EnableMessageOrdering = ordered
	s.pusher.update(ps.feed, ps.sub)
	return proto.CloneOf(ps.sub), nil
}

// ModifyPushConfig changes where a push subscription is delivered to.
func (s *service) ModifyPushConfig(ctx context.Context, r *pb.ModifyPushConfigRequest) (*emptypb.Empty, error) {
	_, err := s.UpdateSubscription(ctx, &pb.UpdateSubscriptionRequest{
		Subscription: &pb.Subscription{Name: r.Subscription, PushConfig: r.PushConfig},
		UpdateMask:   &fieldmaskpb.FieldMask{Paths: []string{"push_config"}},
	})
	return &emptypb.Empty{}, err
}

// GetSubscription answers a subscription as it was asked for.
func (s *service) GetSubscription(ctx context.Context, r *pb.GetSubscriptionRequest) (*pb.Subscription, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ps := s.pushed[r.Subscription]; ps != nil {
		return proto.CloneOf(ps.sub), nil
	}
	return s.GServer.GetSubscription(ctx, r)
}

// ListSubscriptions answers a project's subscriptions as they were asked for.
func (s *service) ListSubscriptions(ctx context.Context, r *pb.ListSubscriptionsRequest) (*pb.ListSubscriptionsResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	res, err := s.GServer.ListSubscriptions(ctx, r)
	if err != nil {
		return nil, err
	}
	for i, sub := range res.Subscriptions {
		if ps := s.pushed[sub.Name]; ps != nil {
			res.Subscriptions[i] = proto.CloneOf(ps.sub)
		}
	}
	return res, nil
}

// DeleteSubscription removes a subscription and all its messages; a push that is running is broken off.
func (s *service) DeleteSubscription(ctx context.Context, r *pb.DeleteSubscriptionRequest) (*emptypb.Empty, error) {
	s.mu.Lock()
	res, err := s.GServer.DeleteSubscription(ctx, r)
	ps := s.pushed[r.Subscription]
	if err == nil {
		delete(s.pushed, r.Subscription)
	}
	s.mu.Unlock()
	if err == nil && ps != nil {
		s.pusher.remove(ps.feed) // not under the lock: what it waits for may be publishing to the dead letter topic
	}
	return res, err
}

// Seek is refused: the fake loses the content of what it seeks back to and then panics in its delivery loop.
func (s *service) Seek(context.Context, *pb.SeekRequest) (*pb.SeekResponse, error) {
	return nil, status.Error(codes.Unimplemented, "the local cloud does not seek: publish the messages again")
}

// collect takes from the fake what it has for a push subscription and gives it to the pusher. The fake is told at
// once that all is acknowledged: the two live and die in one process, and the fake would give the messages out again
// after the ack deadline and drop them after ten minutes, both in real time, while the pusher waits in virtual time.
func (s *service) collect(ctx context.Context, ps *pushed) error {
	//lint:ignore SA1019 deprecated because it makes pulling slow across a network; here it answers at once, in order
	res, err := s.GServer.Pull(ctx, &pb.PullRequest{Subscription: ps.sub.Name, MaxMessages: math.MaxInt32, ReturnImmediately: true})
	if err != nil {
		return err
	}
	got := res.ReceivedMessages
	slices.SortFunc(got, func(a, b *pb.ReceivedMessage) int { return compareIDs(a.Message.MessageId, b.Message.MessageId) })
	ack := &pb.AcknowledgeRequest{Subscription: ps.sub.Name}
	for _, m := range got {
		ack.AckIds = append(ack.AckIds, m.AckId)
	}
	s.pusher.arrive(ps.feed, got)
	_, err = s.GServer.Acknowledge(ctx, ack)
	return err
}

// compareIDs orders the fake's message ids, m9 before m10: it keeps messages in a map and gives them out in any order.
func compareIDs(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}
