package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"cloud.google.com/go/firestore"
)

// ErasureKept is how long an Erasure is kept. A company has to be able to show that it erased what it was asked to (Regulation
// (EU) 2016/679, article 5, paragraph 2), and whoever erased it is named there, which is no reason to keep it for ever.
const ErasureKept = 3 * 365 * 24 * time.Hour

// Erasure is what stays of a session that a person erased. It does not say whose session it was, nor the key by which the contact
// centre would know. The name of its document is a pseudonym (article 4, paragraph 5), a hash of the source and the key without a
// secret: who can read the database and tries keys finds which one it was, but nothing else of it.
type Erasure struct {
	Source string    `json:"source" firestore:"source"`
	Began  time.Time `json:"began" firestore:"began"` // when the session did, down to BeganTo: it tells the day in every zone
	By     string    `json:"by" firestore:"by"`       // the mail address of who erased it
	At     time.Time `json:"at" firestore:"at"`
	GaveUp []string  `json:"gave_up,omitempty" firestore:"gave_up"` // the kinds of work that were owed still
	// Left says that something below the session's document is still there: to erase it again, or FinishErasing, goes on.
	Left bool `json:"left,omitempty" firestore:"left"`
	// Session is the name of that document while something is left.
	Session   string    `json:"-" firestore:"session,omitempty"`
	ExpiresAt time.Time `json:"expires_at" firestore:"expires_at"` // by a TTL policy
}

// BeganTo is how exactly an Erasure tells when its session began. Zones differ by no less.
const BeganTo = 15 * time.Minute

// Erase deletes the session's document, unless decide says no, and puts the erasure that decide makes in its place, both or
// neither. Then it deletes what is kept below the document, a bounded number at a time: Left in its answer says that there is
// more. Where the document is gone already it goes on with that, so that it can be repeated. ErrNotFound where there never was one.
//
// What is kept of the session elsewhere is ForgetElsewhere's, which goes first: it needs the document.
func (s *Store) Erase(ctx context.Context, id ID, decide func(*Document) (Erasure, error)) (e Erasure, err error) {
	ref, err := s.session(id)
	if err != nil {
		return e, err
	}
	err = insist(ctx, func() error {
		e, err = s.bury(ctx, ref, decide)
		return err
	})
	if err != nil {
		return e, fmt.Errorf("store: erasing a session: %w", err)
	}
	if e.Left {
		err = s.finish(ctx, ref, &e)
	}
	return e, err
}

// finish deletes what is below the session's document, and notes in the erasure when nothing is left.
func (s *Store) finish(ctx context.Context, ref *firestore.DocumentRef, e *Erasure) (err error) {
	there, err := erasureOf(ref).Get(ctx)
	if err != nil {
		return notFound(err, "an erasure")
	}
	if e.Left, err = s.sweep(ctx, ref, there.UpdateTime); err != nil || e.Left { // its last change made it
		return err
	}
	e.Session = ""
	_, err = erasureOf(ref).Update(ctx, []firestore.Update{{Path: "left", Value: false}, {Path: "session", Value: firestore.Delete}})
	if err != nil {
		return fmt.Errorf("store: an erasure: %w", err)
	}
	return nil
}

// maxFinished bounds how many erasures are brought to their end at once.
const maxFinished = 50

// FinishErasing goes on with the tenant's erasures that were cut short.
func (s *Store) FinishErasing(ctx context.Context, tenant string) error {
	t, err := s.tenant(tenant)
	if err != nil {
		return err
	}
	left, err := read[Erasure](t.Collection("erased").Where("left", "==", true).Limit(maxFinished).Documents(ctx))
	if err != nil {
		return err
	}
	for _, e := range left { // one that fails keeps no other from it
		err = errors.Join(err, s.finish(ctx, t.Collection("sessions").Doc(e.Session), &e))
	}
	return err
}

// bury puts the erasure in the document's place, or reads the one that is there.
func (s *Store) bury(ctx context.Context, ref *firestore.DocumentRef, decide func(*Document) (Erasure, error)) (e Erasure, err error) {
	var r row
	snap, err := get(ctx, ref, &r)
	if err != nil {
		return e, err
	}
	if !snap.Exists() {
		there, err := get(ctx, erasureOf(ref), &e)
		if err == nil && !there.Exists() {
			err = ErrNotFound
		}
		return e, err
	}
	doc, err := r.document()
	if err != nil {
		return e, err
	}
	if e, err = decide(doc); err != nil {
		return e, err
	}
	e.At, e.Began = e.At.UTC(), e.Began.UTC().Truncate(BeganTo)
	e.Left, e.Session, e.ExpiresAt = true, ref.ID, e.At.Add(ErasureKept)
	return e, s.commit(ctx, func(tx *firestore.Transaction) error {
		if err := tx.Set(erasureOf(ref), e); err != nil {
			return err
		}
		return tx.Delete(ref, firestore.LastUpdateTime(snap.UpdateTime))
	})
}

// erasureOf is where a session's erasure stands: by a hash of the session's name, which has to be found again by that name alone.
func erasureOf(session *firestore.DocumentRef) *firestore.DocumentRef {
	sum := sha256.Sum256([]byte(session.ID))
	return session.Parent.Parent.Collection("erased").Doc(base64.RawURLEncoding.EncodeToString(sum[:]))
}

// What is kept below a session's document.
var children = []string{"messages", "deliveries", "overflow"}

// How many documents are deleted in one commit, and in one call.
const (
	sweepPage = 250
	maxSwept  = 1_000
)

// sweep deletes what is below the document and was there when it was erased, by the database's clock; left says that there is more.
// What came later is of a session that began anew.
func (s *Store) sweep(ctx context.Context, ref *firestore.DocumentRef, erased time.Time) (left bool, err error) {
	swept := 0
	for _, name := range children {
		q := ref.Collection(name).Select().OrderBy(firestore.DocumentID, firestore.Asc).Limit(sweepPage)
		for page, more := q, true; more; {
			if swept >= maxSwept {
				return true, nil
			}
			snaps, err := page.Documents(ctx).GetAll()
			refs := olderThan(erased, snaps)
			if err == nil && len(refs) > 0 {
				err = s.deleteAll(ctx, refs)
			}
			if err != nil {
				return true, fmt.Errorf("store: erasing %s of a session: %w", name, err)
			}
			swept += len(refs)
			if more = len(snaps) == sweepPage; more {
				page = q.StartAfter(snaps[len(snaps)-1].Ref.ID)
			}
		}
	}
	return false, nil
}

func olderThan(t time.Time, snaps []*firestore.DocumentSnapshot) (refs []*firestore.DocumentRef) {
	for _, snap := range snaps {
		if snap.CreateTime.Before(t) {
			refs = append(refs, snap.Ref)
		}
	}
	return refs
}

func (s *Store) deleteAll(ctx context.Context, refs []*firestore.DocumentRef) error {
	return s.commit(ctx, func(tx *firestore.Transaction) error {
		for _, ref := range refs {
			if err := tx.Delete(ref); err != nil {
				return err
			}
		}
		return nil
	})
}

// Erasure reads what stays of a session that was erased: ErrNotFound where none was.
func (s *Store) Erasure(ctx context.Context, id ID) (e Erasure, err error) {
	ref, err := s.session(id)
	if err != nil {
		return e, err
	}
	snap, err := erasureOf(ref).Get(ctx)
	if err != nil {
		return e, notFound(err, "an erasure")
	}
	if err := snap.DataTo(&e); err != nil {
		return e, fmt.Errorf("store: an erasure: %w", err)
	}
	return e, nil
}

// begin is the document that an update changes: the session's, or that of one which is not there yet.
func begin(ctx context.Context, snap *firestore.DocumentSnapshot, r row) (*Document, error) {
	if !snap.Exists() {
		var e Erasure
		_, err := get(ctx, erasureOf(snap.Ref), &e)
		return &Document{Born: rand.Text(), ErasedAt: e.At}, err
	}
	doc, err := r.document()
	if err == nil {
		err = doc.writable()
	}
	return doc, err
}

// Erasures returns the tenant's, the latest first, at most limit.
func (s *Store) Erasures(ctx context.Context, tenant string, limit int) ([]Erasure, error) {
	t, err := s.tenant(tenant)
	if err != nil {
		return nil, err
	}
	return read[Erasure](t.Collection("erased").OrderBy("at", firestore.Desc).Limit(limit).Documents(ctx))
}

// CountErased is how many of the tenant's sessions were erased that began at from or later, and before until.
func (s *Store) CountErased(ctx context.Context, tenant string, from, until time.Time) (int64, error) {
	t, err := s.tenant(tenant)
	if err != nil {
		return 0, err
	}
	return count(ctx, t.Collection("erased").Where("began", ">=", from).Where("began", "<", until), "erased sessions")
}
