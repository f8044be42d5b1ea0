package export

import (
	"context"
	"errors"
	"slices"
	"time"

	"sessionbridge.internal/shared/files/remote"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

// patience is how long a source that says no is asked again: an address that has expired does not come back, and a
// recording that is not ready yet is within hours.
const patience = 24 * time.Hour

// finish writes down what a run has made and what follows: nothing, another attempt, or a person's look.
func (u *run) finish(ctx context.Context, r result) (*store.Document, error) {
	if r.err != nil && (ctx.Err() != nil || errors.Is(r.err, work.ErrLost)) {
		return nil, r.err // our own time is over, or another run began: the task comes again
	}
	var made []store.Delivery
	doc, err := u.Store.Update(ctx, u.id, func(d *store.Document) (store.Change, error) {
		now := u.Clock().UTC()
		if err := work.Hold(d, u.kind, u.holder, now); err != nil {
			return store.Change{}, err
		}
		f := work.FileOf(d, u.kind)
		u.record(d, f, r, now)
		made = u.deliveries(d, f, r)
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
func (u *run) record(d *store.Document, f *store.File, r result, now time.Time) {
	r.noteIn(f)
	if r.err == nil {
		f.Again()
		work.End(d, u.kind)
		return
	}
	f.Failures++
	f.Problem = store.Problem(r.err)
	if f.FirstFailedAt.IsZero() {
		f.FirstFailedAt, f.RefusedAt = now, time.Time{}
	}
	switch no := saysNo(r.err); {
	case !no:
		f.RefusedAt = time.Time{}
	case f.RefusedAt.IsZero():
		f.RefusedAt = now
	}
	at, ok := work.Next(now, f.FirstFailedAt, f.Failures, u.id.String()+f.ID, remote.RetryAfter(r.err))
	if !ok || !f.RefusedAt.IsZero() && now.Sub(f.RefusedAt) >= patience {
		f.Dead = true
		work.End(d, u.kind)
		return
	}
	work.EndUntil(d, u.id, u.kind, at)
}

// saysNo says whether it is the source that has no such file, or none that may be stored.
func saysNo(err error) bool {
	for _, no := range []error{remote.ErrGone, remote.ErrDenied, remote.ErrKind, remote.ErrTooLarge} {
		if errors.Is(err, no) {
			return true
		}
	}
	return false
}

// deliveries are the run's steps, of which each says how it went. A run that failed outside of them has one too, so that
// nothing happens unseen.
func (u *run) deliveries(d *store.Document, f *store.File, r result) (made []store.Delivery) {
	steps := r.steps
	if r.err != nil && !slices.ContainsFunc(steps, func(s step) bool { return s.err != nil }) {
		steps = append(slices.Clip(steps), step{name: "prepare", began: u.Clock(), err: r.err})
	}
	for _, s := range steps {
		f.Attempt++
		v := store.Delivery{
			Work: u.kind, Number: f.Attempt, Step: s.name + " " + f.ID, At: s.began.UTC(), Millis: s.took.Milliseconds(), Verdict: store.Done,
		}
		if s.err != nil {
			v.Verdict, v.Problem, v.Next, v.Since = store.Waiting, store.Problem(s.err), d.Work[u.kind].TaskAt, f.FirstFailedAt
			if f.Dead {
				v.Verdict = store.Dead
			}
		}
		made = append(made, v)
	}
	return made
}
