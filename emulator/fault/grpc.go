package fault

import (
	"context"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Unary is HTTP for gRPC calls with one answer. Match is held against the full method. A reset and a garbage answer are
// played as the errors a client's own library makes of them: Unavailable, and Internal.
func Unary(p *Plan, t Target) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
		f, due := p.Next(t, info.FullMethod)
		if !due {
			return next(ctx, req)
		}
		var resp any
		err := f.play(ctx, func() (err error) {
			resp, err = next(ctx, req)
			return err
		})
		return resp, err
	}
}

// Stream is Unary for streams. With After, the handler runs to its end and what it sends is lost, unless the fault is
// only a delay; so After is for streams that end by themselves, such as a query.
func Stream(p *Plan, t Target) grpc.StreamServerInterceptor {
	return func(srv any, ss grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) error {
		f, due := p.Next(t, info.FullMethod)
		if !due {
			return next(srv, ss)
		}
		if f.After && f.Mode != Delay {
			ss = mute{ss}
		}
		return f.play(ss.Context(), func() error { return next(srv, ss) })
	}
}

// play does the work, where it is to be done, and returns what the client hears.
func (f Fault) play(ctx context.Context, work func() error) error {
	var worked error
	if f.After {
		worked = work()
	}
	if err := Wait(ctx, time.Duration(f.Delay)); err != nil {
		return status.FromContextError(err).Err()
	}
	switch {
	case f.Mode == Delay && f.After:
		return worked
	case f.Mode == Delay:
		return work()
	case f.Mode == Hang:
		<-ctx.Done()
		return status.FromContextError(ctx.Err()).Err()
	case f.Mode == Reset:
		return status.Error(codes.Unavailable, "error reading from server: connection reset by peer (a planned fault)")
	case f.Mode == Garbage:
		return status.Error(codes.Internal, "grpc: failed to unmarshal the received message (a planned fault)")
	}
	return status.Error(f.grpcCode(), "a planned fault")
}

// byStatus says which gRPC code stands for an HTTP status, after google/rpc/code.proto.
var byStatus = map[int]codes.Code{
	400: codes.InvalidArgument,
	401: codes.Unauthenticated,
	403: codes.PermissionDenied,
	404: codes.NotFound,
	409: codes.Aborted, // rather than AlreadyExists: the one a transaction is tried again for
	429: codes.ResourceExhausted,
	499: codes.Canceled,
	500: codes.Internal,
	501: codes.Unimplemented,
	503: codes.Unavailable,
	504: codes.DeadlineExceeded,
}

func (f Fault) grpcCode() codes.Code {
	if c, err := grpcCode(f.Code); err == nil {
		return c
	}
	if c, ok := byStatus[f.Status]; ok {
		return c
	}
	return codes.Unknown
}

// mute is a stream whose client hears nothing.
type mute struct{ grpc.ServerStream }

func (mute) SendMsg(any) error { return nil }
