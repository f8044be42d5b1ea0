package store

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"cloud.google.com/go/firestore"
	"google.golang.org/api/iterator"

	"sessionbridge.internal/shared/session"
)

// Filter says which sessions are wanted; what is empty is of no account.
type Filter struct {
	Since, Until time.Time        // of the last change here: at Since or later, and before Until
	Status       session.Status   // where the session stands
	Trouble      session.CRMState // the state of whatever of its work is worst off
	Customer     []string         // by one of these the customer or record is known (see Known), at most 10; not with Status or Trouble: there is no such index
	After        string           // the Cursor of the last one of the page before
}

// Listed is a session with what is kept beside its document.
type Listed struct {
	*Document
	Trouble   session.CRMState // the state of whatever of its work is worst off
	ChangedAt time.Time        // when it last changed here
	Cursor    string           // where the next page goes on
}

// ErrCursor is a Filter.After that is no Cursor.
var ErrCursor = errors.New("store: this is not where a page of ours ended")

// Page returns the tenant's sessions that pass the filter, those that changed last first, at most limit.
func (s *Store) Page(ctx context.Context, tenant string, f Filter, limit int) (page []Listed, err error) {
	t, err := s.tenant(tenant)
	if err != nil {
		return nil, err
	}
	q := t.Collection("sessions").OrderBy("changed_at", firestore.Desc).OrderBy(firestore.DocumentID, firestore.Desc).Limit(limit)
	if !f.Since.IsZero() {
		q = q.Where("changed_at", ">=", f.Since)
	}
	if !f.Until.IsZero() {
		q = q.Where("changed_at", "<", f.Until)
	}
	if f.Status != "" {
		q = q.Where("status", "==", string(f.Status))
	}
	if f.Trouble != "" {
		q = q.Where("crm_state", "==", string(f.Trouble))
	}
	if len(f.Customer) > 0 {
		known := knownAll(f.Customer)
		if len(known) == 0 {
			return nil, nil
		}
		q = q.Where("customer", "array-contains-any", known)
	}
	if f.After != "" {
		at, id, ok := readCursor(f.After)
		if !ok {
			return nil, ErrCursor
		}
		q = q.StartAfter(at, id)
	}
	err = eachListed(q.Documents(ctx), func(l Listed) error { page = append(page, l); return nil })
	return page, err
}

// Keyed returns the tenant's sessions that have one of the keys, of whatever source, at most ten.
func (s *Store) Keyed(ctx context.Context, tenant string, keys []string) (all []Listed, err error) {
	t, err := s.tenant(tenant)
	if err != nil {
		return nil, err
	}
	q := t.Collection("sessions").Where("key", "in", keys).Limit(10)
	err = eachListed(q.Documents(ctx), func(l Listed) error { all = append(all, l); return nil })
	return all, err
}

// EachOfDay calls f with every session of the tenant that started at from or later and before until, and with those of
// which no source told the start and that changed here last within that time. They are read one after another: however many
// there are, few are in memory.
func (s *Store) EachOfDay(ctx context.Context, tenant string, from, until time.Time, f func(Listed) error) error {
	t, err := s.tenant(tenant)
	if err != nil {
		return err
	}
	all := t.Collection("sessions")
	started := all.Where("started_at", ">=", from).Where("started_at", "<", until).OrderBy("started_at", firestore.Asc)
	if err := eachListed(started.Documents(ctx), f); err != nil {
		return err
	}
	unstarted := all.Where("started_at", "==", time.Time{}).Where("changed_at", ">=", from).Where("changed_at", "<", until)
	return eachListed(unstarted.OrderBy("changed_at", firestore.Asc).Documents(ctx), f)
}

func eachListed(it *firestore.DocumentIterator, f func(Listed) error) error {
	defer it.Stop()
	for {
		snap, err := it.Next()
		if errors.Is(err, iterator.Done) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("store: sessions: %w", err)
		}
		var r row
		if err := snap.DataTo(&r); err != nil {
			return fmt.Errorf("store: %s: %w", snap.Ref.ID, err)
		}
		d, err := r.document()
		if err != nil {
			return err
		}
		if err := f(Listed{d, session.CRMState(r.CRMState), r.ChangedAt, cursor(r.ChangedAt, snap.Ref.ID)}); err != nil {
			return err
		}
	}
}

// cursor is a place in the order of Page, for an address.
func cursor(changed time.Time, id string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(changed.UTC().Format(time.RFC3339Nano) + " " + id))
}

func readCursor(text string) (changed time.Time, id string, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return changed, "", false
	}
	at, id, _ := strings.Cut(string(raw), " ")
	changed, err = time.Parse(time.RFC3339Nano, at)
	return changed, id, err == nil && id != "" && !strings.Contains(id, "/") && utf8.ValidString(id)
}
