package firestore_test

import (
	"math"
	"testing"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

func TestWriteIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	masked := func(w *pb.Write) *pb.Write { w.UpdateMask = &pb.DocumentMask{}; return w }
	transform := func(ts ...*pb.DocumentTransform_FieldTransform) *pb.Write {
		return &pb.Write{Operation: &pb.Write_Transform{Transform: &pb.DocumentTransform{Document: root + "/c/t", FieldTransforms: ts}}}
	}
	union := func(v ...*pb.Value) *pb.DocumentTransform_FieldTransform {
		return &pb.DocumentTransform_FieldTransform{FieldPath: "l", TransformType: &pb.DocumentTransform_FieldTransform_AppendMissingElements{
			AppendMissingElements: &pb.ArrayValue{Values: v},
		}}
	}
	unspecified := &pb.DocumentTransform_FieldTransform{FieldPath: "t", TransformType: &pb.DocumentTransform_FieldTransform_SetToServerValue{}}
	rows := []struct {
		name   string
		writes []*pb.Write
		want   codes.Code
	}{
		{"an empty write", []*pb.Write{{}}, codes.InvalidArgument},
		{"a delete with a mask", []*pb.Write{masked(remove("c/a"))}, codes.InvalidArgument},
		{"a transform with a mask", []*pb.Write{masked(transform(increment("a", num(1))))}, codes.InvalidArgument},
		{"a transform without fields", []*pb.Write{transform()}, codes.InvalidArgument},
		{"a transform of the name", []*pb.Write{transform(increment("__name__", num(1)))}, codes.InvalidArgument},
		{"a server value of no kind", []*pb.Write{transform(unspecified)}, codes.InvalidArgument},
		{"an array joined to an array", []*pb.Write{transform(union(list(num(1))))}, codes.InvalidArgument},
		{"an array deep in an array", []*pb.Write{update("c/a", fields{"m": dict(fields{"l": list(list(num(1)))})})}, codes.InvalidArgument},
		{"a create of what was just written", []*pb.Write{update("c/a", nil), withPrecondition(update("c/a", nil), exists(false))}, codes.InvalidArgument},
		{"an update of what was just deleted", []*pb.Write{remove("c/a"), withPrecondition(update("c/a", nil), exists(true))}, codes.InvalidArgument},
		{"a transform by itself is taken", []*pb.Write{transform(increment("a", num(1)), union(num(1), num(1)))}, codes.OK},
		{"a create of what was just deleted is taken", []*pb.Write{remove("c/a"), withPrecondition(update("c/a", nil), exists(false))}, codes.OK},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			_, err := w.commit(t, row.writes...)
			wantCode(t, err, row.want)
		})
	}
}

func TestAggregationIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	count := func(alias string, upTo int64) *pb.StructuredAggregationQuery_Aggregation {
		return &pb.StructuredAggregationQuery_Aggregation{Alias: alias, Operator: &pb.StructuredAggregationQuery_Aggregation_Count_{
			Count: &pb.StructuredAggregationQuery_Aggregation_Count{UpTo: wrapperspb.Int64(upTo)},
		}}
	}
	sum := func(path string) *pb.StructuredAggregationQuery_Aggregation {
		return &pb.StructuredAggregationQuery_Aggregation{Operator: &pb.StructuredAggregationQuery_Aggregation_Sum_{
			Sum: &pb.StructuredAggregationQuery_Aggregation_Sum{Field: &pb.StructuredQuery_FieldReference{FieldPath: path}},
		}}
	}
	type aggregations = []*pb.StructuredAggregationQuery_Aggregation
	rows := []struct {
		name string
		of   aggregations
		want codes.Code
	}{
		{"none", nil, codes.InvalidArgument},
		{"six", aggregations{sum("a"), sum("a"), sum("a"), sum("a"), sum("a"), sum("a")}, codes.InvalidArgument},
		{"one alias twice", aggregations{count("x", 1), count("x", 1)}, codes.InvalidArgument},
		{"a reserved alias", aggregations{count("__x__", 1)}, codes.InvalidArgument},
		{"a negative bound", aggregations{count("x", -1)}, codes.InvalidArgument},
		{"no operator", aggregations{{Alias: "x"}}, codes.InvalidArgument},
		{"a bad path", aggregations{sum("a.")}, codes.InvalidArgument},
		{"five without alias are taken", aggregations{sum("a"), sum("a"), sum("a"), sum("a"), count("", math.MaxInt64)}, codes.OK},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			stream, err := w.raw.RunAggregationQuery(bare(t.Context()), &pb.RunAggregationQueryRequest{
				Parent: root, QueryType: &pb.RunAggregationQueryRequest_StructuredAggregationQuery{
					StructuredAggregationQuery: &pb.StructuredAggregationQuery{
						QueryType:    &pb.StructuredAggregationQuery_StructuredQuery{StructuredQuery: &pb.StructuredQuery{From: from("c")}},
						Aggregations: row.of,
					},
				},
			})
			_, err = all(stream, err)
			wantCode(t, err, row.want)
		})
	}
}

func TestUnservedIsUnimplemented(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.raw.DeleteDocument(bare(t.Context()), &pb.DeleteDocumentRequest{Name: root + "/c/a"})
	wantCode(t, err, codes.Unimplemented)
}
