package closing

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

// finish writes down what a run has made and what follows: nothing, another attempt, or a person's look.
func (u *run) finish(ctx context.Context, r result) (*store.Document, error) {
	if r.err != nil && (ctx.Err() != nil || errors.Is(r.err, work.ErrLost)) {
		return nil, r.err // our own time is over, or another run began: the task comes again
	}
	var made []store.Delivery
	doc, err := u.Store.Update(ctx, u.id, func(d *store.Document) (store.Change, error) {
		now := u.Clock().UTC()
		if err := work.Hold(d, work.Metadata, u.holder, now); err != nil {
			return store.Change{}, err
		}
		u.record(d, r, now)
		made = u.deliveries(d, r)
		return store.Change{Deliveries: made}, nil
	})
	if err != nil {
		return nil, err
	}
	for _, m := range made {
		work.Log(ctx, u.Log, u.id, m)
	}
	return doc, nil
}

// record is pure: it notes the result in the document.
func (u *run) record(d *store.Document, r result, now time.Time) {
	m := &d.Metadata
	for _, one := range r.made {
		f := d.AddFile(one.id, one.kind)
		f.Version, f.Type, f.Size = one.src.Version, one.src.Type, one.src.Size
		f.Base, f.Link = cmp.Or(one.base, f.Base), cmp.Or(one.link, f.Link)
		for name, stored := range one.stored {
			f.Put(name, stored)
		}
	}
	m.Made = m.Made || r.written != ""
	if !r.mailed.IsZero() && r.mail == nil {
		m.MailSentAt = r.mailed
	}
	if r.err == nil {
		if m.Written == u.holder { // else news came that is not in what we wrote: it is written again
			m.Written = r.written
		}
		if !d.Session.EndedAt.IsZero() { // else it went on while we wrote, and is to be closed again
			m.DoneAt = now
		}
		m.Again()
		work.End(d, work.Metadata)
		return
	}
	m.Failures++
	m.Problem = store.Problem(r.err)
	if m.FirstFailedAt.IsZero() {
		m.FirstFailedAt = now
	}
	at, ok := work.Next(now, m.FirstFailedAt, m.Failures, u.id.String(), 0)
	if !ok || r.refused {
		m.Dead = true
		work.End(d, work.Metadata)
		return
	}
	work.EndUntil(d, u.id, work.Metadata, at)
}

// deliveries are the run's steps, of which each says how it went. A run that failed outside of them has one more, so that
// nothing happens unseen.
func (u *run) deliveries(d *store.Document, r result) (made []store.Delivery) {
	steps := u.steps
	if r.err != nil && !slices.ContainsFunc(steps, func(s step) bool { return s.err != nil }) {
		steps = append(slices.Clip(steps), step{name: "prepare", began: u.Clock(), err: r.err})
	}
	for _, s := range steps {
		d.Metadata.Attempt++
		v := store.Delivery{
			Work: work.Metadata, Number: d.Metadata.Attempt, Step: s.name, At: s.began.UTC(), Millis: s.took.Milliseconds(), Verdict: store.Done,
		}
		if s.err != nil {
			v.Verdict, v.Problem, v.Next, v.Since = store.Waiting, store.Problem(s.err), d.Work[work.Metadata].TaskAt, d.Metadata.FirstFailedAt
			if d.Metadata.Dead {
				v.Verdict = store.Dead
			}
		}
		made = append(made, v)
	}
	return made
}
