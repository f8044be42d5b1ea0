package work

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"time"

	"sessionbridge.internal/shared/quality"
	"sessionbridge.internal/shared/schedule"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
)

// QualityDelay is how long after a change quality management is told of it, so that what is reported together is told as
// it is known then: shared/quality says why.
const QualityDelay = 2 * time.Second

// maxHandedOver bounds the events of a session that are handed over, whose marks stand in its document. The events that a
// session has room for make fewer.
const maxHandedOver = 4 * session.MaxEvents

// QualityOwed are the session's events for quality management that were not handed over, in their order. A session that
// was there before the settings had an application is owed whole: an application that gets half a call understands
// neither half.
func QualityOwed(q *settings.Quality, d *store.Document) []quality.Payload {
	if q.For(string(d.Session.Channel)) == nil || len(d.Quality.Sent) >= maxHandedOver {
		return nil
	}
	return untold(d)
}

func untold(d *store.Document) []quality.Payload {
	sent := make(map[string]bool, len(d.Quality.Sent))
	for _, mark := range d.Quality.Sent {
		sent[mark] = true
	}
	return slices.DeleteFunc(quality.Payloads(d.Session), func(p quality.Payload) bool { return sent[store.Mark(p.ID)] })
}

// NobodyToTell is the problem of a channel that the settings have no application for.
func NobodyToTell(channel string) string {
	return "the settings have no quality." + channel + ": there is nobody to tell"
}

// OweQuality names the task that tells quality management what it was not told yet. While there is one already, nothing is
// computed: it will find out for itself. A session of which a part was told, or tried to be, and whose application is not in
// the settings any more has that as its problem: nothing would go on with it once the settings have it again, unless the
// session changes or a person replays it.
func OweQuality(q *settings.Quality, d *store.Document, id store.ID, now time.Time) {
	if d.Quality.Dead || d.Work[Quality].Task != "" {
		return
	}
	if channel := string(d.Session.Channel); q.For(channel) == nil {
		if d.Quality.Attempt > 0 && len(untold(d)) > 0 {
			d.Quality.Problem = NobodyToTell(channel)
		}
		return
	}
	if len(QualityOwed(q, d)) == 0 {
		return
	}
	Owe(d, id, Quality, now.Add(QualityDelay))
}

// Login is an agent's login or logout on its way to quality management. It belongs to no session, so its task carries it
// whole, and how often it was refused.
type Login struct {
	Payload quality.Payload `json:"payload"`
	// Row names the row of attempts: empty is the first one, and each that a person begins has a name of its own.
	Row           string    `json:"row,omitempty"`
	Failures      int       `json:"failures,omitempty"`
	FirstFailedAt time.Time `json:"first_failed_at,omitzero"`
}

// maxLogin bounds a login's payload, which must fit its task (see maxWake).
const maxLogin = 8 << 10

// LoginOf is the task that tells quality management of the event; false where the event is no login or logout, or names
// its agent at such length that no honest source has sent it. Its task has one name however often the event comes.
func LoginOf(e session.Event) (Wake, bool) {
	p, ok := quality.Agent(e)
	if !ok || len(p.Body) > maxLogin {
		return Wake{}, false
	}
	id := store.ID{Tenant: e.Tenant, Source: e.Source, Key: path.Base(p.Key)}
	return Wake{ID: id, Kind: Quality, Login: &Login{Payload: p}}, true
}

// EnsureLogin makes sure that the task of a login exists: another one after each refusal. It is named by its row and the
// refusals so far, so that a task that is repeated makes no second row.
func EnsureLogin(ctx context.Context, s *schedule.Scheduler, w Wake, at time.Time, to Target) error {
	named, label := w.ID, Quality
	if w.Login.Row != "" {
		label += "-" + w.Login.Row
	}
	named.Key = w.Login.Payload.ID
	w.Task = taskName(named, label, "", w.Login.Failures)
	body, err := json.Marshal(w)
	if err != nil {
		return fmt.Errorf("work: %w", err)
	}
	return s.Ensure(ctx, schedule.Task{Queue: to.Queue, Name: w.Task, URL: to.URL, At: at, Body: body})
}

// EnsureAgain begins another row of attempts for a login that was given up, for a person: Cloud Tasks takes no name that it
// had lately.
func EnsureAgain(ctx context.Context, s *schedule.Scheduler, w Wake, now time.Time, to Target) error {
	w.Login = &Login{Payload: w.Login.Payload, Row: fmt.Sprintf("again-%d", now.Unix())}
	return EnsureLogin(ctx, s, w, now, to)
}

// LoginAside is a login that is set aside, with its task's whole body, so that a person can have it told again.
func LoginAside(w Wake, at time.Time, problem string) (store.Poison, error) {
	body, err := json.Marshal(Wake{ID: w.ID, Kind: w.Kind, Login: &Login{Payload: w.Login.Payload}})
	if err != nil {
		return store.Poison{}, fmt.Errorf("work: %w", err)
	}
	return store.Poison{
		ID: w.Login.Payload.ID, At: at.UTC(), Data: body, Problem: problem,
		Attributes: map[string]string{"tenant": w.Tenant, "source": w.Source, "work": Quality},
	}, nil
}
