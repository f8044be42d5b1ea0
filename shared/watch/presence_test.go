package watch_test

import (
	"slices"
	"testing"

	"cloud.google.com/go/firestore"

	"sessionbridge.internal/shared/cloud"
)

// The hour's look finds the tenants of an earlier release; otherwise their agents would stay out of step until somebody saves.
func TestTenantsOfAnEarlierReleaseAreMarked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	client, err := firestore.NewClient(t.Context(), "p", cloud.Options(w.db)...)
	w.must(err)
	defer client.Close()
	_, err = client.Collection("tenants").Doc("old").Set(t.Context(), map[string]any{"settings": `{"presence":{"to_centre":{"Available":"Available"},
		"crm":{"type":"kustomer","url":"https://crm.example","key":"secret://old--crm"},
		"centre":{"type":"ccai","url":"https://centre.example","username":"old","password":"secret://old--centre"}}}`})
	w.must(err)
	for _, want := range [][]string{nil, {"old"}} {
		if got, err := w.Store.TenantsWithPresence(t.Context(), 9); err != nil || !slices.Equal(got, want) {
			t.Errorf("those who want presence are %q, %v, want %q", got, err, want)
		}
		w.look()
	}
}
