package work

import (
	"context"
	"time"

	"sessionbridge.internal/shared/schedule"
	"sessionbridge.internal/shared/session"
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
	there, err := s.Has(ctx, to.Queue, taskName(id, kind, d.Born, d.Work[kind].Serial))
	return err == nil && !there, err
}

// NoCRM is the problem of work for a CRM that was taken out of the settings.
const NoCRM = "the settings have no crm any more; once they have one, a replay goes on"

// Drop takes the work out of the document's debts: nobody wants it done any more. What it failed at is forgotten, as by a run
// that finds nothing to do; work for a CRM is given up, so that it is there for a person. What was given up before stays so.
func Drop(d *store.Document, kind string) {
	End(d, kind)
	Forget(d, kind)
	f := FileOf(d, kind)
	switch {
	case kind == CRM && d.CRM.State != session.CRMDead:
		d.CRM.State, d.CRM.NextAttemptAt, d.CRM.Problem = session.CRMDead, time.Time{}, NoCRM
	case kind == Metadata && !d.Metadata.Dead:
		d.Metadata.Again()
	case kind == Quality && !d.Quality.Dead:
		d.Quality.Again()
	case f != nil && !f.Dead:
		f.Again()
	}
}
