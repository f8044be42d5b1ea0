// Package emulatortest is what tests in several packages need to start emulators on free ports. Only tests use it; what
// people run is put together by emulator/local.
package emulatortest

import (
	"context"
	"log/slog"
	"net"
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
	s = tasks.New(tasks.Options{Clock: c, Log: slog.New(slog.DiscardHandler)})
	t.Cleanup(func() { _ = s.Close(context.WithoutCancel(t.Context())) })
	for _, queue := range queues {
		name := location + "/queues/" + queue
		_, err := s.CreateQueue(t.Context(), &cloudtaskspb.CreateQueueRequest{Parent: location, Queue: &cloudtaskspb.Queue{Name: name}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.PauseQueue(t.Context(), &cloudtaskspb.PauseQueueRequest{Name: name}); err != nil {
			t.Fatal(err)
		}
	}
	return s, Serve(t, plan, fault.Tasks, func(r grpc.ServiceRegistrar) { cloudtaskspb.RegisterCloudTasksServer(r, s) })
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
