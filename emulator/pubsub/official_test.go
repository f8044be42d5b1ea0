package pubsub_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	gcp "cloud.google.com/go/pubsub/v2"
	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"

	"sessionbridge.internal/emulator/clock"
	"sessionbridge.internal/emulator/pubsub"
)

// official is a pusher that serves a subscription in gcloud's emulator, in a project of its own.
type official struct {
	client *gcp.Client
	clock  *clock.Clock
	pusher *pubsub.Pusher
	name   func(kind, id string) string
}

// newOfficial skips the test where no emulator runs: `gcloud beta emulators pubsub start` and PUBSUB_EMULATOR_HOST.
func newOfficial(t *testing.T, sub *pb.Subscription) *official {
	t.Helper()
	addr := os.Getenv("PUBSUB_EMULATOR_HOST")
	if addr == "" {
		t.Skip("PUBSUB_EMULATOR_HOST is not set")
	}
	ctx := context.Background()
	project := fmt.Sprintf("p%d", time.Now().UnixNano())
	o := &official{client: dial(t, addr), clock: clock.Frozen(start), name: func(kind, id string) string {
		return "projects/" + project + "/" + kind + "/" + id
	}}
	createTopics(t, o.client, o.name("topics", "events"), o.name("topics", "dead"))
	sub.Name, sub.Topic = o.name("subscriptions", "session"), o.name("topics", "events")
	if sub.DeadLetterPolicy != nil {
		sub.DeadLetterPolicy.DeadLetterTopic = o.name("topics", "dead")
	}
	for _, s := range []*pb.Subscription{
		{Name: sub.Name, Topic: sub.Topic, EnableMessageOrdering: true},
		{Name: o.name("subscriptions", "dead"), Topic: o.name("topics", "dead")},
	} {
		if _, err := o.client.SubscriptionAdminClient.CreateSubscription(ctx, s); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	o.pusher, err = pubsub.NewPusher(o.client.SubscriptionAdminClient, o.client.TopicAdminClient, pubsub.Options{Clock: o.clock})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- o.pusher.Serve(ctx, sub) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return o
}

func (o *official) publish(t *testing.T, messages ...*pb.PubsubMessage) {
	t.Helper()
	for batch := range slices.Chunk(messages, 1000) {
		if _, err := o.client.TopicAdminClient.Publish(context.Background(),
			&pb.PublishRequest{Topic: o.name("topics", "events"), Messages: batch}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOfficialKeepsOrderAfterAFailure(t *testing.T) {
	t.Parallel()
	e := newEndpoint(t, failing("1", 2))
	o := newOfficial(t, pushTo(e.URL))
	o.publish(t, text("k", "1"), text("k", "2"), text("k", "3"))
	for range 2 {
		o.clock.AdvanceTo(untilBackingOff(t, o.pusher))
	}
	if got := strings.Join(e.waitFor(t, 5), " "); got != "1 1 1 2 3" {
		t.Errorf("pushes = %s", got)
	}
}

func TestOfficialManyMessagesEachOnceInOrder(t *testing.T) {
	t.Parallel()
	const keys, each = 50, 60
	e := newEndpoint(t, always(http.StatusNoContent))
	o := newOfficial(t, pushTo(e.URL))
	var all []*pb.PubsubMessage
	for i := range each {
		for k := range keys {
			all = append(all, text(fmt.Sprintf("key-%d", k), strconv.Itoa(i)))
		}
	}
	from := time.Now()
	o.publish(t, all...)
	next := map[string]int{}
	for range keys * each {
		m := e.wait(t).body.Message
		if want := strconv.Itoa(next[m.OrderingKey]); string(m.Data) != want {
			t.Fatalf("key %s: got message %s, want %s", m.OrderingKey, m.Data, want)
		}
		next[m.OrderingKey]++
	}
	t.Logf("%d messages in %v", keys*each, time.Since(from))
	from = time.Now()
	o.publish(t, text("k", "x"))
	e.wait(t)
	t.Logf("one message in %v", time.Since(from))
	until(t, "quiet", func() bool { return len(o.pusher.Unacked()) == 0 })
	if n := len(e.got); n != 0 {
		t.Errorf("%d pushes too many", n)
	}
}

func TestOfficialDeadLetter(t *testing.T) {
	t.Parallel()
	e := newEndpoint(t, always(http.StatusServiceUnavailable))
	sub := pushTo(e.URL)
	sub.DeadLetterPolicy = &pb.DeadLetterPolicy{}
	o := newOfficial(t, sub)
	o.publish(t, text("k", "poison"))
	for range 4 {
		o.clock.AdvanceTo(untilBackingOff(t, o.pusher))
	}
	res, err := o.client.SubscriptionAdminClient.Pull(context.Background(),
		&pb.PullRequest{Subscription: o.name("subscriptions", "dead"), MaxMessages: 1})
	if err != nil || len(res.ReceivedMessages) != 1 {
		t.Fatalf("dead letters = %v, %v; want one", res, err)
	}
	if got := res.ReceivedMessages[0].Message.Attributes["CloudPubSubDeadLetterSourceDeliveryCount"]; got != "5" {
		t.Errorf("delivery count = %q, want 5", got)
	}
}
