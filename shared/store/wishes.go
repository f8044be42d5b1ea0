package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"

	"cloud.google.com/go/firestore"
	"google.golang.org/api/iterator"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// wantsPresence says whether a settings document has agents kept in step. It stands beside the document, in a field of its own, so
// that these tenants are found by a query: the document itself is one text to the database. What cannot be read wants nothing.
func wantsPresence(doc string) bool {
	var wish struct {
		Presence *json.RawMessage `json:"presence"`
	}
	return json.Unmarshal([]byte(doc), &wish) == nil && wish.Presence != nil
}

// TenantsWithPresence returns the names of tenants whose settings have agents kept in step, at most limit, as Tenants does. It
// costs a read for each of them and none for others, and needs no index but the automatic one.
func (s *Store) TenantsWithPresence(ctx context.Context, limit int) ([]string, error) {
	c, err := s.client.Get()
	if err != nil {
		return nil, err
	}
	wanted := c.Collection("tenants").Select().Where("presence", "==", true)
	return namesOf(ctx, wanted.OrderBy(firestore.DocumentID, firestore.Asc).Limit(limit))
}

// namesOf returns the names of the tenants that the query finds.
func namesOf(ctx context.Context, tenants firestore.Query) (names []string, err error) {
	docs, err := tenants.Documents(ctx).GetAll()
	if err != nil {
		return nil, fmt.Errorf("store: tenants: %w", err)
	}
	for _, d := range docs {
		name, err := url.QueryUnescape(d.Ref.ID)
		if err != nil {
			return nil, fmt.Errorf("store: tenants: %w", err)
		}
		names = append(names, name)
	}
	return names, nil
}

// MarkPresence has TenantsWithPresence find those whose settings were written by a release that did not mark them. It reads all
// tenants, one at a time, and returns how many were marked anew: none, as a rule.
func (s *Store) MarkPresence(ctx context.Context) (marked int, err error) {
	c, err := s.client.Get()
	if err != nil {
		return 0, err
	}
	all := c.Collection("tenants").Select("settings", "presence").Documents(ctx)
	defer all.Stop()
	for {
		snap, err := all.Next()
		if errors.Is(err, iterator.Done) {
			return marked, nil
		}
		if err != nil {
			return marked, fmt.Errorf("store: marking tenants: %w", err)
		}
		var r tenantRow
		if err := snap.DataTo(&r); err != nil {
			return marked, fmt.Errorf("store: marking tenant %s: %w", snap.Ref.ID, err)
		}
		if r.Presence == wantsPresence(r.Settings) {
			continue
		}
		if err := s.mark(ctx, snap, !r.Presence); err != nil {
			return marked, fmt.Errorf("store: marking tenant %s: %w", snap.Ref.ID, err)
		}
		marked++
	}
}

// mark writes the field, unless the settings have changed since they were read: whoever did that has marked them, or the next
// MarkPresence does.
func (s *Store) mark(ctx context.Context, snap *firestore.DocumentSnapshot, wants bool) error {
	_, err := snap.Ref.Update(ctx, []firestore.Update{{Path: "presence", Value: wants}}, firestore.LastUpdateTime(snap.UpdateTime))
	if status.Code(err) == codes.FailedPrecondition {
		return nil
	}
	return err
}
