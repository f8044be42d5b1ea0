package closing_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

// news does to a session what functions/session does with an event: it is folded, and what is owed then has its task.
func (w *world) news(id store.ID, change func(*store.Document)) {
	w.Helper()
	doc, err := w.Store.Update(w.Context(), id, func(d *store.Document) (store.Change, error) {
		change(d)
		if work.MetadataOwed(w.configured().Storage, d, w.clock.Now()) {
			work.Owe(d, id, work.Metadata, d.Metadata.DueAt)
		}
		return store.Change{}, nil
	})
	w.must(err)
	w.must(work.Ensure(w.Context(), w.Tasks, doc, id, work.Metadata, w.Target))
}

// rated adds a rating that was given at the time.
func rated(id store.ID, at time.Time) func(*store.Document) {
	score := 4
	return func(d *store.Document) {
		d.Session = session.Apply(d.Session, session.Event{
			ID: "rating", Tenant: id.Tenant, Source: id.Source, Session: id.Key, Kind: session.Rated, At: at, Rating: &session.Rating{Score: &score},
		})
	}
}

// said is a metadata file's rating and updated_at.
func (w *world) said(path string) (rating any, at time.Time) {
	w.Helper()
	var doc struct {
		Rating any       `json:"rating"`
		At     time.Time `json:"updated_at"`
	}
	w.must(json.Unmarshal([]byte(w.object(path)), &doc))
	return doc.Rating, doc.At
}

const callFile = "contact-centre/ujet-metadata/call-1.json"

func TestARatingIsWrittenOnceMoreAndMailedNoMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.ended("call-1")
	w.must(w.wake(id))
	before, beforeAt := w.said(callFile)
	stored := w.doc(id).Files[0]

	w.clock.Advance(time.Hour)
	w.news(id, rated(id, start.Add(-time.Minute))) // by the source's clock it is old news
	due := w.clock.Now().Add(time.Minute)
	if b := w.doc(id).Work[work.Metadata]; !b.TaskAt.Equal(due) || len(w.tasksLeft()) != 1 {
		t.Fatalf("the work is %+v, want it due a minute later", b)
	}
	w.wakeAtItsTime(id)
	w.wantDone(id)
	after, afterAt := w.said(callFile)
	if before != nil || after != 4.0 || !afterAt.After(beforeAt) {
		t.Errorf("the rating was %v at %v, and is %v at %v", before, beforeAt, after, afterAt)
	}
	if now := w.doc(id).Files[0]; now.Version == stored.Version || now.Base != stored.Base || !now.StoredIn(work.Bucket) || len(w.objects.Objects()) != 1 {
		t.Errorf("the file was %+v, and is %+v", stored, now)
	}
	w.wantTold(id, "store_metadata done", "mail done", "store_metadata done")
	if mails := w.mails.Messages(); len(mails) != 1 || mails[0].Copies != 1 {
		t.Errorf("the mails are %+v, want one, sent once", mails)
	}

	w.news(id, rated(id, start.Add(-time.Minute)))
	if left := w.tasksLeft(); w.doc(id).Work[work.Metadata].Task != "" || len(left) != 1 { // the one that came by the test's hand
		t.Errorf("an event that comes again is written again: %q", left)
	}
}

// A task that comes when there is no news by now, or none yet, writes nothing.
func TestNoNewsIsNotWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.ended("call-1")
	w.must(w.wake(id))
	stored := w.objects.Objects()[0]
	w.clock.Advance(time.Hour)
	w.must(w.Run(t.Context(), work.Wake{ID: id, Task: "an old one"}))
	w.news(id, func(*store.Document) {})
	if now := w.objects.Objects()[0]; now.Generation != stored.Generation || len(w.deliveries(id)) != 2 || len(w.tasksLeft()) != 0 {
		t.Errorf("the file is %+v, and was %+v", now, stored)
	}
}

// A run that finds out by itself that the file is out of date gives others time to add what they know.
func TestWhatARunLearnsItselfWaitsItsMinute(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.ended("call-1")
	w.must(w.wake(id))
	w.learnRecord(id, "78")
	w.must(w.Run(t.Context(), work.Wake{ID: id, Task: "an old one"}))
	if b := w.doc(id).Work[work.Metadata]; !b.TaskAt.Equal(w.clock.Now().Add(time.Minute)) || b.Holder != "" || len(w.tasksLeft()) != 1 {
		t.Fatalf("the work is %+v, want it due a minute later", b)
	}
	w.wakeAtItsTime(id)
	w.wantDone(id)
	if got := w.object(callFile); !strings.Contains(got, `"78"`) {
		t.Errorf("the file is %s", got)
	}
}

// lateMessage adds a message to a chat, as functions/session does.
func (w *world) lateMessage(id store.ID, text string) {
	w.Helper()
	e := session.Event{ID: text, Tenant: id.Tenant, Source: id.Source, Session: id.Key, Kind: session.MessageSent, At: start,
		Message: &session.Message{Role: session.EndUser, Text: text}}
	_, err := w.Store.Update(w.Context(), id, func(d *store.Document) (store.Change, error) {
		d.Session = session.Apply(d.Session, e)
		d.Metadata.Written = ""
		return store.Change{Messages: []session.Event{e}}, nil
	})
	w.must(err)
}

func TestALateMessageComesIntoTheTranscript(t *testing.T) {
	t.Parallel()
	const file = "contact-centre/ujet-chat-transcripts/chat-2.txt"
	tests := map[string]func(w *world, id store.ID){
		"after the transcript was written": func(w *world, id store.ID) {
			w.must(w.wake(id))
			w.lateMessage(id, "One more thing")
		},
		"while it was": func(w *world, id store.ID) {
			w.onDial = func() { w.lateMessage(id, "One more thing") }
			w.must(w.wake(id))
		},
	}
	for name, happens := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := w.ended("chat-2")
			happens(w, id)
			if strings.Contains(w.object(file), "One more") {
				t.Fatal("the message is there already")
			}
			w.news(id, func(*store.Document) {})
			w.wakeAtItsTime(id)
			w.wantDone(id)
			if got := w.object(file); !strings.Contains(got, "Where is my order?") || !strings.Contains(got, "One more thing") {
				t.Errorf("the transcript is %s", got)
			}
			if mails := w.mails.Messages(); len(mails) != 1 || mails[0].Copies != 1 {
				t.Errorf("the mails are %+v, want one, sent once", mails)
			}
		})
	}
}

// What changes between two attempts replaces what the first one stored, wherever that was, and is newer; what does not is the
// same file.
func TestAnotherAttemptWithOtherContentIsNewer(t *testing.T) {
	t.Parallel()
	fails := func(w *world, id store.ID) { w.must(w.wake(id)) }
	dies := func(w *world, id store.ID) {
		task := work.Wake{ID: id, Task: w.doc(id).Work[work.Metadata].Task}
		ctx, cancel := context.WithCancel(w.Context())
		w.onDial = cancel
		if err := w.Run(ctx, task); err == nil {
			w.Error("a run that was killed says that it is done")
		}
		w.clock.Advance(work.LeaseFor(work.Metadata))
	}
	tests := map[string]struct {
		first  func(w *world, id store.ID)
		change bool
	}{
		"a run that fails":                    {fails, true},
		"a run that fails, and nothing comes": {fails, false},
		"a run that dies":                     {dies, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.startSFTP()
			id := w.ended("call-1")
			w.plan(`{"sftp":[{"mode":"reset","match":"connect"}]}`)
			tt.first(w, id)
			before := w.object(callFile)
			_, beforeAt := w.said(callFile)
			if tt.change {
				w.learnRecord(id, "4711")
			}
			if at := w.doc(id).Work[work.Metadata].TaskAt; at.After(w.clock.Now()) {
				w.clock.AdvanceTo(at)
			}
			w.must(w.wake(id))
			w.wantDone(id)
			w.wantSame(id, 1)
			if _, at := w.said(callFile); at.After(beforeAt) != tt.change || (w.object(callFile) != before) != tt.change {
				t.Errorf("of %v it was\n%s\nand of %v it is\n%s", beforeAt, before, at, w.object(callFile))
			}
		})
	}
}

// A message that comes again makes no new version of the metadata, which every system that has it would take for news.
func TestNoNewsIsNoNewVersion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.startSFTP()
	id := w.ended("chat-2")
	w.must(w.wake(id))
	stored, objects := w.doc(id).Files, w.objects.Objects()

	w.clock.Advance(time.Hour)
	w.news(id, func(d *store.Document) {
		d.Session = session.Apply(d.Session, session.Event{ID: "odd", Tenant: id.Tenant, Source: id.Source, Session: id.Key, Kind: session.Unknown, At: w.clock.Now()})
		d.Metadata.Written = "" // as functions/session has it for a message
	})
	w.wakeAtItsTime(id)
	w.wantDone(id)
	w.wantSame(id, 3)
	if diff := cmp.Diff(stored, w.doc(id).Files); diff != "" {
		t.Errorf("the files differ (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(objects, w.objects.Objects()); diff != "" {
		t.Errorf("the bucket differs (-before +after):\n%s", diff)
	}
}

func TestBothPlacesHaveEveryFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.startSFTP()
	id := w.ended("chat-2")
	w.must(w.wake(id))
	w.wantDone(id)
	w.wantTold(id, "store_metadata done", "store_transcript done", "store_transcript_json done",
		"store_metadata_sftp done", "store_transcript_sftp done", "store_transcript_json_sftp done", "mail done")
	w.wantSame(id, 3)

	w.clock.Advance(time.Hour)
	w.news(id, rated(id, w.clock.Now()))
	w.wakeAtItsTime(id)
	w.wantSame(id, 3)
	if got := w.told(id)[7:]; len(got) != 2 || got[0] != "store_metadata done" || got[1] != "store_metadata_sftp done" {
		t.Errorf("then came %q, want what had changed alone", got)
	}
}

// wantSame checks that so many files are the same in both places, under one path.
func (w *world) wantSame(id store.ID, n int) {
	w.Helper()
	files := w.doc(id).Files
	if len(files) != n || len(w.objects.Objects()) != n {
		w.Errorf("%d files are known, %d stored; want %d", len(files), len(w.objects.Objects()), n)
	}
	for _, f := range files {
		path := f.Places[work.Bucket].Path
		if len(work.PlacesLeft(w.configured().Storage, &f)) != 0 || path != f.Places[work.SFTP].Path || w.object(path) != w.onSFTP("drop/"+path) {
			w.Errorf("%s is %+v: %q and %q", f.ID, f.Places, w.object(path), w.onSFTP("drop/"+path))
		}
	}
}

// A place that is down keeps neither the other nor the mail waiting, and is given what it lacks once it is back.
func TestAPlaceThatIsDownKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		down    string
		problem string
		told    []string // until then
		then    []string // once it is back
	}{
		"the SFTP server": {
			`{"sftp":[{"times":9,"mode":"reset","match":"connect"}]}`, "sftp: ",
			[]string{"store_metadata done", "store_metadata_sftp waiting", "mail done"}, []string{"store_metadata_sftp done"},
		},
		"the bucket": {
			`{"storage":[{"times":9,"status":403}]}`, "permission denied",
			[]string{"store_metadata waiting", "store_metadata_sftp done", "mail done"}, []string{"store_metadata done"},
		},
		"both": {
			`{"storage":[{"times":9,"status":403}],"sftp":[{"times":9,"mode":"reset","match":"connect"}]}`, "permission denied",
			[]string{"store_metadata waiting", "store_metadata_sftp waiting", "mail done"}, []string{"store_metadata done", "store_metadata_sftp done"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.startSFTP()
			id := w.ended("call-1")
			w.plan(tt.down)
			w.must(w.wake(id))
			w.wantWaiting(id, tt.problem)
			w.wantTold(id, tt.told...)
			w.wakeAtItsTime(id) // it is down still
			w.plan(`{}`)
			w.wakeAtItsTime(id)
			w.wantDone(id)
			w.wantSame(id, 1)
			if all := w.told(id); strings.Join(all[len(all)-len(tt.then):], ", ") != strings.Join(tt.then, ", ") {
				t.Errorf("the deliveries are %q, want them to end with %q", all, tt.then)
			}
			if mails := w.mails.Messages(); len(mails) != 1 || mails[0].Copies != 1 {
				t.Errorf("the mails are %+v, want one, sent once", mails)
			}
		})
	}
}

// A mail that is refused for good is the last of a session's troubles: what waits for storage is not given up with it.
func TestAMailRefusedForGoodDoesNotEndTheStoring(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.startSFTP()
	id := w.ended("call-1")
	w.plan(`{"smtp":[{"times":2,"status":550}],"sftp":[{"times":9,"mode":"reset","match":"connect"}]}`)
	w.must(w.wake(id))
	w.wantTold(id, "store_metadata done", "store_metadata_sftp waiting", "mail waiting")
	w.plan(`{"smtp":[{"status":550}]}`)
	w.clock.AdvanceTo(w.doc(id).Work[work.Metadata].TaskAt)
	w.must(w.wake(id))
	w.wantSame(id, 1)
	if m := w.doc(id).Metadata; !m.Dead || !strings.Contains(m.Problem, "550") {
		t.Errorf("the document says %+v, want it dead because of the mail", m)
	}
}

// Where the CRM gets links, it gets one to what is made here too: it is signed once, and leads to whatever is written there.
func TestWhatIsMadeHereHasASignedLinkToo(t *testing.T) {
	t.Parallel()
	w := newSigningWorld(t)
	w.change(func(s *settings.Settings) { s.Storage.ToCRM, s.Storage.LinkHours = settings.SendLinks, 24 })
	id := w.ended("call-1")
	w.must(w.wake(id))
	w.wantDone(id)
	link := w.doc(id).Files[0].Link
	w.news(id, rated(id, w.clock.Now()))
	w.wakeAtItsTime(id)
	w.wantTold(id, "store_metadata done", "link_metadata done", "mail done", "store_metadata done")
	if now := w.doc(id).Files[0].Link; link == "" || now != link {
		t.Errorf("the link was %q, and is %q", link, now)
	}
	if got := w.get(link); got != w.object(callFile) {
		t.Errorf("the link gives %s", got)
	}
}

func (w *world) get(address string) string {
	w.Helper()
	req, err := http.NewRequestWithContext(w.Context(), http.MethodGet, address, nil)
	w.must(err)
	res, err := http.DefaultClient.Do(req)
	w.must(err)
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	w.must(err)
	return string(b)
}

func TestALinkThatCannotBeSignedIsWaitedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t) // whose environment names nobody who signs
	w.change(func(s *settings.Settings) { s.Storage.ToCRM, s.Storage.LinkHours = settings.SendLinks, 24 })
	id := w.ended("call-1")
	w.must(w.wake(id))
	w.wantWaiting(id, "no links can be signed")
	w.wantTold(id, "store_metadata done", "link_metadata waiting", "mail done")
	w.change(func(s *settings.Settings) { s.Storage.LinkHours = 0 })
	w.wakeAtItsTime(id)
	w.wantDone(id)
}
