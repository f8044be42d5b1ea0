package firestore

import (
	"slices"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
)

const (
	opLess           = pb.StructuredQuery_FieldFilter_LESS_THAN
	opLessOrEqual    = pb.StructuredQuery_FieldFilter_LESS_THAN_OR_EQUAL
	opGreater        = pb.StructuredQuery_FieldFilter_GREATER_THAN
	opGreaterOrEqual = pb.StructuredQuery_FieldFilter_GREATER_THAN_OR_EQUAL
	opEqual          = pb.StructuredQuery_FieldFilter_EQUAL
	opNotEqual       = pb.StructuredQuery_FieldFilter_NOT_EQUAL
	opContains       = pb.StructuredQuery_FieldFilter_ARRAY_CONTAINS
	opIn             = pb.StructuredQuery_FieldFilter_IN
	opContainsAny    = pb.StructuredQuery_FieldFilter_ARRAY_CONTAINS_ANY
	opNotIn          = pb.StructuredQuery_FieldFilter_NOT_IN
)

// field compiles a comparison of a field with a value.
func (fs *filters) field(f *fieldFilter) (branch, error) {
	path, err := fs.path(f.GetField())
	if err == nil {
		err = checkOperand(path, f)
	}
	if err != nil {
		return branch{}, err
	}
	b := branch{disjuncts: 1, match: onField(path, comparison(f.Op, f.Value))}
	switch f.Op {
	case opEqual:
		fs.oneName = fs.oneName || path.isName()
	case opIn:
		fs.oneName = fs.oneName || path.isName()
		fs.disjunctive++
		b.disjuncts = len(f.Value.GetArrayValue().GetValues())
	case opContains:
		b.arrayChecks = 1
	case opContainsAny:
		b.arrayChecks = 1
		fs.disjunctive++
		b.disjuncts = len(f.Value.GetArrayValue().GetValues())
	case opNotEqual:
		fs.negative++
	case opNotIn:
		fs.negative++
		fs.notIn++
	}
	if orders(f.Op, f.Value) {
		fs.ordered(path)
	}
	return b, nil
}

// orders reports whether the results are ordered by a field because of its filter: for ranges and inequalities, but not
// for one that nothing can pass.
func orders(op pb.StructuredQuery_FieldFilter_Operator, w *pb.Value) bool {
	switch op {
	case opLess, opLessOrEqual, opGreater, opGreaterOrEqual:
		return ordinary(w)
	case opNotEqual:
		return !isNull(w)
	case opNotIn:
		return slices.ContainsFunc(w.GetArrayValue().GetValues(), func(v *pb.Value) bool { return !isNull(v) })
	}
	return false
}

// comparison is the test of a field's value against an operand. Ranges hold within one type only. A null or NaN operand
// equals nothing, not even itself, and null is unequal to nothing either: for finding those there are the unary filters,
// into which clients turn a comparison with them.
func comparison(op pb.StructuredQuery_FieldFilter_Operator, w *pb.Value) func(*pb.Value) bool {
	list := w.GetArrayValue().GetValues()
	switch op {
	case opEqual:
		return func(v *pb.Value) bool { return equals(v, w) }
	case opNotEqual:
		return func(v *pb.Value) bool { return !isNull(v) && !isNull(w) && !equals(v, w) }
	case opIn:
		return func(v *pb.Value) bool { return anyEquals(list, v) }
	case opNotIn:
		none := slices.ContainsFunc(list, isNull)
		return func(v *pb.Value) bool { return !none && !isNull(v) && !anyEquals(list, v) }
	case opContains:
		return func(v *pb.Value) bool { return anyEquals(v.GetArrayValue().GetValues(), w) }
	case opContainsAny:
		return func(v *pb.Value) bool {
			return slices.ContainsFunc(v.GetArrayValue().GetValues(), func(e *pb.Value) bool { return anyEquals(list, e) })
		}
	}
	return inRange(op, w)
}

func equals(a, b *pb.Value) bool { return ordinary(a) && compare(a, b) == 0 }

func anyEquals(list []*pb.Value, v *pb.Value) bool {
	return slices.ContainsFunc(list, func(e *pb.Value) bool { return equals(e, v) })
}

// ordinary is every value but null and NaN.
func ordinary(v *pb.Value) bool { return !isNull(v) && !isNaN(v) }

func inRange(op pb.StructuredQuery_FieldFilter_Operator, w *pb.Value) func(*pb.Value) bool {
	return func(v *pb.Value) bool {
		if rank(v) != rank(w) || !ordinary(v) || !ordinary(w) {
			return false
		}
		c := compare(v, w)
		switch op {
		case opLess:
			return c < 0
		case opLessOrEqual:
			return c <= 0
		case opGreater:
			return c > 0
		}
		return c >= 0
	}
}

// checkOperand refuses an operator or a value that the service refuses.
func checkOperand(path fieldPath, f *fieldFilter) error {
	field := f.GetField().GetFieldPath()
	switch f.Op {
	case opLess, opLessOrEqual, opGreater, opGreaterOrEqual, opEqual, opNotEqual:
		return checkCompared(path, f.Value)
	case opContains, opContainsAny:
		if path.isName() {
			return invalid("%s is not an array", nameField)
		}
	case opIn, opNotIn:
	default:
		return invalid("the filter of %q must have an operator", clip(field))
	}
	if f.Op == opContains {
		return checkCompared(path, f.Value)
	}
	most := maxInOperands
	if f.Op == opNotIn {
		most = maxNotInOperands
	}
	list := f.Value.GetArrayValue().GetValues()
	if len(list) == 0 || len(list) > most {
		return invalid("the %v filter of %q must have an array of 1 to %d values, not %d", f.Op, clip(field), most, len(list))
	}
	for _, v := range list {
		if err := checkCompared(path, v); err != nil {
			return err
		}
	}
	return nil
}

// checkCompared refuses what a field cannot be compared to: a name only to a document's reference.
func checkCompared(path fieldPath, v *pb.Value) error {
	if path.isName() && rank(v) != rankReference {
		return invalid("%s can only be compared to a reference", nameField)
	}
	return checkValue(path[len(path)-1], v, 0)
}
