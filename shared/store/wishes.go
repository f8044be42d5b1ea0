package store

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"

	"cloud.google.com/go/firestore"
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

// MarkedSettings is SettingsVersion, and has TenantsWithPresence find the tenant if its document wants that: a release that did not
// mark tenants may have written it. marked says that it had to be done, which is another version.
func (s *Store) MarkedSettings(ctx context.Context, tenant string) (doc []byte, version string, marked bool, err error) {
	r, snap, err := s.settings(ctx, tenant)
	if err != nil {
		return nil, "", false, err
	}
	if wants := wantsPresence(r.Settings); wants != r.Presence {
		if err := s.mark(ctx, snap, wants); err != nil {
			return nil, "", false, fmt.Errorf("store: marking tenant %s: %w", tenant, err)
		}
		marked = true
	}
	return []byte(r.Settings), versionOf(snap), marked, nil
}

// mark writes the field, unless the settings have changed since they were read: whoever did that has marked them, or the next
// the next reading does.
func (s *Store) mark(ctx context.Context, snap *firestore.DocumentSnapshot, wants bool) error {
	_, err := snap.Ref.Update(ctx, []firestore.Update{{Path: "presence", Value: wants}}, firestore.LastUpdateTime(snap.UpdateTime))
	if status.Code(err) == codes.FailedPrecondition {
		return nil
	}
	return err
}
