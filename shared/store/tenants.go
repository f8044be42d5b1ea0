package store

import (
	"context"
	"fmt"
	"time"

	"cloud.google.com/go/firestore"
)

type tenantRow struct {
	Settings string `firestore:"settings"`
	Saves    int    `firestore:"saves"`    // numbers the history
	Presence bool   `firestore:"presence"` // wantsPresence of Settings
}

// Settings reads the tenant's settings document: ErrNotFound where there is no such tenant.
func (s *Store) Settings(ctx context.Context, tenant string) ([]byte, error) {
	doc, _, err := s.SettingsVersion(ctx, tenant)
	return doc, err
}

// SettingsVersion reads the document with its version, which is another one after every change.
func (s *Store) SettingsVersion(ctx context.Context, tenant string) (doc []byte, version string, err error) {
	r, snap, err := s.settings(ctx, tenant)
	if err != nil {
		return nil, "", err
	}
	return []byte(r.Settings), versionOf(snap), nil
}

func (s *Store) settings(ctx context.Context, tenant string) (r tenantRow, snap *firestore.DocumentSnapshot, err error) {
	ref, err := s.tenant(tenant)
	if err != nil {
		return r, nil, err
	}
	if snap, err = get(ctx, ref, &r); err != nil {
		return r, nil, fmt.Errorf("store: settings of tenant %s: %w", tenant, err)
	}
	if !snap.Exists() { // which the database itself has said: who is gone is owed nothing
		return r, nil, fmt.Errorf("tenant: %w", ErrNotFound)
	}
	return r, snap, nil
}

// PutSettings replaces the tenant's settings document, which the caller has checked, and makes the tenant where there is
// none. Nobody is named for it, and no history kept: SaveSettings does both.
func (s *Store) PutSettings(ctx context.Context, tenant string, doc []byte) error {
	ref, err := s.tenant(tenant)
	if err != nil {
		return err
	}
	if _, err := ref.Set(ctx, map[string]any{"settings": string(doc), "presence": wantsPresence(string(doc))}, firestore.MergeAll); err != nil {
		return fmt.Errorf("store: settings of tenant %s: %w", tenant, err)
	}
	return nil
}

type leaseRow struct {
	Holder string    `firestore:"holder"`
	Until  time.Time `firestore:"until"`
}

// Lease takes the named lease for holder until the given time, or lengthens it. ok is false when another holds it at now;
// held says that it was the holder's all along.
func (s *Store) Lease(ctx context.Context, tenant, name, holder string, now, until time.Time) (held, ok bool, err error) {
	ref, err := s.lease(tenant, name)
	if err != nil {
		return false, false, err
	}
	err = insist(ctx, func() error {
		var row leaseRow
		snap, err := get(ctx, ref, &row)
		if err != nil {
			return err
		}
		held = row.Holder == holder && row.Until.After(now)
		ok = held || !row.Until.After(now)
		if !ok {
			return nil
		}
		return s.commit(ctx, func(tx *firestore.Transaction) error {
			return put(tx, snap, []firestore.Update{{Path: "holder", Value: holder}, {Path: "until", Value: until}})
		})
	})
	if err != nil {
		return false, false, fmt.Errorf("store: taking a lease: %w", err)
	}
	return held, ok, nil
}

// Release gives the lease back, unless another holds it by now.
func (s *Store) Release(ctx context.Context, tenant, name, holder string) error {
	ref, err := s.lease(tenant, name)
	if err != nil {
		return err
	}
	err = insist(ctx, func() error {
		var held leaseRow
		snap, err := get(ctx, ref, &held)
		if err != nil || held.Holder != holder {
			return err
		}
		return s.commit(ctx, func(tx *firestore.Transaction) error {
			return tx.Delete(ref, firestore.LastUpdateTime(snap.UpdateTime))
		})
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
