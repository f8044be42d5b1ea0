package firestore_test

import (
	"slices"
	"strings"
	"testing"

	client "cloud.google.com/go/firestore"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"sessionbridge.internal/emulator/firestore"
)

// declared are indexes of a collection "calls", and two fields of it that have others than the automatic ones.
const declared = `{
	"indexes": [
		{"collectionGroup": "calls", "queryScope": "COLLECTION", "fields": [{"fieldPath": "state", "order": "ASCENDING"}, {"fieldPath": "at", "order": "DESCENDING"}]},
		{"collectionGroup": "calls", "queryScope": "COLLECTION", "fields": [{"fieldPath": "queue", "order": "DESCENDING"}, {"fieldPath": "at", "order": "DESCENDING"}]},
		{"collectionGroup": "calls", "queryScope": "COLLECTION", "fields": [{"fieldPath": "tags", "arrayConfig": "CONTAINS"}, {"fieldPath": "state", "order": "ASCENDING"}]},
		{"collectionGroup": "calls", "queryScope": "COLLECTION_GROUP", "fields": [{"fieldPath": "state", "order": "ASCENDING"}, {"fieldPath": "at", "order": "ASCENDING"}]}
	],
	"fieldOverrides": [
		{"collectionGroup": "calls", "fieldPath": "text", "indexes": []},
		{"collectionGroup": "calls", "fieldPath": "gone", "ttl": true, "indexes": [{"order": "ASCENDING", "queryScope": "COLLECTION"}, {"order": "ASCENDING", "queryScope": "COLLECTION_GROUP"}]}
	]
}`

func held(t *testing.T) (*world, *firestore.Indexes) {
	t.Helper()
	ix, err := firestore.ParseIndexes([]byte(declared))
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	w.server.RequireIndexes(ix)
	return w, ix
}

// The rules are those of firebase.google.com/docs/firestore/query-data/index-overview.
func TestAQueryWithoutItsIndexIsRefused(t *testing.T) {
	t.Parallel()
	w, _ := held(t)
	calls := w.client.Collection("calls")
	group := w.client.CollectionGroup("calls")
	const up, down = client.Asc, client.Desc
	tests := map[string]struct {
		query client.Query
		index string // that is missing; empty: it runs
	}{
		"all of a collection runs":                    {calls.Query, ""},
		"all of a group runs":                         {group.Query, ""},
		"one order runs":                              {calls.OrderBy("at", down), ""},
		"a range runs":                                {calls.Where("at", ">=", 1).Where("at", "<", 2), ""},
		"an inequality runs":                          {calls.Where("at", "!=", 1), ""},
		"an equality of a field in a map runs":        {calls.Where("attributes.tenant", "==", "a"), ""},
		"two equalities are merged":                   {calls.Where("a", "==", 1).Where("b", "==", 2), ""},
		"null and NaN are equalities":                 {calls.Where("a", "==", nil).Where("b", "==", 1), ""},
		"one of an array runs":                        {calls.Where("tags", "array-contains", "x"), ""},
		"an equality with an order by it runs":        {calls.Where("a", "==", 1).OrderBy("a", up), ""},
		"the name in the order's direction runs":      {calls.OrderBy("at", down).OrderBy(client.DocumentID, down), ""},
		"the name against it does not":                {calls.OrderBy("at", down).OrderBy(client.DocumentID, up), "at DESCENDING, __name__ ASCENDING"},
		"an equality with an order has its index":     {calls.Where("state", "==", "x").OrderBy("at", down), ""},
		"several values have the same":                {calls.Where("state", "in", []string{"x", "y"}).OrderBy("at", down), ""},
		"an equality has no direction":                {calls.Where("queue", "==", "x").OrderBy("at", down), ""},
		"two indexes with one order are merged":       {calls.Where("queue", "==", "x").Where("state", "==", "y").OrderBy("at", down), ""},
		"the order's direction counts":                {calls.Where("state", "==", "x").OrderBy("at", up), "state ASCENDING, at ASCENDING, __name__ ASCENDING"},
		"a range is an order":                         {calls.Where("state", "==", "x").Where("at", ">", 1), "state ASCENDING, at ASCENDING, __name__ ASCENDING"},
		"a filter more is not merged":                 {calls.Where("state", "==", "x").Where("b", "==", 2).OrderBy("at", down), "b ASCENDING, state ASCENDING, at DESCENDING, __name__ DESCENDING"},
		"two orders need one":                         {calls.OrderBy("at", up).OrderBy("state", up), "at ASCENDING, state ASCENDING, __name__ ASCENDING"},
		"two ranges need one":                         {calls.Where("a", ">", 1).Where("b", ">", 1), "a ASCENDING, b ASCENDING, __name__ ASCENDING"},
		"one of an array with an equality has its":    {calls.Where("tags", "array-contains", "x").Where("state", "==", "y"), ""},
		"one of an array is not merged":               {calls.Where("tags", "array-contains", "x").Where("b", "==", "y"), "b ASCENDING, tags CONTAINS, __name__ ASCENDING"},
		"each side of an or needs its own":            {calls.WhereEntity(either("state", "b")).OrderBy("at", down), "b ASCENDING, at DESCENDING, __name__ DESCENDING"},
		"a field without indexes cannot be compared":  {calls.Where("text", "==", "x"), "text ASCENDING, __name__ ASCENDING"},
		"nor ordered by":                              {calls.OrderBy("text", up), "text ASCENDING, __name__ ASCENDING"},
		"a field keeps the index it is given":         {calls.OrderBy("gone", up), ""},
		"and no other":                                {calls.OrderBy("gone", down), "gone DESCENDING, __name__ DESCENDING"},
		"a group has the index it is given":           {group.Where("gone", "<", 5), ""},
		"and none by itself":                          {group.Where("at", "<", 5), "calls (COLLECTION_GROUP): at ASCENDING, __name__ ASCENDING"},
		"a group's composite index serves it":         {group.Where("state", "==", "x").Where("at", "<", 5), ""},
		"a collection's does not serve the group":     {group.Where("state", "==", "x").OrderBy("at", down), "calls (COLLECTION_GROUP): state ASCENDING, at DESCENDING"},
		"another collection has the automatic ones":   {w.client.Collection("others").OrderBy("text", down), ""},
		"and only these":                              {w.client.Collection("others").Where("state", "==", "x").OrderBy("at", down), "others (COLLECTION): state ASCENDING, at DESCENDING"},
		"a name is found without":                     {calls.Where(client.DocumentID, "==", calls.Doc("x")), ""},
		"an equality with an order by the name runs":  {calls.Where("a", "==", 1).OrderBy(client.DocumentID, up), ""},
		"and against the name, by the descending one": {calls.Where("a", "==", 1).OrderBy(client.DocumentID, down), ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			query := tt.query
			_, err := query.Documents(t.Context()).GetAll()
			wantIndex(t, err, tt.index)
			_, err = query.NewAggregationQuery().WithCount("n").Get(t.Context())
			wantIndex(t, err, tt.index)
		})
	}
}

func either(a, b string) client.EntityFilter {
	return client.OrFilter{Filters: []client.EntityFilter{
		client.PropertyFilter{Path: a, Operator: "==", Value: 1}, client.PropertyFilter{Path: b, Operator: "==", Value: 1},
	}}
}

// wantIndex wants the query refused for want of an index, or run where none is named.
func wantIndex(t *testing.T, err error, index string) {
	t.Helper()
	switch {
	case index == "" && err != nil:
		t.Errorf("refused: %v", err)
	case index != "" && (status.Code(err) != codes.FailedPrecondition || !strings.Contains(err.Error(), index)):
		t.Errorf("got %v, want a refusal for want of %s", err, index)
	}
}

func TestSumsAndListenersNeedIndexesToo(t *testing.T) {
	t.Parallel()
	w, _ := held(t)
	calls := w.client.Collection("calls")
	ofState := calls.Where("state", "==", "x")
	_, err := ofState.NewAggregationQuery().WithSum("n", "s").Get(t.Context())
	wantIndex(t, err, "state ASCENDING, n ASCENDING, __name__ ASCENDING")
	_, err = ofState.OrderBy("n", client.Asc).Snapshots(t.Context()).Next()
	wantIndex(t, err, "state ASCENDING, n ASCENDING, __name__ ASCENDING")
	_, err = ofState.OrderBy("at", client.Desc).Snapshots(t.Context()).Next()
	wantIndex(t, err, "")
}

func TestIndexesThatNoQueryNeedsAreTold(t *testing.T) {
	t.Parallel()
	w, ix := held(t)
	if idle := ix.Idle(); len(idle) != 4 {
		t.Fatalf("before any query %d are idle, want 4: %v", len(idle), idle)
	}
	calls := w.client.Collection("calls")
	for _, q := range []client.Query{
		calls.Where("state", "==", "x").OrderBy("at", client.Desc),
		calls.Where("tags", "array-contains", "x").Where("state", "==", "y"),
		calls.Where("queue", "==", "x"), // which the automatic one serves
	} {
		if _, err := q.Documents(t.Context()).GetAll(); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{
		"calls (COLLECTION): queue DESCENDING, at DESCENDING, __name__ DESCENDING",
		"calls (COLLECTION_GROUP): state ASCENDING, at ASCENDING, __name__ ASCENDING",
	}
	if idle := ix.Idle(); !slices.Equal(idle, want) {
		t.Errorf("idle are %q, want %q", idle, want)
	}
}

func TestIndexesThatMeanNothingAreRefused(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ text, want string }{
		"no JSON":              {`{`, "indexes: "},
		"an unknown name":      {`{"indices": []}`, "indices"},
		"no fields":            {`{"indexes": [{"collectionGroup": "a"}]}`, "indexes[0]: fields must have one at least"},
		"no collection":        {`{"indexes": [{"fields": [{"fieldPath": "a", "order": "ASCENDING"}]}]}`, "indexes[0]: collectionGroup: "},
		"another scope":        {`{"indexes": [{"collectionGroup": "a", "queryScope": "ALL", "fields": [{"fieldPath": "a", "order": "ASCENDING"}]}]}`, "COLLECTION_GROUP"},
		"no order":             {`{"indexes": [{"collectionGroup": "a", "fields": [{"fieldPath": "a"}]}]}`, `field "a" must have either`},
		"an order and arrays":  {`{"indexes": [{"collectionGroup": "a", "fields": [{"fieldPath": "a", "order": "ASCENDING", "arrayConfig": "CONTAINS"}]}]}`, `field "a" must have either`},
		"arrays in an order":   {`{"indexes": [{"collectionGroup": "a", "fields": [{"fieldPath": "a", "order": "CONTAINS"}]}]}`, `field "a" must have either`},
		"an override's order":  {`{"fieldOverrides": [{"collectionGroup": "a", "fieldPath": "a", "indexes": [{"order": "UP"}]}]}`, `fieldOverrides[0]: field "a" must have either`},
		"an override's path":   {`{"fieldOverrides": [{"collectionGroup": "a", "fieldPath": "a..b", "indexes": []}]}`, "fieldOverrides[0]: fieldPath: "},
		"an override's scope":  {`{"fieldOverrides": [{"collectionGroup": "a", "fieldPath": "a", "indexes": [{"order": "ASCENDING", "queryScope": "x"}]}]}`, "queryScope"},
		"an index's bad field": {`{"indexes": [{"collectionGroup": "a", "fields": [{"fieldPath": "__a__", "order": "ASCENDING"}]}]}`, "reserved"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := firestore.ParseIndexes([]byte(tt.text)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
		})
	}
}
