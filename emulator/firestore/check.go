package firestore

import (
	"strings"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// checkFields refuses field names and values that the service refuses.
func checkFields(fields map[string]*pb.Value, depth int) error {
	for name, v := range fields {
		if err := checkFieldName(name); err != nil {
			return err
		}
		if err := checkValue(name, v, depth); err != nil {
			return err
		}
	}
	return nil
}

func checkFieldName(name string) error {
	switch {
	case name == "":
		return invalid("a field name must not be empty")
	case reserved(name):
		return invalid("field name %q is reserved: it must not match __.*__", clip(name))
	case len(name) > maxFieldBytes:
		return invalid("field name %q is %d bytes; the maximum is %d", clip(name), len(name), maxFieldBytes)
	}
	return nil
}

// checkValue checks the value of the named field; depth counts the maps and arrays it lies in.
func checkValue(field string, v *pb.Value, depth int) error {
	if depth > maxDepth {
		return invalid("field %q is nested deeper than %d levels", clip(field), maxDepth)
	}
	switch x := v.GetValueType().(type) {
	case *pb.Value_NullValue, *pb.Value_BooleanValue, *pb.Value_IntegerValue, *pb.Value_DoubleValue:
		return nil
	case *pb.Value_StringValue:
		return checkLength(field, len(x.StringValue))
	case *pb.Value_BytesValue:
		return checkLength(field, len(x.BytesValue))
	case *pb.Value_TimestampValue:
		return checkTimestamp(field, x.TimestampValue)
	case *pb.Value_ReferenceValue:
		return checkDocument(x.ReferenceValue)
	case *pb.Value_GeoPointValue:
		return checkGeoPoint(field, x.GeoPointValue.GetLatitude(), x.GeoPointValue.GetLongitude())
	case *pb.Value_ArrayValue:
		return checkArray(field, x.ArrayValue.GetValues(), depth)
	case *pb.Value_MapValue:
		return checkFields(x.MapValue.GetFields(), depth+1)
	}
	return invalid("field %q must have a value of a type that documents hold", clip(field))
}

func checkLength(field string, n int) error {
	if n > maxValueBytes {
		return invalid("the value of field %q is %d bytes; the maximum is %d", clip(field), n, maxValueBytes)
	}
	return nil
}

func checkTimestamp(field string, t *timestamppb.Timestamp) error {
	if err := t.CheckValid(); err != nil {
		return invalid("the timestamp of field %q must lie between years 1 and 9999: %v", clip(field), err)
	}
	return nil
}

func checkGeoPoint(field string, lat, lng float64) error {
	if !(lat >= -90 && lat <= 90 && lng >= -180 && lng <= 180) { // so written, it refuses NaN too
		return invalid("the geo point of field %q must have latitude -90…90 and longitude -180…180", clip(field))
	}
	return nil
}

func checkArray(field string, list []*pb.Value, depth int) error {
	for _, v := range list {
		if err := checkValue(field, v, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// checkStored refuses what may be compared with but not stored: an array directly in an array.
func checkStored(field string, v *pb.Value) error {
	for _, e := range v.GetArrayValue().GetValues() {
		if rank(e) == rankArray {
			return invalid("field %q must not hold an array directly in an array", clip(field))
		}
		if err := checkStored(field, e); err != nil {
			return err
		}
	}
	for _, e := range v.GetMapValue().GetFields() {
		if err := checkStored(field, e); err != nil {
			return err
		}
	}
	return nil
}

// cutTimestamps drops what is finer than the microseconds that documents keep. What a query compares with stays as fine
// as it came.
func cutTimestamps(v *pb.Value) {
	switch x := v.GetValueType().(type) {
	case *pb.Value_TimestampValue:
		t := x.TimestampValue
		x.TimestampValue = &timestamppb.Timestamp{Seconds: t.GetSeconds(), Nanos: t.GetNanos() / 1000 * 1000}
	case *pb.Value_ArrayValue:
		for _, e := range x.ArrayValue.GetValues() {
			cutTimestamps(e)
		}
	case *pb.Value_MapValue:
		for _, e := range x.MapValue.GetFields() {
			cutTimestamps(e)
		}
	}
}

// checkSize refuses a document over the limit, by the service's own way of counting
// (cloud.google.com/firestore/docs/storage-size).
func checkSize(d *pb.Document) error {
	if n := nameSize(d.Name) + mapSize(d.Fields) + 32; n > maxDocumentBytes {
		return invalid("document %q is %d bytes; the maximum is %d", clip(d.Name), n, maxDocumentBytes)
	}
	return nil
}

// nameSize is 16 bytes and, for each id, its bytes and one.
func nameSize(name string) int {
	p := strings.SplitN(name, "/", 6)
	return 16 + len(p[len(p)-1]) + 1
}

func mapSize(fields map[string]*pb.Value) int {
	n := 0
	for name, v := range fields {
		n += len(name) + 1 + valueSize(v)
	}
	return n
}

func valueSize(v *pb.Value) int {
	switch x := v.GetValueType().(type) {
	case *pb.Value_NullValue, *pb.Value_BooleanValue:
		return 1
	case *pb.Value_StringValue:
		return len(x.StringValue) + 1
	case *pb.Value_BytesValue:
		return len(x.BytesValue)
	case *pb.Value_ReferenceValue:
		return nameSize(x.ReferenceValue)
	case *pb.Value_GeoPointValue:
		return 16
	case *pb.Value_ArrayValue:
		n := 0
		for _, e := range x.ArrayValue.GetValues() {
			n += valueSize(e)
		}
		return n
	case *pb.Value_MapValue:
		return mapSize(x.MapValue.GetFields())
	}
	return 8 // integers, doubles, timestamps
}
