package pubsub_test

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gcp "cloud.google.com/go/pubsub/v2"
	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/api/iterator"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"sessionbridge.internal/emulator/pubsub"
)

func TestSubscriptionsAreShownAsAskedFor(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	l := newLocal(t, pubsub.Options{})
	admin := l.client.SubscriptionAdminClient
	made := l.subscribe(t, pushTo("http://127.0.0.1:1/one"))
	got, err := admin.GetSubscription(ctx, &pb.GetSubscriptionRequest{Subscription: subName})
	if err != nil {
		t.Fatal(err)
	}
	listed, err := admin.ListSubscriptions(ctx, &pb.ListSubscriptionsRequest{Project: "projects/p"}).Next()
	if err != nil {
		t.Fatal(err)
	}
	updated, err := admin.UpdateSubscription(ctx, &pb.UpdateSubscriptionRequest{
		Subscription: &pb.Subscription{Name: subName, AckDeadlineSeconds: 60},
		UpdateMask:   &fieldmaskpb.FieldMask{Paths: []string{"ack_deadline_seconds"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, sub := range map[string]*pb.Subscription{"create": made, "get": got, "list": listed, "update": updated} {
		if !sub.EnableMessageOrdering || sub.PushConfig.PushEndpoint != "http://127.0.0.1:1/one" {
			t.Errorf("%s answers %v, want ordering and the endpoint", name, sub)
		}
	}
}

func TestChangesWorkFromTheNextPushOn(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	l := newLocal(t, pubsub.Options{})
	admin := l.client.SubscriptionAdminClient
	broken, sound := newEndpoint(t, always(http.StatusNotFound)), newEndpoint(t, always(http.StatusOK))
	l.subscribe(t, pushTo(broken.URL))
	publish(t, l.client, text("k", "x"))
	due := untilBackingOff(t, l.Pusher)
	if err := admin.ModifyPushConfig(ctx, &pb.ModifyPushConfigRequest{
		Subscription: subName, PushConfig: &pb.PushConfig{PushEndpoint: sound.URL},
	}); err != nil {
		t.Fatal(err)
	}
	l.clock.AdvanceTo(due)
	sound.wait(t)
	l.untilAcked(t)
}

func TestUpdatesNameWhatTheyChange(t *testing.T) {
	t.Parallel()
	l := newLocal(t, pubsub.Options{})
	_, err := l.client.SubscriptionAdminClient.UpdateSubscription(context.Background(),
		&pb.UpdateSubscriptionRequest{Subscription: pushTo("http://127.0.0.1:1/")})
	if status.Code(err) != codes.InvalidArgument {
		t.Errorf("UpdateSubscription without a mask = %v, want InvalidArgument", err)
	}
}

func TestDeletedSubscriptionsAreNotServed(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	e, l := newEndpoint(t, always(http.StatusServiceUnavailable)), newLocal(t, pubsub.Options{})
	l.subscribe(t, pushTo(e.URL))
	publish(t, l.client, text("k", "x"))
	untilBackingOff(t, l.Pusher)
	if err := l.client.SubscriptionAdminClient.DeleteSubscription(ctx, &pb.DeleteSubscriptionRequest{Subscription: subName}); err != nil {
		t.Fatal(err)
	}
	publish(t, l.client, text("k", "y"))
	if got := l.Pusher.Unacked(); len(got) != 0 {
		t.Errorf("unacked after deletion: %q", got)
	}
	l.subscribe(t, pushTo(e.URL)) // the name is free again, and starts empty
	if got := l.Pusher.Unacked(); len(got) != 0 {
		t.Errorf("unacked in a new subscription: %q", got)
	}
}

func TestDeletedTopicsPublishNothing(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	l := newLocal(t, pubsub.Options{})
	l.subscribe(t, pushTo("http://127.0.0.1:1/"))
	if err := l.client.TopicAdminClient.DeleteTopic(ctx, &pb.DeleteTopicRequest{Topic: topic}); err != nil {
		t.Fatal(err)
	}
	_, err := l.client.TopicAdminClient.Publish(ctx, &pb.PublishRequest{Topic: topic, Messages: []*pb.PubsubMessage{text("", "x")}})
	if status.Code(err) != codes.NotFound {
		t.Errorf("Publish = %v, want NotFound", err)
	}
	got, err := l.client.SubscriptionAdminClient.GetSubscription(ctx, &pb.GetSubscriptionRequest{Subscription: subName})
	if err != nil || got.Topic != "_deleted-topic_" {
		t.Errorf("subscription = %v, %v; want it to stay, without its topic", got, err)
	}
}

func TestBadSubscriptionsAreRefused(t *testing.T) {
	t.Parallel()
	l := newLocal(t, pubsub.Options{}) // without a signer
	tests := []struct {
		name, want string
		change     func(*pb.Subscription)
	}{
		{"endpoint without a host", "push_endpoint", func(s *pb.Subscription) { s.PushConfig.PushEndpoint = "/session" }},
		{"endpoint of another scheme", "push_endpoint", func(s *pb.Subscription) { s.PushConfig.PushEndpoint = "ftp://h/" }},
		{"unwrapped payload", "no_wrapper", func(s *pb.Subscription) {
			s.PushConfig.Wrapper = &pb.PushConfig_NoWrapper_{NoWrapper: &pb.PushConfig_NoWrapper{}}
		}},
		{"token without a signer", "oidc_token", func(s *pb.Subscription) {
			s.PushConfig.AuthenticationMethod = &pb.PushConfig_OidcToken_{OidcToken: &pb.PushConfig_OidcToken{}}
		}},
		{"four delivery attempts", "max_delivery_attempts: 4", func(s *pb.Subscription) {
			s.DeadLetterPolicy = &pb.DeadLetterPolicy{DeadLetterTopic: deadTopic, MaxDeliveryAttempts: 4}
		}},
		{"dead letter topic that does not exist", "deadLetter topic", func(s *pb.Subscription) {
			s.DeadLetterPolicy = &pb.DeadLetterPolicy{DeadLetterTopic: deadTopic + "-none"}
		}},
		{"back-off beyond ten minutes", "retry_policy", func(s *pb.Subscription) { s.RetryPolicy = retry(0, 601*time.Second) }},
		{"minimum above maximum", "retry_policy", func(s *pb.Subscription) { s.RetryPolicy = retry(2, 1) }},
		{"ack deadline beyond ten minutes", "ack_deadline", func(s *pb.Subscription) { s.AckDeadlineSeconds = 601 }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sub := pushTo("http://127.0.0.1:1/")
			tt.change(sub)
			_, err := l.client.SubscriptionAdminClient.CreateSubscription(context.Background(), sub)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("CreateSubscription = %v, want %q in it", err, tt.want)
			}
		})
	}
}

func TestWhatTheLocalCloudDoesNotDo(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	l := newLocal(t, pubsub.Options{})
	admin := l.client.SubscriptionAdminClient
	l.subscribe(t, pushTo("http://127.0.0.1:1/"))
	pull := l.subscribe(t, &pb.Subscription{Name: "projects/p/subscriptions/pull", Topic: topic})
	_, seek := admin.Seek(ctx, &pb.SeekRequest{Subscription: subName, Target: &pb.SeekRequest_Time{Time: timestamppb.New(start)}})
	tests := map[string]error{
		"seek":         seek,
		"push to pull": admin.ModifyPushConfig(ctx, &pb.ModifyPushConfigRequest{Subscription: subName, PushConfig: &pb.PushConfig{}}),
		"pull to push": admin.ModifyPushConfig(ctx, &pb.ModifyPushConfigRequest{
			Subscription: pull.Name, PushConfig: &pb.PushConfig{PushEndpoint: "http://127.0.0.1:1/"},
		}),
	}
	for name, err := range tests {
		if status.Code(err) != codes.Unimplemented {
			t.Errorf("%s: %v, want Unimplemented", name, err)
		}
	}
}

func TestPullSubscriptionsAreTheFakes(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	l := newLocal(t, pubsub.Options{})
	l.subscribe(t, &pb.Subscription{Name: "projects/p/subscriptions/pull", Topic: topic})
	publish(t, l.client, text("", "x"))
	var got string
	err := l.client.Subscriber("pull").Receive(ctx, func(_ context.Context, m *gcp.Message) {
		got = string(m.Data)
		m.Ack()
		cancel()
	})
	if err != nil || got != "x" {
		t.Errorf("received %q, %v", got, err)
	}
	if p := l.Pusher.Unacked(); len(p) != 0 {
		t.Errorf("the pusher holds %q, want nothing of a pull subscription", p)
	}
	_, err = l.client.SubscriptionAdminClient.ListSubscriptions(context.Background(), &pb.ListSubscriptionsRequest{Project: "projects/q"}).Next()
	if err != iterator.Done {
		t.Errorf("another project's subscriptions: %v, want none", err)
	}
}

func TestPublishKeepsTheServicesLimits(t *testing.T) {
	t.Parallel()
	l := newLocal(t, pubsub.Options{})
	long := strings.Repeat("x", 1025)
	many := map[string]string{}
	for i := range 101 {
		many[strings.Repeat("k", i+1)] = ""
	}
	tests := []struct {
		name, want string
		messages   []*pb.PubsubMessage
	}{
		{"no messages", "messages: 0", nil},
		{"too many messages", "messages: 1001", make([]*pb.PubsubMessage, 1001)},
		{"an empty message", "messages[1]: must have data", []*pb.PubsubMessage{text("", "x"), {}}},
		{"a long ordering key", "ordering_key: 1025 bytes", []*pb.PubsubMessage{text(long, "x")}},
		{"many attributes", "attributes: 101", []*pb.PubsubMessage{{Attributes: many}}},
		{"an empty attribute key", "a key of 0 bytes", []*pb.PubsubMessage{{Attributes: map[string]string{"": "v"}}}},
		{"a long attribute key", "a key of 257 bytes", []*pb.PubsubMessage{{Attributes: map[string]string{long[:257]: "v"}}}},
		{"a long attribute", "a value of 1025 bytes", []*pb.PubsubMessage{{Attributes: map[string]string{"k": long}}}},
		{"large data", "data: 10000001 bytes", []*pb.PubsubMessage{{Data: make([]byte, 10_000_001)}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for i, m := range tt.messages {
				if m == nil {
					tt.messages[i] = text("", "x")
				}
			}
			_, err := l.client.TopicAdminClient.Publish(context.Background(), &pb.PublishRequest{Topic: topic, Messages: tt.messages})
			if status.Code(err) != codes.InvalidArgument || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Publish = %v, want InvalidArgument with %q", err, tt.want)
			}
		})
	}
}

// Faults are injected with interceptors: they must hit the functions' calls and not the pusher's own.
func TestInterceptorsSeeOnlyCallsFromOutside(t *testing.T) {
	t.Parallel()
	var failing atomic.Bool
	fault := func(ctx context.Context, r any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
		if failing.Load() && strings.HasSuffix(info.FullMethod, "/Publish") {
			return nil, status.Error(codes.PermissionDenied, "injected")
		}
		return next(ctx, r)
	}
	e := newEndpoint(t, always(http.StatusServiceUnavailable))
	l := newLocal(t, pubsub.Options{}, grpc.UnaryInterceptor(fault))
	sub := pushTo(e.URL)
	sub.DeadLetterPolicy = &pb.DeadLetterPolicy{DeadLetterTopic: deadTopic}
	l.subscribe(t, sub)
	publish(t, l.client, text("k", "x"))
	failing.Store(true)
	_, err := l.client.TopicAdminClient.Publish(context.Background(), &pb.PublishRequest{Topic: topic, Messages: []*pb.PubsubMessage{text("", "y")}})
	if status.Code(err) != codes.PermissionDenied {
		t.Errorf("Publish = %v, want the injected fault", err)
	}
	for range 4 {
		l.clock.AdvanceTo(untilBackingOff(t, l.Pusher))
	}
	l.untilAcked(t) // by way of the dead letter topic
}
