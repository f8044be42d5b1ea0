package fault_test

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"sessionbridge.internal/emulator/fault"
)

// database counts the calls it works on: one with a single answer and one that streams two.
type database struct {
	firestorepb.UnimplementedFirestoreServer
	worked atomic.Int32
}

func (d *database) Commit(context.Context, *firestorepb.CommitRequest) (*firestorepb.CommitResponse, error) {
	d.worked.Add(1)
	return &firestorepb.CommitResponse{}, nil
}

func (d *database) RunQuery(_ *firestorepb.RunQueryRequest, s firestorepb.Firestore_RunQueryServer) error {
	d.worked.Add(1)
	for range 2 {
		if err := s.Send(&firestorepb.RunQueryResponse{}); err != nil {
			return err
		}
	}
	return nil
}

func firestore(t *testing.T, script string) (firestorepb.FirestoreClient, *database) {
	t.Helper()
	p, db := plan(t, script), new(database)
	srv := grpc.NewServer(
		grpc.UnaryInterceptor(fault.Unary(p, fault.Firestore)), grpc.StreamInterceptor(fault.Stream(p, fault.Firestore)))
	firestorepb.RegisterFirestoreServer(srv, db)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = srv.Serve(l) }()
	t.Cleanup(srv.Stop)
	conn, err := grpc.NewClient(l.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return firestorepb.NewFirestoreClient(conn), db
}

func runQuery(ctx context.Context, c firestorepb.FirestoreClient) (answers int, err error) {
	s, err := c.RunQuery(ctx, &firestorepb.RunQueryRequest{})
	if err != nil {
		return 0, err
	}
	for {
		if _, err := s.Recv(); err != nil {
			return answers, err // io.EOF, code Unknown, ends a stream that went well
		}
		answers++
	}
}

func TestGRPCFaults(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		fault   string
		code    codes.Code
		answers int // of the stream
		worked  int32
	}{
		"400 is InvalidArgument":     {`"status":400`, codes.InvalidArgument, 0, 0},
		"403 is PermissionDenied":    {`"status":403`, codes.PermissionDenied, 0, 0},
		"409 is Aborted":             {`"status":409`, codes.Aborted, 0, 0},
		"429 is ResourceExhausted":   {`"status":429`, codes.ResourceExhausted, 0, 0},
		"500 is Internal":            {`"status":500`, codes.Internal, 0, 0},
		"503 is Unavailable":         {`"status":503`, codes.Unavailable, 0, 0},
		"504 is DeadlineExceeded":    {`"status":504`, codes.DeadlineExceeded, 0, 0},
		"418 is Unknown":             {`"status":418`, codes.Unknown, 0, 0},
		"code by name":               {`"code":"already_exists"`, codes.AlreadyExists, 0, 0},
		"done, then lost":            {`"status":503,"after":true`, codes.Unavailable, 0, 1},
		"reset is Unavailable":       {`"mode":"reset"`, codes.Unavailable, 0, 0},
		"garbage is Internal":        {`"mode":"garbage"`, codes.Internal, 0, 0},
		"late is fine":               {`"delay":"10ms"`, codes.OK, 2, 1},
		"done, reported late":        {`"delay":"10ms","after":true`, codes.OK, 2, 1},
		"another method, passed by":  {`"status":503,"match":"Listen"`, codes.OK, 2, 1},
		"hang ends with its client":  {`"mode":"hang"`, codes.DeadlineExceeded, 0, 0},
		"delay ends with its client": {`"delay":"10m"`, codes.DeadlineExceeded, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, db := firestore(t, `{"firestore":[{"times":2,`+row.fault+`}]}`)
			timeout := 20 * time.Second
			if row.code == codes.DeadlineExceeded {
				timeout = 200 * time.Millisecond
			}
			ctx, cancel := context.WithTimeout(t.Context(), timeout)
			defer cancel()
			_, err := client.Commit(ctx, &firestorepb.CommitRequest{})
			if got := status.Code(err); got != row.code {
				t.Errorf("Commit: %v, want %v", err, row.code)
			}
			answers, err := runQuery(ctx, client)
			if got := status.Code(err); got != row.code && (row.code != codes.OK || got != codes.Unknown) {
				t.Errorf("RunQuery: %v, want %v", err, row.code)
			}
			if answers != row.answers || db.worked.Load() != 2*row.worked {
				t.Errorf("%d answers and %d works, want %d and %d", answers, db.worked.Load(), row.answers, 2*row.worked)
			}
		})
	}
}
