// Package watch looks, once an hour, whether everything that sessions owe will be done: it counts what is late, what fails
// for long, what was given up and what was set aside, and has work done whose task was lost. It exists because tasks are
// asked for when a session changes: a session that changes no more and whose task is gone, nobody else would find. Nor would
// anybody else tell sessions that are over that their tenant's retention is another one now.
//
// shared/work says what is owed and when it counts as forgotten, shared/store finds it with a constant number of queries, and
// shared/flow knows where tasks go. Metrics and alerts are made of the lines logged here (terraform/metrics.tf).
package watch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"sessionbridge.internal/shared/clock"
	"sessionbridge.internal/shared/flow"
	"sessionbridge.internal/shared/schedule"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

const (
	// Patience is how long something may fail before it is told of: other people's systems have their bad hours, and what
	// fails is tried again for a week (work.Horizon).
	Patience = 24 * time.Hour
	// Memory is how long what was given up or set aside is told of. The console shows it for ever; an alert that nothing but
	// forgetting can end would be turned off.
	Memory = 7 * 24 * time.Hour
	// most bounds the sessions that one run mends; those that are latest come first, and the next run goes on.
	most = 500
	// told bounds the lines about sessions that cannot be seen to: where a queue is not there they may be very many. All are counted.
	told = 100
	// Cloud Scheduler waits three minutes for a run. Each of its parts has a time of its own, after which it leaves the rest to the
	// next run: of those that never get done, as while a queue is slow, none takes the others' turn.
	renewing  = 15 * time.Second
	mending   = 75 * time.Second
	erasing   = 15 * time.Second
	retaining = 45 * time.Second
	// longest is what a run may take where retention, which comes last, has much to do and the others had little.
	longest = 2 * time.Minute
)

// The classes of findings, as they are logged.
const (
	Late    = "late"    // owed for more than work.Overdue, and nobody has taken it up: the queue stands still, or the task is lost
	Missing = "missing" // of these, in sessions that were looked at: the task was lost
	Waiting = "waiting" // failing for more than Patience
	Dead    = "dead"    // sessions with something that was given up within Memory
	Aside   = "aside"   // messages set aside within Memory
)

// Watch looks at all sessions.
type Watch struct {
	Store    *store.Store
	Tasks    *schedule.Scheduler
	Settings *settings.Cache
	Clock    clock.Clock
	Log      *slog.Logger
	Targets  flow.Targets
}

// Run looks once. What it finds is no error; that it could not look is, and then it must come again.
func (w *Watch) Run(ctx context.Context) error {
	now := w.Clock()
	return errors.Join(w.renewAll(ctx, now), w.count(ctx, now), w.mendAll(ctx, now), w.eraseAll(ctx), w.retainAll(ctx, now))
}

// within says, whenever it is asked, whether less than d has passed since it was made.
func (w *Watch) within(d time.Duration) func() bool {
	began := w.Clock()
	return func() bool { return w.Clock().Sub(began) < d }
}

// eraseAll goes on with erasures that were cut short: who asked for one need not come back.
func (w *Watch) eraseAll(ctx context.Context) error {
	ended, err := w.Store.FinishAllErasing(ctx, w.within(erasing))
	if ended > 0 {
		w.Log.InfoContext(ctx, "erasures that were cut short have come to their end", "count", ended)
	}
	if err != nil {
		return fmt.Errorf("watch: %w", err)
	}
	return nil
}

// count logs how much there is of each class. One that cannot be counted keeps no other from it.
func (w *Watch) count(ctx context.Context, now time.Time) (err error) {
	for _, c := range []struct {
		class string
		count func(context.Context, time.Time) (int64, error)
		at    time.Time
	}{
		{Late, w.Store.CountLate, now.Add(-work.Overdue)},
		{Waiting, w.Store.CountFailing, now.Add(-Patience)},
		{Dead, w.Store.CountDead, now.Add(-Memory)},
		{Aside, w.Store.CountAllAside, now.Add(-Memory)},
	} {
		n, failed := c.count(ctx, c.at)
		if failed != nil {
			err = errors.Join(err, fmt.Errorf("watch: %s: %w", c.class, failed))
			continue
		}
		w.found(ctx, c.class, n)
	}
	return err
}

// found logs one class. Nothing found is said, too, so that a count can be told from a watch that is not kept.
func (w *Watch) found(ctx context.Context, class string, n int64, more ...slog.Attr) {
	level := slog.LevelInfo
	if n > 0 {
		level = slog.LevelWarn
	}
	w.Log.LogAttrs(ctx, level, "found", append([]slog.Attr{slog.String("class", class), slog.Int64("count", n)}, more...)...)
}
