package local

import (
	"context"
	"errors"
	"io"
	"sync/atomic"

	pubsubapi "cloud.google.com/go/pubsub/v2/apiv1"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// Between the functions and gcloud's emulators stand relays of ours, so that faults can be injected there as well, and
// so that a message is known to be on its way before the pusher has seen it.

// publisher relays Publish, the only call functions make to Pub/Sub, and counts what it has passed on.
type publisher struct {
	pubsubpb.UnimplementedPublisherServer
	to     *pubsubapi.TopicAdminClient
	passed atomic.Int64
}

func (p *publisher) Publish(ctx context.Context, r *pubsubpb.PublishRequest) (*pubsubpb.PublishResponse, error) {
	resp, err := p.to.Publish(ctx, r)
	if err == nil { // counted before the publisher knows that its messages are safe
		p.passed.Add(int64(len(r.Messages)))
	}
	return resp, err
}

// relay passes every call on to another gRPC server, message by message and unread.
func (c *Cloud) relay(to *grpc.ClientConn) grpc.StreamHandler {
	return func(_ any, in grpc.ServerStream) error {
		defer c.tap()()
		method, ok := grpc.MethodFromServerStream(in)
		if !ok {
			return status.Error(codes.Internal, "a call without a method")
		}
		ctx, cancel := context.WithCancel(in.Context())
		defer cancel()
		if md, ok := metadata.FromIncomingContext(ctx); ok {
			ctx = metadata.NewOutgoingContext(ctx, md.Copy())
		}
		out, err := to.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, method, grpc.ForceCodec(unread{}))
		if err != nil {
			return err
		}
		go forward(in, out, cancel)
		return backward(out, in)
	}
}

// forward passes the caller's messages on, until there are no more.
func forward(from grpc.ServerStream, to grpc.ClientStream, cancel func()) {
	for {
		var m []byte
		err := from.RecvMsg(&m)
		if errors.Is(err, io.EOF) {
			_ = to.CloseSend() // a broken stream is reported by backward
			return
		}
		if err != nil {
			cancel()
			return
		}
		if to.SendMsg(&m) != nil {
			return // likewise
		}
	}
}

// backward passes the answers back; the end of the answers is the end of the call.
func backward(from grpc.ClientStream, to grpc.ServerStream) error {
	for {
		var m []byte
		err := from.RecvMsg(&m)
		if errors.Is(err, io.EOF) {
			to.SetTrailer(from.Trailer())
			return nil
		}
		if err != nil {
			return err
		}
		if err := to.SendMsg(&m); err != nil {
			return err
		}
	}
}

// unread is a codec that leaves messages as they are: *[]byte.
type unread struct{}

func (unread) Name() string { return "proto" }

func (unread) Marshal(v any) ([]byte, error) {
	m, ok := v.(*[]byte)
	if !ok {
		return nil, status.Errorf(codes.Internal, "a relay passes on bytes, not %T", v)
	}
	return *m, nil
}

func (unread) Unmarshal(data []byte, v any) error {
	m, ok := v.(*[]byte)
	if !ok {
		return status.Errorf(codes.Internal, "a relay passes on bytes, not %T", v)
	}
	*m = append([]byte(nil), data...)
	return nil
}
