package places_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/files/gcs"
	"sessionbridge.internal/shared/files/remote"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

func TestContentComesFromWhereTheFileIs(t *testing.T) {
	t.Parallel()
	const fromBucket, fromServer = "in the bucket", "on the server"
	tests := map[string]struct {
		prepare func(*world, *store.Document)
		want    string // empty: the source's
	}{
		"it is stored nowhere":  {func(*world, *store.Document) {}, ""},
		"it is in the bucket":   {func(w *world, d *store.Document) { w.put(d, work.Bucket, fromBucket) }, fromBucket},
		"it is on the server":   {func(w *world, d *store.Document) { w.put(d, work.SFTP, fromServer) }, fromServer},
		"there is a newer one":  {func(w *world, d *store.Document) { w.put(d, work.Bucket, fromBucket); d.Files[0].Version = "v2" }, ""},
		"the place is given up": {func(w *world, d *store.Document) { w.put(d, work.Bucket, fromBucket); w.set.Storage.Bucket = "" }, ""},
		"storage is given up":   {func(w *world, d *store.Document) { w.put(d, work.Bucket, fromBucket); w.set.Storage = nil }, ""},
		"the server was emptied": {func(w *world, d *store.Document) {
			w.put(d, work.SFTP, fromServer)
			w.must(os.RemoveAll(filepath.Join(w.company, "drop")))
		}, ""},
		"the bucket was, not the server": {func(w *world, d *store.Document) {
			w.put(d, work.SFTP, fromServer)
			d.Files[0].Put(work.Bucket, files.Stored{Path: path})
		}, fromServer},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			d := announced("rec-1", session.Recording, w.media+"/recordings/a.mp3")
			tt.prepare(w, d)
			src, done, err := w.Content(t.Context(), w.set, id, d, "rec-1")
			w.must(err)
			defer done()
			got := read(t, src)
			if isSource := strings.HasPrefix(got, "ID3"); src.Type != "audio/mpeg" || int64(len(got)) != src.Size || isSource != (tt.want == "") || tt.want != "" && got != tt.want {
				t.Errorf("Content gives %.20q, %d bytes of %s; want %q", got, src.Size, src.Type, tt.want)
			}
			if f := d.File("rec-1"); tt.want != "" && src.Version != f.Version {
				t.Errorf("its version is %q, want that of its first fetching, %q: a store that was cut goes on by it", src.Version, f.Version)
			}
		})
	}
}

// What is made here is nowhere to be had before it is stored, and no source may say otherwise.
func TestContentOfWhatIsMadeHere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := announced(store.TranscriptFile, session.Recording, w.media+"/recordings/a.mp3")
	d.AddFile(store.TranscriptFile, settings.Transcripts).Version = "v1"
	src, done, err := w.Content(t.Context(), w.set, id, d, store.TranscriptFile)
	w.must(err)
	done()
	if src.Open != nil {
		t.Error("there is something to open")
	}
}

const png = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00"

// upload puts an object into the bucket for uploads, as the browser of an end user does, and returns its address.
func (w *world) upload(u files.Upload, said, content string) (address string) {
	w.Helper()
	_, err := gcs.New(w.Storage, uploads, gcs.Options{}).Put(w.Context(), u.Path(), files.Tags{}, files.Bytes([]byte(content), said))
	w.must(err)
	return files.UploadScheme + uploads + "/" + u.Path()
}

func TestAnUploadIsWhatItsContentIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tests := map[string]struct {
		said, content string
		want          string
		wantErr       error
	}{
		"a PNG said to be one":           {"image/png", png, "image/png", nil},
		"a PNG said to be JPEG":          {"image/jpeg", png, "image/png", nil},
		"a page said to be a photo":      {"image/png", "<!DOCTYPE html><script>alert(1)</script>", "", remote.ErrKind},
		"a drawing with a script":        {"image/svg+xml", `<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>`, "", remote.ErrKind},
		"a PNG longer than is looked at": {"image/png", png + strings.Repeat("x", 3*remote.HeadSize), "image/png", nil},
		"nothing":                        {"image/png", "", "", remote.ErrEmpty},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := files.Upload{Tenant: "demo", Source: "ccai", Session: "call-1", Kind: session.Photo, ID: strings.ReplaceAll(name, " ", "-")}
			d := announced(u.FileID(), session.Photo, w.upload(u, tt.said, tt.content))
			src, done, err := w.Content(t.Context(), w.set, id, d, u.FileID())
			if !errors.Is(err, tt.wantErr) {
				t.Fatalf("Content = %v, want %v", err, tt.wantErr)
			}
			if err != nil {
				return
			}
			defer done()
			if got := read(t, src); got != tt.content || src.Type != tt.want || src.Version == "" {
				t.Errorf("it is %s, %d bytes of version %q; want %s", src.Type, len(got), src.Version, tt.want)
			}
		})
	}
}

// An address comes from a source, which may be hostile: it opens no upload but those of the session itself, and no object
// of any other bucket.
func TestAnUploadIsOnlyForItsSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	own := files.Upload{Tenant: "demo", Source: "ccai", Session: "call-1", Kind: session.Photo, ID: "1"}
	others := map[string]string{
		"another bucket":    files.UploadScheme + bucket + "/" + own.Path(),
		"no upload's name":  files.UploadScheme + uploads + "/secret.png",
		"another's by dots": files.UploadScheme + uploads + "/demo/ccai/call-1/photo/../../../../other",
	}
	for name, change := range map[string]func(*files.Upload){
		"another tenant":  func(u *files.Upload) { u.Tenant = "other" },
		"another source":  func(u *files.Upload) { u.Source = "udesk" },
		"another session": func(u *files.Upload) { u.Session = "call-2" },
	} {
		u := own
		change(&u)
		others[name] = w.upload(u, "image/png", png)
	}
	for name, address := range others {
		if _, _, err := w.Content(t.Context(), w.set, id, announced("photo-1", session.Photo, address), "photo-1"); !errors.Is(err, remote.ErrHost) {
			t.Errorf("%s: Content = %v, want ErrHost", name, err)
		}
	}
	d := announced("photo-1", session.Photo, w.upload(own, "image/png", png))
	if _, _, err := w.Content(t.Context(), w.set, id, d, "photo-1"); err != nil {
		t.Errorf("its own: %v", err)
	}
	w.Uploads = ""
	if _, _, err := w.Content(t.Context(), w.set, id, d, "photo-1"); !errors.Is(err, remote.ErrHost) {
		t.Errorf("without a bucket for uploads: %v, want ErrHost", err)
	}
}
