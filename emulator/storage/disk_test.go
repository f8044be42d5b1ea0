package storage_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	gcs "cloud.google.com/go/storage"
	"google.golang.org/api/iterator"
)

func TestObjectsOutliveTheServer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	before := serve(t, dir, nil)
	before.clock.Advance(24 * time.Hour) // so its generations are ahead of what the next clock would give
	o := before.bucket.Object("a/b")
	kept := mustUpload(t, o, "kept")
	mustUpload(t, before.bucket.Object("gone"), "gone")
	if err := before.bucket.Object("gone").Delete(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Update(t.Context(), gcs.ObjectAttrsToUpdate{Metadata: map[string]string{"k": "v"}}); err != nil {
		t.Fatal(err)
	}
	if err := before.Close(); err != nil {
		t.Fatal(err)
	}
	orphan := filepath.Join(dir, "recordings", "orphan.1")
	if err := os.WriteFile(orphan, []byte("left by a crash"), 0o600); err != nil {
		t.Fatal(err)
	}

	after := serve(t, dir, nil)
	o = after.bucket.Object("a/b")
	got, err := o.Attrs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got.Generation != kept.Generation || got.Metageneration != 2 || got.Metadata["k"] != "v" || download(t, o) != "kept" {
		t.Errorf("after the restart: %+v", got)
	}
	if n := len(after.Objects()); n != 1 {
		t.Errorf("%d objects, want 1", n)
	}
	if again := mustUpload(t, o, "again"); again.Generation <= kept.Generation {
		t.Errorf("generation %d after %d: it must grow whatever the clock says", again.Generation, kept.Generation)
	}
	if _, err := os.Stat(orphan); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the orphan is still there: %v", err)
	}
}

func TestBigObjectStaysOutOfMemory(t *testing.T) {
	// Not parallel: it measures the memory of the whole process.
	s := serve(t, t.TempDir(), nil)
	const size = 32 << 20
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	w := s.bucket.Object("big").NewWriter(t.Context())
	w.ChunkSize = 1 << 20
	if _, err := io.Copy(w, io.LimitReader(letters{}, size)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := s.bucket.Object("big").NewReader(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if n, err := io.Copy(io.Discard, r); err != nil || n != size {
		t.Fatalf("%d bytes, %v, want %d", n, err, size)
	}
	runtime.ReadMemStats(&after)
	// All that was ever allocated, client included, is less than the object: nobody held it whole.
	if got := after.TotalAlloc - before.TotalAlloc; got > size/2 {
		t.Errorf("allocated %d MiB for an object of %d MiB", got>>20, size>>20)
	}
}

type letters struct{}

func (letters) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte('a' + i%26)
	}
	return len(b), nil
}

func TestListsPagesAndFolders(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), nil)
	for i := range 5 {
		mustUpload(t, s.bucket.Object(fmt.Sprintf("calls/%d.mp3", i)), "x")
		mustUpload(t, s.bucket.Object(fmt.Sprintf("calls/media/%d.jpg", i)), "x")
	}
	mustUpload(t, s.bucket.Object("top.txt"), "x")
	for name, row := range map[string]struct {
		query gcs.Query
		want  string
	}{
		"everything":    {gcs.Query{Prefix: "calls/media/"}, "calls/media/0.jpg calls/media/1.jpg calls/media/2.jpg calls/media/3.jpg calls/media/4.jpg"},
		"top folder":    {gcs.Query{Delimiter: "/"}, "[calls/] top.txt"},
		"inner folder":  {gcs.Query{Prefix: "calls/", Delimiter: "/"}, "[calls/media/] calls/0.mp3 calls/1.mp3 calls/2.mp3 calls/3.mp3 calls/4.mp3"},
		"a part":        {gcs.Query{StartOffset: "calls/1", EndOffset: "calls/3"}, "calls/1.mp3 calls/2.mp3"},
		"nothing there": {gcs.Query{Prefix: "x"}, ""},
	} {
		for _, size := range []int{1, 2, 100} {
			t.Run(fmt.Sprint(name, " by ", size), func(t *testing.T) {
				t.Parallel()
				if got := names(t, s.bucket.Objects(t.Context(), &row.query), size); got != row.want {
					t.Errorf("got  %s\nwant %s", got, row.want)
				}
			})
		}
	}
}

// names gathers what it gives page by page, sorted, folders in brackets.
func names(t *testing.T, it *gcs.ObjectIterator, size int) string {
	t.Helper()
	var got []string
	for pager, token := iterator.NewPager(it, size, ""), "start"; token != ""; {
		var page []*gcs.ObjectAttrs
		var err error
		if token, err = pager.NextPage(&page); err != nil {
			t.Fatal(err)
		}
		for _, o := range page {
			if o.Prefix != "" {
				got = append(got, "["+o.Prefix+"]")
			} else {
				got = append(got, o.Name)
			}
		}
	}
	slices.Sort(got)
	return strings.Join(got, " ")
}

func TestBuckets(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), nil)
	if a, err := s.bucket.Attrs(t.Context()); err != nil || a.Name != "recordings" || !a.Created.Equal(start) {
		t.Errorf("%+v, %v", a, err)
	}
	if err := s.bucket.Create(t.Context(), "p", nil); status(err) != http.StatusConflict {
		t.Errorf("a second one: %v, want 409", err)
	}
	if _, _, err := s.Open("nowhere", "x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v, want not found", err)
	}
}
