package closing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/mail"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

var (
	start = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	now   = start.Add(time.Hour)
	id    = store.ID{Tenant: "demo", Source: "ccai", Key: "call-1"}

	errAway = errors.New("the bucket is away")
	// errRefused is what Send says of a message that cannot be sent at all.
	errRefused = mail.Send(context.Background(), mail.Server{Host: "localhost"}, mail.Message{})
)

func aRun(steps ...step) *run {
	return &run{Runner: &Runner{Clock: func() time.Time { return now }}, id: id, holder: "a", steps: steps}
}

// held is the document of an ended session whose lease the run has, with what the attempts before have left.
func held(m store.Metadata) *store.Document {
	return &store.Document{
		Session: session.Session{Key: id.Key, EndedAt: start}, Metadata: m,
		Work: map[string]store.Work{work.Metadata: {Serial: 1, Holder: "a", Until: now.Add(work.LeaseFor(work.Metadata))}},
	}
}

func file(path string, size int64) store.File {
	return store.File{Path: path, Size: size, StoredAt: now}
}

func TestRecord(t *testing.T) {
	t.Parallel()
	failedOnce := store.Metadata{Failures: 1, FirstFailedAt: start, Problem: "mail: not sent"}
	weekAgo := now.Add(-work.Horizon)
	tests := map[string]struct {
		before   store.Metadata
		result   result
		want     store.Metadata
		wantTask bool
	}{
		"success": {
			store.Metadata{}, result{files: []store.File{file("a.json", 2)}, mailed: now},
			store.Metadata{Files: []store.File{file("a.json", 2)}, MailSentAt: now, DoneAt: now}, false,
		},
		"success without a mail": {
			store.Metadata{}, result{}, store.Metadata{DoneAt: now}, false,
		},
		"success after failures forgets them": {
			failedOnce, result{mailed: now}, store.Metadata{MailSentAt: now, DoneAt: now}, false,
		},
		"a first failure begins the week": {
			store.Metadata{}, result{err: errAway},
			store.Metadata{Failures: 1, FirstFailedAt: now, Problem: errAway.Error()}, true,
		},
		"a second one goes on counting from the first": {
			failedOnce, result{err: errAway},
			store.Metadata{Failures: 2, FirstFailedAt: start, Problem: errAway.Error()}, true,
		},
		"a failure keeps what was stored": {
			store.Metadata{}, result{files: []store.File{file("a.json", 2)}, err: errAway},
			store.Metadata{Files: []store.File{file("a.json", 2)}, Failures: 1, FirstFailedAt: now, Problem: errAway.Error()}, true,
		},
		"a file stored again stands once": {
			store.Metadata{Files: []store.File{file("a.json", 1), file("a.txt", 9)}}, result{files: []store.File{file("a.json", 2)}},
			store.Metadata{Files: []store.File{file("a.txt", 9), file("a.json", 2)}, DoneAt: now}, false,
		},
		"just before the week's end it is tried once more": {
			store.Metadata{Failures: 40, FirstFailedAt: weekAgo.Add(1)}, result{err: errAway},
			store.Metadata{Failures: 41, FirstFailedAt: weekAgo.Add(1), Problem: errAway.Error()}, true,
		},
		"after a week it is dead": {
			store.Metadata{Failures: 40, FirstFailedAt: weekAgo}, result{err: errAway},
			store.Metadata{Failures: 41, FirstFailedAt: weekAgo, Problem: errAway.Error(), Dead: true}, false,
		},
		"a refusal for good is dead at once": {
			store.Metadata{}, result{err: errRefused},
			store.Metadata{Failures: 1, FirstFailedAt: now, Problem: errRefused.Error(), Dead: true}, false,
		},
		"however it is wrapped": {
			store.Metadata{}, result{err: fmt.Errorf("mail: %w", errRefused)},
			store.Metadata{Failures: 1, FirstFailedAt: now, Problem: "mail: " + errRefused.Error(), Dead: true}, false,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := held(tt.before)
			aRun().record(d, tt.result, now)
			if diff := cmp.Diff(tt.want, d.Metadata); diff != "" {
				t.Errorf("want(-) got(+):\n%s", diff)
			}
			w := d.Work[work.Metadata]
			if w.Holder != "" || (w.Task != "") != tt.wantTask || tt.wantTask && !w.TaskAt.After(now) {
				t.Errorf("the work is %+v, want it given back and a later task: %v", w, tt.wantTask)
			}
		})
	}
}

// A session may turn out to go on while its end is being written down: then it is to be closed again, at its next end.
func TestRecordOfASessionThatWentOn(t *testing.T) {
	t.Parallel()
	d := held(store.Metadata{})
	d.Session.EndedAt = time.Time{}
	aRun().record(d, result{files: []store.File{file("a.json", 2)}, mailed: now}, now)
	if m := d.Metadata; !m.DoneAt.IsZero() || !m.MailSentAt.Equal(now) || len(m.Files) != 1 || d.Work[work.Metadata].Holder != "" {
		t.Errorf("the document says %+v, want the mail and the file, and that it is not done", m)
	}
}

func TestDeliveries(t *testing.T) {
	t.Parallel()
	took := 12 * time.Millisecond
	stored := step{"store_metadata", start, took, nil}
	next := now.Add(time.Minute)
	tests := map[string]struct {
		steps []step
		err   error
		dead  bool
		want  []string
	}{
		"nothing was due":               {nil, nil, false, nil},
		"all went well":                 {[]step{stored, {"mail", now, took, nil}}, nil, false, []string{"4 store_metadata done", "5 mail done"}},
		"the last one failed":           {[]step{stored, {"mail", now, took, errAway}}, errAway, false, []string{"4 store_metadata done", "5 mail waiting"}},
		"the last one failed for good":  {[]step{stored, {"mail", now, took, errRefused}}, errRefused, true, []string{"4 store_metadata done", "5 mail dead"}},
		"it failed before the first":    {nil, errAway, false, []string{"4 prepare waiting"}},
		"it failed between two of them": {[]step{stored}, errAway, false, []string{"4 store_metadata done", "5 prepare waiting"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := held(store.Metadata{Attempt: 3, Dead: tt.dead})
			if tt.err != nil && !tt.dead {
				work.EndUntil(d, id, work.Metadata, next)
			}
			u := aRun(slices.Clip(tt.steps)...)
			made := u.deliveries(d, result{err: tt.err})
			if again := u.deliveries(held(store.Metadata{Attempt: 3, Dead: tt.dead}), result{err: tt.err}); len(again) != len(made) {
				t.Errorf("the transaction's second try has %d deliveries, the first had %d", len(again), len(made))
			}
			var got []string
			for _, m := range made {
				got = append(got, fmt.Sprintf("%d %s %s", m.Number, m.Step, m.Verdict))
			}
			if !slices.Equal(got, tt.want) || d.Metadata.Attempt != 3+len(made) {
				t.Fatalf("deliveries are %q, want %q; %d attempts are counted", got, tt.want, d.Metadata.Attempt)
			}
			if tt.err != nil {
				wantLast(t, made[len(made)-1], tt.err, tt.dead, next)
			}
		})
	}
}

// wantLast checks the delivery that carries what stopped the run.
func wantLast(t *testing.T, v store.Delivery, err error, dead bool, next time.Time) {
	t.Helper()
	if dead {
		next = time.Time{}
	}
	if v.Work != work.Metadata || !strings.Contains(v.Problem, err.Error()) || !v.Next.Equal(next) {
		t.Errorf("the delivery is %+v, want it to say %v and the next attempt %v", v, err, next)
	}
}
