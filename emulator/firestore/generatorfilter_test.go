package firestore_test

import pb "cloud.google.com/go/firestore/apiv1/firestorepb"

const (
	lessThan    = pb.StructuredQuery_FieldFilter_LESS_THAN
	atMost      = pb.StructuredQuery_FieldFilter_LESS_THAN_OR_EQUAL
	greaterThan = pb.StructuredQuery_FieldFilter_GREATER_THAN
	atLeast     = pb.StructuredQuery_FieldFilter_GREATER_THAN_OR_EQUAL
	equal       = pb.StructuredQuery_FieldFilter_EQUAL
	notEqual    = pb.StructuredQuery_FieldFilter_NOT_EQUAL
	in          = pb.StructuredQuery_FieldFilter_IN
	notIn       = pb.StructuredQuery_FieldFilter_NOT_IN
	has         = pb.StructuredQuery_FieldFilter_ARRAY_CONTAINS
	hasAny      = pb.StructuredQuery_FieldFilter_ARRAY_CONTAINS_ANY
	isNull      = pb.StructuredQuery_UnaryFilter_IS_NULL
	isNotNull   = pb.StructuredQuery_UnaryFilter_IS_NOT_NULL
	isNaN       = pb.StructuredQuery_UnaryFilter_IS_NAN
	isNotNaN    = pb.StructuredQuery_UnaryFilter_IS_NOT_NAN
	and         = pb.StructuredQuery_CompositeFilter_AND
	or          = pb.StructuredQuery_CompositeFilter_OR
)

func field(path string, op pb.StructuredQuery_FieldFilter_Operator, v *pb.Value) *pb.StructuredQuery_Filter {
	return &pb.StructuredQuery_Filter{FilterType: &pb.StructuredQuery_Filter_FieldFilter{FieldFilter: &pb.StructuredQuery_FieldFilter{
		Field: &pb.StructuredQuery_FieldReference{FieldPath: path}, Op: op, Value: v,
	}}}
}

func unary(path string, op pb.StructuredQuery_UnaryFilter_Operator) *pb.StructuredQuery_Filter {
	return &pb.StructuredQuery_Filter{FilterType: &pb.StructuredQuery_Filter_UnaryFilter{UnaryFilter: &pb.StructuredQuery_UnaryFilter{
		OperandType: &pb.StructuredQuery_UnaryFilter_Field{Field: &pb.StructuredQuery_FieldReference{FieldPath: path}}, Op: op,
	}}}
}

func composite(op pb.StructuredQuery_CompositeFilter_Operator, fs ...*pb.StructuredQuery_Filter) *pb.StructuredQuery_Filter {
	return &pb.StructuredQuery_Filter{FilterType: &pb.StructuredQuery_Filter_CompositeFilter{
		CompositeFilter: &pb.StructuredQuery_CompositeFilter{Op: op, Filters: fs},
	}}
}

// filter is a random filter: a tree of at most three levels.
func (g *generator) filter(depth int) *pb.StructuredQuery_Filter {
	switch k := g.n(6); {
	case k == 0 && depth < 2, k == 1 && depth < 2:
		var fs []*pb.StructuredQuery_Filter
		for range 1 + g.n(3) {
			fs = append(fs, g.filter(depth+1))
		}
		return composite(one(g, and, or), fs...)
	case k == 2:
		return unary(g.field(), one(g, isNull, isNotNull, isNaN, isNotNaN))
	}
	return g.fieldFilter()
}

func (g *generator) fieldFilter() *pb.StructuredQuery_Filter {
	op := one(g, lessThan, atMost, greaterThan, atLeast, equal, equal, notEqual, in, notIn, has, hasAny)
	path := g.field()
	operand := func() *pb.Value { return g.value(1) }
	if g.n(8) == 0 {
		path, operand = "__name__", func() *pb.Value { return ref("c/" + one(g, "a", "b", "e")) }
	}
	switch op {
	case in, notIn, hasAny:
		var l []*pb.Value
		for range g.n(4) {
			l = append(l, operand())
		}
		return field(path, op, list(l...))
	}
	return field(path, op, operand())
}
