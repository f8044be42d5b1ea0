package firestore_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/genproto/googleapis/type/latlng"
)

// TestValuesSort has one value of each kind and the borders within kinds, in the documented order
// (cloud.google.com/firestore/docs/concepts/data-types, "Value type ordering").
func TestValuesSort(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	boolean := func(b bool) *pb.Value { return &pb.Value{ValueType: &pb.Value_BooleanValue{BooleanValue: b}} }
	raw := func(b ...byte) *pb.Value { return &pb.Value{ValueType: &pb.Value_BytesValue{BytesValue: b}} }
	at := func(s int64) *pb.Value {
		return &pb.Value{ValueType: &pb.Value_TimestampValue{TimestampValue: stamp(start.AddDate(0, 0, int(s)))}}
	}
	geo := func(lat, lng float64) *pb.Value {
		return &pb.Value{ValueType: &pb.Value_GeoPointValue{GeoPointValue: &latlng.LatLng{Latitude: lat, Longitude: lng}}}
	}
	sorted := []*pb.Value{
		null(), boolean(false), boolean(true),
		double(math.NaN()), double(math.Inf(-1)), num(math.MinInt64), num(-1), double(0.5), num(1),
		num(1 << 53), num(1<<53 + 1), num(math.MaxInt64), double(1 << 63), double(math.Inf(1)),
		at(0), at(1),
		str(""), str("A"), str("a"), str("é"), str("\uffff"), str("😀"),
		raw(), raw(0), raw(1), raw(1, 0),
		ref("a/z"), ref("a/z/b/c"), ref("a/za"), ref("aa/a"),
		geo(-1, 9), geo(0, 0), geo(0, 1),
		list(), list(num(1)), list(num(1), num(1)), list(num(2)),
		dict(nil), dict(fields{"a": num(1)}), dict(fields{"a": num(1), "b": num(0)}), dict(fields{"a": num(2)}), dict(fields{"b": num(0)}),
	}
	var writes []*pb.Write
	var want []string
	for i, v := range sorted {
		// The names run the other way, lest their order help.
		name := fmt.Sprintf("%03d", len(sorted)-i)
		writes = append(writes, update("v/"+name, fields{"v": v}))
		want = append(want, name)
	}
	w.mustCommit(t, writes...)
	docs, err := w.client.Collection("v").OrderBy("v", 1).Documents(t.Context()).GetAll()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range docs {
		got = append(got, d.Ref.ID)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}
