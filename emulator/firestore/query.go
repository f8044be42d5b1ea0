package firestore

import (
	"cmp"
	"math"
	"slices"
	"strings"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// query is a compiled structured query.
type query struct {
	scope      scope
	match      predicate
	order      []sortOrder // ends with the name, so that it is total
	start, end *cursor
	offset     int
	limit      int
	fields     *projection
	needs      []need
}

type sortOrder struct {
	path fieldPath
	desc bool
}

// cursor is a position in the order: just before, or just after, the documents whose first order values equal it.
type cursor struct {
	values []*pb.Value
	before bool
}

// parseQuery compiles a query, or says what the service would refuse in it. The results are ordered by the given fields
// too, as by those with a range.
func parseQuery(parent string, q *pb.StructuredQuery, by ...fieldPath) (*query, error) {
	if q == nil {
		return nil, invalid("a structured query is required")
	}
	if q.FindNearest != nil {
		return nil, status.Error(codes.Unimplemented, "find_nearest is not served here")
	}
	out := &query{offset: int(q.Offset), limit: math.MaxInt}
	if q.Limit != nil {
		out.limit = int(q.Limit.Value)
	}
	if out.offset < 0 || out.limit < 0 {
		return nil, invalid("offset and limit must not be negative")
	}
	var fs filters
	var err error
	if out.scope, err = parseScope(parent, q.From); err != nil {
		return nil, err
	}
	if out.match, err = fs.compile(q.Where); err != nil {
		return nil, err
	}
	if n := fs.count + len(q.OrderBy); n > maxQueryParts {
		return nil, invalid("the query has %d filters and sort orders; the maximum is %d", n, maxQueryParts)
	}
	if out.fields, err = parseProjection(q.Select); err != nil {
		return nil, err
	}
	if fs.count == fs.byName && descendingName(q.OrderBy) {
		return nil, status.Error(codes.FailedPrecondition, "a collection cannot be read by name alone in descending order")
	}
	if out.order, err = parseOrder(q.OrderBy, append(fs.ranges, by...)); err != nil {
		return nil, err
	}
	out.needs = needsOf(out.scope, q.Where, out.order)
	return out, out.parseCursors(q)
}

func (q *query) parseCursors(in *pb.StructuredQuery) (err error) {
	given := q.order[:len(in.OrderBy)] // the service takes values only for orders that the query names
	if q.start, err = parseCursor(in.StartAt, given); err != nil {
		return err
	}
	q.end, err = parseCursor(in.EndAt, given)
	return err
}

func parseScope(parent string, from []*pb.StructuredQuery_CollectionSelector) (scope, error) {
	sc := scope{parent: parent}
	if err := checkParent(parent); err != nil {
		return sc, err
	}
	if len(from) > 1 {
		return sc, invalid("a query must have at most one collection selector, not %d", len(from))
	}
	if len(from) == 1 {
		sc.collection, sc.descendants = from[0].GetCollectionId(), from[0].GetAllDescendants()
	}
	if sc.collection == "" {
		return sc, nil
	}
	if sc.descendants && !strings.HasSuffix(parent, "/documents") {
		return sc, invalid("a collection group can only be queried from the root of the database")
	}
	return sc, checkID(sc.collection)
}

// parseOrder completes the given order: then come the fields with a range or inequality, by name, then the document's
// name, all in the direction of the last one given (google/firestore/v1/query.proto, StructuredQuery.order_by).
func parseOrder(given []*pb.StructuredQuery_Order, ranges []fieldPath) ([]sortOrder, error) {
	var order []sortOrder
	has := func(p fieldPath) bool {
		return slices.ContainsFunc(order, func(o sortOrder) bool { return slices.Equal(o.path, p) })
	}
	desc := false
	for _, o := range given {
		path, err := parseField(o.GetField().GetFieldPath())
		switch {
		case err != nil:
			return nil, err
		case has(path):
			return nil, invalid("order_by must not have %q twice", clip(o.Field.FieldPath))
		case has(fieldPath{nameField}):
			return nil, invalid("order_by must not go on after %s", nameField)
		}
		desc = o.Direction == pb.StructuredQuery_DESCENDING
		order = append(order, sortOrder{path, desc})
	}
	for _, p := range slices.SortedFunc(slices.Values(ranges), slices.Compare) {
		switch {
		case has(p) || p.isName():
		case has(fieldPath{nameField}):
			return nil, invalid("order_by must have %q, which has a range or is aggregated, before %s", clip(strings.Join(p, ".")), nameField)
		default:
			order = append(order, sortOrder{p, desc})
		}
	}
	if !has(fieldPath{nameField}) {
		order = append(order, sortOrder{fieldPath{nameField}, desc})
	}
	return order, nil
}

func descendingName(order []*pb.StructuredQuery_Order) bool {
	return len(order) == 1 && order[0].GetField().GetFieldPath() == nameField && order[0].Direction == pb.StructuredQuery_DESCENDING
}

func parseProjection(p *pb.StructuredQuery_Projection) (*projection, error) {
	if len(p.GetFields()) == 0 {
		return nil, nil // no field listed is every field; only the name is listed as __name__
	}
	var out projection
	for _, f := range p.Fields {
		path, err := parseField(f.GetFieldPath())
		if err != nil {
			return nil, err
		}
		out.paths = append(out.paths, path)
	}
	return &out, nil
}

func parseCursor(c *pb.Cursor, order []sortOrder) (*cursor, error) {
	if c == nil {
		return nil, nil
	}
	if len(c.Values) > len(order) {
		return nil, invalid("a cursor has %d values for %d orders", len(c.Values), len(order))
	}
	for i, v := range c.Values {
		if err := checkCompared(order[i].path, v); err != nil {
			return nil, err
		}
	}
	return &cursor{c.Values, c.Before}, nil
}

// row is a matching document with its values in the query's order.
type row struct {
	doc  *pb.Document
	keys []*pb.Value
}

// run returns what the query finds, in order, whole documents. The caller holds the server's lock.
func (q *query) run(v view) []*pb.Document {
	var rows []row
	for d := range v.documents(q.scope) {
		if !q.match(d) {
			continue
		}
		if keys, ok := q.keys(d); ok && q.between(keys) {
			rows = append(rows, row{d, keys})
		}
	}
	slices.SortFunc(rows, func(a, b row) int { return q.compare(a.keys, b.keys) })
	rows = rows[min(q.offset, len(rows)):]
	rows = rows[:min(q.limit, len(rows))]
	docs := make([]*pb.Document, len(rows))
	for i, r := range rows {
		docs[i] = r.doc
	}
	return docs
}

// keys are the document's values in the query's order. A document that lacks one is not in the index: not found.
func (q *query) keys(d *pb.Document) ([]*pb.Value, bool) {
	keys := make([]*pb.Value, len(q.order))
	for i, o := range q.order {
		if keys[i] = fieldOf(d, o.path); keys[i] == nil {
			return nil, false
		}
	}
	return keys, true
}

// compare orders two lists of keys as far as both go.
func (q *query) compare(a, b []*pb.Value) int {
	for i := range min(len(a), len(b)) {
		if c := compare(a[i], b[i]); c != 0 {
			if q.order[i].desc {
				return -c
			}
			return c
		}
	}
	return 0
}

// between reports whether a document with these keys lies between the cursors.
func (q *query) between(keys []*pb.Value) bool {
	if c := q.start; c != nil {
		if x := q.compare(keys, c.values); x < 0 || x == 0 && !c.before {
			return false
		}
	}
	if c := q.end; c != nil {
		if x := q.compare(keys, c.values); x > 0 || x == 0 && c.before {
			return false
		}
	}
	return true
}

// byName orders documents by name.
func byName(a, b *pb.Document) int { return cmp.Compare(compareNames(a.Name, b.Name), 0) }
