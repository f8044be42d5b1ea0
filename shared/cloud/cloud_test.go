package cloud_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	cloudtasks "cloud.google.com/go/cloudtasks/apiv2"
	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"sessionbridge.internal/shared/cloud"
)

// client stands for one of Google's: all that Lazy knows of them is that they are closed.
type client struct {
	closed int
	err    error
}

func (c *client) Close() error {
	c.closed++
	return c.err
}

func TestLazyOpensOnceHoweverManyAsk(t *testing.T) {
	t.Parallel()
	var opened atomic.Int32
	want := new(client)
	l := cloud.NewLazy(func() (*client, error) {
		opened.Add(1)
		return want, nil
	})
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if got, err := l.Get(); got != want || err != nil {
				t.Errorf("Get = %p, %v, want the one client %p", got, err, want)
			}
		})
	}
	all.Wait()
	if n := opened.Load(); n != 1 {
		t.Errorf("opened %d times, want once", n)
	}
}

func TestLazyKeepsItsError(t *testing.T) {
	t.Parallel()
	opened, broken := 0, errors.New("no credentials")
	l := cloud.NewLazy(func() (*client, error) {
		opened++
		return nil, broken
	})
	for range 3 {
		if _, err := l.Get(); !errors.Is(err, broken) {
			t.Errorf("Get = %v, want %v", err, broken)
		}
	}
	if opened != 1 {
		t.Errorf("opened %d times, want once: the environment will not mend itself", opened)
	}
	if err := l.Close(); err != nil { // would panic on the nil client
		t.Errorf("Close = %v, want nil: there is nothing to close", err)
	}
}

func TestLazyCloses(t *testing.T) {
	t.Parallel()
	broken := errors.New("the connection is gone")
	tests := map[string]struct {
		used       bool
		err        error
		wantClosed int
	}{
		"nothing that was never used":   {used: false},
		"a client that was used":        {used: true, wantClosed: 1},
		"and tells the client's error":  {used: true, err: broken, wantClosed: 1},
		"without opening first to fail": {used: false, err: broken},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, opened := &client{err: tt.err}, false
			l := cloud.NewLazy(func() (*client, error) {
				opened = true
				return c, nil
			})
			var want error
			if tt.used {
				want = tt.err
				if _, err := l.Get(); err != nil {
					t.Fatal(err)
				}
			}
			if err := l.Close(); !errors.Is(err, want) {
				t.Errorf("Close = %v, want %v", err, want)
			}
			if c.closed != tt.wantClosed || opened != tt.used {
				t.Errorf("closed %d times, opened %v; want %d and %v", c.closed, opened, tt.wantClosed, tt.used)
			}
		})
	}
}

func TestOptionsWithoutAnEmulatorAreNone(t *testing.T) {
	t.Parallel()
	if o := cloud.Options(""); o != nil {
		t.Errorf("%d options in production, want the client's own", len(o))
	}
}

// The emulators take a client for their administrator by this header; gcloud's Firestore applies security rules without.
func TestOptionsConnectToAnEmulatorAsItsAdministrator(t *testing.T) {
	t.Parallel()
	var seen metadata.MD
	s := grpc.NewServer(grpc.UnknownServiceHandler(func(_ any, stream grpc.ServerStream) error {
		seen, _ = metadata.FromIncomingContext(stream.Context())
		return status.Error(codes.NotFound, "reached")
	}))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = s.Serve(l) }() // ends with Stop
	defer s.Stop()
	c, err := cloudtasks.NewClient(context.Background(), cloud.Options(l.Addr().String())...)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	_, err = c.GetQueue(t.Context(), &cloudtaskspb.GetQueueRequest{Name: "projects/p/locations/l/queues/q"})
	if status.Code(err) != codes.NotFound {
		t.Fatalf("the emulator was not reached: %v", err)
	}
	if got := seen.Get("authorization"); !slices.Equal(got, []string{"Bearer owner"}) {
		t.Errorf("authorization is %q, want Bearer owner alone", got)
	}
}
