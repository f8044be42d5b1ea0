package firestore

import (
	"maps"
	"slices"
	"strings"
	"sync"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Indexes are the indexes that a database has beside the automatic ones, and what the queries that were held to them
// needed. Their methods may be called at once from many goroutines.
type Indexes struct {
	composite []index
	overrides map[collectionField][]index // a field's indexes, in the place of the automatic ones
	expiries  []collectionField           // by which documents expire

	mu   sync.Mutex
	seen map[string]need
}

// need is what one disjunction of a query asks of indexes: the documents that pass the filters, in the order.
type need struct {
	collection string
	group      bool
	filters    []indexKey // of fields compared for equality, or that contain something; by path
	order      []indexKey // ends with the name; none of the filters' fields
}

// String is the index that would serve the need alone.
func (n need) String() string {
	return index{n.collection, n.group, slices.Concat(n.filters, n.order)}.String()
}

// RequireIndexes has the server refuse each query that needs an index which is not among these, as the service does. It is
// to be called before the server serves; one of which it is not called has every index.
func (s *Server) RequireIndexes(these *Indexes) { s.indexes = these }

// serve says why the service would not run the query, if so. On nil indexes it runs every one.
func (x *Indexes) serve(q *query) error {
	if x == nil {
		return nil
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, n := range q.needs {
		x.seen[n.String()] = n
		if !x.has(n, x.composite) {
			return status.Errorf(codes.FailedPrecondition, "The query requires an index. The database has none for %s", clip(n.String()))
		}
	}
	return nil
}

// Idle are the composite indexes without which every query so far would have been served as well, each as its collection,
// its scope and its fields.
func (x *Indexes) Idle() []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	var idle []string
	for i, ix := range x.composite {
		others := slices.Delete(slices.Clone(x.composite), i, i+1)
		needed := func(n need) bool { return !x.has(n, others) }
		if !slices.ContainsFunc(slices.Collect(maps.Values(x.seen)), needed) {
			idle = append(idle, ix.String())
		}
	}
	return idle
}

// has reports whether the composite indexes, the fields' own and the one by name serve the need: each alone, or several
// merged, each with some of the filters, if all end with the order (firebase.google.com/docs/firestore/query-data/index-overview,
// "Take advantage of index merging"). It is not said there that one with CONTAINS can be merged, so none is here.
func (x *Indexes) has(n need, composite []index) bool {
	left := slices.Clone(n.filters)
	found := false
	for _, ix := range slices.Concat(composite, x.single(n), []index{newIndex(n.collection, n.group)}) {
		filters, ok := n.fits(ix)
		if !ok || len(filters) < len(n.filters) && n.hasContains() {
			continue
		}
		found = true
		left = slices.DeleteFunc(left, func(k indexKey) bool { return slices.Contains(filters, k) })
	}
	return found && len(left) == 0
}

func (n need) hasContains() bool {
	return slices.ContainsFunc(n.filters, func(k indexKey) bool { return k.mode == keyContains })
}

// single are the single-field indexes of the need's fields.
func (x *Indexes) single(n need) []index {
	var out []index
	for _, k := range slices.Concat(n.filters, n.order) {
		f := collectionField{n.collection, k.path}
		own, overridden := x.overrides[f]
		switch {
		case k.path == nameField:
		case overridden:
			out = append(out, own...)
		default:
			out = append(out, automatic(f)...)
		}
	}
	return out
}

// fits reports whether the index has some of the filters, one after another, and then the order; and which filters.
func (n need) fits(ix index) ([]indexKey, bool) {
	at := len(ix.keys) - len(n.order)
	if ix.collection != n.collection || ix.group != n.group || at < 0 || !slices.Equal(ix.keys[at:], n.order) {
		return nil, false
	}
	var filters []indexKey
	for _, k := range ix.keys[:at] {
		if k.mode == keyDescending { // for equality, either direction will do
			k.mode = keyAscending
		}
		if !slices.Contains(n.filters, k) {
			return nil, false
		}
		filters = append(filters, k)
	}
	return filters, true
}

// needsOf are the needs of a query with the filter: one for each of its disjunctions, since the service runs these apart.
// The filter has been compiled, so there are few.
func needsOf(sc scope, filter *pb.StructuredQuery_Filter, order []sortOrder) []need {
	if sc.collection == "" {
		return nil // it reads documents by their names alone
	}
	var needs []need
	for _, filters := range conjunctions(filter) {
		slices.SortFunc(filters, func(a, b indexKey) int { return strings.Compare(a.String(), b.String()) })
		n := need{collection: sc.collection, group: sc.descendants, filters: slices.Compact(filters)}
		for _, o := range order {
			path := strings.Join(o.path, ".")
			if !slices.Contains(filters, indexKey{path, keyAscending}) { // what is equal needs no order
				n.order = append(n.order, indexKey{path, direction(o.desc)})
			}
		}
		needs = append(needs, n)
	}
	return needs
}

func direction(desc bool) indexMode {
	if desc {
		return keyDescending
	}
	return keyAscending
}

// conjunctions are the fields that each disjunction compares for equality, or wants to contain something. Ranges are in the
// order; a comparison of the name needs no index.
func conjunctions(f *pb.StructuredQuery_Filter) [][]indexKey {
	switch x := f.GetFilterType().(type) {
	case *pb.StructuredQuery_Filter_CompositeFilter:
		if x.CompositeFilter.Op == pb.StructuredQuery_CompositeFilter_OR {
			return eitherOf(x.CompositeFilter.Filters)
		}
		return allOfThem(x.CompositeFilter.Filters)
	case *pb.StructuredQuery_Filter_FieldFilter:
		switch x.FieldFilter.Op {
		case opEqual, opIn:
			return oneKey(x.FieldFilter.Field, keyAscending)
		case opContains, opContainsAny:
			return oneKey(x.FieldFilter.Field, keyContains)
		}
	case *pb.StructuredQuery_Filter_UnaryFilter:
		if op := x.UnaryFilter.Op; op == pb.StructuredQuery_UnaryFilter_IS_NULL || op == pb.StructuredQuery_UnaryFilter_IS_NAN {
			return oneKey(x.UnaryFilter.GetField(), keyAscending)
		}
	}
	return [][]indexKey{nil}
}

func eitherOf(filters []*pb.StructuredQuery_Filter) (out [][]indexKey) {
	for _, f := range filters {
		out = append(out, conjunctions(f)...)
	}
	return out
}

func allOfThem(filters []*pb.StructuredQuery_Filter) [][]indexKey {
	out := [][]indexKey{nil}
	for _, f := range filters {
		var next [][]indexKey
		for _, a := range out {
			for _, b := range conjunctions(f) {
				next = append(next, slices.Concat(a, b))
			}
		}
		out = next
	}
	return out
}

func oneKey(f *pb.StructuredQuery_FieldReference, mode indexMode) [][]indexKey {
	path, err := parseField(f.GetFieldPath())
	if err != nil || path.isName() { // an error was told when the filter was compiled
		return [][]indexKey{nil}
	}
	return [][]indexKey{{{strings.Join(path, "."), mode}}}
}
