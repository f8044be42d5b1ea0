// Package qmfeed hands the events of sessions, and agents' logins and logouts, to the company's application for quality
// management (QM). The events of a session go in their order, one request after the other, and one that is refused holds up
// those behind it, in its own session alone. It is woken and tried again by the rules of shared/work.
//
// shared/quality makes the events, shared/signin signs in, shared/outbound calls.
package qmfeed

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"sessionbridge.internal/shared/clock"
	"sessionbridge.internal/shared/outbound"
	"sessionbridge.internal/shared/quality"
	"sessionbridge.internal/shared/schedule"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/signin"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

// Runner hands events over.
type Runner struct {
	Store    *store.Store
	Tasks    *schedule.Scheduler
	Settings *settings.Cache
	Signer   *signin.Signer
	Client   *outbound.Client
	Clock    clock.Clock
	Log      *slog.Logger
	Target   work.Target // where this work's own tasks go
}

// maxRun is how long a run goes on before another is to: its last request still fits the time that a task may take.
const maxRun = schedule.DispatchDeadline - time.Minute

// run is one run for one session.
type run struct {
	*Runner
	id     store.ID
	set    settings.Settings
	began  time.Time
	holder string
	due    map[string]bool // the marks of what was owed when the run began; what comes meanwhile has a task of its own
}

// Run hands over what the task is about: a session's events, or a login. Success, another attempt later and giving up are
// all noted; an error means that the task must come again.
func (r *Runner) Run(ctx context.Context, w work.Wake) error {
	set, err := r.Settings.GetAnew(ctx, w.Tenant)
	if errors.Is(err, store.ErrNotFound) {
		r.Log.WarnContext(ctx, "work of a tenant that is not there any more", "tenant", w.Tenant)
		return nil
	}
	if err != nil {
		return err
	}
	if w.Login != nil {
		return r.login(ctx, set, w)
	}
	u := &run{Runner: r, id: w.ID, set: set, began: r.Clock(), holder: work.NewHolder()}
	doc, err := u.run(ctx, w.Task)
	if errors.Is(err, work.ErrGone) {
		return nil
	}
	if err != nil {
		return err
	}
	return work.Ensure(ctx, r.Tasks, doc, w.ID, work.Quality, r.Target)
}

func (u *run) run(ctx context.Context, task string) (*store.Document, error) {
	doc, batch, err := u.begin(ctx, task)
	for err == nil && len(batch) > 0 {
		doc, batch, err = u.step(ctx, doc, batch)
	}
	return doc, err
}

// begin takes the lease and readies the first request; none when nothing is owed, or not yet.
func (u *run) begin(ctx context.Context, task string) (doc *store.Document, batch []quality.Payload, err error) {
	doc, err = u.Store.Update(ctx, u.id, func(d *store.Document) (store.Change, error) {
		batch = nil
		if d.Session.Key == "" {
			return store.Change{}, work.ErrGone
		}
		d.KeepDays = u.set.KeepDays()
		owed := work.QualityOwed(u.set.Quality, d)
		if d.Quality.Dead || len(owed) == 0 {
			work.Skip(d, work.Quality, task)
			if !d.Quality.Dead { // what it waited for is not owed any more, or there is nobody to be told, which is noted
				d.Quality.Again()
				work.OweQuality(u.set.Quality, d, u.id, u.Clock())
			}
			return store.Change{}, nil
		}
		err := work.Begin(d, work.Quality, u.holder, task, u.Clock())
		if errors.Is(err, work.ErrEarly) {
			return store.Change{}, nil
		}
		if err == nil {
			u.due = map[string]bool{}
			for _, p := range owed {
				u.due[store.Mark(p.ID)] = true
			}
			batch = u.next(d)
		}
		return store.Change{}, err
	})
	return doc, batch, err
}

// step makes one request and notes what came of it, with the request that goes next.
func (u *run) step(ctx context.Context, doc *store.Document, batch []quality.Payload) (*store.Document, []quality.Payload, error) {
	if u.Clock().Sub(u.began) > maxRun {
		return u.putOff(ctx)
	}
	channel := string(doc.Session.Channel)
	a := u.send(ctx, target{"quality." + channel, u.set.Quality.For(channel)}, batch)
	if ctx.Err() != nil {
		return nil, nil, ctx.Err() // our own time is over: the task comes again, with the same request
	}
	return u.note(ctx, batch, a)
}

// putOff leaves the rest to another run.
func (u *run) putOff(ctx context.Context) (*store.Document, []quality.Payload, error) {
	doc, err := u.Store.Update(ctx, u.id, func(d *store.Document) (store.Change, error) {
		now := u.Clock()
		if err := work.Hold(d, work.Quality, u.holder, now); err != nil {
			return store.Change{}, err
		}
		work.EndUntil(d, u.id, work.Quality, now)
		return store.Change{}, nil
	})
	return doc, nil, err
}
