package store

import (
	"context"
	"fmt"
	"iter"
	"time"

	"cloud.google.com/go/firestore"

	"sessionbridge.internal/shared/session"
)

// What is counted and found here is of all tenants at once, by queries over the collection group: what they cost grows with
// what is wrong, never with the tenants or their sessions. In production they need indexes of the collection group: of due_at
// and of failing_since ascending, and of crm_state ascending with changed_at ascending.

// MostCounted bounds a count, and what it costs: Firestore bills one read for up to 1,000 index entries
// (docs.cloud.google.com/firestore/docs/query-data/aggregation-queries).
const MostCounted = 100_000

// CountLate is how many sessions owe something that somebody should have taken up before the given time; MostCounted at most.
func (s *Store) CountLate(ctx context.Context, before time.Time) (int64, error) {
	return s.countSessions(ctx, "sessions whose work is late", func(q firestore.Query) firestore.Query { return q.Where("due_at", "<", before) })
}

// CountFailing is how many sessions owe something that has failed in a row since before the given time, and is tried again;
// MostCounted at most.
func (s *Store) CountFailing(ctx context.Context, before time.Time) (int64, error) {
	return s.countSessions(ctx, "sessions whose work fails", func(q firestore.Query) firestore.Query { return q.Where("failing_since", "<", before) })
}

// CountDead is how many sessions changed at since or later and have something that was given up; MostCounted at most.
func (s *Store) CountDead(ctx context.Context, since time.Time) (int64, error) {
	return s.countSessions(ctx, "sessions that were given up", func(q firestore.Query) firestore.Query {
		return q.Where("crm_state", "==", string(session.CRMDead)).Where("changed_at", ">=", since)
	})
}

func (s *Store) countSessions(ctx context.Context, what string, narrow func(firestore.Query) firestore.Query) (int64, error) {
	c, err := s.client.Get()
	if err != nil {
		return 0, err
	}
	return count(ctx, narrow(c.CollectionGroup("sessions").Query).Limit(MostCounted), what)
}

// CountAllAside is how many messages, of any tenant or none, were set aside at since or later; MostCounted at most.
func (s *Store) CountAllAside(ctx context.Context, since time.Time) (int64, error) {
	c, err := s.client.Get()
	if err != nil {
		return 0, err
	}
	return count(ctx, c.Collection("poison").Where("at", ">=", since).Limit(MostCounted), "messages set aside")
}

// latePage is how many sessions Late has in memory at a time.
const latePage = 100

// Late are the sessions that CountLate counts, those that are latest first. They are read a page at a time, and what changes
// meanwhile so that it is late no more may come all the same. An error ends them.
func (s *Store) Late(ctx context.Context, before time.Time) iter.Seq2[*Document, error] {
	return func(yield func(*Document, error) bool) {
		c, err := s.client.Get()
		if err != nil {
			yield(nil, err)
			return
		}
		all := c.CollectionGroup("sessions").Where("due_at", "<", before).OrderBy("due_at", firestore.Asc).Limit(latePage)
		for page, more := all, true; more; {
			snaps, err := page.Documents(ctx).GetAll()
			if err != nil {
				yield(nil, fmt.Errorf("sessions whose work is late: %w", err))
				return
			}
			for _, snap := range snaps {
				if !yield(documentOf(snap)) {
					return
				}
			}
			if more = len(snaps) == latePage; more {
				page = all.StartAfter(snaps[len(snaps)-1]) // by its time and its name, of which many may have the same time
			}
		}
	}
}

func documentOf(snap *firestore.DocumentSnapshot) (*Document, error) {
	var r row
	if err := snap.DataTo(&r); err != nil {
		return nil, fmt.Errorf("store: %s: %w", snap.Ref.ID, err)
	}
	return r.document()
}
