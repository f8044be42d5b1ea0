package pubsub_test

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/protobuf/types/known/durationpb"

	"sessionbridge.internal/emulator/pubsub"
)

func TestBackOffOnTheVirtualClock(t *testing.T) {
	t.Parallel()
	const s = time.Second
	tests := []struct {
		name   string
		policy *pb.RetryPolicy
		want   []time.Duration
	}{
		{"doubles from the minimum to the maximum", retry(10*s, 60*s), []time.Duration{10 * s, 20 * s, 40 * s, 60 * s, 60 * s}},
		{"10 s to 600 s by default", &pb.RetryPolicy{}, []time.Duration{10 * s, 20 * s, 40 * s, 80 * s, 160 * s, 320 * s, 600 * s, 600 * s}},
		{"maximum by default", &pb.RetryPolicy{MinimumBackoff: durationpb.New(300 * s)}, []time.Duration{300 * s, 600 * s, 600 * s}},
		{"zero is slowed down", retry(0, 0), []time.Duration{s / 10, s / 10}},
		{"a floor without a policy", nil, []time.Duration{s / 10, s / 10, s / 10}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e, l := newEndpoint(t, always(http.StatusServiceUnavailable)), newLocal(t, pubsub.Options{})
			sub := pushTo(e.URL)
			sub.RetryPolicy = tt.policy
			l.subscribe(t, sub)
			publish(t, l.client, text("k", "x"))
			var got []time.Duration
			for range tt.want {
				e.wait(t)
				due := untilBackingOff(t, l.Pusher)
				got = append(got, due.Sub(l.clock.Now()))
				l.clock.AdvanceTo(due.Add(-1))
				if p := l.Pusher.Pending(); len(p) != 0 {
					t.Errorf("pending a nanosecond early: %q", p)
				}
				l.clock.AdvanceTo(due)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("delays = %v, want %v", got, tt.want)
			}
		})
	}
}

// The fake behind the server drops what is older than ten minutes and gives out again what is not acknowledged in
// time, both in real time. A message in back-off must feel neither.
func TestBackOffOutlivesTheFakesRetention(t *testing.T) {
	t.Parallel()
	e, l := newEndpoint(t, failing("x", 1)), newLocal(t, pubsub.Options{})
	l.subscribe(t, pushTo(e.URL))
	publish(t, l.client, text("k", "x"))
	publish(t, l.client, text("k", "behind x"))
	due := untilBackingOff(t, l.Pusher)
	e.wait(t)
	hour := time.Now().Add(time.Hour)
	l.Fake().SetTimeNowFunc(func() time.Time { return hour })
	publish(t, l.client, text("other", "y")) // makes the fake look through its messages
	e.wait(t)
	l.clock.AdvanceTo(due)
	if got := e.waitFor(t, 2); !slices.Equal(got, []string{"x", "behind x"}) {
		t.Errorf("after an hour: %q", got)
	}
	l.untilAcked(t)
	if n := len(e.got); n != 0 {
		t.Errorf("%d pushes too many", n)
	}
}

func TestDeadLetter(t *testing.T) {
	t.Parallel()
	e, l := newEndpoint(t, failing("poison", 5)), newLocal(t, pubsub.Options{})
	dead := newEndpoint(t, always(http.StatusOK))
	sub := pushTo(e.URL)
	sub.DeadLetterPolicy = &pb.DeadLetterPolicy{DeadLetterTopic: deadTopic, MaxDeliveryAttempts: 5}
	l.subscribe(t, sub)
	l.subscribe(t, &pb.Subscription{
		Name: "projects/p/subscriptions/dead", Topic: deadTopic, PushConfig: &pb.PushConfig{PushEndpoint: dead.URL},
	})
	publish(t, l.client, &pb.PubsubMessage{
		Data: []byte("poison"), OrderingKey: "k", Attributes: map[string]string{"kind": "ended"},
	})
	publish(t, l.client, text("k", "next"))
	for attempt := 1; attempt <= 5; attempt++ {
		if got := e.wait(t).body.DeliveryAttempt; got != attempt {
			t.Errorf("deliveryAttempt = %d, want %d", got, attempt)
		}
		if attempt < 5 {
			l.clock.AdvanceTo(untilBackingOff(t, l.Pusher))
		}
	}
	got := dead.wait(t).body
	if string(got.Message.Data) != "poison" || got.Message.OrderingKey != "k" || got.DeliveryAttempt != 0 {
		t.Errorf("dead letter = %+v", got)
	}
	for k, want := range map[string]string{
		"kind": "ended",
		"CloudPubSubDeadLetterSourceDeliveryCount":       "5",
		"CloudPubSubDeadLetterSourceSubscription":        "session",
		"CloudPubSubDeadLetterSourceSubscriptionProject": "p",
		"CloudPubSubDeadLetterSourceTopicPublishTime":    "2026-01-05T09:00:00.000+00:00",
	} {
		if got.Message.Attributes[k] != want {
			t.Errorf("attribute %s = %q, want %q", k, got.Message.Attributes[k], want)
		}
	}
	if next := e.wait(t).data(); next != "next" {
		t.Errorf("after the dead letter came %q, want the key's next message", next)
	}
	l.untilAcked(t)
}

func TestDeadLetterDefaultsToFiveAttempts(t *testing.T) {
	t.Parallel()
	e, l := newEndpoint(t, always(http.StatusOK)), newLocal(t, pubsub.Options{})
	sub := pushTo(e.URL)
	sub.DeadLetterPolicy = &pb.DeadLetterPolicy{DeadLetterTopic: deadTopic}
	if got := l.subscribe(t, sub).DeadLetterPolicy.MaxDeliveryAttempts; got != 5 {
		t.Errorf("max_delivery_attempts = %d, want 5", got)
	}
	publish(t, l.client, text("", "x")) // which the fake by itself would dead-letter undelivered
	e.wait(t)
}

// Until the dead letter topic takes the message it is neither lost nor pushed again.
func TestDeadLetterIsTriedAgain(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	b := newBroker(t)
	e := newEndpoint(t, always(http.StatusServiceUnavailable))
	sub := pushTo(e.URL)
	sub.DeadLetterPolicy = &pb.DeadLetterPolicy{DeadLetterTopic: "projects/p/topics/later", MaxDeliveryAttempts: 5}
	b.serve(t, sub)
	publish(t, b.client, text("k", "x"))
	for range 6 { // five pushes, then an attempt to forward
		b.clock.AdvanceTo(untilBackingOff(t, b.pusher))
	}
	untilBackingOff(t, b.pusher)
	if n := len(e.got); n != 5 {
		t.Errorf("%d pushes, want 5", n)
	}
	createTopics(t, b.client, "projects/p/topics/later")
	if _, err := b.client.SubscriptionAdminClient.CreateSubscription(ctx, &pb.Subscription{
		Name: "projects/p/subscriptions/later", Topic: "projects/p/topics/later",
	}); err != nil {
		t.Fatal(err)
	}
	b.clock.AdvanceTo(untilBackingOff(t, b.pusher))
	until(t, "dead letter forwarded", func() bool { return len(b.pusher.Unacked()) == 0 })
	res, err := b.client.SubscriptionAdminClient.Pull(ctx, &pb.PullRequest{Subscription: "projects/p/subscriptions/later", MaxMessages: 10})
	if err != nil || len(res.ReceivedMessages) != 1 {
		t.Errorf("dead letters = %v, %v; want one", res, err)
	}
}
