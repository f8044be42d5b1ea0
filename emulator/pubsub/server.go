package pubsub

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"cloud.google.com/go/pubsub/v2/pstest"
	"github.com/googleapis/gax-go/v2"
	"google.golang.org/grpc"
)

// maxRequestBytes is the largest publish request the real service takes (10 MB,
// https://cloud.google.com/pubsub/quotas#resource_limits) and some room for its framing.
const maxRequestBytes = 10_000_000 + 64<<10

// Server is Pub/Sub on an address of its own. A client finds it through PUBSUB_EMULATOR_HOST.
type Server struct {
	Addr   string  // host:port it listens on
	Pusher *Pusher // what is being delivered; ask it for Pending, NextDue, Seq and Topics

	grpc   *grpc.Server
	fake   *pstest.Server
	served chan struct{} // closed when the gRPC server has stopped

	closing sync.Once
}

// New starts a server on addr, "127.0.0.1:0" for any free port. The gRPC options are for interceptors, such as those
// that inject faults: they see every call from outside and none that the server makes on itself.
func New(addr string, o Options, opts ...grpc.ServerOption) (*Server, error) {
	svc := &service{pushed: map[string]*pushed{}}
	pusher, err := newPusher(o, func(ctx context.Context, r *pb.PublishRequest, _ ...gax.CallOption) (*pb.PublishResponse, error) {
		return svc.Publish(ctx, r)
	})
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("pubsub: listen on %s: %w", addr, err)
	}
	s := &Server{
		Addr:   l.Addr().String(),
		Pusher: pusher,
		grpc:   grpc.NewServer(append([]grpc.ServerOption{grpc.MaxRecvMsgSize(maxRequestBytes)}, opts...)...),
		fake:   pstest.NewServer(), // it also listens on a port of its own, which nobody is told
		served: make(chan struct{}),
	}
	svc.GServer, svc.pusher = &s.fake.GServer, pusher
	pb.RegisterPublisherServer(s.grpc, svc)
	pb.RegisterSubscriberServer(s.grpc, svc)
	pb.RegisterSchemaServiceServer(s.grpc, svc)
	go s.serve(l)
	return s, nil
}

func (s *Server) serve(l net.Listener) {
	defer close(s.served)
	if err := s.grpc.Serve(l); err != nil && !errors.Is(err, grpc.ErrServerStopped) {
		s.Pusher.log.Error("pubsub server stopped", "error", err)
	}
}

// Close breaks off calls and pushes, waits until none is running, and forgets all messages. Closing again does nothing.
func (s *Server) Close() { s.closing.Do(s.close) }

func (s *Server) close() {
	s.grpc.Stop()
	<-s.served
	s.Pusher.close()
	_ = s.fake.Close() // it always answers nil, and would panic the second time
}
