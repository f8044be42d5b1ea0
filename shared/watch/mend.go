package watch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"sessionbridge.internal/shared/flow"
	"sessionbridge.internal/shared/schedule"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

// look is one look at what is late, and what it has learnt so far.
type look struct {
	*Watch
	now    time.Time
	queues map[string]error // what is wrong with each that was asked for

	looked, missing, failed int64
}

// mendAll has the work done whose tasks are lost, of the sessions that are latest. What cannot be mended now, as while a queue
// is not there, keeps no other from it, and is found again.
func (w *Watch) mendAll(ctx context.Context, now time.Time) error {
	l, more := &look{Watch: w, now: now, queues: map[string]error{}}, w.within(mending)
	for d, err := range w.Store.Late(ctx, now.Add(-work.Overdue)) {
		if err == nil {
			err = l.mendOne(ctx, d)
		}
		if err != nil {
			return fmt.Errorf("watch: %w", err)
		}
		if l.missing >= most || !more() {
			break // the next run goes on
		}
	}
	w.found(ctx, Missing, l.missing, slog.Int64("looked_at", l.looked), slog.Int64("not_mended", l.failed))
	return nil
}

// mendOne counts what came of one session. Its error is that our own time is over.
func (l *look) mendOne(ctx context.Context, d *store.Document) error {
	lost, err := l.mend(ctx, d)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	l.looked++
	if lost {
		l.missing++
	}
	if err == nil {
		return nil
	}
	if l.failed++; l.failed <= told {
		l.Log.ErrorContext(ctx, "a session's work cannot be taken up", "tenant", d.Session.Tenant, "source", d.Session.Source,
			"session", d.Session.Key, "problem", err.Error())
	}
	return nil
}

// mend sees to one session; lost says that a task of it was.
func (l *look) mend(ctx context.Context, d *store.Document) (lost bool, err error) {
	id := store.ID{Tenant: d.Session.Tenant, Source: d.Session.Source, Key: d.Session.Key}
	set, err := l.Settings.Get(ctx, id.Tenant)
	gone := errors.Is(err, store.ErrNotFound)
	if err != nil && !gone {
		return false, err
	}
	kinds, problem := l.lost(ctx, set, d, id)
	if len(kinds) == 0 {
		return false, problem
	}
	doc, err := l.Store.Update(ctx, id, func(is *store.Document) (store.Change, error) {
		lost = false
		for _, kind := range kinds {
			_, wanted := l.Targets.Of(set, kind)
			switch {
			case is.Work[kind] != d.Work[kind]: // somebody has taken it up meanwhile
			case gone, !wanted:
				work.Drop(is, kind)
			default:
				work.EndUntil(is, id, kind, l.now)
				lost = true
			}
		}
		return store.Change{}, nil
	})
	if err != nil || !lost {
		return lost, errors.Join(problem, err)
	}
	return true, errors.Join(problem, flow.Ensure(ctx, l.Tasks, set, doc, id, l.Targets))
}

// lost are the kinds of the session's work that are forgotten and whose tasks are not on their queues. While those are there,
// a queue stands still or is slow: another task would be one more for it. On a queue that is not there none can be made: a new name
// each hour would be one more write for ever, and what is owed goes on counting as late instead, until the queue is there.
func (l *look) lost(ctx context.Context, set settings.Settings, d *store.Document, id store.ID) (kinds []string, err error) {
	for _, kind := range slices.Sorted(maps.Keys(d.Work)) {
		if !work.Forgotten(d.Work[kind], l.now) {
			continue
		}
		to, wanted := l.Targets.Of(set, kind)
		lost := !wanted // on whatever queue it was
		if wanted {
			var failed error
			lost, failed = l.lostOn(ctx, d, id, kind, to)
			err = errors.Join(err, failed)
		}
		if lost {
			kinds = append(kinds, kind)
		}
	}
	return kinds, err
}

// lostOn says whether the task is not on its queue; schedule.ErrNoQueue: there is no such queue.
func (l *look) lostOn(ctx context.Context, d *store.Document, id store.ID, kind string, to work.Target) (bool, error) {
	switch err := l.check(ctx, to.Queue); {
	case errors.Is(err, schedule.ErrPaused):
		return false, nil
	case errors.Is(err, schedule.ErrNoQueue):
		return false, err
	}
	return work.Lost(ctx, l.Tasks, d, id, kind, to)
}

// check says what is wrong with the queue. What is on one that is paused will come once it runs again, and that may be very many
// tasks, so that it is asked once, and for none of them. Where Cloud Tasks does not tell, each is looked for.
func (l *look) check(ctx context.Context, queue string) error {
	err, asked := l.queues[queue]
	if !asked {
		err = l.Tasks.Check(ctx, queue)
		l.queues[queue] = err
	}
	return err
}
