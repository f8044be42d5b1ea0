package flow

import (
	"context"
	"errors"
	"log/slog"

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
	Files    work.Target
	Quality  work.Target
	// Log is told of trouble with quality management's tasks, which then is nobody else's; without it, that is an error, too.
	Log *slog.Logger
}

// TargetsFrom are the targets that a function's environment names; need looks a variable up.
func TargetsFrom(need func(string) string) Targets {
	return Targets{
		CRMURL:   need("CRM_URL"),
		Metadata: work.Target{Queue: need("METADATA_QUEUE"), URL: need("METADATA_URL")},
		Files:    work.Target{Queue: need("FILES_QUEUE"), URL: need("EXPORT_URL")},
		Quality:  work.Target{Queue: need("QUALITY_QUEUE"), URL: need("QUALITY_URL")},
	}
}

// Ensure makes sure that the tasks which Owe has named exist. It is called after every Owe and before what caused it is
// acknowledged. Its error is for trouble with any of them but, where there is to.Log, quality management's.
func Ensure(ctx context.Context, tasks *schedule.Scheduler, set settings.Settings, d *store.Document, id store.ID, to Targets) error {
	// Each kind of work has a queue of its own, and the trouble of one is not the others'.
	var errs []error
	if set.CRM != nil {
		errs = append(errs, work.Ensure(ctx, tasks, d, id, work.CRM, work.Target{Queue: set.CRM.Queue, URL: to.CRMURL}))
	}
	for _, kind := range work.FileKinds(d) {
		errs = append(errs, work.Ensure(ctx, tasks, d, id, kind, to.Files))
	}
	errs = append(errs, work.Ensure(ctx, tasks, d, id, work.Metadata, to.Metadata))
	return errors.Join(append(errs, ensureQuality(ctx, tasks, d, id, to))...)
}

// ensureQuality lets trouble that Cloud Tasks still has after some tries pass, once it is logged: events of a session come in
// their order, and a queue that is not there would hold up those that the CRM is waiting for. The document goes on naming
// the task, so that the session's next event or run makes it, or a person, to whom it shows as forgotten.
func ensureQuality(ctx context.Context, tasks *schedule.Scheduler, d *store.Document, id store.ID, to Targets) error {
	err := work.Ensure(ctx, tasks, d, id, work.Quality, to.Quality)
	if err == nil || to.Log == nil || ctx.Err() != nil {
		return err
	}
	to.Log.ErrorContext(ctx, "quality management's task could not be made", "tenant", id.Tenant, "source", id.Source, "session", id.Key, "problem", err.Error())
	return nil
}

// Stored has taken up what follows once a file is stored or the metadata is written: the CRM's work may go on, and what is
// written may be out of date.
func Stored(ctx context.Context, db *store.Store, tasks *schedule.Scheduler, cache *settings.Cache, id store.ID, to Targets, now clock.Clock) error {
	set, err := cache.Get(ctx, id.Tenant)
	if errors.Is(err, store.ErrNotFound) {
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
