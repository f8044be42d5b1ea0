package publish_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gcp "cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"sessionbridge.internal/emulator/clock"
	"sessionbridge.internal/emulator/fault"
	"sessionbridge.internal/emulator/pubsub"
	"sessionbridge.internal/shared/cloud"
	"sessionbridge.internal/shared/publish"
	"sessionbridge.internal/shared/session"
)

const topic = "session-events"

var start = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// world is Pub/Sub and a publisher that speaks to it.
type world struct {
	*publish.Publisher
	server *pubsub.Server
	faults *fault.Plan
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{faults: new(fault.Plan)}
	var err error
	w.server, err = pubsub.New("127.0.0.1:0", pubsub.Options{Clock: clock.Frozen(start)}, grpc.UnaryInterceptor(fault.Unary(w.faults, fault.PubSub)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.server.Close)
	admin, err := gcp.NewClient(t.Context(), "p", cloud.Options(w.server.Addr)...)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = admin.Close() }()
	if _, err := admin.TopicAdminClient.CreateTopic(t.Context(), &pubsubpb.Topic{Name: "projects/p/topics/" + topic}); err != nil {
		t.Fatal(err)
	}
	w.Publisher = open(t, w.server.Addr, topic)
	return w
}

func open(t *testing.T, addr, topic string) *publish.Publisher {
	t.Helper()
	env := map[string]string{"GOOGLE_CLOUD_PROJECT": "p", "EVENTS_TOPIC": topic, "PUBSUB_EMULATOR_HOST": addr}
	p := publish.Open(func(name string) string { return env[name] })
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func (w *world) plan(t *testing.T, script string) {
	t.Helper()
	s, err := fault.ParseScript(strings.NewReader(script))
	if err != nil {
		t.Fatal(err)
	}
	w.faults.Replace(s)
}

func (w *world) messages() []pubsub.MessageInfo { return w.server.Pusher.Topics()[0].Messages }

// sent are the ids of the events of each message, "a1 a2", by ordering key, in the order of the messages.
func (w *world) sent(t *testing.T) map[string][]string {
	t.Helper()
	sent := map[string][]string{}
	for _, m := range w.messages() {
		var events []session.Event
		if err := json.Unmarshal([]byte(m.Data), &events); err != nil {
			t.Fatalf("%v: %s", err, m.Data)
		}
		var ids []string
		for _, e := range events {
			ids = append(ids, e.ID)
		}
		sent[m.OrderingKey] = append(sent[m.OrderingKey], strings.Join(ids, " "))
	}
	return sent
}

// event is of the session, or of none where that is empty.
func event(id, key string) session.Event {
	return session.Event{ID: id, Tenant: "demo", Source: "ccai", Session: key, Kind: session.Started, At: start}
}

func TestASessionsEventsTravelInOneMessageInTheirOrder(t *testing.T) {
	t.Parallel()
	other := event("o1", "call-1")
	other.Source = "udesk"
	tests := map[string]struct {
		events []session.Event
		want   map[string][]string
	}{
		"nothing, no message": {nil, map[string][]string{}},
		"one event":           {[]session.Event{event("a1", "call-1")}, map[string][]string{"demo/ccai/call-1": {"a1"}}},
		"two sessions, mixed": {
			[]session.Event{event("a1", "call-1"), event("b1", "chat-2"), event("a2", "call-1"), event("b2", "chat-2"), event("a0", "call-1")},
			map[string][]string{"demo/ccai/call-1": {"a1 a2 a0"}, "demo/ccai/chat-2": {"b1 b2"}},
		},
		"two sources with one key": {
			[]session.Event{event("a1", "call-1"), other},
			map[string][]string{"demo/ccai/call-1": {"a1"}, "demo/udesk/call-1": {"o1"}},
		},
		"events of no session wait for nobody": {
			[]session.Event{event("u1", ""), event("a1", "call-1"), event("u2", "")},
			map[string][]string{"": {"u1 u2"}, "demo/ccai/call-1": {"a1"}},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if err := w.Publish(t.Context(), tt.events); err != nil {
				t.Fatal(err)
			}
			if got := w.sent(t); fmt.Sprint(got) != fmt.Sprint(tt.want) { // maps print in the order of their keys
				t.Errorf("sent %v, want %v", got, tt.want)
			}
			for _, m := range w.messages() {
				if m.Attributes["tenant"] != "demo" || m.Attributes["source"] == "" {
					t.Errorf("attributes are %v, want tenant and source", m.Attributes)
				}
			}
		})
	}
}

func TestAnEventArrivesWhole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	want := event("a1", "chat-1")
	want.Message = &session.Message{Role: session.EndUser, Name: "Ada", Text: "größer <b>"}
	want.Raw = json.RawMessage(`{"vendor":"kept"}`)
	if err := w.Publish(t.Context(), []session.Event{want}); err != nil {
		t.Fatal(err)
	}
	var got []session.Event
	if err := json.Unmarshal([]byte(w.messages()[0].Data), &got); err != nil {
		t.Fatal(err)
	}
	if !got[0].At.Equal(want.At) || *got[0].Message != *want.Message || string(got[0].Raw) != string(want.Raw) {
		t.Errorf("arrived %+v, want %+v", got[0], want)
	}
}

// One call after the other, each in its turn, is what keeps a session in order: the next is published once the former
// is durable.
func TestMessagesOfOneSessionKeepTheirOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var want []string
	for i := range 50 {
		id := fmt.Sprint(i)
		want = append(want, id)
		if err := w.Publish(t.Context(), []session.Event{event(id, "call-1")}); err != nil {
			t.Fatal(err)
		}
	}
	if got := w.sent(t)["demo/ccai/call-1"]; !slices.Equal(got, want) {
		t.Errorf("arrived as %v", got)
	}
}

func TestAFailureNamesAllAndTheNextPublishWorks(t *testing.T) {
	t.Parallel()
	events := []session.Event{event("a1", "call-1"), event("b1", "call-2"), event("u1", "")}
	tests := map[string]struct {
		fault    string
		wantErr  string
		failures int // messages that are named
	}{
		"all are refused": {`{"pubsub":[{"times":3,"code":"PERMISSION_DENIED"}]}`, "3 of 3 messages are not durable", 3},
		"one is refused":  {`{"pubsub":[{"times":1,"code":"PERMISSION_DENIED"}]}`, "1 of 3 messages are not durable", 1},
		"one is kept, and its answer is a refusal": {`{"pubsub":[{"times":1,"code":"PERMISSION_DENIED","after":true}]}`, "1 of 3", 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.plan(t, tt.fault)
			err := w.Publish(t.Context(), events)
			if err == nil || !strings.Contains(err.Error(), tt.wantErr) || strings.Count(err.Error(), "a planned fault") != tt.failures {
				t.Fatalf("Publish = %v, want %q with every cause", err, tt.wantErr)
			}
			if status.Code(err) != codes.PermissionDenied {
				t.Errorf("the cause is lost: %v", err)
			}
			w.plan(t, `{}`)
			if err := w.Publish(t.Context(), events); err != nil {
				t.Fatalf("the same keys again: %v", err)
			}
			w.arrived(t, "a1", "b1", "u1")
		})
	}
}

// arrived checks that each event came, once or more often.
func (w *world) arrived(t *testing.T, ids ...string) {
	t.Helper()
	var all []string
	for _, messages := range w.sent(t) {
		for _, m := range messages {
			all = append(all, strings.Fields(m)...)
		}
	}
	for _, id := range ids {
		if !slices.Contains(all, id) {
			t.Errorf("event %s is lost; there are %v", id, all)
		}
	}
}

func TestAPassingTroubleIsNotTheSendersConcern(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"away for a moment":         `{"pubsub":[{"times":2,"code":"UNAVAILABLE"}]}`,
		"kept, and the answer lost": `{"pubsub":[{"code":"UNAVAILABLE","after":true}]}`,
		"slow":                      `{"pubsub":[{"delay":"50ms"}]}`,
	}
	for name, script := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.plan(t, script)
			if err := w.Publish(t.Context(), []session.Event{event("a1", "call-1")}); err != nil {
				t.Fatal(err)
			}
			w.arrived(t, "a1")
		})
	}
}

// Many requests at once, some of which fail: who was told that the events are safe must be right, and who was not sends
// again.
func TestNothingThatWasPromisedIsLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.plan(t, `{"pubsub":[{"times":7,"code":"PERMISSION_DENIED"}]}`)
	const senders, sessions = 40, 4
	var all sync.WaitGroup
	var ids []string
	for i := range senders {
		id := fmt.Sprint("e", i)
		ids = append(ids, id)
		all.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			for w.Publish(ctx, []session.Event{event(id, fmt.Sprint("call-", i%sessions))}) != nil {
				if ctx.Err() != nil {
					t.Errorf("event %s was never taken", id)
					return
				}
			}
		})
	}
	all.Wait()
	w.arrived(t, ids...)
}

func TestPublishEndsWithItsContext(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.Publish(gone, []session.Event{event("a1", "call-1")}); !errors.Is(err, context.Canceled) {
		t.Errorf("Publish = %v, want context.Canceled", err)
	}
	if err := w.Publish(t.Context(), []session.Event{event("a1", "call-1")}); err != nil {
		t.Errorf("the next one: %v", err)
	}
	w.arrived(t, "a1")
}

func TestATopicThatIsNotThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	err := open(t, w.server.Addr, "nobody-made-me").Publish(t.Context(), []session.Event{event("a1", "call-1")})
	if err == nil || !strings.Contains(err.Error(), "NotFound") {
		t.Errorf("Publish = %v, want NotFound", err)
	}
}

func TestCloseWithoutUseIsNothing(t *testing.T) {
	t.Parallel()
	p := publish.Open(func(string) string { return "" })
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

// A message is bounded: what is too much for one goes into several, in order, and grows by no escapes.
func TestManyLargeEventsOfOneSessionAreSeveralMessages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const each, n = 100_000, 60
	var events []session.Event
	for i := range n {
		e := event(fmt.Sprint("e", i), "call-1")
		e.Raw = json.RawMessage(`"` + strings.Repeat("<", each) + `"`)
		events = append(events, e)
	}
	if err := w.Publish(t.Context(), events); err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, m := range w.messages() {
		if total += m.Size; m.Size > 5<<20 || m.OrderingKey != "demo/ccai/call-1" {
			t.Errorf("a message of %d bytes with the key %s", m.Size, m.OrderingKey)
		}
	}
	if len(w.messages()) != 2 || total < n*each || total > n*(each+1000) {
		t.Errorf("%d messages of %d bytes", len(w.messages()), total)
	}
}
