package export_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"runtime"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

const recordingPath = "contact-centre/ujet-voice-recordings/call-1.mp3"

func TestARecordingComesIntoBothPlaces(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kind := w.recording()
	w.must(w.wake(call, kind))

	w.wantDone(call, kind)
	w.wantStored(recordingPath, "/recordings/a.mp3")
	w.wantCount(1)
	w.wantTold(call, "fetch rec-1 done", "store_in_bucket rec-1 done", "read_back rec-1 done", "store_in_sftp rec-1 done")
	if len(w.fetches) != 1 {
		t.Errorf("it was fetched %d times: a source may give it only once", len(w.fetches))
	}
	f := w.file(call, kind)
	size := int64(len(w.content("/recordings/a.mp3")))
	if f.Type != "audio/mpeg" || f.Size != size || f.Link != "" || f.Attempt != 4 {
		t.Errorf("the file is %+v", f)
	}
	for _, place := range []string{work.Bucket, work.SFTP} {
		p := f.Places[place]
		if p.Path != recordingPath || p.Size != size || p.Version != f.Version || p.CRC32C == 0 || !p.At.Equal(w.clock.Now()) {
			t.Errorf("in %s it is %+v", place, p)
		}
	}
	if o := w.objects.Objects()[0]; o.ContentType != "audio/mpeg" {
		t.Errorf("the object is %+v", o)
	}
	if logs := w.logs.String(); strings.Contains(logs, "CANARY") || strings.Count(logs, `"verdict":"done"`) != 4 {
		t.Errorf("the log is %s", logs)
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	chat := store.ID{Tenant: "demo", Source: "ccai", Key: "chat-2"}
	for _, row := range []struct {
		id            store.ID
		file          string
		kind          session.FileKind
		address, want string
	}{
		{call, "rec-1", session.Recording, "/recordings/a.mp3", "ujet-voice-recordings/call-1.mp3"},
		{call, "rec-2", session.Recording, "/recordings/b.wav", "ujet-voice-recordings/call-1-rec-2.wav"},
		{call, "vm", session.VoicemailFile, "/voicemails/c.mp3", "ujet-voicemails/call-1-voicemail.mp3"},
		{chat, "photo-7", session.Photo, "/photos/7.png", "ujet-media/chat-2-photo-7.png"},
		{chat, "photo-../8", session.Photo, "/photos/8.jpg", "ujet-media/chat-2-photo-..%2F8.jpg"},
		{chat, "video-9", session.Video, "/videos/9.mp4", "ujet-media/chat-2-video-9.mp4"},
	} {
		kind := w.announce(row.id, row.file, row.kind, row.address)
		w.must(w.wake(row.id, kind))
		w.wantDone(row.id, kind)
		w.wantStored("contact-centre/"+row.want, row.address)
	}
	w.wantCount(6)
}

// A name is for good: it stays with the file that had it first, also where that is stored later than another.
func TestANameIsTakenAtTheBeginning(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.recording()
	w.plan(`{"media":[{"status":503}]}`)
	w.must(w.wake(call, first))
	second := w.announce(call, "rec-2", session.Recording, "/recordings/b.mp3")
	w.must(w.wake(call, second))
	w.change(func(s *settings.Settings) { s.Storage.Folder = "moved" })
	w.wakeAtItsTime(call, first)
	w.wantStored(recordingPath, "/recordings/a.mp3")
	w.wantStored("contact-centre/ujet-voice-recordings/call-1-rec-2.mp3", "/recordings/b.mp3")
}

func TestARepeatDoesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kind := w.recording()
	task := w.named(call, kind)
	for range 3 {
		w.must(w.Run(t.Context(), task))
		w.clock.Advance(time.Minute)
	}
	if len(w.told(call)) != 4 || len(w.fetches) != 1 || len(w.queue.Snapshot().Queues[0].Tasks) != 0 {
		t.Errorf("it came to %q and %d fetches", w.told(call), len(w.fetches))
	}
	w.wantCount(1)
}

// What was erased since the task was made is no trouble: the task is done, and nothing comes to be.
func TestWhatIsNotThereAnyMoreIsLetGo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.recording()
	for name, wake := range map[string]work.Wake{
		"a tenant":  {ID: store.ID{Tenant: "nobody", Source: "ccai", Key: "call-1"}, Kind: work.File("rec-1"), Task: "t"},
		"a session": {ID: store.ID{Tenant: "demo", Source: "ccai", Key: "call-9"}, Kind: work.File("rec-1"), Task: "t"},
		"a file":    {ID: call, Kind: work.File("rec-9"), Task: "t"},
	} {
		if err := w.Run(t.Context(), wake); err != nil {
			t.Errorf("%s: Run = %v, want nil: it would come again for ever", name, err)
		}
	}
	w.wantCount(0)
}

// What the settings do not want any more is not brought, and its task is not named for ever.
func TestSettingsThatChangedMeanwhile(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*settings.Settings){
		"no storage":       func(s *settings.Settings) { s.Storage = nil },
		"other files only": func(s *settings.Settings) { s.Storage.Files = []string{settings.Photos} },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			kind := w.recording()
			w.change(change)
			w.must(w.wake(call, kind))
			if b := w.doc(call).Work[kind]; b.Task != "" || b.Holder != "" || len(w.fetches) != 0 || len(w.told(call)) != 0 {
				t.Errorf("the work is %+v, after %q", b, w.told(call))
			}
			w.wantCount(0)
		})
	}
}

// What made a file owed may be younger than the settings that this process has at hand.
func TestSettingsYoungerThanTheCache(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kind := w.recording()
	w.change(func(s *settings.Settings) { s.Storage = nil })
	if s, err := w.Settings.Get(t.Context(), "demo"); err != nil || s.Storage != nil { // they are at hand now
		t.Fatal(s.Storage, err)
	}
	w.configure(w.original)
	w.must(w.wake(call, kind))
	w.wantDone(call, kind)
	w.wantStored(recordingPath, "/recordings/a.mp3")
}

func TestARunThatFindsAnotherDoesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kind := w.recording()
	task := w.named(call, kind)
	w.hold(call, kind, "another run")
	if err := w.Run(t.Context(), task); !errors.Is(err, work.ErrBusy) {
		t.Errorf("Run = %v, want ErrBusy: the other may be dead", err)
	}
	if len(w.fetches) != 0 || len(w.told(call)) != 0 {
		t.Error("something was done")
	}
	w.clock.Advance(work.LeaseFor(kind)) // the other was dead
	w.must(w.Run(t.Context(), task))
	w.wantDone(call, kind)
}

// hold takes the lease for another run, as Begin does.
func (w *world) hold(id store.ID, kind, holder string) {
	w.Helper()
	_, err := w.Store.Update(w.Context(), id, func(d *store.Document) (store.Change, error) {
		b := d.Work[kind]
		b.Holder, b.Until, b.Task, b.TaskAt = holder, w.clock.Now().Add(work.LeaseFor(kind)), "", time.Time{}
		d.Work[kind] = b
		return store.Change{}, nil
	})
	w.must(err)
}

// A task that was replaced by a later one comes all the same. It does no work, but sees to it that the later one exists.
func TestATaskThatIsTooEarlyMakesSureOfTheRightOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kind := w.recording()
	first := w.named(call, kind)
	_, err := w.Store.Update(t.Context(), call, func(d *store.Document) (store.Change, error) {
		work.EndUntil(d, call, kind, w.clock.Now().Add(time.Hour))
		return store.Change{}, nil
	})
	w.must(err)
	w.must(w.Run(t.Context(), first))
	left := w.queue.Snapshot().Queues[0].Tasks
	if len(w.fetches) != 0 || len(left) != 1 || !strings.HasSuffix(left[0].Name, w.doc(call).Work[kind].Task) {
		t.Errorf("%d fetches, and the tasks %+v", len(w.fetches), left)
	}
	w.wakeAtItsTime(call, kind)
	w.wantDone(call, kind)
}

// A run whose own time is over says nothing about the world: no failure is counted, and the task comes again.
func TestARunThatIsCutOffCountsNoFailure(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kind := w.recording()
	task := w.named(call, kind)
	ctx, cancel := context.WithCancel(t.Context())
	w.onFetch = cancel
	if err := w.Run(ctx, task); err == nil {
		t.Fatal("a run that was cut off says that it is done")
	}
	if f := w.file(call, kind); f.Failures != 0 || f.Problem != "" || len(w.told(call)) != 0 {
		t.Errorf("a failure was counted: %+v", f)
	}
	w.clock.Advance(work.LeaseFor(kind))
	w.must(w.Run(t.Context(), task))
	w.wantDone(call, kind)
	w.wantStored(recordingPath, "/recordings/a.mp3")
	w.wantCount(1)
}

// The document names the next task, but Cloud Tasks did not take it: the run is no success, and its repeat mends it.
func TestARunWhoseNextTaskIsNotMadeComesAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kind := w.recording()
	task := w.named(call, kind)
	w.plan(`{"media":[{"status":503}],"tasks":[{"code":"PERMISSION_DENIED"}]}`)
	if err := w.Run(t.Context(), task); err == nil {
		t.Fatal("the run is acknowledged without its next task")
	}
	w.must(w.Run(t.Context(), task))
	w.wantWaiting(call, kind, "503")
	w.wantTold(call, "fetch rec-1 waiting")
}

func TestALinkIsSignedWhereTheCRMGetsLinks(t *testing.T) {
	t.Parallel()
	links := func(s *settings.Settings) { s.Storage.ToCRM, s.Storage.LinkHours = settings.SendLinks, 24 }
	tests := map[string]struct {
		change func(*settings.Settings)
		signed bool
	}{
		"signed links":    {links, true},
		"links that last": {func(s *settings.Settings) { s.Storage.ToCRM = settings.SendLinks }, false},
		"the file itself": {func(s *settings.Settings) { s.Storage.LinkHours = 24 }, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newSigningWorld(t)
			w.change(tt.change)
			kind := w.recording()
			w.must(w.wake(call, kind))
			link := w.file(call, kind).Link
			if (link != "") != tt.signed {
				t.Fatalf("the link is %q, want one: %v", link, tt.signed)
			}
			if !tt.signed {
				return
			}
			if got := w.get(link); got != string(w.content("/recordings/a.mp3")) {
				t.Errorf("the link gives %d bytes: %.100s", len(got), got)
			}
			if told := w.told(call); told[len(told)-1] != "link rec-1 done" {
				t.Errorf("the deliveries are %q", told)
			}
			w.clock.Advance(25 * time.Hour)
			if got := w.get(link); !strings.Contains(got, "ExpiredToken") {
				t.Errorf("a day later the link gives %.100s", got)
			}
		})
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

// A link that is missing is made without the source, which may not have the file any more.
func TestAMissingLinkIsMadeLater(t *testing.T) {
	t.Parallel()
	w := newSigningWorld(t)
	kind := w.recording()
	w.must(w.wake(call, kind))
	w.change(func(s *settings.Settings) { s.Storage.ToCRM, s.Storage.LinkHours = settings.SendLinks, 24 })
	w.announce(call, "rec-1", session.Recording, "/recordings/a.mp3?token=CANARY") // any news of the session
	w.must(w.wake(call, kind))
	if f := w.file(call, kind); f.Link == "" || len(w.fetches) != 1 || len(w.told(call)) != 5 {
		t.Errorf("the link is %q after %d fetches and %q", f.Link, len(w.fetches), w.told(call))
	}
}

// Whatever a file's size, a run holds no more than the client's buffers, and never the whole.
func TestALargeFileIsNeverWholeInMemory(t *testing.T) {
	// Not parallel: the other tests' memory would count.
	const size, most = 64 << 20, 24 << 20
	w := newWorld(t)
	kind := w.announce(call, "rec-1", session.Recording, "/recordings/a.wav?size=67108864")
	before := liveHeap()
	ctx, cancel := context.WithCancel(t.Context())
	highest := make(chan uint64)
	go func() { highest <- highestHeap(ctx) }()
	w.must(w.wake(call, kind))
	cancel()
	w.wantDone(call, kind)
	if f := w.file(call, kind); f.Places[work.Bucket].Size != size || f.Places[work.SFTP].Size != size || f.Places[work.Bucket].CRC32C != f.Places[work.SFTP].CRC32C {
		t.Errorf("the file is %+v", f)
	}
	if got := <-highest; got > before+most {
		t.Errorf("%d MiB are held at most, %d before; want at most %d more", got>>20, before>>20, most>>20)
	}
}

// highestHeap is the most that is held until the context ends, looked at again and again.
func highestHeap(ctx context.Context) (highest uint64) {
	for ctx.Err() == nil {
		highest = max(highest, liveHeap())
	}
	return highest
}

func liveHeap() uint64 {
	runtime.GC()
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
