package places_test

import (
	"errors"
	"testing"

	"cloud.google.com/go/storage"

	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/places"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/work"
)

// exists says whether the bucket has the object.
func (w *world) exists(bucket, path string) bool {
	w.Helper()
	client, err := w.Storage.Get()
	w.must(err)
	_, err = client.Bucket(bucket).Object(path).Attrs(w.Context())
	if err != nil && !errors.Is(err, storage.ErrObjectNotExist) {
		w.Fatal(err)
	}
	return err == nil
}

func TestAFileIsRemovedOnceAndItsNeighbourNot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const neighbour = path + "0"
	for _, name := range []string{work.Bucket, work.SFTP} {
		place, err := w.Open(t.Context(), w.set.Storage, name)
		w.must(err)
		var mine files.Stored
		for _, p := range []string{neighbour, path} {
			mine, err = place.Put(t.Context(), p, tags, files.Bytes([]byte("x"), "audio/mpeg"))
			w.must(err)
		}
		w.must(w.Remove(t.Context(), w.set.Storage, name, tags, mine))
		if err := w.Remove(t.Context(), w.set.Storage, name, tags, mine); !errors.Is(err, places.ErrNotThere) {
			t.Errorf("%s: the second time it says %v", name, err)
		}
		if _, err := place.Source(t.Context(), path); err == nil {
			t.Errorf("%s has the file still", name)
		}
		if _, err := place.Source(t.Context(), neighbour); err != nil {
			t.Errorf("%s has lost another file: %v", name, err)
		}
		w.must(place.Close())
	}
	elsewhere := &settings.Storage{Bucket: "nobodys"}
	if err := w.Remove(t.Context(), elsewhere, work.Bucket, tags, files.Stored{Path: path}); !errors.Is(err, places.ErrNotThere) {
		t.Errorf("a bucket that is not there says %v", err)
	}
}

// The settings may name another bucket or server by now, where a file of the same name is somebody else's.
func TestAnotherSessionsFileOfTheSameNameStays(t *testing.T) {
	t.Parallel()
	for name, whose := range map[string]files.Tags{
		"another tenant's":  {Tenant: "other", Source: tags.Source, Session: tags.Session},
		"another source's":  {Tenant: tags.Tenant, Source: "other", Session: tags.Session},
		"another session's": {Tenant: tags.Tenant, Source: tags.Source, Session: "other"},
		"nobody's":          {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			for place, content := range map[string]string{work.Bucket: "mine", work.SFTP: "ours"} { // a server tells by the content
				open, err := w.Open(t.Context(), w.set.Storage, place)
				w.must(err)
				mine, err := open.Put(t.Context(), path+"0", tags, files.Bytes([]byte("mine"), "audio/mpeg"))
				w.must(err)
				_, err = open.Put(t.Context(), path, whose, files.Bytes([]byte(content), "audio/mpeg"))
				w.must(err)
				mine.Path = path
				if err := w.Remove(t.Context(), w.set.Storage, place, tags, mine); !errors.Is(err, places.ErrNotThere) {
					t.Errorf("%s says %v", place, err)
				}
				if _, err := open.Source(t.Context(), path); err != nil {
					t.Errorf("%s has lost the file: %v", place, err)
				}
				w.must(open.Close())
			}
		})
	}
}

func TestUploadsOfOneSessionAreRemoved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mine := files.Upload{Tenant: "demo", Source: "ccai", Session: "call-1", Kind: session.Photo, ID: "a"}
	second, other := mine, mine
	second.Kind, second.ID, other.Session = session.Video, "b", "call-10"
	client, err := w.Storage.Get()
	w.must(err)
	for _, u := range []files.Upload{mine, second, other} {
		out := client.Bucket(uploads).Object(u.Path()).NewWriter(t.Context())
		_, err := out.Write([]byte("x"))
		w.must(errors.Join(err, out.Close()))
	}
	for _, want := range []int{2, 0} {
		if n, err := w.RemoveUploads(t.Context(), mine); n != want || err != nil {
			t.Errorf("%d are removed, %v, want %d", n, err, want)
		}
	}
	if w.exists(uploads, mine.Path()) || w.exists(uploads, second.Path()) || !w.exists(uploads, other.Path()) {
		t.Error("the wrong ones are removed")
	}
	w.Uploads = ""
	if n, err := w.RemoveUploads(t.Context(), other); n != 0 || err != nil {
		t.Errorf("without a bucket %d are removed, %v", n, err)
	}
}
