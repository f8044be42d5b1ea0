package store

import (
	"context"
	"errors"
	"fmt"

	"cloud.google.com/go/firestore"
)

// maxLeft bounds how many erasures that were cut short, of all tenants, are gone on with in one go.
const maxLeft = 500

// FinishAllErasing goes on with the erasures, of any tenant, that were cut short, for as long as more says that there is time, and
// returns how many came to their end. One that fails keeps no other from it.
func (s *Store) FinishAllErasing(ctx context.Context, more func() bool) (ended int, err error) {
	c, err := s.client.Get()
	if err != nil {
		return 0, err
	}
	snaps, err := c.CollectionGroup("erased").Where("left", "==", true).Limit(maxLeft).Documents(ctx).GetAll()
	if err != nil {
		return 0, fmt.Errorf("store: erasures that were cut short: %w", err)
	}
	for _, snap := range snaps {
		left, failed := s.finishWhole(ctx, snap, more)
		if failed != nil {
			err = errors.Join(err, failed)
		} else if !left {
			ended++
		}
	}
	return ended, err
}

// finishWhole goes on with one erasure, a bounded number of documents at a time; left says that time was over before.
func (s *Store) finishWhole(ctx context.Context, snap *firestore.DocumentSnapshot, more func() bool) (left bool, err error) {
	var e Erasure
	if err := snap.DataTo(&e); err != nil {
		return true, fmt.Errorf("store: an erasure: %w", err)
	}
	session := snap.Ref.Parent.Parent.Collection("sessions").Doc(e.Session)
	for e.Left && err == nil && more() {
		err = s.finish(ctx, session, &e)
	}
	return e.Left, err
}

// ErasingLeft says whether any of the tenant's erasures was cut short.
func (s *Store) ErasingLeft(ctx context.Context, tenant string) (bool, error) {
	t, err := s.tenant(tenant)
	if err != nil {
		return false, err
	}
	left, err := read[Erasure](t.Collection("erased").Where("left", "==", true).Limit(1).Documents(ctx))
	return len(left) > 0, err
}
