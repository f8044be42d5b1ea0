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

// Change is what an update writes beside the session document, at the same moment. A message or event that
// is there already stays as it is, unless the session is a new one: what an expired session of that name left is dated anew with it.
type Change struct {
	Messages   []session.Event // chat messages
	Overflow   []session.Event // events the session had no room for
	Deliveries []Delivery
}

// Update reads the session, lets f change it, and writes what f changed, all of it or nothing. A session that is not there
// yet is empty. f may run several times, when others change the session at the same moment, and must do nothing but
// compute; its error ends the update. What did not change is not written.
func (s *Store) Update(ctx context.Context, id ID, f func(*Document) (Change, error)) (doc *Document, err error) {
	ref, err := s.session(id)
	if err != nil {
		return nil, err
	}
	err = insist(ctx, func() error {
		doc, err = s.update(ctx, ref, f)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("store: updating session %s: %w", id.Key, err)
	}
	return doc, nil
}

func (s *Store) update(ctx context.Context, ref *firestore.DocumentRef, f func(*Document) (Change, error)) (*Document, error) {
	var before row
	snap, err := get(ctx, ref, &before)
	if err != nil {
		return nil, err
	}
	doc, err := begin(ctx, snap, before)
	if err != nil {
		return nil, err
	}
	change, err := f(doc)
	if err != nil {
		return nil, err
	}
	if !snap.Exists() && doc.Session.Key == "" {
		return doc, nil // whoever comes too late must not make a session that was erased anew, as an empty one
	}
	after, err := toRow(doc)
	if err != nil {
		return nil, err
	}
	now := s.now()
	after.date(&before, now)
	events, err := s.missing(ctx, snap, change)
	if err != nil {
		return nil, err
	}
	changed := after.JSON != before.JSON || after.KeepDays != before.KeepDays || lacks(snap, "due_at", "failing_since", "customer")
	if !changed && len(events) == 0 && len(change.Deliveries) == 0 {
		return doc, nil
	}
	return doc, s.commit(ctx, func(tx *firestore.Transaction) error {
		if err := hold(tx, snap, after, changed); err != nil {
			return err
		}
		until := belowUntil(doc.KeepDays, now)
		if err := addEvents(tx, snap, events, until); err != nil {
			return err
		}
		return addDeliveries(tx, ref, change.Deliveries, until)
	})
}

// hold writes the session's document if it has changed, where it still is what was read. If it has not, that alone is seen to: what
// is written below it would else outlive a session that was erased, or has expired, at the same moment. To read is cheaper than to
// write, and the lock that a read takes holds up nobody for whom this transaction waits.
func hold(tx *firestore.Transaction, read *firestore.DocumentSnapshot, r row, changed bool) error {
	if changed {
		return put(tx, read, r.fields())
	}
	is, err := tx.Get(read.Ref)
	if status.Code(err) == codes.NotFound || err == nil && !is.UpdateTime.Equal(read.UpdateTime) {
		return errConflict
	}
	return err
}

// addEvents writes the events below the session's document. Below one that is new there may be those of another before it.
func addEvents(tx *firestore.Transaction, parent *firestore.DocumentSnapshot, events map[*firestore.DocumentRef]session.Event, until *time.Time) error {
	write := tx.Create
	if !parent.Exists() {
		write = func(ref *firestore.DocumentRef, row any) error { return tx.Set(ref, row) }
	}
	for ref, e := range events {
		if err := write(ref, toEventRow(e, until)); err != nil {
			return err
		}
	}
	return nil
}

// lacks says whether a document is there without one of the fields: an earlier release wrote it, and no query by the field
// finds it.
func lacks(snap *firestore.DocumentSnapshot, fields ...string) bool {
	return snap.Exists() && slices.ContainsFunc(fields, func(field string) bool {
		_, err := snap.DataAt(field)
		return err != nil
	})
}

func addDeliveries(tx *firestore.Transaction, parent *firestore.DocumentRef, deliveries []Delivery, until *time.Time) error {
	for _, d := range deliveries {
		d.ExpiresAt = until
		if err := tx.Set(parent.Collection("deliveries").Doc(fmt.Sprintf("%s-%06d", d.Work, d.Number)), d); err != nil {
			return err
		}
	}
	return nil
}

// missing are the change's events that are not there yet: a repeat, which may bear a later time, changes nothing. Of a session that
// is new all are missing: what is there below it was an expired one's, and would be deleted as that one's.
func (s *Store) missing(ctx context.Context, parent *firestore.DocumentSnapshot, c Change) (map[*firestore.DocumentRef]session.Event, error) {
	events := slices.Concat(c.Messages, c.Overflow)
	if len(events) == 0 {
		return nil, nil
	}
	var refs []*firestore.DocumentRef
	for i, e := range events {
		collection := "messages"
		if i >= len(c.Messages) {
			collection = "overflow"
		}
		refs = append(refs, parent.Ref.Collection(collection).Doc(docID(e.ID)))
	}
	there := map[string]bool{} // by path; one request may hold an event twice
	if parent.Exists() {
		client, err := s.client.Get()
		if err != nil {
			return nil, err
		}
		snaps, err := client.GetAll(ctx, refs)
		if err != nil {
			return nil, err
		}
		for _, snap := range snaps {
			there[snap.Ref.Path] = snap.Exists()
		}
	}
	missing := map[*firestore.DocumentRef]session.Event{}
	for i, e := range events {
		if !there[refs[i].Path] {
			there[refs[i].Path] = true
			missing[refs[i]] = e
		}
	}
	return missing, nil
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

// Find returns the tenant's sessions with the key, of one source or, where that is empty, of any; two at most, which is
// enough to see that the key alone does not name one. ErrNotFound where there is none.
func (s *Store) Find(ctx context.Context, tenant, source, key string) ([]*Document, error) {
	t, err := s.tenant(tenant)
	if err != nil {
		return nil, err
	}
	q := t.Collection("sessions").Where("key", "==", key).Limit(2)
	if source != "" {
		q = q.Where("source", "==", source)
	}
	docs, err := documents(q.Documents(ctx))
	if err == nil && len(docs) == 0 {
		err = fmt.Errorf("session %s: %w", key, ErrNotFound)
	}
	return docs, err
}

// List returns the tenant's sessions that changed here at since or later, the latest first, at most limit; of one status
// where that is not empty.
func (s *Store) List(ctx context.Context, tenant string, since time.Time, status session.Status, limit int) ([]*Document, error) {
	t, err := s.tenant(tenant)
	if err != nil {
		return nil, err
	}
	q := t.Collection("sessions").Where("changed_at", ">=", since).OrderBy("changed_at", firestore.Desc).Limit(limit)
	if status != "" {
		q = q.Where("status", "==", string(status))
	}
	return documents(q.Documents(ctx))
}

// Stuck returns the tenant's sessions that changed here at since or later, and before until, and of whose work (the CRM's, a
// file's, the metadata's) something was given up or, unless deadOnly, waits, at most limit.
func (s *Store) Stuck(ctx context.Context, tenant string, since, until time.Time, deadOnly bool, limit int) ([]*Document, error) {
	t, err := s.tenant(tenant)
	if err != nil {
		return nil, err
	}
	states := []session.CRMState{session.CRMDead}
	if !deadOnly {
		states = append(states, session.CRMWaiting)
	}
	var docs []*Document
	for _, state := range states {
		q := t.Collection("sessions").Where("crm_state", "==", string(state)).Where("changed_at", ">=", since).Where("changed_at", "<", until).OrderBy("changed_at", firestore.Asc)
		found, err := documents(q.Limit(limit - len(docs)).Documents(ctx))
		if err != nil {
			return nil, err
		}
		docs = append(docs, found...)
		if len(docs) == limit {
			break
		}
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
	said, err := events(ref.Collection("messages").OrderBy("at", firestore.Asc).Limit(maxMessages).Documents(ctx))
	if err != nil {
		return nil, err
	}
	slices.SortFunc(said, session.Compare)
	return said, nil
}

// Deliveries returns the session's attempts, the first first.
func (s *Store) Deliveries(ctx context.Context, id ID) ([]Delivery, error) {
	ref, err := s.session(id)
	if err != nil {
		return nil, err
	}
	return read[Delivery](ref.Collection("deliveries").OrderBy("at", firestore.Asc).Limit(maxDeliveries).Documents(ctx))
}

// documents reads rows of sessions.
func documents(it *firestore.DocumentIterator) (docs []*Document, err error) {
	rows, err := read[row](it)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		d, err := r.document()
		if err != nil {
			return nil, err
		}
		docs = append(docs, d)
	}
	return docs, nil
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
