package work

import (
	"context"
	"time"

	"sessionbridge.internal/shared/schedule"
	"sessionbridge.internal/shared/store"
)

// Overdue is how long after its time work that nobody has taken up counts as forgotten. A platform that delivers a task so
// late has lost it, or its queue stands still.
const Overdue = time.Hour

// Forgotten says whether the work is owed and its time has passed by more than Overdue.
func Forgotten(w store.Work, now time.Time) bool {
	due := w.Due()
	return !due.IsZero() && due.Before(now.Add(-Overdue))
}

// Lost says whether the task that would do the work is not on its queue any more. A run that died has taken the task's name
// out of the document, but its number stands there: that task must come again until it is answered.
func Lost(ctx context.Context, s *schedule.Scheduler, d *store.Document, id store.ID, kind string, to Target) (bool, error) {
	there, err := s.Has(ctx, to.Queue, taskName(id, kind, d.Work[kind].Serial))
	return err == nil && !there, err
}

// Drop takes the work out of the document's debts: nobody wants it done any more.
func Drop(d *store.Document, kind string) {
	End(d, kind)
	Forget(d, kind)
}
