package pubsub_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	gcp "cloud.google.com/go/pubsub/v2"
	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"

	"sessionbridge.internal/emulator/pubsub"
)

func TestOrderIsKeptAfterAFailureAndOtherKeysGoOn(t *testing.T) {
	t.Parallel()
	e, l := newEndpoint(t, failing("a1", 2)), newLocal(t, pubsub.Options{})
	l.subscribe(t, pushTo(e.URL))
	for _, m := range []string{"a1", "a2", "a3"} {
		publish(t, l.client, text("a", m))
	}
	for _, m := range []string{"b1", "b2", "b3"} {
		publish(t, l.client, text("b", m))
	}
	publish(t, l.client, text("", "c"))
	first := e.waitFor(t, 5)
	slices.Sort(first) // a1 failed; b and c do not wait for it
	if got, want := strings.Join(first, " "), "a1 b1 b2 b3 c"; got != want {
		t.Fatalf("first pushes = %s, want %s", got, want)
	}
	for range 2 {
		l.clock.AdvanceTo(untilBackingOff(t, l.Pusher))
	}
	if got, want := strings.Join(e.waitFor(t, 4), " "), "a1 a1 a2 a3"; got != want {
		t.Errorf("later pushes = %s, want %s", got, want)
	}
	l.untilAcked(t)
}

func TestNothingWaitsForAnotherWithoutOrdering(t *testing.T) {
	t.Parallel()
	e, l := newEndpoint(t, failing("a1", 1)), newLocal(t, pubsub.Options{})
	sub := pushTo(e.URL)
	sub.EnableMessageOrdering = false
	l.subscribe(t, sub)
	publish(t, l.client, text("a", "a1"))
	publish(t, l.client, text("a", "a2"))
	untilBackingOff(t, l.Pusher)
	if got := l.Pusher.Unacked(); len(got) != 1 || !strings.Contains(got[0], " m0:") {
		t.Errorf("unacked = %q, want only the first message", got)
	}
}

// Each subscription has its own pushes: a slow function must not hold up another.
func TestPushesAreBoundedPerSubscription(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	slow := newEndpoint(t, always(http.StatusOK))
	l := newLocal(t, pubsub.Options{Client: &http.Client{Transport: gate{slow.URL, release}}})
	quick := newEndpoint(t, always(http.StatusOK))
	l.subscribe(t, pushTo(slow.URL))
	other := pushTo(quick.URL)
	other.Name += "-quick"
	l.subscribe(t, other)
	for i := range 100 {
		publish(t, l.client, text("", strconv.Itoa(i)))
	}
	quick.waitFor(t, 100)
	running := 0
	for _, line := range l.Pusher.Pending() {
		if strings.HasPrefix(line, subName+" ") && strings.Contains(line, "being pushed") {
			running++
		}
	}
	if running != 64 {
		t.Errorf("%d pushes at once, want 64", running)
	}
}

// gate holds back requests to one host until it is released or the request ends.
type gate struct {
	url     string
	release chan struct{}
}

func (g gate) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(g.url, r.URL.Host) {
		select {
		case <-g.release:
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
	return http.DefaultTransport.RoundTrip(r)
}

func TestTenThousandMessagesEachOnceInOrder(t *testing.T) {
	t.Parallel()
	const keys, each = 100, 100
	e, l := newEndpoint(t, always(http.StatusNoContent)), newLocal(t, pubsub.Options{})
	l.subscribe(t, pushTo(e.URL))
	publishMany(t, l.client, keys, each)
	next := map[string]int{}
	for range keys * each {
		m := e.wait(t).body.Message
		if want := strconv.Itoa(next[m.OrderingKey]); string(m.Data) != want {
			t.Fatalf("key %s: got message %s, want %s", m.OrderingKey, m.Data, want)
		}
		next[m.OrderingKey]++
	}
	l.untilAcked(t)
	if n := len(e.got); n != 0 {
		t.Errorf("%d pushes too many", n)
	}
}

// publishMany publishes with the client's publisher, as the functions do: in batches, in order per key.
func publishMany(t testing.TB, c *gcp.Client, keys, each int) {
	t.Helper()
	p := c.Publisher(topic)
	p.EnableMessageOrdering = true
	p.PublishSettings.DelayThreshold = time.Millisecond
	defer p.Stop()
	var results []*gcp.PublishResult
	for i := range each {
		for k := range keys {
			results = append(results, p.Publish(context.Background(),
				&gcp.Message{Data: []byte(strconv.Itoa(i)), OrderingKey: fmt.Sprintf("key-%d", k)}))
		}
	}
	for _, r := range results {
		if _, err := r.Get(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFilteredMessagesAreNotPushed(t *testing.T) {
	t.Parallel()
	e, l := newEndpoint(t, always(http.StatusOK)), newLocal(t, pubsub.Options{})
	sub := pushTo(e.URL)
	sub.Filter = `attributes.kind = "ended"`
	l.subscribe(t, sub)
	publish(t, l.client, &pb.PubsubMessage{Data: []byte("no"), Attributes: map[string]string{"kind": "started"}})
	publish(t, l.client, &pb.PubsubMessage{Data: []byte("yes"), Attributes: map[string]string{"kind": "ended"}})
	if got := e.wait(t).data(); got != "yes" {
		t.Errorf("pushed %q, want only what the filter lets through", got)
	}
	l.untilAcked(t)
}
