package store

import (
	"context"
	"fmt"
	"time"

	"cloud.google.com/go/firestore"
	"cloud.google.com/go/firestore/apiv1/firestorepb"
)

// CountAside is how many messages of the tenant are set aside.
func (s *Store) CountAside(ctx context.Context, tenant string) (int64, error) {
	c, err := s.client.Get()
	if err != nil {
		return 0, err
	}
	return count(ctx, c.Collection("poison").Where("attributes.tenant", "==", tenant), "messages set aside")
}

// CountUnknown is how many different events of the tenant belonged to no session.
func (s *Store) CountUnknown(ctx context.Context, tenant string) (int64, error) {
	t, err := s.tenant(tenant)
	if err != nil {
		return 0, err
	}
	return count(ctx, t.Collection("unknown").Query, "unknown events")
}

// CountUnknownOf is CountUnknown of those events whose time is from or later, and before until.
func (s *Store) CountUnknownOf(ctx context.Context, tenant string, from, until time.Time) (int64, error) {
	t, err := s.tenant(tenant)
	if err != nil {
		return 0, err
	}
	return count(ctx, t.Collection("unknown").Where("at", ">=", from).Where("at", "<", until), "unknown events")
}

// count is how many documents the query finds.
func count(ctx context.Context, q firestore.Query, what string) (int64, error) {
	counted, err := q.NewAggregationQuery().WithCount("n").Get(ctx)
	if err != nil {
		return 0, fmt.Errorf("store: counting %s: %w", what, err)
	}
	n, ok := counted["n"].(*firestorepb.Value)
	if !ok {
		return 0, fmt.Errorf("store: counting %s: the answer has a %T, not a number", what, counted["n"])
	}
	return n.GetIntegerValue(), nil
}
