package store

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/api/iterator"

	"sessionbridge.internal/shared/desk"
)

// deskRow is how a desk.Desk stands in Firestore. A TTL policy on expires_at may delete what is over, which has customers'
// numbers in it.
type deskRow struct {
	JSON      string    `firestore:"json"`
	ExpiresAt time.Time `firestore:"expires_at"`
}

// UpdateDesk reads the desk of the tenant's agent, lets f change it, and writes what it made of it. A desk that is not there
// yet is empty. f may run several times, when others change the desk at the same moment; its error is returned, and nothing
// is written then.
func (s *Store) UpdateDesk(ctx context.Context, tenant, agent string, f func(desk.Desk) (desk.Desk, error)) error {
	ref, err := s.desk(tenant, agent)
	if err != nil {
		return err
	}
	if err := insist(ctx, func() error { return s.updateDesk(ctx, ref, f) }); err != nil {
		return fmt.Errorf("store: updating a desk: %w", err)
	}
	return nil
}

func (s *Store) updateDesk(ctx context.Context, ref *firestore.DocumentRef, f func(desk.Desk) (desk.Desk, error)) error {
	var before deskRow
	snap, err := get(ctx, ref, &before)
	if err != nil {
		return err
	}
	d, err := before.desk()
	if err != nil {
		return err
	}
	if d, err = f(d); err != nil {
		return err
	}
	text, err := encode(d)
	if err != nil || text == before.JSON {
		return err
	}
	return s.commit(ctx, func(tx *firestore.Transaction) error {
		return put(tx, snap, []firestore.Update{{Path: "json", Value: text}, {Path: "expires_at", Value: d.Over()}})
	})
}

// Desk reads the desk of the tenant's agent; one that is not there is empty.
func (s *Store) Desk(ctx context.Context, tenant, agent string) (desk.Desk, error) {
	ref, err := s.desk(tenant, agent)
	if err != nil {
		return desk.Desk{}, err
	}
	var row deskRow
	if _, err := get(ctx, ref, &row); err != nil {
		return desk.Desk{}, fmt.Errorf("store: reading a desk: %w", err)
	}
	return row.desk()
}

// WatchDesk gives each the desk of the tenant's agent as it stands, and again after every change, until the context ends,
// each returns an error, or the database ends the listening, which the client tells as if all were told
// (github.com/googleapis/google-cloud-go/issues/2601): then it returns nil. Changes that follow closely may be told as one.
func (s *Store) WatchDesk(ctx context.Context, tenant, agent string, each func(desk.Desk) error) error {
	ref, err := s.desk(tenant, agent)
	if err != nil {
		return err
	}
	snaps := ref.Snapshots(ctx)
	defer snaps.Stop()
	for {
		snap, err := snaps.Next()
		if errors.Is(err, iterator.Done) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("store: listening to a desk: %w", err)
		}
		d, err := watched(snap)
		if err != nil {
			return err
		}
		if err := each(d); err != nil {
			return err
		}
	}
}

func watched(snap *firestore.DocumentSnapshot) (desk.Desk, error) {
	var row deskRow
	if !snap.Exists() {
		return desk.Desk{}, nil
	}
	if err := snap.DataTo(&row); err != nil {
		return desk.Desk{}, fmt.Errorf("store: a desk: %w", err)
	}
	return row.desk()
}

func (r deskRow) desk() (d desk.Desk, err error) {
	if r.JSON == "" {
		return d, nil
	}
	if err := json.Unmarshal([]byte(r.JSON), &d); err != nil {
		return d, fmt.Errorf("store: a desk: %w", err)
	}
	return d, nil
}

// desk is the document of an agent, by their mail address in any letter case. It is hashed, since names of documents stand
// in the platform's logs.
func (s *Store) desk(tenant, agent string) (*firestore.DocumentRef, error) {
	t, err := s.tenant(tenant)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(strings.ToLower(strings.TrimSpace(agent))))
	return t.Collection("desks").Doc("agent-" + base64.RawURLEncoding.EncodeToString(sum[:])), nil
}
