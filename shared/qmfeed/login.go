package qmfeed

import (
	"context"

	"sessionbridge.internal/shared/quality"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

// login hands over one login or logout. What is refused goes on in another task; what is given up is set aside with the
// task's whole body, so that a person can send it again. Of one agent a later one may overtake it: receivers order by the
// events' times.
func (r *Runner) login(ctx context.Context, set settings.Settings, w work.Wake) error {
	l := w.Login
	endpoint := set.Quality.For(string(l.Payload.Channel))
	if len(l.Payload.Body) == 0 {
		return nil
	}
	if endpoint == nil {
		return r.untold(ctx, w)
	}
	a := r.send(ctx, target{"quality." + string(l.Payload.Channel), endpoint}, []quality.Payload{l.Payload})
	if ctx.Err() != nil {
		return ctx.Err() // our own time is over: the task comes again
	}
	verdict, problem := judge(a)
	now := r.Clock().UTC()
	made := delivery("deliver login", l.Failures+1, a, verdict, problem)
	if verdict == store.Done {
		work.Log(ctx, r.Log, w.ID, made)
		return nil
	}
	l.Failures++
	if l.FirstFailedAt.IsZero() {
		l.FirstFailedAt = now
	}
	at, ok := work.Next(now, l.FirstFailedAt, l.Failures, l.Payload.ID, a.retryAfter)
	if !ok || verdict == store.Dead {
		made.Verdict = store.Dead
		work.Log(ctx, r.Log, w.ID, made)
		return r.setAside(ctx, w, problem)
	}
	made.Next = at
	work.Log(ctx, r.Log, w.ID, made)
	return work.EnsureLogin(ctx, r.Tasks, w, at, r.Target)
}

// untold lets go of a login that nobody wants to be told of any more, but not of one that was tried or that a person sent
// again: its application may be out of the settings for a moment only.
func (r *Runner) untold(ctx context.Context, w work.Wake) error {
	if w.Login.Failures == 0 && w.Login.Row == "" {
		return nil
	}
	return r.setAside(ctx, w, work.NobodyToTell(string(w.Login.Payload.Channel)))
}

func (r *Runner) setAside(ctx context.Context, w work.Wake, problem string) error {
	aside, err := work.LoginAside(w, r.Clock(), problem)
	if err != nil {
		return err
	}
	return r.Store.SetAside(ctx, aside)
}
