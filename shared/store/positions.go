package store

import (
	"context"
	"encoding/json"
	"fmt"

	"cloud.google.com/go/firestore"

	"sessionbridge.internal/shared/session"
)

// positionRow is how a session.Position stands in Firestore.
type positionRow struct {
	JSON string `firestore:"json"`
}

// UpdatePosition reads the position of the source's agent, lets f change it, and writes what it made of it. A position
// that is not there yet is empty. f may run several times, when others change the position at the same moment. It is kept for
// StaffKept after its last change.
func (s *Store) UpdatePosition(ctx context.Context, id ID, f func(session.Position) session.Position) (p session.Position, err error) {
	t, err := s.tenant(id.Tenant)
	if err != nil {
		return p, err
	}
	ref := t.Collection("positions").Doc(docID(id.Source + ":" + id.Key))
	err = insist(ctx, func() error {
		p, err = s.updatePosition(ctx, ref, f)
		return err
	})
	if err != nil {
		return p, fmt.Errorf("store: updating position %s: %w", id.Key, err)
	}
	return p, nil
}

func (s *Store) updatePosition(ctx context.Context, ref *firestore.DocumentRef, f func(session.Position) session.Position) (p session.Position, err error) {
	var before positionRow
	snap, err := get(ctx, ref, &before)
	if err != nil {
		return p, err
	}
	if snap.Exists() {
		if err := json.Unmarshal([]byte(before.JSON), &p); err != nil {
			return p, err
		}
	}
	p = f(p)
	text, err := encode(p)
	if err != nil || text == before.JSON {
		return p, err
	}
	return p, s.commit(ctx, func(tx *firestore.Transaction) error {
		return put(tx, snap, []firestore.Update{{Path: "json", Value: text}, {Path: "expires_at", Value: s.now().Add(StaffKept).UTC()}})
	})
}

// Positions returns the tenant's positions by their names, at most limit.
func (s *Store) Positions(ctx context.Context, tenant string, limit int) ([]session.Position, error) {
	t, err := s.tenant(tenant)
	if err != nil {
		return nil, err
	}
	rows, err := read[positionRow](t.Collection("positions").OrderBy(firestore.DocumentID, firestore.Asc).Limit(limit).Documents(ctx))
	if err != nil {
		return nil, err
	}
	var out []session.Position
	for _, r := range rows {
		var p session.Position
		if err := json.Unmarshal([]byte(r.JSON), &p); err != nil {
			return nil, fmt.Errorf("store: position: %w", err)
		}
		out = append(out, p)
	}
	return out, nil
}
