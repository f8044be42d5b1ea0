package store

import (
	"context"
	"fmt"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Aside returns what was set aside of the tenant's, by their ids, at most limit.
func (s *Store) Aside(ctx context.Context, tenant string, limit int) ([]Poison, error) {
	c, err := s.client.Get()
	if err != nil {
		return nil, err
	}
	return read[Poison](c.Collection("poison").Where("attributes.tenant", "==", tenant).Limit(limit).Documents(ctx))
}

// AsideOne returns what was set aside under the id: ErrNotFound where there is none, or it is another tenant's.
func (s *Store) AsideOne(ctx context.Context, tenant, id string) (p Poison, err error) {
	c, err := s.client.Get()
	if err != nil {
		return p, err
	}
	snap, err := c.Collection("poison").Doc(docID(id)).Get(ctx)
	if err != nil {
		return p, notFound(err, "what was set aside")
	}
	if err := snap.DataTo(&p); err != nil {
		return p, fmt.Errorf("store: what was set aside: %w", err)
	}
	if p.Attributes["tenant"] != tenant {
		return Poison{}, fmt.Errorf("what was set aside: %w", ErrNotFound)
	}
	return p, nil
}

// Forget deletes what was set aside under the id, if it is there: a person has seen to it.
func (s *Store) Forget(ctx context.Context, id string) error {
	c, err := s.client.Get()
	if err != nil {
		return err
	}
	if _, err := c.Collection("poison").Doc(docID(id)).Delete(ctx); err != nil && status.Code(err) != codes.NotFound {
		return fmt.Errorf("store: forgetting what was set aside: %w", err)
	}
	return nil
}
