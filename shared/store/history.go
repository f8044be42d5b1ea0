package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"cloud.google.com/go/firestore"
)

// MaxHistory is how many versions of a tenant's settings are kept; the oldest go first.
const MaxHistory = 50

// Saved is one version of a tenant's settings.
type Saved struct {
	Number   int       `json:"number" firestore:"number"` // 1, 2, …
	At       time.Time `json:"at" firestore:"at"`
	By       string    `json:"by,omitempty" firestore:"by"` // a mail address; empty: it was there before any was kept
	Document string    `json:"-" firestore:"document"`      // empty in a list

	Changed []string `json:"changed,omitempty" firestore:"changed"` // the first paths in which it differs from the version before it
	More    int      `json:"more,omitempty" firestore:"more"`       // how many more there are

	ExpiresAt time.Time `json:"-" firestore:"expires_at"` // SavedKept after the time it was made
}

// maxChanged bounds how many paths a version names.
const maxChanged = 5

// ErrChanged says that the document is not the version any more that it was to replace.
var ErrChanged = errors.New("changed meanwhile")

// SaveSettings is PutSettings by somebody, whose name and time are kept with the document. With a version it does so only while
// that is the document's (SettingsVersion): ErrChanged otherwise, or where there is no such tenant any more.
func (s *Store) SaveSettings(ctx context.Context, tenant, version string, doc []byte, by string, at time.Time) error {
	ref, err := s.tenant(tenant)
	if err != nil {
		return err
	}
	err = insist(ctx, func() error {
		var was tenantRow
		snap, err := get(ctx, ref, &was)
		if err != nil {
			return err
		}
		if version != "" && (!snap.Exists() || versionOf(snap) != version) {
			return ErrChanged
		}
		return s.commit(ctx, func(tx *firestore.Transaction) error {
			now := Saved{At: at.UTC(), By: by, Document: string(doc), ExpiresAt: at.Add(SavedKept).UTC()}
			if s.Compare != nil && snap.Exists() {
				paths := s.Compare([]byte(was.Settings), doc)
				now.Changed, now.More = paths[:min(len(paths), maxChanged)], max(0, len(paths)-maxChanged)
			}
			return save(tx, snap, was, now)
		})
	})
	if err != nil {
		return fmt.Errorf("settings of tenant %s: %w", tenant, err)
	}
	return nil
}

// save writes the document and its place in the history. The first one to be kept has the one before it kept as well.
func save(tx *firestore.Transaction, snap *firestore.DocumentSnapshot, was tenantRow, now Saved) error {
	now.Number = was.Saves + 1
	if snap.Exists() && was.Saves == 0 {
		now.Number = 2
		if err := tx.Set(savedRef(snap.Ref, 1), Saved{Number: 1, At: snap.UpdateTime.UTC(), Document: was.Settings, ExpiresAt: now.ExpiresAt}); err != nil {
			return err
		}
	}
	err := put(tx, snap, []firestore.Update{
		{Path: "settings", Value: now.Document}, {Path: "presence", Value: wantsPresence(now.Document)}, {Path: "saves", Value: now.Number},
	})
	if err == nil {
		err = tx.Set(savedRef(snap.Ref, now.Number), now)
	}
	if err == nil && now.Number > MaxHistory {
		err = tx.Delete(savedRef(snap.Ref, now.Number-MaxHistory))
	}
	return err
}

func savedRef(tenant *firestore.DocumentRef, number int) *firestore.DocumentRef {
	return tenant.Collection("history").Doc(strconv.Itoa(number))
}

// versionOf is another one after every change.
func versionOf(snap *firestore.DocumentSnapshot) string {
	return snap.UpdateTime.UTC().Format(time.RFC3339Nano)
}

// SettingsHistory lists the versions of a tenant's settings that are kept, the latest first, without their documents.
func (s *Store) SettingsHistory(ctx context.Context, tenant string) ([]Saved, error) {
	ref, err := s.tenant(tenant)
	if err != nil {
		return nil, err
	}
	query := ref.Collection("history").Select("number", "at", "by", "changed", "more").OrderBy("number", firestore.Desc).Limit(MaxHistory)
	snaps, err := query.Documents(ctx).GetAll()
	if err != nil {
		return nil, fmt.Errorf("store: history of tenant %s: %w", tenant, err)
	}
	all := make([]Saved, len(snaps))
	for i, snap := range snaps {
		if err := snap.DataTo(&all[i]); err != nil {
			return nil, fmt.Errorf("store: history of tenant %s: %w", tenant, err)
		}
	}
	return all, nil
}

// SavedSettings is one of them: ErrNotFound where it is not kept, or not any more.
func (s *Store) SavedSettings(ctx context.Context, tenant string, number int) (v Saved, err error) {
	ref, err := s.tenant(tenant)
	if err != nil {
		return v, err
	}
	snap, err := savedRef(ref, number).Get(ctx)
	if err != nil {
		return v, notFound(err, "version")
	}
	if err := snap.DataTo(&v); err != nil {
		return v, fmt.Errorf("store: history of tenant %s: %w", tenant, err)
	}
	return v, nil
}
