package export_test

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"

	"sessionbridge.internal/emulator/clock"
	"sessionbridge.internal/emulator/media"
	"sessionbridge.internal/shared/store"
)

// told are the deliveries in words.
func (w *world) told(id store.ID) (words []string) {
	w.Helper()
	all, err := w.Store.Deliveries(w.Context(), id)
	w.must(err)
	for _, d := range all {
		words = append(words, fmt.Sprintf("%s %s", d.Step, d.Verdict))
	}
	return words
}

func (w *world) wantTold(id store.ID, want ...string) {
	w.Helper()
	if got := w.told(id); strings.Join(got, ", ") != strings.Join(want, ", ") {
		w.Errorf("the deliveries are %q, want %q", got, want)
	}
}

// wantDone checks that nothing is left to do for a file, and nobody will come back to it.
func (w *world) wantDone(id store.ID, kind string) {
	w.Helper()
	f, b := w.file(id, kind), w.doc(id).Work[kind]
	if f.Version == "" || f.Failures != 0 || f.Problem != "" || f.Dead || b.Task != "" || b.Holder != "" {
		w.Errorf("not done: %+v, %+v", f, b)
	}
}

// wantWaiting checks that the run gave its lease back, says why it waits, and that the task it waits for exists.
func (w *world) wantWaiting(id store.ID, kind, problem string) {
	w.Helper()
	f, b := w.file(id, kind), w.doc(id).Work[kind]
	if f.Dead || f.Failures == 0 || !strings.Contains(f.Problem, problem) || b.Holder != "" || !b.TaskAt.After(w.clock.Now()) {
		w.Errorf("not waiting because of %q: %+v, %+v", problem, f, b)
	}
	if strings.Contains(f.Problem+w.logs.String(), "CANARY") {
		w.Errorf("a credential is told: %s %s", f.Problem, &w.logs)
	}
	for _, t := range w.queue.Snapshot().Queues[0].Tasks {
		if strings.HasSuffix(t.Name, "/"+b.Task) {
			return
		}
	}
	w.Errorf("the task %q it waits for does not exist", b.Task)
}

// wantStored checks that both places have the content of the address at the path.
func (w *world) wantStored(path, address string) {
	w.Helper()
	want := w.content(address)
	if got := w.object(path); !bytes.Equal(got, want) {
		w.Errorf("the bucket has %d bytes at %s, want those %d of %s", len(got), path, len(want), address)
	}
	got, err := os.ReadFile(filepath.Join(w.company, "drop", filepath.FromSlash(path)))
	if err != nil || !bytes.Equal(got, want) {
		w.Errorf("the server has %d bytes, %v at %s, want those %d of %s", len(got), err, path, len(want), address)
	}
}

// wantCount checks how many files there are in each place, whole or in parts.
func (w *world) wantCount(want int) {
	w.Helper()
	if got := w.objects.Objects(); len(got) != want {
		w.Errorf("the bucket has %+v, want %d", got, want)
	}
	var names []string
	w.must(filepath.WalkDir(w.company, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, path)
		}
		return err
	}))
	if len(names) != want {
		w.Errorf("the server has %q, want %d", names, want)
	}
}

// content is what the server of recordings has at an address.
func (w *world) content(address string) []byte {
	w.Helper()
	rec := httptest.NewRecorder()
	media.Handler(clock.Frozen(start)).ServeHTTP(rec, httptest.NewRequest(http.MethodGet, address, nil))
	if rec.Code != http.StatusOK {
		w.Fatalf("%s: %d", address, rec.Code)
	}
	return rec.Body.Bytes()
}

func (w *world) object(path string) []byte {
	w.Helper()
	r, _, err := w.objects.Open(bucket, path)
	if err != nil {
		w.Error(err)
		return nil
	}
	defer func() { _ = r.Close() }()
	b, err := io.ReadAll(r)
	w.must(err)
	return b
}
