package qmfeed

import (
	"context"
	"encoding/json"
	"fmt"

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
	if endpoint == nil || len(l.Payload.Body) == 0 {
		return nil // it was taken out of the settings since
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

func (r *Runner) setAside(ctx context.Context, w work.Wake, problem string) error {
	again := work.Wake{ID: w.ID, Kind: w.Kind, Login: &work.Login{Payload: w.Login.Payload}}
	body, err := json.Marshal(again)
	if err != nil {
		return fmt.Errorf("qmfeed: %w", err)
	}
	return r.Store.SetAside(ctx, store.Poison{
		ID: w.Login.Payload.ID, At: r.Clock().UTC(), Data: body, Problem: problem,
		Attributes: map[string]string{"tenant": w.Tenant, "source": w.Source, "work": work.Quality},
	})
}
