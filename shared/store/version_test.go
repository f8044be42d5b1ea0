package store_test

import (
	"errors"
	"testing"

	"sessionbridge.internal/shared/store"
)

func TestWhatALaterReleaseHasInHandIsShownAndLeftAlone(t *testing.T) {
	t.Parallel()
	s, ctx := open(t, "version"), t.Context()
	version := func(n int) func(*store.Document) (store.Change, error) {
		return func(d *store.Document) (store.Change, error) {
			d.Version, d.Session.Key, d.Session.Source = n, id.Key, id.Source
			return store.Change{}, nil
		}
	}
	for _, n := range []int{0, store.DocumentVersion, store.DocumentVersion + 1} { // each may change the one before
		if _, err := s.Update(ctx, id, version(n)); err != nil {
			t.Fatalf("to version %d: %v", n, err)
		}
	}
	_, err := s.Update(ctx, id, version(0))
	if !errors.Is(err, store.ErrNewer) {
		t.Errorf("changing it: %v, want ErrNewer", err)
	}
	if d, err := s.Session(ctx, id); err != nil || d.Version != store.DocumentVersion+1 {
		t.Errorf("it reads %+v, %v", d, err)
	}
	if all, err := s.Find(ctx, id.Tenant, "", id.Key); err != nil || len(all) != 1 {
		t.Errorf("it is found as %v, %v", all, err)
	}
}
