package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/api/iterator"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"sessionbridge.internal/shared/session"
)

// Change is what an update writes beside the session document, in the same transaction. A message or event that
// is there already stays as it is.
type Change struct {
	Messages   []session.Event // chat messages
	Overflow   []session.Event // events the session had no room for
	Deliveries []Delivery
}

// Update reads the session, lets f change it, and writes what f changed, in one transaction. A session that is not there
// yet is empty. f may run several times and must do nothing but compute; its error ends the update and is returned as it
// is. What did not change is not written.
func (s *Store) Update(ctx context.Context, id ID, f func(*Document) (Change, error)) (*Document, error) {
	ref, err := s.session(id)
	if err != nil {
		return nil, err
	}
	var doc *Document
	err = s.transact(ctx, func(tx *firestore.Transaction) error {
		d, before, err := readSession(tx, ref)
		if err != nil {
			return err
		}
		doc = d
		change, err := f(d)
		if err != nil {
			return err
		}
		return writeSession(tx, ref, before, d, change)
	})
	if err != nil {
		return nil, fmt.Errorf("store: updating session %s: %w", id.Key, err)
	}
	return doc, nil
}

func readSession(tx *firestore.Transaction, ref *firestore.DocumentRef) (*Document, row, error) {
	var r row
	snap, err := tx.Get(ref)
	if status.Code(err) == codes.NotFound {
		return &Document{}, r, nil
	}
	if err != nil {
		return nil, r, err
	}
	if err := snap.DataTo(&r); err != nil {
		return nil, r, err
	}
	d, err := r.document()
	return d, r, err
}

func writeSession(tx *firestore.Transaction, ref *firestore.DocumentRef, before row, doc *Document, change Change) error {
	after, err := toRow(doc)
	if err != nil {
		return err
	}
	if err := addNew(tx, ref, change); err != nil { // it reads, and a transaction must read before it writes
		return err
	}
	if after.JSON != before.JSON {
		if err := tx.Set(ref, after); err != nil {
			return err
		}
	}
	for _, d := range change.Deliveries {
		if err := tx.Set(ref.Collection("deliveries").Doc(fmt.Sprintf("%s-%06d", d.Work, d.Number)), d); err != nil {
			return err
		}
	}
	return nil
}

// addNew writes the events that are not there yet: a repeat, which may bear a later time, changes nothing.
func addNew(tx *firestore.Transaction, session *firestore.DocumentRef, c Change) error {
	events := slices.Concat(c.Messages, c.Overflow)
	if len(events) == 0 {
		return nil
	}
	var refs []*firestore.DocumentRef
	for i, e := range events {
		collection := "messages"
		if i >= len(c.Messages) {
			collection = "overflow"
		}
		refs = append(refs, session.Collection(collection).Doc(docID(e.ID)))
	}
	there, err := tx.GetAll(refs)
	if err != nil {
		return err
	}
	for i, e := range events {
		if there[i].Exists() {
			continue
		}
		if err := tx.Set(refs[i], toEventRow(e)); err != nil {
			return err
		}
	}
	return nil
}

// Session reads one session: ErrNotFound where there is none.
func (s *Store) Session(ctx context.Context, id ID) (*Document, error) {
	ref, err := s.session(id)
	if err != nil {
		return nil, err
	}
	snap, err := ref.Get(ctx)
	if err != nil {
		return nil, notFound(err, "session "+id.Key)
	}
	var r row
	if err := snap.DataTo(&r); err != nil {
		return nil, fmt.Errorf("store: session %s: %w", id.Key, err)
	}
	return r.document()
}

// Find returns the tenant's session with the key, whatever its source: ErrNotFound where there is none.
func (s *Store) Find(ctx context.Context, tenant, key string) (*Document, error) {
	t, err := s.tenant(tenant)
	if err != nil {
		return nil, err
	}
	docs, err := read[row](t.Collection("sessions").Where("key", "==", key).Limit(1).Documents(ctx))
	if err != nil {
		return nil, err
	}
	if len(docs) == 0 {
		return nil, fmt.Errorf("session %s: %w", key, ErrNotFound)
	}
	return docs[0].document()
}

// List returns the tenant's sessions that changed here at since or later, the latest first, at most limit; of one status
// where that is not empty (which in production needs the composite index status ascending, changed_at descending).
func (s *Store) List(ctx context.Context, tenant string, since time.Time, status session.Status, limit int) ([]*Document, error) {
	t, err := s.tenant(tenant)
	if err != nil {
		return nil, err
	}
	q := t.Collection("sessions").Where("changed_at", ">=", since).OrderBy("changed_at", firestore.Desc).Limit(limit)
	if status != "" {
		q = q.Where("status", "==", string(status))
	}
	rows, err := read[row](q.Documents(ctx))
	if err != nil {
		return nil, err
	}
	var docs []*Document
	for _, r := range rows {
		d, err := r.document()
		if err != nil {
			return nil, err
		}
		docs = append(docs, d)
	}
	return docs, nil
}

// maxMessages and maxDeliveries bound what one reading takes into memory.
const (
	maxMessages   = 10_000
	maxDeliveries = 1_000
)

// Messages returns the session's chat messages by time, then id.
func (s *Store) Messages(ctx context.Context, id ID) ([]session.Event, error) {
	ref, err := s.session(id)
	if err != nil {
		return nil, err
	}
	rows, err := read[eventRow](ref.Collection("messages").OrderBy("at", firestore.Asc).Limit(maxMessages).Documents(ctx))
	if err != nil {
		return nil, err
	}
	var events []session.Event
	for _, r := range rows {
		e, err := r.event()
		if err != nil {
			return nil, err
		}
		events = append(events, e)
	}
	slices.SortFunc(events, session.Compare)
	return events, nil
}

// Deliveries returns the session's attempts, the first first.
func (s *Store) Deliveries(ctx context.Context, id ID) ([]Delivery, error) {
	ref, err := s.session(id)
	if err != nil {
		return nil, err
	}
	return read[Delivery](ref.Collection("deliveries").OrderBy("at", firestore.Asc).Limit(maxDeliveries).Documents(ctx))
}

// read drains an iterator into values.
func read[T any](it *firestore.DocumentIterator) ([]T, error) {
	defer it.Stop()
	var out []T
	for {
		snap, err := it.Next()
		if errors.Is(err, iterator.Done) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("store: %w", err)
		}
		var v T
		if err := snap.DataTo(&v); err != nil {
			return nil, fmt.Errorf("store: %s: %w", snap.Ref.ID, err)
		}
		out = append(out, v)
	}
}
