// Package emulatortest is what tests in several packages need to start emulators on free ports. Only tests use it; what
// people run is put together by emulator/local.
package emulatortest

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	"google.golang.org/grpc"

	"sessionbridge.internal/emulator/clock"
	"sessionbridge.internal/emulator/fault"
	"sessionbridge.internal/emulator/firestore"
	"sessionbridge.internal/emulator/tasks"
	"sessionbridge.internal/terraform"
)

// Serve answers gRPC on a free port of this machine, with the plan's faults for the target, until the test ends. It
// returns host:port. Interceptors among the options see a call before its fault does.
func Serve(t testing.TB, plan *fault.Plan, target fault.Target, register func(grpc.ServiceRegistrar), opts ...grpc.ServerOption) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := grpc.NewServer(append(opts,
		grpc.ChainUnaryInterceptor(fault.Unary(plan, target)), grpc.ChainStreamInterceptor(fault.Stream(plan, target)))...)
	register(s)
	go func() { _ = s.Serve(l) }() // ends with Stop
	t.Cleanup(s.Stop)
	return l.Addr().String()
}

// Firestore serves an empty database whose commit times are now's, and which has the indexes of a deployment.
func Firestore(t testing.TB, plan *fault.Plan, now func() time.Time) (addr string) {
	t.Helper()
	indexes, err := firestore.ParseIndexes(terraform.Indexes)
	if err != nil {
		t.Fatal(err)
	}
	s := firestore.New(now)
	s.RequireIndexes(indexes)
	return Serve(t, plan, fault.Firestore, s.Register, firestore.ServerOptions()...)
}

// PausedTasks serves Cloud Tasks with queues, by their ids, at a location ("projects/p/locations/l"). They are paused:
// tasks are there to be looked at, and are not sent.
func PausedTasks(t testing.TB, plan *fault.Plan, c *clock.Clock, location string, queues ...string) (s *tasks.Server, addr string) {
	t.Helper()
	s, addr = VainTasks(t, plan, c, location, queues...)
	for _, queue := range queues {
		if _, err := s.PauseQueue(t.Context(), &cloudtaskspb.PauseQueueRequest{Name: location + "/queues/" + queue}); err != nil {
			t.Fatal(err)
		}
	}
	return s, addr
}

// VainTasks is as PausedTasks, but that its queues run: nobody takes what they send, and they try without end, so that tasks
// stay where they are.
func VainTasks(t testing.TB, plan *fault.Plan, c *clock.Clock, location string, queues ...string) (s *tasks.Server, addr string) {
	t.Helper()
	s = tasks.New(tasks.Options{Clock: c, Log: slog.New(slog.DiscardHandler), Client: &http.Client{Transport: nobody{}}})
	t.Cleanup(func() { _ = s.Close(context.WithoutCancel(t.Context())) })
	for _, queue := range queues {
		q := &cloudtaskspb.Queue{Name: location + "/queues/" + queue, RetryConfig: &cloudtaskspb.RetryConfig{MaxAttempts: -1}}
		if _, err := s.CreateQueue(t.Context(), &cloudtaskspb.CreateQueueRequest{Parent: location, Queue: q}); err != nil {
			t.Fatal(err)
		}
	}
	return s, Serve(t, plan, fault.Tasks, func(r grpc.ServiceRegistrar) { cloudtaskspb.RegisterCloudTasksServer(r, s) })
}

// nobody answers no request.
type nobody struct{}

func (nobody) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("emulatortest: nobody is there")
}

// Plan has the plan forget what it held and hold the script instead, written as fault.ParseScript reads it.
func Plan(t testing.TB, plan *fault.Plan, script string) {
	t.Helper()
	s, err := fault.ParseScript(strings.NewReader(script))
	if err != nil {
		t.Fatal(err)
	}
	plan.Replace(s)
}
