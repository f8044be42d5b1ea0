package firestore_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	client "cloud.google.com/go/firestore"
	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	"sessionbridge.internal/emulator/clock"
	"sessionbridge.internal/emulator/firestore"
)

const (
	database = "projects/p/databases/(default)"
	root     = database + "/documents"
)

// world is one server with a frozen clock, and the two ways to talk to it: the client library and the bare protocol.
type world struct {
	server *firestore.Server
	clock  *clock.Clock
	client *client.Client
	raw    pb.FirestoreClient
}

var start = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

func newWorld(t testing.TB) *world {
	t.Helper()
	c := clock.Frozen(start)
	w := &world{server: firestore.New(c.Now), clock: c}
	addr := serve(t, w.server)
	w.client, w.raw = dial(t, addr)
	return w
}

// serve runs the server on a free port until the test ends.
func serve(t testing.TB, s *firestore.Server) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := grpc.NewServer(firestore.ServerOptions()...)
	s.Register(g)
	go g.Serve(l)
	t.Cleanup(g.Stop)
	return l.Addr().String()
}

func dial(t testing.TB, addr string) (*client.Client, pb.FirestoreClient) {
	t.Helper()
	c, err := client.NewClient(context.Background(), "p", option.WithEndpoint(addr), option.WithoutAuthentication(),
		option.WithTelemetryDisabled(), option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	conn, err := grpc.NewClient(addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return c, pb.NewFirestoreClient(conn)
}

// bare is the context of bare calls: Google's emulator wants a credential, and on streams the name of the database.
func bare(ctx context.Context) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer owner", "google-cloud-resource-prefix", database)
}

func (w *world) commit(t testing.TB, writes ...*pb.Write) (*pb.CommitResponse, error) {
	t.Helper()
	return w.raw.Commit(bare(t.Context()), &pb.CommitRequest{Database: database, Writes: writes})
}

func (w *world) mustCommit(t testing.TB, writes ...*pb.Write) *pb.CommitResponse {
	t.Helper()
	r, err := w.commit(t, writes...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func wantCode(t testing.TB, err error, want codes.Code) {
	t.Helper()
	if got := status.Code(err); got != want {
		t.Errorf("got code %v (%v), want %v", got, err, want)
	}
}

func stamp(t time.Time) *timestamppb.Timestamp { return timestamppb.New(t) }

// diffProto is the difference of two messages, in which NaN equals NaN.
func diffProto(want, got proto.Message) string {
	return cmp.Diff(want, got, protocmp.Transform(), cmpopts.EquateNaNs())
}

// all reads a stream to its end.
func all[M any](stream interface{ Recv() (M, error) }, err error) ([]M, error) {
	var out []M
	for err == nil {
		var m M
		if m, err = stream.Recv(); err == nil {
			out = append(out, m)
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return out, err
}

type fields = map[string]*pb.Value

func str(s string) *pb.Value { return &pb.Value{ValueType: &pb.Value_StringValue{StringValue: s}} }
func num(n int64) *pb.Value  { return &pb.Value{ValueType: &pb.Value_IntegerValue{IntegerValue: n}} }
func null() *pb.Value        { return &pb.Value{ValueType: &pb.Value_NullValue{}} }
func double(f float64) *pb.Value {
	return &pb.Value{ValueType: &pb.Value_DoubleValue{DoubleValue: f}}
}
func ref(path string) *pb.Value {
	return &pb.Value{ValueType: &pb.Value_ReferenceValue{ReferenceValue: root + "/" + path}}
}
func list(v ...*pb.Value) *pb.Value {
	return &pb.Value{ValueType: &pb.Value_ArrayValue{ArrayValue: &pb.ArrayValue{Values: v}}}
}
func dict(f fields) *pb.Value {
	return &pb.Value{ValueType: &pb.Value_MapValue{MapValue: &pb.MapValue{Fields: f}}}
}

// nested is a map in a map, depth levels of them, around 1.
func nested(depth int) *pb.Value {
	v := num(1)
	for range depth {
		v = dict(fields{"m": v})
	}
	return v
}

func numbers(n int) []*pb.Value {
	out := make([]*pb.Value, n)
	for i := range out {
		out[i] = num(int64(i))
	}
	return out
}

func long(n int) string { return strings.Repeat("x", n) }

func update(path string, f fields, mask ...string) *pb.Write {
	w := &pb.Write{Operation: &pb.Write_Update{Update: &pb.Document{Name: root + "/" + path, Fields: f}}}
	if len(mask) > 0 {
		w.UpdateMask = &pb.DocumentMask{FieldPaths: mask}
	}
	return w
}

func remove(path string) *pb.Write {
	return &pb.Write{Operation: &pb.Write_Delete{Delete: root + "/" + path}}
}

func transforms(path string, ts ...*pb.DocumentTransform_FieldTransform) *pb.Write {
	w := update(path, nil)
	w.UpdateMask, w.UpdateTransforms = &pb.DocumentMask{}, ts
	return w
}

func increment(field string, by *pb.Value) *pb.DocumentTransform_FieldTransform {
	return &pb.DocumentTransform_FieldTransform{FieldPath: field, TransformType: &pb.DocumentTransform_FieldTransform_Increment{Increment: by}}
}

func withPrecondition(w *pb.Write, p *pb.Precondition) *pb.Write {
	w.CurrentDocument = p
	return w
}

func exists(yes bool) *pb.Precondition {
	return &pb.Precondition{ConditionType: &pb.Precondition_Exists{Exists: yes}}
}
