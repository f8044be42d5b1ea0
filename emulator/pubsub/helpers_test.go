package pubsub_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	gcp "cloud.google.com/go/pubsub/v2"
	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/durationpb"

	"sessionbridge.internal/emulator/clock"
	"sessionbridge.internal/emulator/pubsub"
)

const (
	topic     = "projects/p/topics/events"
	deadTopic = "projects/p/topics/events-dead"
	subName   = "projects/p/subscriptions/session"
)

// patience is how long a test waits for what must happen; only a failing test waits that long.
const patience = 60 * time.Second

var start = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// local is a server of our own and the real client library connected to it.
type local struct {
	*pubsub.Server
	clock  *clock.Clock
	client *gcp.Client
}

func newLocal(t testing.TB, o pubsub.Options, opts ...grpc.ServerOption) *local {
	t.Helper()
	if o.Clock == nil {
		o.Clock = clock.Frozen(start)
	}
	srv, err := pubsub.New("127.0.0.1:0", o, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(srv.Close)
	l := &local{Server: srv, clock: o.Clock, client: dial(t, srv.Addr)}
	createTopics(t, l.client, topic, deadTopic)
	return l
}

func dial(t testing.TB, addr string) *gcp.Client {
	t.Helper()
	c, err := gcp.NewClient(context.Background(), "p", option.WithEndpoint(addr), option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func createTopics(t testing.TB, c *gcp.Client, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := c.TopicAdminClient.CreateTopic(context.Background(), &pb.Topic{Name: name}); err != nil {
			t.Fatal(err)
		}
	}
}

func (l *local) subscribe(t testing.TB, sub *pb.Subscription) *pb.Subscription {
	t.Helper()
	made, err := l.client.SubscriptionAdminClient.CreateSubscription(context.Background(), sub)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// publish sends one message and returns its id once the server has it.
func publish(t testing.TB, c *gcp.Client, m *pb.PubsubMessage) string {
	t.Helper()
	res, err := c.TopicAdminClient.Publish(context.Background(), &pb.PublishRequest{Topic: topic, Messages: []*pb.PubsubMessage{m}})
	if err != nil {
		t.Fatal(err)
	}
	return res.MessageIds[0]
}

func text(key, data string) *pb.PubsubMessage {
	return &pb.PubsubMessage{Data: []byte(data), OrderingKey: key}
}

// pushTo is an ordered push subscription that backs off 10 s, 20 s, … 60 s. Its ack deadline, in real time, is never
// reached, however slow the machine.
func pushTo(url string) *pb.Subscription {
	return &pb.Subscription{
		Name: subName, Topic: topic, EnableMessageOrdering: true,
		PushConfig:         &pb.PushConfig{PushEndpoint: url},
		RetryPolicy:        retry(10*time.Second, time.Minute),
		AckDeadlineSeconds: 600,
	}
}

func retry(shortest, longest time.Duration) *pb.RetryPolicy {
	return &pb.RetryPolicy{MinimumBackoff: durationpb.New(shortest), MaximumBackoff: durationpb.New(longest)}
}

// received is one push as the endpoint saw it.
type received struct {
	header http.Header
	raw    string
	body   struct {
		Message struct {
			Data        []byte            `json:"data"`
			Attributes  map[string]string `json:"attributes"`
			ID          string            `json:"messageId"`
			OrderingKey string            `json:"orderingKey"`
		} `json:"message"`
		Subscription    string `json:"subscription"`
		DeliveryAttempt int    `json:"deliveryAttempt"`
	}
}

func (r received) data() string { return string(r.body.Message.Data) }

// endpoint is a real HTTP server that tells of each push and answers what the test says.
type endpoint struct {
	URL  string
	got  chan received
	mu   sync.Mutex
	next func(received) int
}

// newEndpoint answers with what next says; 0 drops the connection without an answer.
func newEndpoint(t testing.TB, next func(received) int) *endpoint {
	t.Helper()
	e := &endpoint{got: make(chan received, 20_000), next: next}
	srv := httptest.NewServer(e)
	t.Cleanup(srv.Close)
	e.URL = srv.URL
	return e
}

func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	got := received{header: r.Header, raw: string(raw)}
	if err := json.Unmarshal(raw, &got.body); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	e.mu.Lock()
	status := e.next(got)
	e.mu.Unlock()
	e.got <- got
	if status == 0 {
		panic(http.ErrAbortHandler)
	}
	w.WriteHeader(status)
}

func always(status int) func(received) int { return func(received) int { return status } }

// failing answers 503 to the first n pushes of a message with these data and 204 to all others.
func failing(data string, n int) func(received) int {
	return func(r received) int {
		if r.data() == data && n > 0 {
			n--
			return http.StatusServiceUnavailable
		}
		return http.StatusNoContent
	}
}

func (e *endpoint) wait(t testing.TB) received {
	t.Helper()
	select {
	case r := <-e.got:
		return r
	case <-time.After(patience):
		t.Fatal("no push came")
		return received{}
	}
}

// waitFor collects the data of the next n pushes.
func (e *endpoint) waitFor(t testing.TB, n int) []string {
	t.Helper()
	var data []string
	for range n {
		data = append(data, e.wait(t).data())
	}
	return data
}

// until waits for what happens soon in another goroutine.
func until(t testing.TB, what string, cond func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("never came: %s", what)
		}
	}
}

func (l *local) untilAcked(t testing.TB) {
	t.Helper()
	until(t, "all acknowledged", func() bool { return len(l.Pusher.Unacked()) == 0 })
}

// untilBackingOff waits until nothing is pending and something backs off, and returns until when.
func untilBackingOff(t testing.TB, p *pubsub.Pusher) time.Time {
	t.Helper()
	until(t, "back-off", func() bool { return len(p.Pending()) == 0 && !p.NextDue().IsZero() })
	return p.NextDue()
}
