package firestore_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	client "cloud.google.com/go/firestore"
	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// cities is a collection to query; its subcollection and its namesake elsewhere must stay out of the way.
func cities(t *testing.T, w *world) *client.CollectionRef {
	t.Helper()
	w.mustCommit(t,
		update("cities/a", fields{"n": num(1), "s": str("x"), "tags": list(num(1), num(2)), "m": dict(fields{"k": num(1)})}),
		update("cities/b", fields{"n": double(2), "s": str("y"), "tags": list(num(2), null())}),
		update("cities/c", fields{"n": num(3), "s": str("x"), "tags": list(num(3))}),
		update("cities/d", fields{"n": null(), "s": str("z")}),
		update("cities/e", fields{"n": double(math.NaN())}),
		update("cities/f", fields{"s": str("é"), "n": str("three")}),
		update("cities/a/cities/g", fields{"n": num(10)}),
		update("other/h", fields{"n": num(1)}),
		update("other/h/cities/i", fields{"n": num(11)}),
	)
	return w.client.Collection("cities")
}

func idsOf(t *testing.T, q client.Query) string {
	t.Helper()
	docs, err := q.Documents(t.Context()).GetAll()
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, d := range docs {
		ids = append(ids, d.Ref.ID)
	}
	return strings.Join(ids, " ")
}

func TestQueryFinds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := cities(t, w)
	group := w.client.CollectionGroup("cities")
	either := client.OrFilter{Filters: []client.EntityFilter{
		client.PropertyFilter{Path: "n", Operator: "==", Value: 1}, client.PropertyFilter{Path: "s", Operator: "==", Value: "z"},
	}}
	rows := []struct {
		name, want string
		query      client.Query
	}{
		{"all, by name, without subcollections", "a b c d e f", c.Query},
		{"equal numbers of either type", "b", c.Where("n", "==", 2)},
		{"null by equality", "d", c.Where("n", "==", nil)},
		{"NaN by equality", "e", c.Where("n", "==", math.NaN())},
		{"what is not null, in its order", "e a b c f", c.Where("n", "!=", nil)},
		{"what is unequal, without null", "e b c f", c.Where("n", "!=", 1)},
		{"a range within one type", "b c", c.Where("n", ">", 1)},
		{"a range between", "a b", c.Where("n", ">=", 1).Where("n", "<", 3)},
		{"one of a list", "a c", c.Where("n", "in", []int{1, 3, 4})},
		{"none of a list", "e c f", c.Where("n", "not-in", []int{1, 2})},
		{"an array that holds", "a b", c.Where("tags", "array-contains", 2)},
		{"an array that holds any", "a c", c.Where("tags", "array-contains-any", []int{1, 3})},
		{"a field in a map", "a", c.Where("m.k", "==", 1)},
		{"a name in a range", "c d", c.Where(client.DocumentID, ">", c.Doc("b")).Where(client.DocumentID, "<=", c.Doc("d"))},
		{"either of two", "a d", c.WhereEntity(either)},
		{"both of two", "c", c.Where("s", "==", "x").Where("n", ">", 1)},
		{"descending, names too", "f c b a e d", c.OrderBy("n", client.Desc)},
		{"only what has the order's field", "a c b d f", c.OrderBy("s", client.Asc)},
		{"two orders", "c a b d f", c.OrderBy("s", client.Asc).OrderBy("n", client.Desc)},
		{"a page", "b c", c.Offset(1).Limit(2)},
		{"the last of an order", "b c f", c.OrderBy("n", client.Asc).LimitToLast(3)},
		{"after a value", "c f", c.OrderBy("n", client.Asc).StartAfter(2)},
		{"from a value to before one", "a b", c.OrderBy("n", client.Asc).StartAt(1).EndBefore(3)},
		{"after a name", "c d", c.OrderBy(client.DocumentID, client.Asc).StartAfter("b").EndAt("d")},
		{"a group", "a b c g i", group.Where("n", ">", 0)},
		{"a subcollection", "g", c.Doc("a").Collection("cities").Query},
		{"nothing in nothing", "", w.client.Collection("none").Query},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if got := idsOf(t, row.query); got != row.want {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
}

func TestSelectReturnsOnlyTheFields(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := cities(t, w)
	docs, err := c.Where("n", "==", 1).Select("s", "m.k", "none").Documents(t.Context()).GetAll()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(object{"s": "x", "m": object{"k": int64(1)}}, docs[0].Data()); diff != "" {
		t.Errorf("(-want +got) %s", diff)
	}
	docs, err = c.Limit(1).Select().Documents(t.Context()).GetAll()
	if err != nil || len(docs[0].Data()) != 0 || docs[0].Ref.ID != "a" {
		t.Errorf("got %v, %v; want the name alone", docs, err)
	}
}

func TestQueryIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mustCommit(t, update("c/a", fields{"a": num(1)}))
	many := func(n int) []*pb.StructuredQuery_Filter {
		var fs []*pb.StructuredQuery_Filter
		for range n {
			fs = append(fs, field("a", equal, num(1)))
		}
		return fs
	}
	rows := []struct {
		name  string
		where *pb.StructuredQuery_Filter
		want  codes.Code
	}{
		{"30 values of in are taken", field("a", in, list(numbers(30)...)), codes.OK},
		{"31 values of in", field("a", in, list(numbers(31)...)), codes.InvalidArgument},
		{"no value of in", field("a", in, list()), codes.InvalidArgument},
		{"in without a list", field("a", in, num(1)), codes.InvalidArgument},
		{"11 values of not-in", field("a", notIn, list(numbers(11)...)), codes.InvalidArgument},
		{"31 values of array-contains-any", field("a", hasAny, list(numbers(31)...)), codes.InvalidArgument},
		{"30 disjunctions are taken", composite(or, many(30)...), codes.OK},
		{"31 disjunctions", composite(or, many(31)...), codes.InvalidArgument},
		{"36 disjunctions by multiplication", composite(and, field("a", in, list(numbers(6)...)), field("b", in, list(numbers(6)...))), codes.InvalidArgument},
		{"101 filters", composite(and, many(101)...), codes.InvalidArgument},
		{"two array-contains together", composite(and, field("a", has, num(1)), field("a", has, num(2))), codes.InvalidArgument},
		{"two array-contains apart are taken", composite(or, field("a", has, num(1)), field("a", has, num(2))), codes.OK},
		{"two inequalities", composite(and, field("a", notEqual, num(1)), field("b", notEqual, num(1))), codes.InvalidArgument},
		{"not-in beside in", composite(and, field("a", notIn, list(num(1))), field("b", in, list(num(1)))), codes.InvalidArgument},
		{"an empty or", composite(or), codes.InvalidArgument},
		{"an empty and is taken", composite(and), codes.OK},
		{"a composite without operator", composite(0, many(1)...), codes.InvalidArgument},
		{"a filter without operator", field("a", 0, num(1)), codes.InvalidArgument},
		{"a unary filter without operator", unary("a", 0), codes.InvalidArgument},
		{"a filter without value", field("a", equal, nil), codes.InvalidArgument},
		{"an empty filter", &pb.StructuredQuery_Filter{}, codes.InvalidArgument},
		{"a name compared to a string", field("__name__", equal, str("a")), codes.InvalidArgument},
		{"a name compared to null", unary("__name__", isNull), codes.InvalidArgument},
		{"a bad path", field("a..b", equal, num(1)), codes.InvalidArgument},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			_, err := runQuery(t, w.raw, &pb.StructuredQuery{From: from("c"), Where: row.where})
			wantCode(t, err, row.want)
		})
	}
}

func TestQueryShapeIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	by := func(path string, d pb.StructuredQuery_Direction) *pb.StructuredQuery_Order {
		return &pb.StructuredQuery_Order{Field: &pb.StructuredQuery_FieldReference{FieldPath: path}, Direction: d}
	}
	const up, down = pb.StructuredQuery_ASCENDING, pb.StructuredQuery_DESCENDING
	rows := []struct {
		name string
		q    *pb.StructuredQuery
		want codes.Code
	}{
		{"two collections", &pb.StructuredQuery{From: slices.Concat(from("c"), from("d"))}, codes.InvalidArgument},
		{"a reserved collection", &pb.StructuredQuery{From: from("__c__")}, codes.InvalidArgument},
		{"a negative limit", &pb.StructuredQuery{From: from("c"), Limit: wrapperspb.Int32(-1)}, codes.InvalidArgument},
		{"a negative offset", &pb.StructuredQuery{From: from("c"), Offset: -1}, codes.InvalidArgument},
		{"one order twice", &pb.StructuredQuery{From: from("c"), OrderBy: []*pb.StructuredQuery_Order{by("a", up), by("a", up)}}, codes.InvalidArgument},
		{"an order after the name", &pb.StructuredQuery{From: from("c"), OrderBy: []*pb.StructuredQuery_Order{by("__name__", up), by("a", up)}}, codes.InvalidArgument},
		{"descending by name alone", &pb.StructuredQuery{From: from("c"), OrderBy: []*pb.StructuredQuery_Order{by("__name__", down)}}, codes.FailedPrecondition},
		{"a cursor longer than the order", &pb.StructuredQuery{From: from("c"), StartAt: &pb.Cursor{Values: numbers(1)}}, codes.InvalidArgument},
		{"a nearest-neighbour search", &pb.StructuredQuery{From: from("c"), FindNearest: &pb.StructuredQuery_FindNearest{}}, codes.Unimplemented},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			_, err := runQuery(t, w.raw, row.q)
			wantCode(t, err, row.want)
		})
	}
}

func from(collection string) []*pb.StructuredQuery_CollectionSelector {
	return []*pb.StructuredQuery_CollectionSelector{{CollectionId: collection}}
}

func runQuery(t *testing.T, c pb.FirestoreClient, q *pb.StructuredQuery) ([]*pb.RunQueryResponse, error) {
	t.Helper()
	stream, err := c.RunQuery(bare(t.Context()), queryRequest(root, q))
	return all(stream, err)
}

func TestAggregations(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := cities(t, w)
	w.mustCommit(t, update("sums/a", fields{"i": num(math.MaxInt64), "d": double(0.5)}), update("sums/b", fields{"i": num(1), "d": num(1)}))
	sums := w.client.Collection("sums")
	rows := []struct {
		name  string
		query *client.AggregationQuery
		want  *pb.Value
	}{
		{"a count", over(c.Query).WithCount("x"), num(6)},
		{"a count of a limited query", over(c.Limit(2)).WithCount("x"), num(2)},
		{"a sum of integers is one", over(c.Where("n", "in", []int{1, 3})).WithSum("n", "x"), num(4)},
		{"a sum with a double is one", over(c.Where("n", ">", 0)).WithSum("n", "x"), double(6)},
		{"a sum too large becomes a double", over(sums.Query).WithSum("i", "x"), double(1 << 63)},
		{"a sum of nothing is 0", over(sums.Query).WithSum("none", "x"), num(0)},
		{"an average is a double", over(sums.Query).WithAvg("d", "x"), double(0.75)},
		{"an average of nothing is null", over(sums.Query).WithAvg("none", "x"), null()},
		{"a count beside a sum counts what has the field", over(c.Query).WithCount("x").WithSum("m.k", "y"), num(1)},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, err := row.query.Get(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := diffProto(row.want, got["x"].(*pb.Value)); diff != "" {
				t.Errorf("(-want +got) %s", diff)
			}
		})
	}
}

func over(q client.Query) *client.AggregationQuery { return q.NewAggregationQuery() }

// The client library asks for null and NaN by unary filters; other clients may not.
func TestFieldFiltersMeetNullAndNaN(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	nan := double(math.NaN())
	w.mustCommit(t,
		update("c/i", fields{"x": num(1)}), update("c/n", fields{"x": null(), "l": list(null())}),
		update("c/f", fields{"x": nan, "l": list(nan)}),
	)
	rows := []struct {
		name  string
		where *pb.StructuredQuery_Filter
		want  string
	}{
		{"null is found by the unary filter", unary("x", isNull), "n"},
		{"NaN is found by the unary filter", unary("x", isNaN), "f"},
		{"what is neither is found by the unary filter", unary("x", isNotNaN), "i"},
		{"nothing equals null", field("x", equal, null()), ""},
		{"nothing equals NaN", field("x", equal, nan), ""},
		{"nothing is unequal to null", field("x", notEqual, null()), ""},
		{"all but null is unequal to NaN", field("x", notEqual, nan), "f i"},
		{"neither is in a list", field("x", in, list(null(), nan)), ""},
		{"NaN is never in the list of not-in", field("x", notIn, list(nan)), "f i"},
		{"null in not-in finds nothing", field("x", notIn, list(null())), ""},
		{"no array has null", field("l", has, null()), ""},
		{"no array has any of them", field("l", hasAny, list(null(), nan)), ""},
		{"no range starts at NaN", field("x", atLeast, nan), ""},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, err := runQuery(t, w.raw, &pb.StructuredQuery{From: from("c"), Where: row.where})
			if err != nil {
				t.Fatal(err)
			}
			var ids []string
			for _, r := range got {
				if r.Document != nil {
					ids = append(ids, strings.TrimPrefix(r.Document.Name, root+"/c/"))
				}
			}
			if strings.Join(ids, " ") != row.want {
				t.Errorf("found %v, want %q", ids, row.want)
			}
		})
	}
}
