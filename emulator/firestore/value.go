package firestore

import (
	"bytes"
	"cmp"
	"maps"
	"math"
	"slices"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
)

// The order of values of different types (cloud.google.com/firestore/docs/concepts/data-types, "Value type ordering").
const (
	rankNull = iota
	rankBoolean
	rankNumber
	rankTimestamp
	rankString
	rankBytes
	rankReference
	rankGeoPoint
	rankArray
	rankMap
	rankNone = -1 // no value, or one that documents cannot hold
)

func rank(v *pb.Value) int {
	switch v.GetValueType().(type) {
	case *pb.Value_NullValue:
		return rankNull
	case *pb.Value_BooleanValue:
		return rankBoolean
	case *pb.Value_IntegerValue, *pb.Value_DoubleValue:
		return rankNumber
	case *pb.Value_TimestampValue:
		return rankTimestamp
	case *pb.Value_StringValue:
		return rankString
	case *pb.Value_BytesValue:
		return rankBytes
	case *pb.Value_ReferenceValue:
		return rankReference
	case *pb.Value_GeoPointValue:
		return rankGeoPoint
	case *pb.Value_ArrayValue:
		return rankArray
	case *pb.Value_MapValue:
		return rankMap
	}
	return rankNone
}

// compare orders two values. Numbers compare by value whatever their type, NaN before all others and equal to itself.
func compare(a, b *pb.Value) int {
	r := rank(a)
	if c := cmp.Compare(r, rank(b)); c != 0 {
		return c
	}
	switch r {
	case rankBoolean:
		return compareBooleans(a.GetBooleanValue(), b.GetBooleanValue())
	case rankNumber:
		return compareNumbers(a, b)
	case rankTimestamp:
		return a.GetTimestampValue().AsTime().Compare(b.GetTimestampValue().AsTime())
	case rankString:
		return cmp.Compare(a.GetStringValue(), b.GetStringValue()) // by UTF-8 bytes
	case rankBytes:
		return bytes.Compare(a.GetBytesValue(), b.GetBytesValue())
	case rankReference:
		return compareNames(a.GetReferenceValue(), b.GetReferenceValue())
	case rankGeoPoint:
		x, y := a.GetGeoPointValue(), b.GetGeoPointValue()
		return cmp.Or(cmp.Compare(x.GetLatitude(), y.GetLatitude()), cmp.Compare(x.GetLongitude(), y.GetLongitude()))
	case rankArray:
		return slices.CompareFunc(a.GetArrayValue().GetValues(), b.GetArrayValue().GetValues(), compare)
	case rankMap:
		return compareMaps(a.GetMapValue().GetFields(), b.GetMapValue().GetFields())
	}
	return 0
}

func compareBooleans(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// compareMaps compares key by key, in the keys' order, each key before its value; of equal beginnings the shorter is less.
func compareMaps(a, b map[string]*pb.Value) int {
	ka, kb := sortedKeys(a), sortedKeys(b)
	for i := range min(len(ka), len(kb)) {
		if c := cmp.Compare(ka[i], kb[i]); c != 0 {
			return c
		}
		if c := compare(a[ka[i]], b[kb[i]]); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(ka), len(kb))
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// compareNumbers is exact between integers and doubles: 2^53+1 is not equal to the double 2^53.
func compareNumbers(a, b *pb.Value) int {
	i, aInt := integer(a)
	j, bInt := integer(b)
	switch {
	case aInt && bInt:
		return cmp.Compare(i, j)
	case aInt:
		return -compareFloatInt(b.GetDoubleValue(), i)
	case bInt:
		return compareFloatInt(a.GetDoubleValue(), j)
	}
	return cmp.Compare(a.GetDoubleValue(), b.GetDoubleValue())
}

func compareFloatInt(f float64, i int64) int {
	if c := cmp.Compare(f, float64(i)); c != 0 {
		return c
	}
	if f == 1<<63 {
		return 1 // above every integer, though the largest rounds to it
	}
	return cmp.Compare(int64(f), i)
}

// integer is the value of an integer; ok is false for every other type.
func integer(v *pb.Value) (n int64, ok bool) {
	x, ok := v.GetValueType().(*pb.Value_IntegerValue)
	if !ok {
		return 0, false
	}
	return x.IntegerValue, true
}

// number is a number of either type as a double.
func number(v *pb.Value) float64 {
	if n, ok := integer(v); ok {
		return float64(n)
	}
	return v.GetDoubleValue()
}

func isNaN(v *pb.Value) bool { return math.IsNaN(v.GetDoubleValue()) }

// contains reports whether the list holds an equal of v; 3 and 3.0 are equal.
func contains(list []*pb.Value, v *pb.Value) bool {
	return slices.ContainsFunc(list, func(x *pb.Value) bool { return compare(x, v) == 0 })
}

// identical is stricter than compare: types must agree too. A write that leaves everything identical is no change.
func identical(a, b *pb.Value) bool {
	_, aInt := integer(a)
	_, bInt := integer(b)
	switch r := rank(a); {
	case r != rank(b) || aInt != bInt:
		return false
	case r == rankArray:
		return slices.EqualFunc(a.GetArrayValue().GetValues(), b.GetArrayValue().GetValues(), identical)
	case r == rankMap:
		return maps.EqualFunc(a.GetMapValue().GetFields(), b.GetMapValue().GetFields(), identical)
	}
	return compare(a, b) == 0
}

func null() *pb.Value { return &pb.Value{ValueType: &pb.Value_NullValue{}} }

func integerValue(n int64) *pb.Value {
	return &pb.Value{ValueType: &pb.Value_IntegerValue{IntegerValue: n}}
}

func doubleValue(f float64) *pb.Value {
	return &pb.Value{ValueType: &pb.Value_DoubleValue{DoubleValue: f}}
}

func arrayValue(list []*pb.Value) *pb.Value {
	return &pb.Value{ValueType: &pb.Value_ArrayValue{ArrayValue: &pb.ArrayValue{Values: list}}}
}
