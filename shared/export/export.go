// Package export brings a file that a source has announced, such as a recording, into every place where the company's
// settings want it. Each file is work of its own, woken and tried again by the rules of shared/work; shared/places opens
// the source and the places, and shared/files names what is stored.
package export

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"sessionbridge.internal/shared/clock"
	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/files/remote"
	"sessionbridge.internal/shared/places"
	"sessionbridge.internal/shared/schedule"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

// Runner brings files.
type Runner struct {
	Store    *store.Store
	Tasks    *schedule.Scheduler
	Settings *settings.Cache
	Places   *places.Keeper
	Clock    clock.Clock
	Log      *slog.Logger
	Target   work.Target // where this work's own tasks go

	pace pace // of tests; what is zero is as the constants say
}

// run is one run for one file.
type run struct {
	*Runner
	id     store.ID
	kind   string // of work
	set    settings.Settings
	holder string
}

// Run brings the file to the places that lack it. Success, another attempt later and giving up are all noted in the
// session; an error means that the task must come again.
func (r *Runner) Run(ctx context.Context, w work.Wake) error {
	set, err := r.Settings.GetAnew(ctx, w.Tenant)
	if errors.Is(err, store.ErrNotFound) {
		r.Log.WarnContext(ctx, "work of a tenant that is not there any more", "tenant", w.Tenant)
		return nil
	}
	if err != nil {
		return err
	}
	u := &run{Runner: r, id: w.ID, kind: w.Kind, set: set, holder: work.NewHolder()}
	doc, due, err := u.begin(ctx, w.Task)
	if errors.Is(err, work.ErrGone) {
		return nil
	}
	if err != nil {
		return err
	}
	if due {
		if doc, err = u.finish(ctx, u.bringInTime(ctx, doc)); err != nil {
			return err
		}
	}
	return work.Ensure(ctx, r.Tasks, doc, w.ID, w.Kind, r.Target)
}

// begin takes the lease and gives the file its name for good; due is false when nothing is to do, or not yet.
func (u *run) begin(ctx context.Context, task string) (doc *store.Document, due bool, err error) {
	doc, err = u.Store.Update(ctx, u.id, func(d *store.Document) (store.Change, error) {
		due = false
		f := work.FileOf(d, u.kind)
		if d.Session.Key == "" || f == nil {
			return store.Change{}, work.ErrGone
		}
		if !work.FileOwed(u.set.Storage, f) {
			if !f.Dead { // it is not wanted any more, and so fails no more
				f.Again()
			}
			work.Skip(d, u.kind, task)
			return store.Change{}, nil
		}
		err := work.Begin(d, u.kind, u.holder, task, u.Clock())
		if errors.Is(err, work.ErrEarly) {
			return store.Change{}, nil
		}
		if due = err == nil; due && f.Base == "" {
			f.Base, _ = u.base(d, f) // where there is none, bring says why
		}
		return store.Change{}, err
	})
	return doc, due, err
}

// result is what a run has made: the file as it is stored now, the steps it took, and what stopped it.
type result struct {
	file  *store.File
	steps []step
	err   error
}

// noteIn notes in the session's file what the run made of it.
func (r result) noteIn(f *store.File) {
	if now := r.file; now != nil {
		f.Version, f.Type, f.Size, f.Places, f.Link = now.Version, now.Type, now.Size, now.Places, now.Link
	}
}

// step is one attempt at one thing.
type step struct {
	name  string
	began time.Time
	took  time.Duration
	err   error
}

// do runs one step and remembers how it went. ok is false where it failed.
func (u *run) do(ctx context.Context, r *result, name string, f func() error) (ok bool) {
	began := u.Clock()
	err := f()
	if err != nil && ctx.Err() != nil {
		err = fmt.Errorf("%w: %w", context.Cause(ctx), err)
	}
	r.steps = append(r.steps, step{name, began, u.Clock().Sub(began), err})
	r.err = errors.Join(r.err, err)
	return err == nil
}

// bring puts the file into each place that lacks it, of which none waits for another, and makes the link the settings want.
func (u *run) bring(ctx context.Context, doc *store.Document) (r result) {
	f := work.FileOf(doc, u.kind) // this run's copy: finish notes in the session what came of it
	r.file = f
	if f.Base == "" {
		_, r.err = u.base(doc, f)
		return r
	}
	for _, name := range work.PlacesLeft(u.set.Storage, f) {
		if goOn := u.bringTo(ctx, name, doc, f, &r); !goOn {
			return r
		}
	}
	if place, ok := f.Places[work.Bucket]; ok && work.LinkLeft(u.set.Storage, f) {
		u.do(ctx, &r, "link", func() (err error) {
			f.Link, err = u.Places.Bucket(u.set.Storage).Link(ctx, place.Path, u.set.Storage.LinkTime(), "")
			return err
		})
	}
	return r
}

// bringTo puts the file into one place: from another that has it already, since a source may give a file only once and its
// address may end, else from its source. goOn is false where there is no use in trying other places.
func (u *run) bringTo(ctx context.Context, name string, doc *store.Document, f *store.File, r *result) (goOn bool) {
	step, done := "fetch", func() {}
	if len(f.Places) > 0 {
		step = "read_back"
	}
	var src files.Source
	if ok := u.do(ctx, r, step, func() (err error) {
		src, done, err = u.Places.Content(ctx, u.set, u.id, doc, f.ID)
		return err
	}); !ok {
		return false
	}
	defer done()
	u.do(ctx, r, "store_in_"+name, func() error {
		stored, err := u.put(ctx, name, f.Base+remote.Ending(src.Type), src, f.ID)
		if err == nil {
			f.Version, f.Type, f.Size = src.Version, src.Type, stored.Size
			f.Put(name, stored)
		}
		if err == nil && work.FileOwed(u.set.Storage, f) { // if this run is killed later, the source may say no by then
			err = u.note(ctx, func(d *store.Document) { r.noteIn(work.FileOf(d, u.kind)) })
		}
		return err
	})
	return ctx.Err() == nil && !errors.Is(r.err, work.ErrLost)
}

// base is what the file is to be called in every place, without the ending of its type.
func (u *run) base(d *store.Document, f *store.File) (string, error) {
	return files.Base(u.set.Storage, u.id.Tenant, d.Session, f.Kind, f.ID, func(base string) bool { return d.Takes(base, f.ID) })
}

func (u *run) put(ctx context.Context, name, path string, src files.Source, file string) (stored files.Stored, err error) {
	place, err := u.Places.Open(ctx, u.set.Storage, name)
	if err != nil {
		return stored, err
	}
	defer func() { err = errors.Join(err, place.Close()) }()
	tags := files.Tags{Tenant: u.id.Tenant, Source: u.id.Source, Session: u.id.Key, File: file}
	stored, err = place.Put(ctx, path, tags, src)
	stored.At = u.Clock().UTC()
	return stored, err
}

// note changes the session's document under the lease.
func (u *run) note(ctx context.Context, f func(*store.Document)) error {
	_, err := u.Store.Update(ctx, u.id, func(d *store.Document) (store.Change, error) {
		if err := work.Hold(d, u.kind, u.holder, u.Clock()); err != nil {
			return store.Change{}, err
		}
		f(d)
		return store.Change{}, nil
	})
	return err
}
