package pubsub

import (
	"context"
	"sync"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"cloud.google.com/go/pubsub/v2/pstest"
	"google.golang.org/protobuf/types/known/emptypb"
)

// service is the fake with its push subscriptions brought to life. What it does not define itself (topics' settings,
// pull subscriptions, schemas) is the fake's.
type service struct {
	*pstest.GServer
	pusher *Pusher

	mu     sync.Mutex         // one publish or change of subscriptions at a time, so that messages arrive in their order
	pushed map[string]*pushed // push subscriptions by name
}

// Publish answers once the pusher holds the messages, so that whoever sees the answer also sees them in Pending.
func (s *service) Publish(ctx context.Context, r *pb.PublishRequest) (*pb.PublishResponse, error) {
	if err := checkPublish(r); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	res, err := s.GServer.Publish(ctx, r) // writes ids and publish times into the request's messages
	if err != nil {
		return nil, err
	}
	s.pusher.topics.record(r.Topic, s.pusher.clock.Now(), r.Messages...)
	for _, ps := range s.pushed {
		if ps.sub.Topic == r.Topic {
			if err := s.collect(ctx, ps); err != nil {
				return nil, err
			}
		}
	}
	return res, nil
}

// CreateTopic makes a topic. It is seen in Topics at once.
func (s *service) CreateTopic(ctx context.Context, t *pb.Topic) (*pb.Topic, error) {
	res, err := s.GServer.CreateTopic(ctx, t)
	if err == nil {
		s.pusher.topics.record(t.Name, s.pusher.clock.Now())
	}
	return res, err
}

// DeleteTopic removes a topic; its subscriptions stay and get nothing more, as on the real service.
func (s *service) DeleteTopic(ctx context.Context, r *pb.DeleteTopicRequest) (*emptypb.Empty, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	res, err := s.GServer.DeleteTopic(ctx, r)
	if err != nil {
		return nil, err
	}
	s.pusher.topics.forget(r.Topic)
	for _, ps := range s.pushed {
		if ps.sub.Topic == r.Topic {
			ps.sub.Topic = "_deleted-topic_"
		}
	}
	return res, nil
}
