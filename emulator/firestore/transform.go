package firestore

import (
	"math"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
)

// transform is one checked field transform: apply takes the field's current value, nil where there is none, and returns
// the new one and what the client is told (google/firestore/v1/write.proto, DocumentTransform.FieldTransform).
type transform struct {
	path  fieldPath
	apply func(cur *pb.Value, at int64) (next, result *pb.Value)
}

func parseTransforms(in []*pb.DocumentTransform_FieldTransform) ([]transform, error) {
	var out []transform
	for _, f := range in {
		t, err := parseTransform(f)
		if err != nil {
			return nil, err
		}
		for _, other := range out {
			if len(other.path) != len(t.path) && prefixed(other.path, t.path) {
				return nil, invalid("field %q cannot be transformed together with a field inside it", clip(f.FieldPath))
			}
		}
		out = append(out, t)
	}
	return out, nil
}

func parseTransform(f *pb.DocumentTransform_FieldTransform) (transform, error) {
	path, err := parseField(f.GetFieldPath())
	if err != nil {
		return transform{}, err
	}
	if path.isName() {
		return transform{}, invalid("%s cannot be transformed", nameField)
	}
	t := transform{path: path}
	switch x := f.TransformType.(type) {
	case *pb.DocumentTransform_FieldTransform_SetToServerValue:
		t.apply, err = requestTime, checkServerValue(x.SetToServerValue)
	case *pb.DocumentTransform_FieldTransform_Increment:
		t.apply, err = increment(x.Increment), checkNumber(f.FieldPath, x.Increment)
	case *pb.DocumentTransform_FieldTransform_Maximum:
		t.apply, err = extreme(x.Maximum, 1), checkNumber(f.FieldPath, x.Maximum)
	case *pb.DocumentTransform_FieldTransform_Minimum:
		t.apply, err = extreme(x.Minimum, -1), checkNumber(f.FieldPath, x.Minimum)
	case *pb.DocumentTransform_FieldTransform_AppendMissingElements:
		list := x.AppendMissingElements.GetValues()
		t.apply, err = union(list), checkElements(path, list)
	case *pb.DocumentTransform_FieldTransform_RemoveAllFromArray:
		list := x.RemoveAllFromArray.GetValues()
		t.apply, err = remove(list), checkElements(path, list)
	default:
		err = invalid("the transform of field %q must have a type", clip(f.FieldPath))
	}
	return t, err
}

func checkServerValue(v pb.DocumentTransform_FieldTransform_ServerValue) error {
	if v != pb.DocumentTransform_FieldTransform_REQUEST_TIME {
		return invalid("set_to_server_value must be REQUEST_TIME, not %v", v)
	}
	return nil
}

func checkNumber(field string, v *pb.Value) error {
	if rank(v) != rankNumber {
		return invalid("the transform of field %q must have an integer or a double", clip(field))
	}
	return nil
}

// checkElements makes values ready to be put in, or found in, a stored array.
func checkElements(path fieldPath, list []*pb.Value) error {
	if err := checkArray(path[len(path)-1], list, len(path)-1); err != nil {
		return err
	}
	cutTimestamps(arrayValue(list))
	return nil
}

// requestTime has the millisecond precision the protocol gives it, coarser than the commit time.
func requestTime(_ *pb.Value, at int64) (next, result *pb.Value) {
	v := &pb.Value{ValueType: &pb.Value_TimestampValue{TimestampValue: timestamp(at / 1000 * 1000)}}
	return v, v
}

// increment adds to a number and replaces anything else. Integers stop at the largest and smallest.
func increment(by *pb.Value) func(*pb.Value, int64) (*pb.Value, *pb.Value) {
	return func(cur *pb.Value, _ int64) (next, result *pb.Value) {
		v := by
		if rank(cur) == rankNumber {
			v = add(cur, by)
		}
		return v, v
	}
}

func add(a, b *pb.Value) *pb.Value {
	i, aInt := integer(a)
	j, bInt := integer(b)
	if !aInt || !bInt {
		return doubleValue(number(a) + number(b))
	}
	sum := i + j
	switch {
	case j > 0 && sum < i:
		sum = math.MaxInt64
	case j < 0 && sum > i:
		sum = math.MinInt64
	}
	return integerValue(sum)
}

// extreme keeps the greater of two numbers for sign 1, the lesser for -1, and the current one where they are equal;
// either with NaN is NaN. What is not a number is replaced.
func extreme(of *pb.Value, sign int) func(*pb.Value, int64) (*pb.Value, *pb.Value) {
	return func(cur *pb.Value, _ int64) (next, result *pb.Value) {
		v := of
		if rank(cur) == rankNumber && (isNaN(cur) || !isNaN(of) && compare(cur, of)*sign >= 0) {
			v = cur
		}
		return v, v
	}
}

// union appends what the array does not hold yet; what is not an array counts as an empty one. The client is told null.
func union(list []*pb.Value) func(*pb.Value, int64) (*pb.Value, *pb.Value) {
	return func(cur *pb.Value, _ int64) (next, result *pb.Value) {
		var all []*pb.Value
		all = append(all, cur.GetArrayValue().GetValues()...)
		for _, v := range list {
			if !contains(all, v) {
				all = append(all, v)
			}
		}
		return arrayValue(all), null()
	}
}

// remove drops every equal of the listed values; what is not an array becomes an empty one. The client is told null.
func remove(list []*pb.Value) func(*pb.Value, int64) (*pb.Value, *pb.Value) {
	return func(cur *pb.Value, _ int64) (next, result *pb.Value) {
		var left []*pb.Value
		for _, v := range cur.GetArrayValue().GetValues() {
			if !contains(list, v) {
				left = append(left, v)
			}
		}
		return arrayValue(left), null()
	}
}
