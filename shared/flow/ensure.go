package flow

import (
	"context"
	"errors"

	"sessionbridge.internal/shared/clock"
	"sessionbridge.internal/shared/schedule"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

// Targets are where the tasks of a session's delayed work go. A CRM's queue is in its settings.
type Targets struct {
	CRMURL   string
	Metadata work.Target
}

// Ensure makes sure that the tasks which Owe has named exist. It is called after every Owe and before what caused it is
// acknowledged.
func Ensure(ctx context.Context, tasks *schedule.Scheduler, set settings.Settings, d *store.Document, id store.ID, to Targets) error {
	if set.CRM != nil {
		if err := work.Ensure(ctx, tasks, d, id, work.CRM, work.Target{Queue: set.CRM.Queue, URL: to.CRMURL}); err != nil {
			return err
		}
	}
	return work.Ensure(ctx, tasks, d, id, work.Metadata, to.Metadata)
}

// Closed has the CRM's work taken up after what is written after a session's end was written: files may be uploaded now.
func Closed(ctx context.Context, db *store.Store, tasks *schedule.Scheduler, cache *settings.Cache, id store.ID, to Targets, now clock.Clock) error {
	set, err := cache.Get(ctx, id.Tenant)
	if errors.Is(err, store.ErrNotFound) || err == nil && !uploadsOwn(set.CRM) {
		return nil
	}
	if err != nil {
		return err
	}
	doc, err := db.Update(ctx, id, func(d *store.Document) (store.Change, error) {
		if d.Session.Key == "" {
			return store.Change{}, work.ErrGone
		}
		Owe(set, d, id, now())
		return store.Change{}, nil
	})
	if errors.Is(err, work.ErrGone) {
		return nil
	}
	if err != nil {
		return err
	}
	return Ensure(ctx, tasks, set, doc, id, to)
}
