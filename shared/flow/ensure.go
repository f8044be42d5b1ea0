package flow

import (
	"context"

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
