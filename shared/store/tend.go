package store

import (
	"context"
	"fmt"
	"time"

	"cloud.google.com/go/firestore"
	"golang.org/x/sync/errgroup"
)

// Sweep is how far a change of the days that a tenant keeps its sessions has come. Sessions that are over change no more, and each is
// looked at once, by its last change, the oldest first.
type Sweep struct {
	Days     int       `firestore:"days"`     // that it is about: settings.Settings.KeepDays
	Settings string    `firestore:"settings"` // the version of the settings that says so
	Since    time.Time `firestore:"since"`    // when the change was seen first
	Done     bool      `firestore:"done"`     // every session has these days

	At   time.Time `firestore:"at"` // the last change of the last session that was looked at
	Name string    `firestore:"name"`
}

// Sweep reads the tenant's; one that is not there is of no version of the settings, and has seen nothing.
func (s *Store) Sweep(ctx context.Context, tenant string) (w Sweep, err error) {
	ref, err := s.sweepOf(tenant)
	if err != nil {
		return w, err
	}
	if _, err := get(ctx, ref, &w); err != nil {
		return w, fmt.Errorf("store: the retention of tenant %s: %w", tenant, err)
	}
	return w, nil
}

func (s *Store) sweepOf(tenant string) (*firestore.DocumentRef, error) {
	t, err := s.tenant(tenant)
	if err != nil {
		return nil, err
	}
	return t.Collection("retention").Doc("sweep"), nil
}

const (
	// tended is how many sessions are read at a time, and atOnce how many of them are dated at the same moment.
	tended = 50
	atOnce = 10
	// changing is how long after a change of the settings a session may still be written by who does not know of it: as long as a
	// task runs, and longer.
	changing = time.Hour
)

// Of is the sweep by which every session comes to have the days that this version of the settings wants. Other days concern all
// sessions. The same days after a change of the settings concern those that have changed since the last sweep ended: for a while
// the settings may have wanted others, which nobody saw but whoever wrote these sessions.
func (w Sweep) Of(days int, version string, now time.Time) Sweep {
	switch {
	case w.Days != days:
		return Sweep{Days: days, Settings: version, Since: now}
	case w.Settings != version:
		w.Settings, w.Since, w.Done = version, now, false
	}
	return w
}

// SweepOn gives the tenant's next sessions, a bounded number, the sweep's days, and notes how far it has come. more says that there
// may be others to look at now.
func (s *Store) SweepOn(ctx context.Context, tenant string, w Sweep, now time.Time) (on Sweep, more bool, err error) {
	ref, err := s.sweepOf(tenant)
	if err != nil {
		return w, false, err
	}
	q := ref.Parent.Parent.Collection("sessions").OrderBy("changed_at", firestore.Asc).OrderBy(firestore.DocumentID, firestore.Asc)
	if w.Name != "" {
		q = q.StartAfter(w.At, w.Name)
	}
	snaps, err := s.tendAll(ctx, q, now, func(r *row) { r.KeepDays = w.Days })
	if err != nil {
		return w, false, fmt.Errorf("store: the retention of tenant %s: %w", tenant, err)
	}
	if n := len(snaps); n > 0 {
		at, _ := snaps[n-1].DataAt("changed_at") // by which it was found
		w.At, w.Name = at.(time.Time), snaps[n-1].Ref.ID
	}
	more = len(snaps) == tended
	w.Done = !more && !now.Before(w.Since.Add(changing))
	if _, err := ref.Set(ctx, w); err != nil {
		return w, false, fmt.Errorf("store: the retention of tenant %s: %w", tenant, err)
	}
	return w, more, nil
}

// Renew dates anew what is below sessions, of any tenant, that are still there shortly before the first of it may be deleted; a
// bounded number, and more says that there may be others.
func (s *Store) Renew(ctx context.Context, now time.Time) (n int, more bool, err error) {
	c, err := s.client.Get()
	if err != nil {
		return 0, false, err
	}
	q := c.CollectionGroup("sessions").Where("renew_at", "<=", now).OrderBy("renew_at", firestore.Asc)
	snaps, err := s.tendAll(ctx, q, now, func(*row) {})
	if err != nil {
		return 0, false, fmt.Errorf("store: dating what is below sessions: %w", err)
	}
	return len(snaps), len(snaps) == tended, nil
}

// tendAll dates the first sessions that the query finds, as change would have them kept. They are read without their JSON.
func (s *Store) tendAll(ctx context.Context, q firestore.Query, now time.Time, change func(*row)) ([]*firestore.DocumentSnapshot, error) {
	q = q.Select("status", "crm_state", "due_at", "changed_at", "keep_days", "expires_at", "renew_at").Limit(tended)
	snaps, err := q.Documents(ctx).GetAll()
	if err != nil {
		return nil, err
	}
	var g errgroup.Group // one that fails keeps no other from it
	g.SetLimit(atOnce)
	for _, snap := range snaps {
		g.Go(func() error { return s.tend(ctx, snap, now, change) })
	}
	return snaps, g.Wait()
}

// tend dates a session: first what is below it, which would else stay for ever once the session is gone. Where the session has
// changed meanwhile it is read anew; where it is gone there is nothing to do.
func (s *Store) tend(ctx context.Context, snap *firestore.DocumentSnapshot, now time.Time, change func(*row)) error {
	first := true
	err := insist(ctx, func() (err error) {
		if !first {
			if snap, err = get(ctx, snap.Ref, new(row)); err != nil || !snap.Exists() {
				return err
			}
		}
		first = false
		return s.tendOne(ctx, snap, now, change)
	})
	if err != nil {
		return fmt.Errorf("session %s: %w", snap.Ref.ID, err)
	}
	return nil
}

func (s *Store) tendOne(ctx context.Context, snap *firestore.DocumentSnapshot, now time.Time, change func(*row)) error {
	var r row
	if err := snap.DataTo(&r); err != nil {
		return err
	}
	was := r.KeepDays
	change(&r)
	if r.KeepDays == was && (r.RenewAt == nil || r.RenewAt.After(now)) {
		return nil // nothing is to be done
	}
	r.ExpiresAt = r.expiresAt(r.ChangedAt)
	until := r.belowUntil(now)
	if err := s.dateBelow(ctx, snap.Ref, until); err != nil {
		return err
	}
	r.RenewAt = renewal(until)
	return s.commit(ctx, func(tx *firestore.Transaction) error { return put(tx, snap, r.retention()) })
}

// belowUntil is when what is below the session already may be deleted: not before what is written there from now on, and of a
// session that is over sooner, as long after it as of any other.
func (r *row) belowUntil(now time.Time) *time.Time {
	until := belowUntil(r.KeepDays, now)
	if until == nil || r.ExpiresAt == nil {
		return until
	}
	last := *r.ExpiresAt
	if last.Before(now) {
		last = now
	}
	if at := last.Add(afterward).UTC(); at.Before(*until) {
		return &at
	}
	return until
}

// dateBelow dates all that is below a session's document, a page at a time.
func (s *Store) dateBelow(ctx context.Context, ref *firestore.DocumentRef, until *time.Time) error {
	for _, name := range children {
		q := ref.Collection(name).Select().OrderBy(firestore.DocumentID, firestore.Asc).Limit(sweepPage)
		for page, more := q, true; more; {
			snaps, err := page.Documents(ctx).GetAll()
			if err == nil && len(snaps) > 0 {
				err = s.dateAll(ctx, snaps, until)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			if more = len(snaps) == sweepPage; more {
				page = q.StartAfter(snaps[len(snaps)-1].Ref.ID)
			}
		}
	}
	return nil
}

func (s *Store) dateAll(ctx context.Context, snaps []*firestore.DocumentSnapshot, until *time.Time) error {
	return s.commit(ctx, func(tx *firestore.Transaction) error {
		for _, snap := range snaps {
			if err := tx.Update(snap.Ref, []firestore.Update{{Path: "expires_at", Value: until}}); err != nil {
				return err
			}
		}
		return nil
	})
}
