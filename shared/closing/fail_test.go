package closing_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

// What fails is waited for: the document says why, a task exists for the next attempt, and that one does what is left.
func TestWhatFailsIsTriedAgain(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fault   string
		change  func(*settings.Settings) // makes it fail
		mend    func(*settings.Settings)
		problem string
		told    []string // of the attempt that failed
	}{
		"the bucket is missing": {
			change:  func(s *settings.Settings) { s.Storage.Bucket = "not-made-yet" },
			mend:    func(s *settings.Settings) { s.Storage.Bucket = bucket },
			problem: "gs://not-made-yet/contact-centre/ujet-metadata/chat-2.json: the bucket does not exist: create it",
			told:    []string{"store_metadata waiting", "mail done"},
		},
		"the bucket is closed": {
			fault: `{"storage":[{"status":403}]}`, problem: "roles/storage.objectUser", told: []string{"store_metadata waiting", "mail done"},
		},
		"the second file is refused": { // the first one is only late
			fault:   `{"storage":[{"delay":"1ms"},{"status":403}]}`,
			problem: "ujet-chat-transcripts/chat-2.txt: permission denied", told: []string{"store_metadata done", "store_transcript waiting", "mail done"},
		},
		"a file is stored, and the answer is a refusal": {
			fault: `{"storage":[{"status":403,"after":true}]}`, problem: "permission denied", told: []string{"store_metadata waiting", "mail done"},
		},
		"the mail server is busy": {
			fault: `{"smtp":[{"status":451}]}`, problem: "may pass", told: []string{"store_metadata done", "store_transcript done", "store_transcript_json done", "mail waiting"},
		},
		"the mail server breaks off": {
			fault: `{"smtp":[{"mode":"reset"}]}`, problem: "may pass", told: []string{"store_metadata done", "store_transcript done", "store_transcript_json done", "mail waiting"},
		},
		"the mail server talks nonsense": {
			fault: `{"smtp":[{"mode":"garbage"}]}`, problem: "may pass", told: []string{"store_metadata done", "store_transcript done", "store_transcript_json done", "mail waiting"},
		},
		"the password is not there": {
			change:  func(s *settings.Settings) { s.Mail.Password = "secret://not-made-yet" },
			mend:    func(s *settings.Settings) { s.Mail.Password = "secret://smtp" },
			problem: "mail.password: secrets: secret://not-made-yet: not found",
			told:    []string{"store_metadata done", "store_transcript done", "store_transcript_json done", "prepare waiting"},
		},
		"the password is wrong": { // a refusal, but one that a person can mend
			change:  func(s *settings.Settings) { s.Mail.Password = "secret://stale" },
			mend:    func(s *settings.Settings) { s.Mail.Password = "secret://smtp" },
			problem: "535", told: []string{"store_metadata done", "store_transcript done", "store_transcript_json done", "mail waiting"},
		},
		"the folder makes no path": {
			change:  func(s *settings.Settings) { s.Storage.Folder = ".well-known/acme-challenge" },
			mend:    func(s *settings.Settings) { s.Storage.Folder = "contact-centre" },
			problem: "Cloud Storage does not allow this folder", told: []string{"mail done", "prepare waiting"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if tt.change != nil {
				w.change(tt.change)
			}
			id := w.ended("chat-2")
			if tt.fault != "" {
				w.plan(tt.fault)
			}
			w.must(w.wake(id))
			w.wantWaiting(id, tt.problem)
			w.wantTold(id, tt.told...)
			if !strings.Contains(w.logs.String(), `"level":"WARN"`) || strings.Contains(w.logs.String(), "order") {
				t.Errorf("the log is %s", &w.logs)
			}

			w.plan(`{}`)
			if tt.mend != nil {
				w.change(tt.mend)
			}
			w.wakeAtItsTime(id)
			w.wantDone(id)
			if n := len(w.objects.Objects()); n != 3 {
				t.Errorf("%d objects, want 3", n)
			}
			if mails := w.mails.Messages(); len(mails) != 1 || mails[0].Copies != 1 {
				t.Errorf("the mails are %+v, want one, sent once", mails)
			}
		})
	}
}

func TestAMailThatIsRefusedForGoodNeedsAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.ended("call-1")
	w.plan(`{"smtp":[{"status":550}]}`)
	w.must(w.wake(id))
	w.wantTold(id, "store_metadata done", "mail dead")
	d := w.doc(id)
	if m := d.Metadata; !m.Dead || !strings.Contains(m.Problem, "permanent") || !m.DoneAt.IsZero() || len(d.Files) != 1 {
		t.Errorf("the document says %+v", m)
	}
	if b := d.Work[work.Metadata]; b.Task != "" || b.Holder != "" || len(w.tasksLeft()) != 0 {
		t.Errorf("it is tried again: %+v, %q", b, w.tasksLeft())
	}
	if !strings.Contains(w.logs.String(), `"level":"ERROR"`) || strings.Contains(w.logs.String(), "@") {
		t.Errorf("the log is %s", &w.logs)
	}
	w.must(w.wake(id)) // the task's repeat
	w.wantTold(id, "store_metadata done", "mail dead")
}

func TestAFileThatIsThereAlready(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.ended("call-1")
	w.plan(`{"smtp":[{"status":451}]}`)
	w.must(w.wake(id))
	stored := w.objects.Objects()[0]

	w.wakeAtItsTime(id)
	w.wantDone(id)
	if same := w.objects.Objects()[0]; same.Generation != stored.Generation {
		t.Errorf("the same file was written again: generation %d, then %d", stored.Generation, same.Generation)
	}
	if files := w.doc(id).Files; len(files) != 1 || files[0].Places[work.Bucket].Path != stored.Path || files[0].Size != stored.Size {
		t.Errorf("the document lists %+v, want %s once", files, stored.Path)
	}
	w.wantTold(id, "store_metadata done", "mail waiting", "mail done")
}

func TestAFileWithOtherContentIsReplaced(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.ended("call-1")
	w.plan(`{"smtp":[{"status":451}]}`)
	w.must(w.wake(first))
	before := w.object("contact-centre/ujet-metadata/call-1.json")
	w.learnRecord(first, "78") // the CRM's work went on meanwhile
	w.wakeAtItsTime(first)
	after := w.object("contact-centre/ujet-metadata/call-1.json")
	if !strings.Contains(before, `"77"`) || !strings.Contains(after, `"78"`) || len(w.objects.Objects()) != 1 {
		t.Errorf("the file was %s, and is %s", before, after)
	}
}

// learnRecord notes another record of the CRM in the document.
func (w *world) learnRecord(id store.ID, record string) {
	w.Helper()
	_, err := w.Store.Update(w.Context(), id, func(d *store.Document) (store.Change, error) {
		d.CRM.RecordID = record
		return store.Change{}, nil
	})
	w.must(err)
}

// The mail server has the mail, and nobody knows: it is sent again under the same Message-ID, by which mailboxes know it.
func TestALostAnswerMakesNoSecondMail(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.ended("chat-2")
	w.plan(`{"smtp":[{"mode":"reset","after":true}]}`)
	w.must(w.wake(id))
	w.wantWaiting(id, "may pass")
	w.wakeAtItsTime(id)
	w.wantDone(id)
	mails := w.mails.Messages()
	if len(mails) != 1 || mails[0].Copies != 2 || mails[0].MessageID == "" {
		t.Errorf("the mails are %+v, want one that came twice", mails)
	}
}

// The process dies once the mail server has the mail and before the database knows: the trace it left is the time it
// began to send, and the next run sends again, under the same Message-ID.
func TestACrashBetweenSendingAndSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.ended("call-1")
	task := w.doc(id).Work[work.Metadata].Task
	w.onDial = func() { w.plan(`{"firestore":[{"times":9,"code":"PERMISSION_DENIED","match":"Commit"}]}`) }
	if err := w.Run(t.Context(), work.Wake{ID: id, Task: task}); err == nil {
		t.Fatal("the run says that it is done, and the database does not know")
	}
	w.plan(`{}`)
	m := w.doc(id).Metadata
	if len(w.mails.Messages()) != 1 || m.MailSendingAt.IsZero() || !m.MailSentAt.IsZero() || !m.DoneAt.IsZero() {
		t.Fatalf("the crash left %+v and %d mails", m, len(w.mails.Messages()))
	}
	again := work.Wake{ID: id, Task: task} // Cloud Tasks repeats what was not acknowledged
	if err := w.Run(t.Context(), again); !errors.Is(err, work.ErrBusy) {
		t.Errorf("at once: %v, want ErrBusy, as the dead run's lease stands", err)
	}
	w.clock.Advance(work.LeaseFor(work.Metadata))
	w.must(w.Run(t.Context(), again))
	w.wantDone(id)
	if mails := w.mails.Messages(); len(mails) != 1 || mails[0].Copies != 2 {
		t.Errorf("the mails are %+v, want one that came twice", mails)
	}
}

// A run that was silent for too long has been replaced: it must not write over what the other one does.
func TestARunThatLostItsLeaseWritesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.ended("call-1")
	w.onDial = func() { w.hold(id, "the next run") }
	if err := w.wake(id); !errors.Is(err, work.ErrLost) {
		t.Errorf("Run = %v, want ErrLost", err)
	}
	d := w.doc(id)
	if d.Work[work.Metadata].Holder != "the next run" || !d.Metadata.DoneAt.IsZero() || len(w.deliveries(id)) != 0 {
		t.Errorf("it wrote %+v", d.Metadata)
	}
}

// The document names the next task, but Cloud Tasks did not take it: the run is no success, and its repeat mends it.
func TestARunWhoseNextTaskIsNotMadeComesAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.ended("call-1")
	task := w.doc(id).Work[work.Metadata].Task
	w.plan(`{"smtp":[{"status":451}],"tasks":[{"code":"PERMISSION_DENIED"}]}`)
	if err := w.Run(t.Context(), work.Wake{ID: id, Task: task}); err == nil {
		t.Fatal("the run is acknowledged without its next task")
	}
	if left := w.tasksLeft(); len(left) != 0 {
		t.Fatalf("there is a task: %q", left)
	}
	w.must(w.Run(t.Context(), work.Wake{ID: id, Task: task}))
	w.wantWaiting(id, "may pass")
	if n := len(w.deliveries(id)); n != 2 {
		t.Errorf("%d deliveries, want those of the first run alone", n)
	}
}

// A session that goes on after all is owed nothing until its next end, and so it does not fail meanwhile.
func TestASessionThatGoesOnFailsNoMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.plan(`{"storage":[{"status":403}]}`)
	id := w.ended("chat-2")
	w.wakeAtItsTime(id)
	if m := w.doc(id).Metadata; m.FirstFailedAt.IsZero() {
		t.Fatalf("it did not fail: %+v", m)
	}
	_, err := w.Store.Update(t.Context(), id, func(d *store.Document) (store.Change, error) {
		d.Session.EndedAt = time.Time{}
		return store.Change{}, nil
	})
	w.must(err)
	w.wakeAtItsTime(id)
	if m := w.doc(id).Metadata; m.Failures != 0 || !m.FirstFailedAt.IsZero() || m.Problem != "" {
		t.Errorf("the metadata is %+v, want no failures", m)
	}
}
