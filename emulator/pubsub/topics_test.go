package pubsub_test

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/emulator/pubsub"
)

func TestTopicsSnapshot(t *testing.T) {
	t.Parallel()
	e, l := newEndpoint(t, failing("one", 1)), newLocal(t, pubsub.Options{})
	l.subscribe(t, pushTo(e.URL))
	publish(t, l.client, &pb.PubsubMessage{Data: []byte("one"), OrderingKey: "k", Attributes: map[string]string{"a": "b"}})
	publish(t, l.client, &pb.PubsubMessage{Data: []byte{0xff, 0xfe}, OrderingKey: "k"})
	due := untilBackingOff(t, l.Pusher)
	want := []pubsub.TopicInfo{
		{
			Name: topic, Published: 2,
			Messages: []pubsub.MessageInfo{
				{ID: "m0", OrderingKey: "k", Attributes: map[string]string{"a": "b"}, PublishTime: start, Size: 3, Data: "one"},
				{ID: "m1", OrderingKey: "k", PublishTime: start, Size: 2, Data: "//4=", Base64: true},
			},
			Subscriptions: []pubsub.SubscriptionInfo{{
				Name: subName, Endpoint: e.URL, Unacked: 2, NextDue: due,
				Last: &pubsub.Answer{At: start, MessageID: "m0", Attempt: 1, Status: 503, Error: "Service Unavailable"},
			}},
		},
		{Name: deadTopic, Messages: []pubsub.MessageInfo{}, Subscriptions: []pubsub.SubscriptionInfo{}},
	}
	if diff := cmp.Diff(want, l.Pusher.Topics()); diff != "" {
		t.Errorf("Topics (-want +got):\n%s", diff)
	}
	if _, err := json.Marshal(l.Pusher.Topics()); err != nil {
		t.Error(err)
	}
}

func TestTopicsAreBounded(t *testing.T) {
	t.Parallel()
	l := newLocal(t, pubsub.Options{})
	for i := range 250 {
		publish(t, l.client, text("", strconv.Itoa(i)))
	}
	publish(t, l.client, text("", strings.Repeat("ü", 5000)))
	got := l.Pusher.Topics()[0]
	if got.Published != 251 || len(got.Messages) != 200 || got.Messages[0].Data != "51" {
		t.Errorf("published %d, kept %d from %q on; want 251, 200 from 51 on", got.Published, len(got.Messages), got.Messages[0].Data)
	}
	last := got.Messages[199]
	if last.Size != 10_000 || last.Base64 || last.Data != strings.Repeat("ü", 2048) {
		t.Errorf("the long message: %d of %d bytes, base64 %v", len(last.Data), last.Size, last.Base64)
	}
}

func TestServedTopicsAreSeenToo(t *testing.T) {
	t.Parallel()
	b, e := newBroker(t), newEndpoint(t, always(http.StatusOK))
	b.serve(t, pushTo(e.URL))
	other := pushTo(e.URL)
	other.Name += "-other"
	b.serve(t, other)
	publish(t, b.client, text("k", "x"))
	e.waitFor(t, 2)
	got := b.pusher.Topics()
	if len(got) != 1 || got[0].Published != 1 || len(got[0].Subscriptions) != 2 {
		t.Errorf("topics = %+v, want one message, seen once, and two subscriptions", got)
	}
}
