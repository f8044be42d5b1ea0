package store

import (
	"context"
	"fmt"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

type tenantRow struct {
	Settings string `firestore:"settings"`
}

// Settings reads the tenant's settings document: ErrNotFound where there is no such tenant.
func (s *Store) Settings(ctx context.Context, tenant string) ([]byte, error) {
	ref, err := s.tenant(tenant)
	if err != nil {
		return nil, err
	}
	snap, err := ref.Get(ctx)
	if err != nil {
		return nil, notFound(err, "tenant")
	}
	var r tenantRow
	if err := snap.DataTo(&r); err != nil {
		return nil, fmt.Errorf("store: settings of tenant %s: %w", tenant, err)
	}
	return []byte(r.Settings), nil
}

// PutSettings replaces the tenant's settings document, which the caller has checked.
func (s *Store) PutSettings(ctx context.Context, tenant string, doc []byte) error {
	ref, err := s.tenant(tenant)
	if err != nil {
		return err
	}
	if _, err := ref.Set(ctx, tenantRow{Settings: string(doc)}); err != nil {
		return fmt.Errorf("store: settings of tenant %s: %w", tenant, err)
	}
	return nil
}

type leaseRow struct {
	Holder string    `firestore:"holder"`
	Until  time.Time `firestore:"until"`
}

// Lease takes the named lease for holder until the given time, or lengthens it. ok is false when another holds it at now.
func (s *Store) Lease(ctx context.Context, tenant, name, holder string, now, until time.Time) (ok bool, err error) {
	ref, err := s.lease(tenant, name)
	if err != nil {
		return false, err
	}
	err = s.transact(ctx, func(tx *firestore.Transaction) error {
		held, err := readLease(tx, ref)
		if err != nil {
			return err
		}
		ok = held.Holder == holder || !held.Until.After(now)
		if !ok {
			return nil
		}
		return tx.Set(ref, leaseRow{holder, until})
	})
	if err != nil {
		return false, fmt.Errorf("store: taking a lease: %w", err)
	}
	return ok, nil
}

// Release gives the lease back, unless another holds it by now.
func (s *Store) Release(ctx context.Context, tenant, name, holder string) error {
	ref, err := s.lease(tenant, name)
	if err != nil {
		return err
	}
	err = s.transact(ctx, func(tx *firestore.Transaction) error {
		held, err := readLease(tx, ref)
		if err != nil || held.Holder != holder {
			return err
		}
		return tx.Delete(ref)
	})
	if err != nil {
		return fmt.Errorf("store: releasing a lease: %w", err)
	}
	return nil
}

func (s *Store) lease(tenant, name string) (*firestore.DocumentRef, error) {
	t, err := s.tenant(tenant)
	if err != nil {
		return nil, err
	}
	return t.Collection("leases").Doc(docID(name)), nil
}

func readLease(tx *firestore.Transaction, ref *firestore.DocumentRef) (leaseRow, error) {
	var l leaseRow
	snap, err := tx.Get(ref)
	if status.Code(err) == codes.NotFound {
		return l, nil
	}
	if err != nil {
		return l, err
	}
	return l, snap.DataTo(&l)
}
