package pubsub_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"sessionbridge.internal/emulator/pubsub"
)

func TestPushBody(t *testing.T) {
	t.Parallel()
	deadLetter := &pb.DeadLetterPolicy{DeadLetterTopic: deadTopic, MaxDeliveryAttempts: 5}
	tests := []struct {
		name   string
		policy *pb.DeadLetterPolicy
		msg    *pb.PubsubMessage
		want   string
	}{
		{
			name: "ordering key and attributes are carried, attempt is absent without a dead letter policy",
			msg:  &pb.PubsubMessage{Data: []byte("hello"), OrderingKey: "acme/call-1", Attributes: map[string]string{"kind": "ended"}},
			want: `{"message":{"data":"aGVsbG8=","attributes":{"kind":"ended"},"messageId":"m0","message_id":"m0",` +
				`"publishTime":"2026-01-05T09:00:00.000Z","publish_time":"2026-01-05T09:00:00.000Z","orderingKey":"acme/call-1"},` +
				`"subscription":"projects/p/subscriptions/session"}`,
		},
		{
			name:   "attempt is present with a dead letter policy, data and key absent where empty",
			policy: deadLetter,
			msg:    &pb.PubsubMessage{Attributes: map[string]string{"a": "b"}},
			want: `{"message":{"attributes":{"a":"b"},"messageId":"m0","message_id":"m0",` +
				`"publishTime":"2026-01-05T09:00:00.000Z","publish_time":"2026-01-05T09:00:00.000Z"},` +
				`"subscription":"projects/p/subscriptions/session","deliveryAttempt":1}`,
		},
		{
			name: "attributes are an empty object where there are none",
			msg:  &pb.PubsubMessage{Data: []byte{0xff}},
			want: `{"message":{"data":"/w==","attributes":{},"messageId":"m0","message_id":"m0",` +
				`"publishTime":"2026-01-05T09:00:00.000Z","publish_time":"2026-01-05T09:00:00.000Z"},` +
				`"subscription":"projects/p/subscriptions/session"}`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e, l := newEndpoint(t, always(http.StatusOK)), newLocal(t, pubsub.Options{})
			sub := pushTo(e.URL)
			sub.DeadLetterPolicy = tt.policy
			l.subscribe(t, sub)
			publish(t, l.client, tt.msg)
			got := e.wait(t)
			if diff := cmp.Diff(tt.want, got.raw); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
			if h := got.header; h.Get("Content-Type") != "application/json" || h.Get("Authorization") != "" {
				t.Errorf("headers = %v, want JSON and no Authorization", h)
			}
		})
	}
}

func TestOIDCToken(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, audience, want string }{
		{"audience of the subscription", "https://session.example", "Bearer signed for push@p.iam https://session.example"},
		{"endpoint is the audience where none is set", "", "Bearer signed for push@p.iam "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := newEndpoint(t, always(http.StatusOK))
			l := newLocal(t, pubsub.Options{Token: func(email, audience string) (string, error) {
				return "signed for " + email + " " + audience, nil
			}})
			sub := pushTo(e.URL)
			sub.PushConfig.AuthenticationMethod = &pb.PushConfig_OidcToken_{
				OidcToken: &pb.PushConfig_OidcToken{ServiceAccountEmail: "push@p.iam", Audience: tt.audience},
			}
			l.subscribe(t, sub)
			publish(t, l.client, text("", "x"))
			want := tt.want
			if tt.audience == "" {
				want += e.URL
			}
			if got := e.wait(t).header.Get("Authorization"); got != want {
				t.Errorf("Authorization = %q, want %q", got, want)
			}
		})
	}
}

func TestNoPushWithoutAToken(t *testing.T) {
	t.Parallel()
	var broken atomic.Bool
	broken.Store(true)
	e := newEndpoint(t, always(http.StatusOK))
	l := newLocal(t, pubsub.Options{Token: func(string, string) (string, error) {
		if broken.Load() {
			return "", errors.New("no key")
		}
		return "token", nil
	}})
	sub := pushTo(e.URL)
	sub.PushConfig.AuthenticationMethod = &pb.PushConfig_OidcToken_{OidcToken: &pb.PushConfig_OidcToken{}}
	l.subscribe(t, sub)
	publish(t, l.client, text("", "x"))
	due := untilBackingOff(t, l.Pusher)
	if last := l.Pusher.Topics()[0].Subscriptions[0].Last; last == nil || !strings.Contains(last.Error, "no key") {
		t.Errorf("last push = %+v, want the signer's error", last)
	}
	broken.Store(false)
	l.clock.AdvanceTo(due)
	if got := e.wait(t).header.Get("Authorization"); got != "Bearer token" {
		t.Errorf("Authorization = %q", got)
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		status int // 0 drops the connection
		acked  bool
	}{
		{"200 acknowledges", 200, true},
		{"201 acknowledges", 201, true},
		{"202 acknowledges", 202, true},
		{"204 acknowledges", 204, true},
		{"203 is redelivered", 203, false},
		{"206 is redelivered", 206, false},
		{"302 is redelivered and not followed", 302, false},
		{"400 is redelivered", 400, false},
		{"404 is redelivered", 404, false},
		{"429 is redelivered", 429, false},
		{"500 is redelivered", 500, false},
		{"503 is redelivered", 503, false},
		{"a dropped connection is redelivered", 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			first := true
			e := newEndpoint(t, func(received) int {
				if first {
					first = false
					return tt.status
				}
				return http.StatusOK
			})
			l := newLocal(t, pubsub.Options{})
			l.subscribe(t, pushTo(e.URL))
			id := publish(t, l.client, text("", "x"))
			e.wait(t)
			if tt.acked {
				l.untilAcked(t)
				return
			}
			l.clock.AdvanceTo(untilBackingOff(t, l.Pusher))
			if got := e.wait(t).body.Message.ID; got != id {
				t.Errorf("redelivered %q, want %q", got, id)
			}
			l.untilAcked(t)
		})
	}
}

func TestInterim102Acknowledges(t *testing.T) {
	t.Parallel()
	var posts atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		posts.Add(1)
		w.WriteHeader(http.StatusProcessing)
		panic(http.ErrAbortHandler) // and never a final answer
	}))
	t.Cleanup(srv.Close)
	l := newLocal(t, pubsub.Options{})
	l.subscribe(t, pushTo(srv.URL))
	publish(t, l.client, text("", "x"))
	l.untilAcked(t)
	if n := posts.Load(); n != 1 {
		t.Errorf("%d posts, want 1", n)
	}
}

func TestRedeliveredWhenTheAckDeadlinePasses(t *testing.T) {
	t.Parallel()
	var hungUp atomic.Bool
	e := newEndpoint(t, always(http.StatusOK))
	hanging := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if hungUp.Load() {
			e.ServeHTTP(w, r)
			return
		}
		_, _ = io.Copy(io.Discard, r.Body) // only then is it noticed that the client is gone
		<-r.Context().Done()
		hungUp.Store(true)
	}))
	t.Cleanup(hanging.Close)
	l := newLocal(t, pubsub.Options{})
	sub := pushTo(hanging.URL)
	sub.AckDeadlineSeconds = 1 // the real service's minimum is 10
	l.subscribe(t, sub)
	publish(t, l.client, text("", "slow"))
	due := untilBackingOff(t, l.Pusher)
	until(t, "the pusher's hanging up", hungUp.Load)
	sub.AckDeadlineSeconds = 600
	if _, err := l.client.SubscriptionAdminClient.UpdateSubscription(context.Background(), &pb.UpdateSubscriptionRequest{
		Subscription: sub, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"ack_deadline_seconds"}},
	}); err != nil {
		t.Fatal(err)
	}
	l.clock.AdvanceTo(due)
	e.wait(t)
	l.untilAcked(t)
}

func TestRedeliveredWhenNobodyListens(t *testing.T) {
	t.Parallel()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := closed.Addr().String()
	_ = closed.Close()
	l := newLocal(t, pubsub.Options{})
	l.subscribe(t, pushTo("http://user:secret@"+addr+"/push?token=secret"))
	publish(t, l.client, text("", "x"))
	untilBackingOff(t, l.Pusher)
	last := l.Pusher.Topics()[0].Subscriptions[0].Last
	if last.Status != 0 || last.Error == "" || strings.Contains(last.Error, "secret") {
		t.Errorf("last push = %+v, want no status, an error, and no part of the URL's secrets", last)
	}
}
