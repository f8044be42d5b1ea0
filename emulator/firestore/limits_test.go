package firestore_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/genproto/googleapis/type/latlng"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"sessionbridge.internal/emulator/firestore"
)

func TestNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rows := []struct {
		name, path string
		want       codes.Code
	}{
		{"collection and id are taken", "c/d", codes.OK},
		{"an odd id is taken", "c/__a ünï.*[]", codes.OK},
		{"an id of 1,500 bytes is taken", "c/" + long(1500), codes.OK},
		{"an id of 1,501 bytes is refused", "c/" + long(1501), codes.InvalidArgument},
		{"a collection of 1,501 bytes is refused", long(1501) + "/d", codes.InvalidArgument},
		{"an empty id is refused", "c/", codes.InvalidArgument},
		{"an empty collection is refused", "/d", codes.InvalidArgument},
		{"a collection is refused", "c", codes.InvalidArgument},
		{"a subcollection is refused", "c/d/e", codes.InvalidArgument},
		{"a dot is refused", "c/.", codes.InvalidArgument},
		{"two dots are refused", "c/..", codes.InvalidArgument},
		{"a reserved id is refused", "c/__d__", codes.InvalidArgument},
		{"a reserved collection is refused", "__c__/d", codes.InvalidArgument},
		{"100 ids are taken", strings.Repeat("c/d/", 49) + "c/d", codes.OK},
		{"102 ids are refused", strings.Repeat("c/d/", 50) + "c/d", codes.InvalidArgument},
		{"a name of more than 6 KiB is refused", strings.Repeat(long(1500)+"/", 5) + "d", codes.InvalidArgument},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			_, err := w.commit(t, update(row.path, fields{"a": num(1)}))
			wantCode(t, err, row.want)
		})
	}
}

func TestOtherDatabasesAreApart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	stray := &pb.Write{Operation: &pb.Write_Delete{Delete: "projects/p/databases/other/documents/c/d"}}
	_, err := w.commit(t, stray)
	wantCode(t, err, codes.InvalidArgument)
	for _, name := range []string{"", "projects/p", "projects//databases/d", "x/p/databases/d", database + "/documents"} {
		_, err := w.raw.Commit(bare(t.Context()), &pb.CommitRequest{Database: name})
		wantCode(t, err, codes.InvalidArgument)
	}
}

func TestValues(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	geo := func(lat, lng float64) *pb.Value {
		return &pb.Value{ValueType: &pb.Value_GeoPointValue{GeoPointValue: &latlng.LatLng{Latitude: lat, Longitude: lng}}}
	}
	at := func(seconds int64, nanos int32) *pb.Value {
		return &pb.Value{ValueType: &pb.Value_TimestampValue{TimestampValue: &timestamppb.Timestamp{Seconds: seconds, Nanos: nanos}}}
	}
	rows := []struct {
		name  string
		value *pb.Value
		want  codes.Code
	}{
		{"20 levels of maps are taken", nested(20), codes.OK},
		{"21 levels of maps are refused", nested(21), codes.InvalidArgument},
		{"an array in an array is refused", list(list(num(1))), codes.InvalidArgument},
		{"an array in a map in an array is taken", list(dict(fields{"a": list(num(1))})), codes.OK},
		{"no value is refused", &pb.Value{}, codes.InvalidArgument},
		{"a string of 1,048,487 bytes is taken", str(long(1<<20 - 89)), codes.OK},
		{"a string of 1,048,488 bytes is refused", str(long(1<<20 - 88)), codes.InvalidArgument},
		{"a document of more than 1 MiB is refused", list(str(long(1<<19)), str(long(1<<19))), codes.InvalidArgument},
		{"a reference to a document is taken", ref("c/d"), codes.OK},
		{"a reference to a collection is refused", ref("c"), codes.InvalidArgument},
		{"year 1 is taken", at(-62135596800, 0), codes.OK},
		{"year 0 is refused", at(-62135596801, 0), codes.InvalidArgument},
		{"latitude 91 is refused", geo(91, 0), codes.InvalidArgument},
		{"latitude NaN is refused", geo(math.NaN(), 0), codes.InvalidArgument},
		{"a reserved name in a map is refused", dict(fields{"__a__": num(1)}), codes.InvalidArgument},
		{"an empty name in a map is refused", dict(fields{"": num(1)}), codes.InvalidArgument},
		{"a name of 1,501 bytes is refused", dict(fields{long(1501): num(1)}), codes.InvalidArgument},
	}
	for i, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			_, err := w.commit(t, update(fmt.Sprintf("v/%d", i), fields{"v": row.value}))
			wantCode(t, err, row.want)
		})
	}
}

func TestTimestampsKeepMicroseconds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := start.Add(123456789)
	if _, err := w.client.Doc("c/t").Set(t.Context(), object{"at": in}); err != nil {
		t.Fatal(err)
	}
	if got := get(t, w, "c/t")["at"]; got != in.Truncate(1000) {
		t.Errorf("got %v, want %v", got, in.Truncate(1000))
	}
}

func TestFieldPaths(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rows := []struct {
		path string
		want codes.Code
	}{
		{"a", codes.OK}, {"a.b_1._c", codes.OK}, {"`a b`.`x.y`", codes.OK}, {"`\\`\\\\`", codes.OK},
		{"", codes.InvalidArgument}, {"a.", codes.InvalidArgument}, {".a", codes.InvalidArgument},
		{"a..b", codes.InvalidArgument}, {"1a", codes.InvalidArgument}, {"a-b", codes.InvalidArgument},
		{"é", codes.InvalidArgument}, {"`a", codes.InvalidArgument}, {"``", codes.InvalidArgument},
		{"`a`b", codes.InvalidArgument}, {"`\\x`", codes.InvalidArgument}, {"__a__", codes.InvalidArgument},
		{"a.__b__", codes.InvalidArgument}, {long(1500), codes.OK}, {long(1501), codes.InvalidArgument},
		{strings.Repeat("a.", 19) + "a", codes.OK}, {strings.Repeat("a.", 20) + "a", codes.InvalidArgument},
	}
	for _, row := range rows {
		t.Run(fmt.Sprintf("%.30q is %v", row.path, row.want), func(t *testing.T) {
			t.Parallel()
			_, err := w.commit(t, update("f/a", nil, row.path))
			wantCode(t, err, row.want)
		})
	}
}

func TestRequestSizes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	megabytes := func(n int) []*pb.Write {
		var ws []*pb.Write
		for i := range n {
			ws = append(ws, update(fmt.Sprintf("big/%d", i), fields{"a": str(long(1_000_000))}))
		}
		return ws
	}
	_, err := w.commit(t, megabytes(10)...)
	wantCode(t, err, codes.OK)
	_, err = w.commit(t, megabytes(11)...)
	wantCode(t, err, codes.InvalidArgument)
	if firestore.MaxRequestBytes != 10<<20 {
		t.Errorf("MaxRequestBytes is %d, want 10 MiB", firestore.MaxRequestBytes)
	}
}

func TestTransformsOfOneDocument(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	many := func(n int) *pb.Write {
		var ts []*pb.DocumentTransform_FieldTransform
		for i := range n {
			ts = append(ts, increment(fmt.Sprintf("f%d", i), num(1)))
		}
		return transforms("t/a", ts...)
	}
	rows := []struct {
		name   string
		writes []*pb.Write
		want   codes.Code
	}{
		{"500 are taken", []*pb.Write{many(500)}, codes.OK},
		{"501 are refused", []*pb.Write{many(501)}, codes.InvalidArgument},
		{"501 over two writes are refused", []*pb.Write{many(500), many(1)}, codes.InvalidArgument},
		{"a field and one inside it are refused", []*pb.Write{transforms("t/a", increment("a", num(1)), increment("a.b", num(1)))}, codes.InvalidArgument},
		{"a string is no increment", []*pb.Write{transforms("t/a", increment("a", str("x")))}, codes.InvalidArgument},
		{"none is refused", []*pb.Write{transforms("t/a", &pb.DocumentTransform_FieldTransform{FieldPath: "a"})}, codes.InvalidArgument},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			_, err := w.commit(t, row.writes...)
			wantCode(t, err, row.want)
		})
	}
}
