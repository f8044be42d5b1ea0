package closing_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

// told are the deliveries in words, one each: step and verdict.
func (w *world) told(id store.ID) (words []string) {
	w.Helper()
	for i, d := range w.deliveries(id) {
		if d.Number != i+1 || d.Work != work.Metadata {
			w.Errorf("delivery %d is numbered %d, of work %q", i+1, d.Number, d.Work)
		}
		words = append(words, fmt.Sprintf("%s %s", d.Step, d.Verdict))
	}
	return words
}

func (w *world) wantTold(id store.ID, want ...string) {
	w.Helper()
	if got := w.told(id); !slices.Equal(got, want) {
		w.Errorf("the deliveries are %q, want %q", got, want)
	}
}

// wantDone checks that a session is closed and nobody will come back to it.
func (w *world) wantDone(id store.ID) {
	w.Helper()
	m, b := w.doc(id).Metadata, w.doc(id).Work[work.Metadata]
	if m.DoneAt.IsZero() || m.Failures != 0 || m.Problem != "" || m.Dead || b.Task != "" || b.Holder != "" {
		w.Errorf("not done: %+v, %+v", m, b)
	}
}

// wantWaiting checks that the run gave its lease back, says why it waits, and that the task it waits for exists.
func (w *world) wantWaiting(id store.ID, problem string) {
	w.Helper()
	m, b := w.doc(id).Metadata, w.doc(id).Work[work.Metadata]
	if !m.DoneAt.IsZero() || m.Dead || !strings.Contains(m.Problem, problem) || b.Holder != "" || !b.TaskAt.After(w.clock.Now()) {
		w.Errorf("not waiting because of %q: %+v, %+v", problem, m, b)
	}
	if !slices.Contains(w.tasksLeft(), b.Task) {
		w.Errorf("the task %q it waits for is not among %q", b.Task, w.tasksLeft())
	}
	all := w.deliveries(id)
	failed := slices.IndexFunc(all, func(d store.Delivery) bool { return strings.Contains(d.Problem, problem) })
	if failed < 0 {
		w.Errorf("no delivery tells of %q: %+v", problem, all)
	} else if last := all[failed]; last.Verdict != store.Waiting || !last.Next.Equal(b.TaskAt.Truncate(time.Microsecond)) {
		w.Errorf("the delivery is %+v, want one that waits until %v", last, b.TaskAt)
	}
}

func TestAnEndedSessionIsClosed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	call, chat := w.ended("call-1"), w.ended("chat-2")
	w.must(w.wake(call))
	w.must(w.wake(chat))

	w.wantDone(call)
	w.wantDone(chat)
	w.wantTold(call, "store_metadata done", "mail done")
	w.wantTold(chat, "store_metadata done", "store_transcript done", "store_transcript_json done", "mail done")
	if got := w.object("contact-centre/ujet-metadata/call-1.json"); !strings.Contains(got, `"out_ticket_id": "77"`) {
		t.Errorf("the metadata file is %s", got)
	}
	if got := w.object("contact-centre/ujet-chat-transcripts/chat-2.txt"); !strings.Contains(got, "end_user: Where is my order?") {
		t.Errorf("the transcript is %s", got)
	}
	if got := w.object("contact-centre/ujet-chat-transcripts/chat-2.json"); !strings.Contains(got, "Where is my order?") {
		t.Errorf("the transcript as JSON is %s", got)
	}
	if n := len(w.objects.Objects()); n != 4 {
		t.Errorf("%d objects, want 4", n)
	}
	mails := w.mails.Messages()
	if len(mails) != 2 || mails[0].Subject != "Session call-1" || len(mails[0].Attachments) != 0 ||
		mails[1].Subject != "Session chat-2" || len(mails[1].Attachments) != 1 || mails[1].Attachments[0].Name != "chat-2.txt" {
		t.Errorf("the mails are %+v", mails)
	}
	m := w.doc(chat).Metadata
	files := w.doc(chat).Files
	if len(files) != 3 || files[0].Size == 0 || !files[0].StoredIn(work.Bucket) || !m.MailSentAt.Equal(w.clock.Now()) || !m.DoneAt.Equal(w.clock.Now()) {
		t.Errorf("the document says %+v, %+v", m, files)
	}
	if left := w.tasksLeft(); len(left) != 0 {
		t.Errorf("tasks are left: %q", left)
	}
}

func TestATaskThatComesAgainDoesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.ended("chat-2")
	task := w.doc(id).Work[work.Metadata].Task
	for range 3 {
		w.must(w.Run(t.Context(), work.Wake{ID: id, Task: task}))
		w.clock.Advance(time.Minute)
	}
	w.wantTold(id, "store_metadata done", "store_transcript done", "store_transcript_json done", "mail done")
	if mails := w.mails.Messages(); len(mails) != 1 || mails[0].Copies != 1 {
		t.Errorf("the mails are %+v, want one, sent once", mails)
	}
}

// What is owed depends on the settings and on how the session went: only a talk is mailed, and what has no place to go is
// done with nothing.
func TestOnlyWhatIsDueIsMade(t *testing.T) {
	t.Parallel()
	talk := []session.Kind{session.Started, session.Connected, session.Ended}
	tests := map[string]struct {
		kinds  []session.Kind
		change func(*settings.Settings)
		want   []string
	}{
		"a talk is stored and mailed":            {talk, func(*settings.Settings) {}, []string{"store_metadata done", "mail done"}},
		"one nobody answered is stored":          {[]session.Kind{session.Started, session.Ended}, func(*settings.Settings) {}, []string{"store_metadata done"}},
		"without a bucket it is mailed":          {talk, func(s *settings.Settings) { s.Storage = nil }, []string{"mail done"}},
		"without a mail server it is stored":     {talk, func(s *settings.Settings) { s.Mail = nil }, []string{"store_metadata done"}},
		"with neither, nothing":                  {talk, func(s *settings.Settings) { s.Storage, s.Mail = nil, nil }, nil},
		"a server without a password is no less": {talk, func(s *settings.Settings) { s.Mail.Username, s.Mail.Password = "", "" }, []string{"store_metadata done", "mail done"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.change(tt.change)
			id := w.over("call-1", tt.kinds...)
			w.must(w.wake(id))
			w.wantDone(id)
			w.wantTold(id, tt.want...)
			mailed := slices.Contains(tt.want, "mail done")
			if len(w.mails.Messages()) > 0 != mailed || w.doc(id).Metadata.MailSentAt.IsZero() == mailed {
				t.Errorf("mailed %+v, noted %v", w.mails.Messages(), w.doc(id).Metadata.MailSentAt)
			}
		})
	}
}

func TestARunThatFindsAnotherDoesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.ended("call-1")
	task := w.doc(id).Work[work.Metadata].Task
	w.hold(id, "another run")
	before := w.doc(id).Work[work.Metadata]
	if err := w.wake(id); !errors.Is(err, work.ErrBusy) {
		t.Errorf("Run = %v, want ErrBusy: the other may be dead", err)
	}
	if after := w.doc(id).Work[work.Metadata]; after != before || len(w.deliveries(id)) != 0 || len(w.objects.Objects()) != 0 {
		t.Errorf("something was done: %+v", after)
	}
	w.clock.Advance(work.LeaseFor(work.Metadata)) // the other was dead
	w.must(w.Run(t.Context(), work.Wake{ID: id, Task: task}))
	w.wantDone(id)
}

// hold takes the lease for another run, as Begin does.
func (w *world) hold(id store.ID, holder string) {
	w.Helper()
	_, err := w.Store.Update(w.Context(), id, func(d *store.Document) (store.Change, error) {
		b := d.Work[work.Metadata]
		b.Holder, b.Until, b.Task, b.TaskAt = holder, w.clock.Now().Add(work.LeaseFor(work.Metadata)), "", time.Time{}
		d.Work[work.Metadata] = b
		return store.Change{}, nil
	})
	w.must(err)
}

// A task that was replaced by a later one comes all the same. It does no work, but sees to it that the later one exists.
func TestATaskThatIsTooEarlyMakesSureOfTheRightOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.ended("call-1")
	first := w.doc(id).Work[work.Metadata].Task
	_, err := w.Store.Update(t.Context(), id, func(d *store.Document) (store.Change, error) {
		work.EndUntil(d, id, work.Metadata, w.clock.Now().Add(time.Hour))
		return store.Change{}, nil
	})
	w.must(err)
	w.must(w.Run(t.Context(), work.Wake{ID: id, Task: first}))
	if len(w.objects.Objects()) != 0 || len(w.deliveries(id)) != 0 {
		t.Error("the work was done before its time")
	}
	if want := w.doc(id).Work[work.Metadata].Task; !slices.Equal(w.tasksLeft(), []string{want}) {
		t.Errorf("the queue holds %q, want %q", w.tasksLeft(), want)
	}
	w.wakeAtItsTime(id)
	w.wantDone(id)
}

// What was erased since the task was made is no trouble: the task is done, and nothing comes to be.
func TestWhatIsNotThereAnyMoreIsLetGo(t *testing.T) {
	t.Parallel()
	tests := map[string]store.ID{
		"a tenant":  {Tenant: "nobody", Source: "ccai", Key: "call-1"},
		"a session": {Tenant: "demo", Source: "ccai", Key: "call-9"},
	}
	for name, id := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if err := w.Run(t.Context(), work.Wake{ID: id, Task: "t"}); err != nil {
				t.Errorf("Run = %v, want nil: it would come again for ever", err)
			}
			if _, err := w.Store.Session(t.Context(), id); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("the session is there: %v", err)
			}
		})
	}
}

// The end of a session may move after its task was named: later, or out of sight.
func TestASessionThatWentOnIsNotClosedYet(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.ended("call-1")
	w.tell(id, session.Ended, w.clock.Now()) // as a second agent's end is
	w.must(w.wake(id))
	if d := w.doc(id); len(w.deliveries(id)) != 0 || !d.Work[work.Metadata].TaskAt.Equal(w.clock.Now().Add(work.MetadataDelay)) || len(w.tasksLeft()) != 1 {
		t.Errorf("the work is %+v, the tasks are %q; want one in fifteen minutes", d.Work[work.Metadata], w.tasksLeft())
	}
	w.wakeAtItsTime(id)
	w.wantDone(id)
}

// tell adds one event to the session.
func (w *world) tell(id store.ID, kind session.Kind, at time.Time) {
	w.Helper()
	_, err := w.Store.Update(w.Context(), id, func(d *store.Document) (store.Change, error) {
		d.Session = session.Apply(d.Session, session.Event{
			ID: fmt.Sprint(kind, at), Tenant: id.Tenant, Source: id.Source, Session: id.Key, Kind: kind, At: at,
		})
		return store.Change{}, nil
	})
	w.must(err)
}

// A run whose own time is over says nothing about the world: no failure is counted, and the task comes again.
func TestARunThatIsCutOffCountsNoFailure(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.ended("call-1")
	task := w.doc(id).Work[work.Metadata].Task
	ctx, cancel := context.WithCancel(t.Context())
	w.onDial = cancel
	if err := w.Run(ctx, work.Wake{ID: id, Task: task}); err == nil {
		t.Fatal("a run that was cut off says that it is done")
	}
	if m := w.doc(id).Metadata; m.Failures != 0 || m.Problem != "" || len(w.deliveries(id)) != 0 {
		t.Errorf("a failure was counted: %+v", m)
	}
	w.clock.Advance(work.LeaseFor(work.Metadata))
	w.must(w.Run(t.Context(), work.Wake{ID: id, Task: task}))
	w.wantDone(id)
}
