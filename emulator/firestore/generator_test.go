package firestore_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/genproto/googleapis/type/latlng"
	"google.golang.org/protobuf/types/known/timestamppb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// generator makes random operations over few documents, fields and values, so that they meet.
type generator struct{ r *rand.Rand }

func newGenerator(seed uint64) *generator { return &generator{rand.New(rand.NewPCG(seed, 0))} }

func (g *generator) n(n int) int { return g.r.IntN(n) }

func one[T any](g *generator, of ...T) T { return of[g.n(len(of))] }

func (g *generator) collection() string { return one(g, "c", "d") }

func (g *generator) path() string {
	p := fmt.Sprintf("%s/%s", g.collection(), one(g, "a", "b", "c", "d", "e", "é", "B", "a b"))
	if g.n(4) == 0 {
		p += fmt.Sprintf("/%s/%s", one(g, "c", "sub"), one(g, "a", "b"))
	}
	return p
}

// field is a field path, now and then one that cannot be.
func (g *generator) field() string {
	if g.n(40) == 0 {
		return one(g, "a.", "__x__", "", "`", "1a", "é")
	}
	return one(g, "a", "b", "c", "m.a", "m.b", "m.n.a", "`a b`", "`x.y`", "m.`é`")
}

func (g *generator) scalar() *pb.Value {
	switch g.n(16) {
	case 0:
		return null()
	case 1:
		return &pb.Value{ValueType: &pb.Value_BooleanValue{BooleanValue: g.n(2) == 0}}
	case 2:
		return num(one[int64](g, math.MaxInt64, math.MinInt64, 1<<53, 1<<53+1, -1))
	case 3:
		return double(one(g, 0, math.Copysign(0, -1), 1, 1.5, -2, math.Inf(1), math.Inf(-1), 1<<53, 1<<63))
	case 4:
		return double(math.NaN())
	case 5:
		return &pb.Value{ValueType: &pb.Value_TimestampValue{TimestampValue: timestamppb.New(
			time.Unix(int64(g.n(3)), one[int64](g, 0, 1, 1000, 1999, 999999999)))}}
	case 6:
		return &pb.Value{ValueType: &pb.Value_BytesValue{BytesValue: one(g, nil, []byte{0}, []byte("b"), []byte{255})}}
	case 7:
		return ref(g.path())
	case 8:
		return &pb.Value{ValueType: &pb.Value_GeoPointValue{GeoPointValue: &latlng.LatLng{
			Latitude: float64(g.n(3)), Longitude: one[float64](g, -1, 0, 1)}}}
	case 9, 10, 11:
		return str(one(g, "", "a", "b", "B", "é", "a b", "\uffff", "😀", "a\x00"))
	}
	return num(int64(g.n(4)))
}

func (g *generator) value(depth int) *pb.Value {
	switch k := g.n(12); {
	case k == 0 && depth < 3:
		var l []*pb.Value
		for range g.n(4) {
			l = append(l, g.element(depth))
		}
		return list(l...)
	case k == 1 && depth < 3:
		return dict(g.fields(depth + 1))
	}
	return g.scalar()
}

// element is what an array holds: an array only now and then, for it is refused.
func (g *generator) element(depth int) *pb.Value {
	for {
		if v := g.value(depth + 1); v.GetArrayValue() == nil || g.n(20) == 0 {
			return v
		}
	}
}

func (g *generator) fields(depth int) fields {
	f := fields{}
	for range g.n(4) {
		f[one(g, "a", "b", "c", "a b", "x.y", "é")] = g.value(depth)
	}
	if g.n(3) == 0 && depth < 3 {
		f[one(g, "m", "n")] = dict(g.fields(depth + 1))
	}
	return f
}

func (g *generator) write() *pb.Write {
	var w *pb.Write
	switch g.n(8) {
	case 0:
		w = remove(g.path())
	case 1, 2, 3:
		w = update(g.path(), g.fields(0))
	case 4:
		w = transforms(g.path(), g.transforms()...)
	default:
		w = update(g.path(), g.fields(0))
		w.UpdateMask = &pb.DocumentMask{}
		for range g.n(3) {
			w.UpdateMask.FieldPaths = append(w.UpdateMask.FieldPaths, g.field())
		}
		w.UpdateTransforms = g.transforms()
	}
	if g.n(4) == 0 {
		w.CurrentDocument = exists(g.n(2) == 0)
	}
	return w
}

func (g *generator) transforms() (out []*pb.DocumentTransform_FieldTransform) {
	for range g.n(3) {
		t := increment(g.field(), g.scalar())
		switch g.n(6) {
		case 0:
			t.TransformType = &pb.DocumentTransform_FieldTransform_Maximum{Maximum: g.scalar()}
		case 1:
			t.TransformType = &pb.DocumentTransform_FieldTransform_Minimum{Minimum: g.scalar()}
		case 2:
			t.TransformType = &pb.DocumentTransform_FieldTransform_AppendMissingElements{AppendMissingElements: g.array()}
		case 3:
			t.TransformType = &pb.DocumentTransform_FieldTransform_RemoveAllFromArray{RemoveAllFromArray: g.array()}
		}
		out = append(out, t)
	}
	return out
}

func (g *generator) array() *pb.ArrayValue {
	a := &pb.ArrayValue{}
	for range g.n(4) {
		v := g.element(1)
		for v.GetArrayValue() != nil { // Google's emulator stores arrays in arrays that come by this way
			v = g.element(1)
		}
		a.Values = append(a.Values, v)
	}
	return a
}

func (g *generator) commit() *pb.CommitRequest {
	r := &pb.CommitRequest{Database: database}
	for range 1 + g.n(3) {
		r.Writes = append(r.Writes, g.write())
	}
	return r
}

func (g *generator) batch() *pb.BatchWriteRequest {
	return &pb.BatchWriteRequest{Database: database, Writes: []*pb.Write{g.write(), g.write()}}
}

func (g *generator) aggregation() *pb.RunAggregationQueryRequest {
	parent, q := g.query()
	q.Select = nil
	field := &pb.StructuredQuery_FieldReference{FieldPath: g.field()}
	sum := &pb.StructuredAggregationQuery_Aggregation_Sum_{Sum: &pb.StructuredAggregationQuery_Aggregation_Sum{Field: field}}
	avg := &pb.StructuredAggregationQuery_Aggregation_Avg_{Avg: &pb.StructuredAggregationQuery_Aggregation_Avg{Field: field}}
	count := &pb.StructuredAggregationQuery_Aggregation_Count_{Count: &pb.StructuredAggregationQuery_Aggregation_Count{}}
	if g.n(2) == 0 {
		count.Count.UpTo = wrapperspb.Int64(int64(1 + g.n(4)))
	}
	return &pb.RunAggregationQueryRequest{Parent: parent, QueryType: &pb.RunAggregationQueryRequest_StructuredAggregationQuery{
		StructuredAggregationQuery: &pb.StructuredAggregationQuery{
			QueryType: &pb.StructuredAggregationQuery_StructuredQuery{StructuredQuery: q},
			Aggregations: []*pb.StructuredAggregationQuery_Aggregation{
				{Alias: "n", Operator: count}, {Alias: "s", Operator: sum}, {Operator: avg},
			},
		}}}
}

func (g *generator) query() (parent string, q *pb.StructuredQuery) {
	from := &pb.StructuredQuery_CollectionSelector{CollectionId: g.collection(), AllDescendants: g.n(4) == 0}
	q = &pb.StructuredQuery{From: []*pb.StructuredQuery_CollectionSelector{from}}
	if g.n(4) > 0 {
		q.Where = g.filter(0)
	}
	byName := false
	for range g.n(3) {
		path := g.queryField()
		if byName && path == "__name__" {
			break // one name too many: both refuse it, each for a reason of its own
		}
		byName = path == "__name__"
		q.OrderBy = append(q.OrderBy, &pb.StructuredQuery_Order{
			Field:     &pb.StructuredQuery_FieldReference{FieldPath: path},
			Direction: one(g, pb.StructuredQuery_ASCENDING, pb.StructuredQuery_DESCENDING),
		})
	}
	q.StartAt, q.EndAt = g.cursor(q), g.cursor(q)
	if g.n(3) == 0 {
		q.Limit = wrapperspb.Int32(int32(g.n(4)))
	}
	if g.n(4) == 0 {
		q.Offset = int32(g.n(3))
	}
	if g.n(4) == 0 {
		q.Select = &pb.StructuredQuery_Projection{}
		for range 1 + g.n(2) {
			q.Select.Fields = append(q.Select.Fields, &pb.StructuredQuery_FieldReference{FieldPath: g.queryField()})
		}
	}
	if from.AllDescendants {
		return root, q
	}
	return one(g, root, root, root, root+"/c/a"), q
}

func (g *generator) queryField() string {
	if g.n(8) == 0 {
		return "__name__"
	}
	return g.field()
}

func (g *generator) cursor(q *pb.StructuredQuery) *pb.Cursor {
	if len(q.OrderBy) == 0 || g.n(3) > 0 {
		return nil
	}
	c := &pb.Cursor{Before: g.n(2) == 0}
	for _, o := range q.OrderBy[:1+g.n(len(q.OrderBy))] {
		v := g.value(1)
		if o.Field.FieldPath == "__name__" {
			v = ref("c/" + one(g, "a", "b", "e"))
		}
		c.Values = append(c.Values, v)
	}
	return c
}
