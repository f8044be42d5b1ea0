package export_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/emulator/media"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/work"
)

// What fails is waited for: the file says why, a task exists for the next attempt, and that one does what is left.
func TestWhatFailsIsTriedAgain(t *testing.T) {
	t.Parallel()
	const up = "fetch rec-1 done"
	tests := map[string]struct {
		fault   string
		change  func(*settings.Settings) // makes it fail
		problem string
		told    []string // of the attempt that failed
		fetches int      // of all; 0 stands for as many as it takes
	}{
		"the recording is not there yet": {
			fault: `{"media":[{"status":404}]}`, problem: "not yet or no longer", told: []string{"fetch rec-1 waiting"},
		},
		"the server of recordings is busy": {
			fault: `{"media":[{"status":503}]}`, problem: "503", told: []string{"fetch rec-1 waiting"},
		},
		"the host is not on the list": {
			change: func(s *settings.Settings) {
				s.Sources = map[string]settings.Source{"ccai": {Username: "a", Password: "secret://b", FileHosts: []string{"media.example.com"}}}
			},
			problem: "file_hosts", told: []string{"fetch rec-1 waiting"},
		},
		"the bucket is missing": {
			change:  func(s *settings.Settings) { s.Storage.Bucket = "not-made-yet" },
			problem: "the bucket does not exist: create it", told: []string{up, "store_in_bucket rec-1 waiting", up, "store_in_sftp rec-1 done"},
			fetches: 2,
		},
		"the SFTP server is down": {
			fault:   `{"sftp":[{"mode":"reset","match":"connect"}]}`,
			problem: "sftp: ", told: []string{up, "store_in_bucket rec-1 done", "read_back rec-1 done", "store_in_sftp rec-1 waiting"},
			fetches: 1,
		},
		"the SFTP server is full": {
			fault:   `{"sftp":[{"status":507,"match":"Write "}]}`,
			problem: "no space left", told: []string{up, "store_in_bucket rec-1 done", "read_back rec-1 done", "store_in_sftp rec-1 waiting"},
			fetches: 1,
		},
		"the password is not there": {
			change:  func(s *settings.Settings) { s.Storage.SFTP.Password = "secret://not-made-yet" },
			problem: "storage.sftp.password: secrets: secret://not-made-yet: not found",
			told:    []string{up, "store_in_bucket rec-1 done", "read_back rec-1 done", "store_in_sftp rec-1 waiting"},
			fetches: 1,
		},
		"the folder makes no path": {
			change:  func(s *settings.Settings) { s.Storage.Folder = ".well-known/acme-challenge" },
			problem: "Cloud Storage does not allow this folder", told: []string{"prepare rec-1 waiting"},
			fetches: 1,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			kind := w.recording()
			if tt.change != nil {
				w.change(tt.change)
			}
			if tt.fault != "" {
				w.plan(tt.fault)
			}
			w.must(w.wake(call, kind))
			w.wantWaiting(call, kind, tt.problem)
			w.wantTold(call, tt.told...)
			if !strings.Contains(w.logs.String(), `"level":"WARN"`) {
				t.Errorf("the log is %s", &w.logs)
			}

			w.plan(`{}`)
			w.configure(w.original)
			w.clock.Advance(settings.Fresh)
			w.wakeAtItsTime(call, kind)
			w.wantDone(call, kind)
			w.wantStored(recordingPath, "/recordings/a.mp3")
			w.wantCount(1)
			if tt.fetches > 0 && len(w.fetches) != tt.fetches {
				t.Errorf("it was fetched %d times, want %d", len(w.fetches), tt.fetches)
			}
		})
	}
}

// A source that says no is asked again for a day, then a person must look.
func TestASourceThatSaysNoIsAskedForADay(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		address, problem string
		kind             session.FileKind
	}{
		"a page in the place of a recording":  {"/recordings/a.mp3?html=1", "an HTML page instead of an audio file", session.Recording},
		"a recording in the place of a photo": {"/recordings/a.mp3", "instead of a photo", session.Photo},
		"an address that has expired":         {"/recordings/a.mp3?expires=1767603500", "perhaps expired", session.Recording},
		"no such file":                        {"/recordings/none.txt", "there is no such file", session.Recording},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			kind := w.announce(call, "rec-1", tt.kind, tt.address)
			w.must(w.wake(call, kind))
			w.wantWaiting(call, kind, tt.problem)
			attempts := 1
			for ; !w.file(call, kind).Dead; attempts++ {
				w.wakeAtItsTime(call, kind)
			}
			if waited := w.clock.Now().Sub(start); waited < 24*time.Hour || waited > 31*time.Hour || attempts < 10 {
				t.Errorf("given up after %v and %d attempts, want a day", waited, attempts)
			}
			told := w.told(call)
			if f := w.file(call, kind); !strings.Contains(f.Problem, tt.problem) || told[len(told)-1] != "fetch rec-1 dead" || w.doc(call).Work[kind].Task != "" {
				t.Errorf("it is %+v, after %q", f, told)
			}
			if !strings.Contains(w.logs.String(), `"level":"ERROR"`) {
				t.Errorf("the log is %s", &w.logs)
			}
			fetches := len(w.fetches)
			w.must(w.wake(call, kind)) // whatever comes now
			if len(w.fetches) != fetches {
				t.Error("what is given up is fetched again")
			}
			w.wantCount(0)
		})
	}
}

// The source's day begins with its first no, not with the first failure of any sort, and anew where others came between.
func TestOneNoAmongOtherFailuresIsWaitedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kind := w.recording()
	w.change(func(s *settings.Settings) { s.Storage.Bucket, s.Storage.SFTP = "not-made", nil })
	const no = `{"media":[{"status":404}]}`
	w.plan(no)
	w.must(w.wake(call, kind))
	for w.clock.Now().Before(start.Add(30 * time.Hour)) {
		w.wakeAtItsTime(call, kind)
	}
	w.wantWaiting(call, kind, "the bucket does not exist")
	w.plan(no)
	w.wakeAtItsTime(call, kind)
	w.wantWaiting(call, kind, "404")
	w.configure(w.original)
	w.wakeAtItsTime(call, kind)
	w.wantDone(call, kind)
	w.wantStored(recordingPath, "/recordings/a.mp3")
	if f := w.file(call, kind); !f.RefusedAt.IsZero() {
		t.Errorf("the source says no since %v", f.RefusedAt)
	}
}

func TestASourceIsLeftAloneForAsLongAsItAsks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kind := w.recording()
	w.answer = func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Retry-After", "7200")
		rw.WriteHeader(http.StatusServiceUnavailable)
	}
	w.must(w.wake(call, kind))
	w.wantWaiting(call, kind, "503")
	if at := w.doc(call).Work[kind].TaskAt; !at.Equal(start.Add(2 * time.Hour)) {
		t.Errorf("the next attempt is at %v, want it two hours later", at)
	}
}

// A company's server may be away for days, and the source's address ends meanwhile: what one place has, the other gets
// from there.
func TestAnAddressMayEndOnceOnePlaceHasTheFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kind := w.announce(call, "rec-1", session.Recording, "/recordings/a.mp3?expires=1767603700") // in less than two minutes
	w.plan(`{"sftp":[{"times":900,"mode":"reset","match":"connect"}]}`)
	w.must(w.wake(call, kind))
	for w.clock.Now().Before(start.Add(72 * time.Hour)) {
		w.wakeAtItsTime(call, kind)
		w.wantWaiting(call, kind, "sftp: ")
	}
	w.plan(`{}`)
	w.wakeAtItsTime(call, kind)
	w.wantDone(call, kind)
	w.wantStored(recordingPath, "/recordings/a.mp3")
	w.wantCount(1)
}

// A company that lets nothing in for a week is given up in the end.
func TestAPlaceIsTriedForAWeek(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kind := w.recording()
	w.change(func(s *settings.Settings) { s.Storage.SFTP.Password = "secret://not-made" })
	began := w.clock.Now()
	w.must(w.wake(call, kind))
	for !w.file(call, kind).Dead {
		w.wakeAtItsTime(call, kind)
	}
	f := w.file(call, kind)
	if waited := w.clock.Now().Sub(began); waited != work.Horizon || !f.StoredIn(work.Bucket) || f.StoredIn(work.SFTP) {
		t.Errorf("given up after %v: %+v", waited, f)
	}
}

// A connection may break anywhere: before the first byte, in the middle, and after the last one but before the answer. One
// right file in each place is what comes of it, and nothing beside it.
func TestCutsLeaveOneRightFileInEachPlace(t *testing.T) {
	t.Parallel()
	const address = "/recordings/a.mp3?size=900000"
	for name, script := range map[string]string{
		"the source before the first byte":       `{"media":[{"mode":"reset"}]}`,
		"the source within its head":             `{"media":[{"mode":"reset","after":true,"bytes":1000}]}`,
		"the source in the middle":               `{"media":[{"mode":"reset","after":true,"bytes":450000}]}`,
		"the source before the last byte":        `{"media":[{"mode":"reset","after":true,"bytes":899999}]}`,
		"the source again and again":             `{"media":[{"times":3,"mode":"reset","after":true,"bytes":450000}]}`,
		"the bucket before the first byte":       `{"storage":[{"times":2,"mode":"reset"}]}`,
		"the bucket in the middle":               `{"storage":[{"mode":"reset","bytes":450000,"match":"/upload/"}]}`,
		"the bucket after the last byte":         `{"storage":[{"mode":"reset","after":true,"match":"/upload/"}]}`,
		"the bucket refuses what it has stored":  `{"storage":[{"status":403,"after":true,"match":"/upload/"}]}`,
		"the bucket as it is read back":          `{"storage":[{"mode":"reset","after":true,"bytes":450000,"match":"GET "}]}`,
		"the server at the sign-in":              `{"sftp":[{"mode":"reset","match":"connect"}]}`,
		"the server before the first byte":       `{"sftp":[{"mode":"reset","match":"Put "}]}`,
		"the server in the middle":               `{"sftp":[{"mode":"reset","bytes":450000,"match":"Put "}]}`,
		"the server after the last byte":         `{"sftp":[{"mode":"reset","after":true,"match":"Put "}]}`,
		"the server before it renames":           `{"sftp":[{"mode":"reset","match":"Rename "}]}`,
		"the server after it has":                `{"sftp":[{"mode":"reset","after":true,"match":"Rename "}]}`,
		"the server twice, and the bucket's end": `{"sftp":[{"times":2,"mode":"reset","bytes":450000,"match":"Put "}],"storage":[{"mode":"reset","after":true,"match":"/upload/"}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			kind := w.announce(call, "rec-1", session.Recording, address)
			w.plan(script)
			w.must(w.wake(call, kind))
			for range 5 {
				if w.doc(call).Work[kind].Task != "" {
					w.wakeAtItsTime(call, kind)
				}
			}
			if left := w.faults.Left(); len(left) != 0 {
				t.Fatalf("the faults never came: %+v", left)
			}
			w.wantDone(call, kind)
			w.wantStored(recordingPath, address)
			w.wantCount(1)
		})
	}
}

// A recording may be another by the second attempt, as one that was still being written. Both places have the later one, and
// nothing of the former.
func TestAFileThatChangesMeanwhile(t *testing.T) {
	t.Parallel()
	const size = "?size=900000"
	w := newWorld(t)
	kind := w.announce(call, "rec-1", session.Recording, "/recordings/a.mp3"+size)
	w.plan(`{"storage":[{"status":403,"match":"/upload/"}],"sftp":[{"mode":"reset","bytes":450000,"match":"Put "}]}`)
	w.must(w.wake(call, kind))
	w.wantTold(call, "fetch rec-1 done", "store_in_bucket rec-1 waiting", "fetch rec-1 done", "store_in_sftp rec-1 waiting")
	w.replace("/recordings/b.mp3")
	w.wakeAtItsTime(call, kind)
	w.wantDone(call, kind)
	w.wantStored(recordingPath, "/recordings/b.mp3"+size)
	w.wantCount(1)
}

// replace has the server of recordings serve another file for every one that is asked for.
func (w *world) replace(by string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answer = func(rw http.ResponseWriter, r *http.Request) {
		r.URL.Path = by
		media.Handler(w.clock).ServeHTTP(rw, r)
	}
}

// A company may empty its server, as programs that import from there do. What was stored is not stored there again, and
// comes from its source where another place wants it.
func TestWhatWasTakenAwayIsFetchedForTheOtherPlace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.change(func(s *settings.Settings) { s.Storage.Bucket = "" })
	kind := w.recording()
	w.must(w.wake(call, kind))
	w.must(os.RemoveAll(filepath.Join(w.company, "drop")))
	w.configure(w.original)
	w.clock.Advance(settings.Fresh)
	w.recording() // any news of the session
	w.must(w.wake(call, kind))
	w.wantDone(call, kind)
	if got := w.object(recordingPath); string(got) != string(w.content("/recordings/a.mp3")) || len(w.fetches) != 2 {
		t.Errorf("the bucket has %d bytes after %d fetches", len(got), len(w.fetches))
	}
	if _, err := os.Stat(filepath.Join(w.company, "drop")); err == nil {
		t.Error("what was taken away is there again")
	}
}

// What is not wanted any more fails no more: no alert of what waits has an end otherwise. What was given up stays so.
func TestWhatIsNotWantedAnyMoreFailsNoMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kind := w.announce(call, "rec-1", session.Recording, "/recordings/none.txt")
	w.must(w.wake(call, kind))
	w.wantWaiting(call, kind, "there is no such file")
	w.change(func(s *settings.Settings) { s.Storage.Files = []string{settings.Voicemails} })
	w.wakeAtItsTime(call, kind)
	if f := w.file(call, kind); f.Failures != 0 || !f.FirstFailedAt.IsZero() || !f.RefusedAt.IsZero() || f.Problem != "" || f.Dead {
		t.Errorf("the file is %+v, want no failures", f)
	}
	if n, err := w.Store.CountFailing(t.Context(), w.clock.Now()); err != nil || n != 0 {
		t.Errorf("%d sessions fail, %v, want none", n, err)
	}

	w.configure(w.original)
	w.clock.Advance(settings.Fresh)
	other := w.announce(call, "rec-2", session.Recording, "/recordings/none.txt")
	for !w.file(call, other).Dead {
		w.wakeAtItsTime(call, other)
	}
	w.change(func(s *settings.Settings) { s.Storage.Files = []string{settings.Voicemails} })
	w.must(w.wake(call, other))
	if f := w.file(call, other); !f.Dead || f.Problem == "" {
		t.Errorf("what was given up is %+v", f)
	}
}
