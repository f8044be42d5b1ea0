package official_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	"cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"sessionbridge.internal/emulator/official"
)

func options(addr string) []option.ClientOption {
	return []option.ClientOption{
		option.WithEndpoint(addr), option.WithoutAuthentication(), option.WithTelemetryDisabled(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())),
	}
}

// started starts an emulator and checks, when the test is done, that stopping it frees the port.
func started(t *testing.T, start func(context.Context) (string, func(), error)) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	addr, stop, err := start(ctx)
	if errors.Is(err, official.ErrNotInstalled) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		stop() // a second time is allowed
		if c, err := net.DialTimeout("tcp", addr, time.Second); err == nil {
			c.Close()
			t.Errorf("%s still answers after stop", addr)
		}
	})
	return addr
}

func TestFirestoreServesTheClientLibrary(t *testing.T) {
	t.Parallel()
	addr := started(t, official.Firestore)
	c, err := firestore.NewClient(t.Context(), "p", options(addr)...)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Doc("c/d").Set(t.Context(), map[string]any{"a": 1}); err != nil {
		t.Fatal(err)
	}
	d, err := c.Doc("c/d").Get(t.Context())
	if err != nil || d.Data()["a"] != int64(1) {
		t.Errorf("got %v, %v; want a document with a = 1", d, err)
	}
}

func TestPubSubServesTheClientLibrary(t *testing.T) {
	t.Parallel()
	addr := started(t, official.PubSub)
	c, err := pubsub.NewClient(t.Context(), "p", options(addr)...)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.TopicAdminClient.CreateTopic(t.Context(), &pubsubpb.Topic{Name: "projects/p/topics/events"}); err != nil {
		t.Fatal(err)
	}
	p := c.Publisher("events")
	defer p.Stop()
	if id, err := p.Publish(t.Context(), &pubsub.Message{Data: []byte("x")}).Get(t.Context()); err != nil || id == "" {
		t.Errorf("published as %q, %v; want an id", id, err)
	}
}

func TestStartGivesUpWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := official.Firestore(ctx)
	if errors.Is(err, official.ErrNotInstalled) {
		t.Skip(err)
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
}

func TestNotInstalledSaysWhatToInstall(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	for name, start := range map[string]func(context.Context) (string, func(), error){
		"Firestore": official.Firestore, "PubSub": official.PubSub,
	} {
		if _, _, err := start(t.Context()); !errors.Is(err, official.ErrNotInstalled) {
			t.Errorf("%s without java: got %v, want ErrNotInstalled", name, err)
		}
	}
}
