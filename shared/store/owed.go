package store

import (
	"time"

	"sessionbridge.internal/shared/session"
)

// Due is when somebody must have taken the work up: at its task's time or, while a run holds it, when that is taken for
// dead. It is zero where nothing is owed.
func (w Work) Due() time.Time {
	var due time.Time
	if w.Task != "" {
		due = w.TaskAt
	}
	if w.Holder != "" && w.Until.After(due) {
		due = w.Until
	}
	return due
}

// dueAt is the earliest Due of the document's work; nil where nothing is owed, which no query by time finds.
func (d *Document) dueAt() *time.Time {
	var first time.Time
	for _, w := range d.Work {
		first = earlier(first, w.Due())
	}
	return orNil(first)
}

// failingSince is when the longest row of failures began, of what is not given up; nil where nothing fails.
func (d *Document) failingSince() *time.Time {
	var first time.Time
	if d.CRM.State != session.CRMDead {
		first = d.CRM.FirstFailedAt
	}
	if !d.Metadata.Dead {
		first = earlier(first, d.Metadata.FirstFailedAt)
	}
	if !d.Quality.Dead {
		first = earlier(first, d.Quality.FirstFailedAt)
	}
	for i := range d.Files {
		if f := &d.Files[i]; !f.Dead {
			first = earlier(first, f.FirstFailedAt)
		}
	}
	return orNil(first)
}

// earlier is the earlier of two times, of which a zero one is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

func orNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
