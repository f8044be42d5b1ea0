// Package cloud is what the clients of Google's services have in common: they are made at the first use, once, and may
// talk to an emulator instead.
package cloud

import (
	"context"
	"io"
	"sync"
	"time"

	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// Lazy is a client that is made at the first use, so that a function's start does not wait for one it may not need. An
// error is final for the process: it means that the environment is wrong.
type Lazy[T io.Closer] struct {
	open func() (T, error)

	mu    sync.Mutex
	tried bool
	value T
	err   error
}

// NewLazy returns a client that open makes at the first use.
func NewLazy[T io.Closer](open func() (T, error)) *Lazy[T] { return &Lazy[T]{open: open} }

// Get returns the client.
func (l *Lazy[T]) Get() (T, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.tried {
		l.tried = true
		l.value, l.err = l.open()
	}
	return l.value, l.err
}

// Close ends the client's connections, if it was made.
func (l *Lazy[T]) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.tried || l.err != nil {
		return nil
	}
	return l.value.Close()
}

// Options are a gRPC client's options for the emulator at host, or none where host is empty. They do what the clients do
// for their *_EMULATOR_HOST variables, which belong to the whole process: here several local clouds may run in one.
func Options(host string) []option.ClientOption {
	if host == "" {
		return nil
	}
	return []option.ClientOption{
		option.WithEndpoint(host),
		option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())),
		option.WithGRPCDialOption(grpc.WithPerRPCCredentials(owner{})),
	}
}

// owner is the emulators' administrator: without it the official Firestore emulator applies security rules.
type owner struct{}

func (owner) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer owner"}, nil
}

func (owner) RequireTransportSecurity() bool { return false }

// Pause waits before another try, or until the context ends, whose error it returns then. It is for the network's
// milliseconds; what waits longer is a task.
func Pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
