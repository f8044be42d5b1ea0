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
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

// mendAll has the work done whose tasks are lost, of the sessions that are latest. What cannot be mended now, as while a queue
// is not there, keeps no other from it, and is found again.
func (w *Watch) mendAll(ctx context.Context, now time.Time) error {
	docs, err := w.Store.Late(ctx, now.Add(-work.Overdue), most)
	if err != nil {
		return fmt.Errorf("watch: %w", err)
	}
	var missing, failed int64
	for _, d := range docs {
		lost, err := w.mend(ctx, d, now)
		if ctx.Err() != nil {
			return fmt.Errorf("watch: %w", ctx.Err()) // our own time is over: the next run goes on
		}
		if lost {
			missing++
		}
		if err != nil {
			failed++
			w.Log.ErrorContext(ctx, "a session's work cannot be taken up", "tenant", d.Session.Tenant, "source", d.Session.Source,
				"session", d.Session.Key, "problem", err.Error())
		}
	}
	w.found(ctx, Missing, missing, slog.Int("looked_at", len(docs)), slog.Int64("not_mended", failed))
	return nil
}

// mend sees to one session; lost says that a task of it was.
func (w *Watch) mend(ctx context.Context, d *store.Document, now time.Time) (lost bool, err error) {
	id := store.ID{Tenant: d.Session.Tenant, Source: d.Session.Source, Key: d.Session.Key}
	set, err := w.Settings.Get(ctx, id.Tenant)
	gone := errors.Is(err, store.ErrNotFound)
	if err != nil && !gone {
		return false, err
	}
	kinds, err := w.lost(ctx, set, d, id, now)
	if err != nil || len(kinds) == 0 {
		return false, err
	}
	doc, err := w.Store.Update(ctx, id, func(is *store.Document) (store.Change, error) {
		lost = false
		for _, kind := range kinds {
			_, wanted := w.Targets.Of(set, kind)
			switch {
			case is.Work[kind] != d.Work[kind]: // somebody has taken it up meanwhile
			case gone, !wanted:
				work.Drop(is, kind)
			default:
				work.EndUntil(is, id, kind, now)
				lost = true
			}
		}
		return store.Change{}, nil
	})
	if err != nil || !lost {
		return lost, err
	}
	return true, flow.Ensure(ctx, w.Tasks, set, doc, id, w.Targets)
}

// lost are the kinds of the session's work that are forgotten and whose tasks are not on their queues. While those are there,
// a queue stands still or is slow: another task would be one more for it.
func (w *Watch) lost(ctx context.Context, set settings.Settings, d *store.Document, id store.ID, now time.Time) (kinds []string, err error) {
	for _, kind := range slices.Sorted(maps.Keys(d.Work)) {
		if !work.Forgotten(d.Work[kind], now) {
			continue
		}
		to, wanted := w.Targets.Of(set, kind)
		lost := !wanted // on whatever queue it was
		if wanted {
			if lost, err = work.Lost(ctx, w.Tasks, d, id, kind, to); err != nil {
				return nil, err
			}
		}
		if lost {
			kinds = append(kinds, kind)
		}
	}
	return kinds, nil
}
