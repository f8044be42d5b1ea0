package qmfeed

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"sessionbridge.internal/shared/quality"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

// note writes down what came of a request, before the next one is sent: a run that is killed repeats at most the request
// whose outcome is not known, under the same id.
func (u *run) note(ctx context.Context, batch []quality.Payload, a answer) (*store.Document, []quality.Payload, error) {
	var following []quality.Payload
	var made store.Delivery
	doc, err := u.Store.Update(ctx, u.id, func(d *store.Document) (store.Change, error) {
		now := u.Clock().UTC()
		if err := work.Hold(d, work.Quality, u.holder, now); err != nil {
			return store.Change{}, err
		}
		following, made = u.record(d, batch, a, now)
		return store.Change{Deliveries: []store.Delivery{made}}, nil
	})
	if err != nil {
		return nil, nil, err
	}
	work.Log(ctx, u.Log, u.id, made)
	return doc, following, nil
}

// record is pure: it notes the answer in the document and readies the next request; none ends the run.
func (u *run) record(d *store.Document, batch []quality.Payload, a answer, now time.Time) (following []quality.Payload, made store.Delivery) {
	q := &d.Quality
	q.Attempt++
	verdict, problem := judge(a)
	made = delivery("deliver", q.Attempt, a, verdict, problem)
	if verdict == store.Done {
		q.Again()
		q.Hand(marks(batch))
		q.Request = nil
		if following = u.next(d); len(following) == 0 {
			work.End(d, work.Quality)
			work.OweQuality(u.set.Quality, d, u.id, now) // what came meanwhile
		}
		return following, made
	}
	q.Failures++
	q.Problem = store.Problem(errors.New(problem))
	if q.FirstFailedAt.IsZero() {
		q.FirstFailedAt = now
	}
	made.Since = q.FirstFailedAt
	at, ok := work.Next(now, q.FirstFailedAt, q.Failures, u.id.String(), a.retryAfter)
	if !ok || verdict == store.Dead {
		q.Dead, q.NextAttemptAt, made.Verdict = true, time.Time{}, store.Dead
		work.End(d, work.Quality)
		return nil, made
	}
	q.NextAttemptAt, made.Next = at, at
	work.EndUntil(d, u.id, work.Quality, at)
	return nil, made
}

// maxKept bounds how much of a request and an answer a delivery keeps.
const maxKept = 4 << 10

func delivery(step string, number int, a answer, v store.Verdict, problem string) store.Delivery {
	return store.Delivery{
		Work: work.Quality, Number: number, Step: step, At: a.began.UTC(), Millis: a.took.Milliseconds(),
		Method: http.MethodPost, URL: a.url, Request: cut(a.request), Status: a.status, Response: cut(a.response),
		Verdict: v, Problem: problem,
	}
}

func cut(s string) string {
	if len(s) > maxKept {
		return strings.ToValidUTF8(s[:maxKept], "") + "…"
	}
	return strings.ToValidUTF8(s, "�")
}
