package firestore_test

import (
	"slices"
	"testing"
	"time"

	client "cloud.google.com/go/firestore"
)

// The rules are those of docs.cloud.google.com/firestore/native/docs/ttl.
func TestWhatHasExpiredIsDeletedAndNothingElse(t *testing.T) {
	t.Parallel()
	w, _ := held(t)
	tests := map[string]struct {
		doc  map[string]any
		goes bool
	}{
		"its-time-is-over":     {map[string]any{"gone": start.Add(-time.Second)}, true},
		"its-time-is-now":      {map[string]any{"gone": start.Add(time.Hour)}, true},
		"its-time-will-come":   {map[string]any{"gone": start.Add(time.Hour + time.Second)}, false},
		"it-has-no-time":       {map[string]any{"other": start}, false},
		"its-time-is-null":     {map[string]any{"gone": nil}, false},
		"its-time-is-a-text":   {map[string]any{"gone": start.Format(time.RFC3339)}, false},
		"its-time-is-in-a-map": {map[string]any{"in": map[string]any{"gone": start}}, false},
	}
	var kept []string
	for name, tt := range tests {
		w.set(t, w.client.Collection("calls").Doc(name), tt.doc)
		if !tt.goes {
			kept = append(kept, name)
		}
	}
	w.set(t, w.client.Doc("calls/its-time-is-over/events/of-a-call-that-is-gone"), map[string]any{"gone": start})
	w.set(t, w.client.Doc("chats/of-another-group"), map[string]any{"gone": start})
	w.clock.Advance(time.Hour)
	if n := w.server.Expire(); n != 2 {
		t.Errorf("%d documents expired, want 2", n)
	}
	slices.Sort(kept)
	for path, want := range map[string][]string{"calls": kept, "calls/its-time-is-over/events": {"of-a-call-that-is-gone"}, "chats": {"of-another-group"}} {
		if got := w.ids(t, w.client.Collection(path)); !slices.Equal(got, want) {
			t.Errorf("%s has %q, want %q", path, got, want)
		}
	}
	if n := w.server.Expire(); n != 0 {
		t.Errorf("%d more expired at the same moment", n)
	}
}

func TestNothingExpiresWhereNoFieldIsDeclared(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(t, w.client.Doc("calls/1"), map[string]any{"gone": start.Add(-time.Hour)})
	if n := w.server.Expire(); n != 0 {
		t.Errorf("%d expired", n)
	}
}

func (w *world) set(t *testing.T, ref *client.DocumentRef, doc map[string]any) {
	t.Helper()
	if _, err := ref.Set(t.Context(), doc); err != nil {
		t.Fatal(err)
	}
}

// ids are the names of the documents in the collection, in their order.
func (w *world) ids(t *testing.T, c *client.CollectionRef) (names []string) {
	t.Helper()
	docs, err := c.Documents(t.Context()).GetAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range docs {
		names = append(names, d.Ref.ID)
	}
	return names
}
