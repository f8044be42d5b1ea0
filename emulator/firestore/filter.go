package firestore

import (
	"slices"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
)

type (
	fieldFilter = pb.StructuredQuery_FieldFilter
	unaryFilter = pb.StructuredQuery_UnaryFilter
)

// predicate reports whether a document passes a filter.
type predicate func(*pb.Document) bool

// filters compiles a query's filter and counts what the service limits.
type filters struct {
	count       int         // all field and unary filters
	byName      int         // those of them on the name
	ranges      []fieldPath // fields with a range or inequality: the results are ordered by them
	negative    int         // !=, not-in, is-not-null and is-not-nan
	notIn       int
	disjunctive int  // in, array-contains-any and or
	oneName     bool // the name must equal a reference, or one of several
}

// branch is a compiled part of the filter tree with its size in disjunctive normal form.
type branch struct {
	match       predicate
	disjuncts   int
	arrayChecks int // the most array-contains[-any] in one disjunct
}

// compile turns the filter into a predicate, or says which rule of the service it breaks (the comments of
// google/firestore/v1/query.proto; cloud.google.com/firestore/docs/query-data/queries, "Query limitations").
func (fs *filters) compile(f *pb.StructuredQuery_Filter) (predicate, error) {
	if f == nil {
		return func(*pb.Document) bool { return true }, nil
	}
	b, err := fs.branch(f)
	switch {
	case err != nil:
		return nil, err
	case b.disjuncts > maxDisjunctions:
		return nil, invalid("the filter has %d disjunctions in normal form; the maximum is %d", b.disjuncts, maxDisjunctions)
	case b.arrayChecks > 1:
		return nil, invalid("a disjunction must have at most one array-contains or array-contains-any")
	case fs.negative > 1:
		return nil, invalid("a query must have at most one of !=, not-in, is-not-null and is-not-nan")
	case fs.notIn > 0 && fs.disjunctive > 0:
		return nil, invalid("not-in cannot be used with in, array-contains-any or an or")
	case fs.oneName && len(fs.ranges) > 0 && !fs.ranged(fieldPath{nameField}):
		return nil, invalid("%s cannot be compared for equality beside a range or inequality of another field", nameField)
	case len(fs.ranges) > maxRangeFields:
		return nil, invalid("%d fields have a range or inequality; the maximum is %d", len(fs.ranges), maxRangeFields)
	}
	return b.match, nil
}

func (fs *filters) branch(f *pb.StructuredQuery_Filter) (branch, error) {
	switch x := f.GetFilterType().(type) {
	case *pb.StructuredQuery_Filter_CompositeFilter:
		return fs.composite(x.CompositeFilter)
	case *pb.StructuredQuery_Filter_UnaryFilter:
		return fs.unary(x.UnaryFilter)
	case *pb.StructuredQuery_Filter_FieldFilter:
		return fs.field(x.FieldFilter)
	}
	return branch{}, invalid("a filter must be composite, unary or on a field")
}

func (fs *filters) composite(f *pb.StructuredQuery_CompositeFilter) (branch, error) {
	or := f.Op == pb.StructuredQuery_CompositeFilter_OR
	switch {
	case !or && f.Op != pb.StructuredQuery_CompositeFilter_AND:
		return branch{}, invalid("a composite filter must have the operator AND or OR")
	case or && len(f.Filters) == 0:
		return branch{}, invalid("an OR must have at least one filter")
	case or:
		fs.disjunctive++
	}
	var parts []branch
	for _, sub := range f.Filters {
		b, err := fs.branch(sub)
		if err != nil {
			return branch{}, err
		}
		parts = append(parts, b)
	}
	if or {
		return anyOf(parts), nil
	}
	return allOf(parts), nil
}

// enough caps the counts, so that no product of them overflows.
func enough(n int) int { return min(n, 10_000) }

func anyOf(parts []branch) branch {
	var b branch
	for _, p := range parts {
		b.disjuncts = enough(b.disjuncts + p.disjuncts)
		b.arrayChecks = max(b.arrayChecks, p.arrayChecks)
	}
	b.match = func(d *pb.Document) bool {
		return slices.ContainsFunc(parts, func(p branch) bool { return p.match(d) })
	}
	return b
}

func allOf(parts []branch) branch {
	b := branch{disjuncts: 1}
	for _, p := range parts {
		b.disjuncts = enough(b.disjuncts * p.disjuncts)
		b.arrayChecks = enough(b.arrayChecks + p.arrayChecks)
	}
	b.match = func(d *pb.Document) bool {
		return !slices.ContainsFunc(parts, func(p branch) bool { return !p.match(d) })
	}
	return b
}

// path parses the path of a filter, and counts the filter.
func (fs *filters) path(f *pb.StructuredQuery_FieldReference) (fieldPath, error) {
	path, err := parseField(f.GetFieldPath())
	fs.count++
	if path.isName() {
		fs.byName++
	}
	return path, err
}

// ordered remembers a field by which the results are ordered because of its filter.
func (fs *filters) ordered(p fieldPath) {
	if !fs.ranged(p) {
		fs.ranges = append(fs.ranges, p)
	}
}

func (fs *filters) ranged(p fieldPath) bool {
	return slices.ContainsFunc(fs.ranges, func(q fieldPath) bool { return slices.Equal(p, q) })
}

func (fs *filters) unary(f *unaryFilter) (branch, error) {
	path, err := fs.path(f.GetField())
	if err != nil {
		return branch{}, err
	}
	if path.isName() {
		return branch{}, invalid("%s can only be compared to a reference", nameField)
	}
	var test func(*pb.Value) bool
	switch f.Op {
	case pb.StructuredQuery_UnaryFilter_IS_NULL:
		test = isNull
	case pb.StructuredQuery_UnaryFilter_IS_NAN:
		test = isNaN
	case pb.StructuredQuery_UnaryFilter_IS_NOT_NULL:
		test = func(v *pb.Value) bool { return !isNull(v) }
	case pb.StructuredQuery_UnaryFilter_IS_NOT_NAN:
		test = ordinary
	default:
		return branch{}, invalid("unary filter of %q must have an operator", clip(f.GetField().GetFieldPath()))
	}
	if f.Op == pb.StructuredQuery_UnaryFilter_IS_NOT_NULL || f.Op == pb.StructuredQuery_UnaryFilter_IS_NOT_NAN {
		fs.negative++
		fs.ordered(path)
	}
	return branch{match: onField(path, test), disjuncts: 1}, nil
}

func isNull(v *pb.Value) bool { return rank(v) == rankNull }

// onField is a predicate on a field's value; a document without the field never passes.
func onField(path fieldPath, test func(*pb.Value) bool) predicate {
	return func(d *pb.Document) bool {
		v := fieldOf(d, path)
		return v != nil && test(v)
	}
}

// fieldOf is the value a query sees at a path; the document's name is a reference.
func fieldOf(d *pb.Document, path fieldPath) *pb.Value {
	if path.isName() {
		return &pb.Value{ValueType: &pb.Value_ReferenceValue{ReferenceValue: d.Name}}
	}
	return get(d.Fields, path)
}
