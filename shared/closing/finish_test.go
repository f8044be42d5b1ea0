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

	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/mail"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
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

// madeFile is a file made in this run, and where it was put.
func madeFile(id, content string, places ...string) made {
	m := made{id: id, kind: settings.Metadata, base: "b/" + id, src: files.Bytes([]byte(content), "text/plain"), stored: map[string]files.Stored{}}
	for _, place := range places {
		m.stored[place] = files.Stored{Path: "b/" + id, Size: m.src.Size, At: now}
	}
	return m
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
			store.Metadata{}, result{written: "digest", mailed: now},
			store.Metadata{Written: "digest", Made: true, MailSentAt: now, DoneAt: now}, false,
		},
		"success without a mail": {
			store.Metadata{}, result{}, store.Metadata{DoneAt: now}, false,
		},
		"success after failures forgets them": {
			failedOnce, result{mailed: now}, store.Metadata{MailSentAt: now, DoneAt: now}, false,
		},
		"a first failure begins the week": {
			store.Metadata{}, result{err: errAway},
			store.Metadata{Written: "a", Failures: 1, FirstFailedAt: now, Problem: errAway.Error()}, true,
		},
		"a second one goes on counting from the first": {
			failedOnce, result{err: errAway},
			store.Metadata{Written: "a", Failures: 2, FirstFailedAt: start, Problem: errAway.Error()}, true,
		},
		"a mail that was taken is noted although storage waits": {
			store.Metadata{}, result{mailed: now, err: errAway},
			store.Metadata{Written: "a", MailSentAt: now, Failures: 1, FirstFailedAt: now, Problem: errAway.Error()}, true,
		},
		"a mail that was not is not": {
			store.Metadata{}, result{mailed: now, mail: errAway, err: errAway},
			store.Metadata{Written: "a", Failures: 1, FirstFailedAt: now, Problem: errAway.Error()}, true,
		},
		"just before the week's end it is tried once more": {
			store.Metadata{Failures: 40, FirstFailedAt: weekAgo.Add(1)}, result{err: errAway},
			store.Metadata{Written: "a", Failures: 41, FirstFailedAt: weekAgo.Add(1), Problem: errAway.Error()}, true,
		},
		"after a week it is dead": {
			store.Metadata{Failures: 40, FirstFailedAt: weekAgo}, result{err: errAway},
			store.Metadata{Written: "a", Failures: 41, FirstFailedAt: weekAgo, Problem: errAway.Error(), Dead: true}, false,
		},
		"a refusal for good is dead at once": {
			store.Metadata{}, result{refused: true, err: errRefused},
			store.Metadata{Written: "a", Failures: 1, FirstFailedAt: now, Problem: errRefused.Error(), Dead: true}, false,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.before.Written = "a" // by the beginning of the run
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

// What was stored is noted however the run ends, and what was made is known although it is stored nowhere yet.
func TestRecordOfFiles(t *testing.T) {
	t.Parallel()
	d := held(store.Metadata{})
	old := madeFile("metadata", "old", work.Bucket, work.SFTP)
	d.AddFile(old.id, old.kind).Version = old.src.Version
	d.File(old.id).Put(work.SFTP, old.stored[work.SFTP])
	fresh := madeFile("metadata", "new content", work.Bucket)
	fresh.link = "https://signed.example"
	aRun().record(d, result{made: []made{fresh, madeFile("transcript", "text")}, err: errAway}, now)

	m, text := d.File("metadata"), d.File("transcript")
	if len(d.Files) != 2 || m.Base != "b/metadata" || m.Size != 11 || m.Link != fresh.link || !m.StoredIn(work.Bucket) || m.StoredIn(work.SFTP) {
		t.Errorf("the metadata's file is %+v", m)
	}
	if text == nil || text.Version == "" || len(text.Places) != 0 {
		t.Errorf("the transcript is %+v, want it made and stored nowhere", text)
	}
}

// A message that came while the files were made is in none of them: they are out of date as soon as they are written.
func TestRecordOfASessionThatHadNewsMeanwhile(t *testing.T) {
	t.Parallel()
	d := held(store.Metadata{Written: ""}) // functions/session has cleared it since the beginning
	aRun().record(d, result{written: "digest"}, now)
	if d.Metadata.Written != "" || d.Metadata.DoneAt.IsZero() {
		t.Errorf("the document says %+v, want it done and not up to date", d.Metadata)
	}
}

// A session may turn out to go on while its end is being written down: then it is to be closed again, at its next end.
func TestRecordOfASessionThatWentOn(t *testing.T) {
	t.Parallel()
	d := held(store.Metadata{})
	d.Session.EndedAt = time.Time{}
	aRun().record(d, result{made: []made{madeFile("metadata", "{}", work.Bucket)}, mailed: now}, now)
	if m := d.Metadata; !m.DoneAt.IsZero() || !m.MailSentAt.Equal(now) || len(d.Files) != 1 || d.Work[work.Metadata].Holder != "" {
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
		"one failed, the rest went on":  {[]step{{"store_metadata", start, took, errAway}, {"mail", now, took, nil}}, errAway, false, []string{"4 store_metadata waiting", "5 mail done"}},
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
				failed := slices.IndexFunc(made, func(v store.Delivery) bool { return v.Problem != "" })
				wantFailed(t, made[failed], tt.err, tt.dead, next)
			}
		})
	}
}

// wantFailed checks the delivery that carries what failed.
func wantFailed(t *testing.T, v store.Delivery, err error, dead bool, next time.Time) {
	t.Helper()
	if dead {
		next = time.Time{}
	}
	if v.Work != work.Metadata || !strings.Contains(v.Problem, err.Error()) || !v.Next.Equal(next) {
		t.Errorf("the delivery is %+v, want it to say %v and the next attempt %v", v, err, next)
	}
}
