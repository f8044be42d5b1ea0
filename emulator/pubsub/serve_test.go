package pubsub_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	gcp "cloud.google.com/go/pubsub/v2"
	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"cloud.google.com/go/pubsub/v2/pstest"
	"google.golang.org/grpc/codes"

	"sessionbridge.internal/emulator/clock"
	"sessionbridge.internal/emulator/pubsub"
)

// broker is a Pub/Sub that knows nothing of pushing, and a pusher that serves its subscriptions over the public API.
type broker struct {
	fake   *pstest.Server
	clock  *clock.Clock
	client *gcp.Client
	pusher *pubsub.Pusher
}

func newBroker(t *testing.T, opts ...pstest.ServerReactorOption) *broker {
	t.Helper()
	b := &broker{fake: pstest.NewServer(opts...), clock: clock.Frozen(start)}
	t.Cleanup(func() { _ = b.fake.Close() })
	b.client = dial(t, b.fake.Addr)
	createTopics(t, b.client, topic, deadTopic)
	var err error
	b.pusher, err = pubsub.NewPusher(b.client.SubscriptionAdminClient, b.client.TopicAdminClient, pubsub.Options{Clock: b.clock})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// serve makes the pull subscription in the broker and serves it until the test ends.
func (b *broker) serve(t *testing.T, sub *pb.Subscription) {
	t.Helper()
	_, err := b.client.SubscriptionAdminClient.CreateSubscription(context.Background(), &pb.Subscription{
		Name: sub.Name, Topic: sub.Topic, EnableMessageOrdering: sub.EnableMessageOrdering, AckDeadlineSeconds: 10,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- b.pusher.Serve(ctx, sub) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Serve = %v, want nil at the end of its context", err)
		}
	})
}

func TestServeKeepsOrderAndAcknowledges(t *testing.T) {
	t.Parallel()
	b, e := newBroker(t), newEndpoint(t, failing("a1", 2))
	b.serve(t, pushTo(e.URL))
	for _, m := range []string{"a1", "a2", "a3"} {
		publish(t, b.client, text("a", m))
	}
	for range 2 {
		b.clock.AdvanceTo(untilBackingOff(t, b.pusher))
	}
	if got, want := strings.Join(e.waitFor(t, 5), " "), "a1 a1 a1 a2 a3"; got != want {
		t.Errorf("pushes = %s, want %s", got, want)
	}
	until(t, "all acknowledged in the broker", func() bool {
		return !slices.ContainsFunc(b.fake.Messages(), func(m *pstest.Message) bool { return m.Acks == 0 })
	})
	for _, m := range b.fake.Messages() {
		if m.Deliveries != 1 || len(m.Modacks) == 0 || m.Modacks[0].AckDeadline != 600 {
			t.Errorf("message %s: %d deliveries, modacks %v; want one, leased for 600 s", m.ID, m.Deliveries, m.Modacks)
		}
	}
}

// A lease that is lost makes the broker deliver again what the pusher still holds.
func TestServeKnowsRedeliveries(t *testing.T) {
	t.Parallel()
	b := newBroker(t, pstest.WithErrorInjection("ModifyAckDeadline", codes.FailedPrecondition, "no leases today"))
	e := newEndpoint(t, failing("x", 1))
	b.serve(t, pushTo(e.URL))
	id := publish(t, b.client, text("k", "x"))
	due := untilBackingOff(t, b.pusher)
	seen := b.pusher.Seq()
	later := time.Now().Add(time.Minute) // past the ack deadline
	b.fake.SetTimeNowFunc(func() time.Time { return later })
	until(t, "redelivery", func() bool { return b.pusher.Seq() > seen })
	if n := b.fake.Message(id).Deliveries; n != 2 {
		t.Fatalf("%d deliveries, want 2", n)
	}
	b.clock.AdvanceTo(due)
	until(t, "acknowledged with the new ack id", func() bool { return b.fake.Message(id).Acks == 1 })
	if n := len(e.got); n != 2 {
		t.Errorf("%d pushes, want 2: one that failed, one that did not", n)
	}
}

func TestServeRefuses(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	tests := []struct {
		name, want string
		sub        *pb.Subscription
	}{
		{"a subscription the broker does not have", "NotFound", pushTo("http://127.0.0.1:1/")},
		{"a subscription without an endpoint", "push_endpoint is missing", &pb.Subscription{Name: subName, Topic: topic}},
		{"an endpoint that is no URL", "push_endpoint: must be", pushTo("session")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if err := b.pusher.Serve(context.Background(), tt.sub); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Serve = %v, want %q in it", err, tt.want)
			}
		})
	}
}

func TestAServersPusherDoesNotServeOthers(t *testing.T) {
	t.Parallel()
	l := newLocal(t, pubsub.Options{})
	if err := l.Pusher.Serve(context.Background(), pushTo("http://127.0.0.1:1/")); err == nil {
		t.Error("Serve = nil, want a refusal")
	}
}

func TestServeBreaksOffAPushAtTheEnd(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	arrived := make(chan struct{})
	hold := roundTripper(func(r *http.Request) (*http.Response, error) {
		close(arrived)
		<-r.Context().Done()
		return nil, r.Context().Err()
	})
	p, err := pubsub.NewPusher(b.client.SubscriptionAdminClient, b.client.TopicAdminClient,
		pubsub.Options{Clock: b.clock, Client: &http.Client{Transport: hold}})
	if err != nil {
		t.Fatal(err)
	}
	b.pusher = p
	b.serve(t, pushTo("http://127.0.0.1:1/"))
	publish(t, b.client, text("k", "x"))
	<-arrived // and serve's cleanup ends the context while the push runs
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
