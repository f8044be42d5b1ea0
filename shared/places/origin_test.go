package places_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"sessionbridge.internal/emulator/fault"
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

// What an attempt has left on the server is gone on with only where the bucket has the same content still, and where what came
// of it is what the bucket says it is.
func TestFromTheBucketToTheServerInTwoAttempts(t *testing.T) {
	t.Parallel()
	const segment, size = 16 << 20, 16<<20 + 200_000 // it is gone on with at whole segments
	old, fresh := bytes.Repeat([]byte("old "), size/4), bytes.Repeat([]byte("new "), size/4)
	for name, row := range map[string]struct {
		damaged bool // in the first attempt
		fresh   bool // in the second
		opens   []int64
	}{
		"nothing happens": {false, false, []int64{segment}},
		"it is replaced":  {false, true, []int64{0}},
		"it came damaged": {true, false, []int64{segment, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, d, want := newWorld(t), &store.Document{}, old
			w.put(d, work.Bucket, string(old))
			first := func(r io.Reader) io.Reader {
				if row.damaged {
					r = io.MultiReader(strings.NewReader("X"), io.NewSectionReader(bytes.NewReader(old), 1, size))
				}
				return io.MultiReader(io.LimitReader(r, segment+100_000), iotest.ErrReader(io.ErrUnexpectedEOF))
			}
			if _, err := w.bring(d, first); !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Fatalf("the first attempt ended with %v", err)
			}
			if row.fresh { // as by the company's own hand
				_, err := w.Bucket(w.set.Storage).Put(t.Context(), path, tags, files.Bytes(fresh, "audio/mpeg"))
				w.must(err)
				want = fresh
			}
			opens, err := w.bring(d, func(r io.Reader) io.Reader { return r })
			got, readErr := os.ReadFile(filepath.Join(w.company, "drop", filepath.FromSlash(path)))
			if w.must(errors.Join(err, readErr)); !bytes.Equal(got, want) {
				t.Errorf("the server has %d bytes, %d of the old content", len(got), 4*bytes.Count(got, []byte("old ")))
			}
			if !slices.Equal(opens, row.opens) {
				t.Errorf("the second attempt read from %v, want %v", opens, row.opens)
			}
		})
	}
}

// bring is one attempt to bring the recording from where it is to the server, with what is read changed on the way, and tells
// from where on it was read.
func (w *world) bring(d *store.Document, change func(io.Reader) io.Reader) (opens []int64, err error) {
	w.Helper()
	src, done, err := w.Content(w.Context(), w.set, id, d, "rec-1")
	w.must(err)
	defer done()
	open := src.Open
	src.Open = func(ctx context.Context, at int64) (io.ReadCloser, error) {
		opens = append(opens, at)
		body, err := open(ctx, at)
		w.must(err)
		return struct {
			io.Reader
			io.Closer
		}{change(body), body}, nil
	}
	server, err := w.Open(w.Context(), w.set.Storage, work.SFTP)
	w.must(err)
	defer func() { w.must(server.Close()) }()
	_, err = server.Put(w.Context(), path, tags, src)
	return opens, err
}

func TestWhatASourceSendsDamagedIsStoredNowhere(t *testing.T) {
	t.Parallel()
	for _, name := range []string{work.Bucket, work.SFTP} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			d := announced("rec-1", session.Recording, w.media+"/recordings/a.wav")
			w.faults.Replace(fault.Script{fault.Media: {{Times: 1, Mode: fault.Garbage, Bytes: 20_000}}})
			place, err := w.Open(t.Context(), w.set.Storage, name)
			w.must(err)
			defer func() { w.must(place.Close()) }()
			for _, want := range []error{files.ErrDigest, nil} {
				src, err := w.Origin(t.Context(), w.set, id, d, d.File("rec-1"))
				w.must(err)
				if _, err := place.Put(t.Context(), path, tags, src); !errors.Is(err, want) {
					t.Errorf("Put = %v, want %v", err, want)
				}
				if _, err := place.Source(t.Context(), path); (err == nil) != (want == nil) {
					t.Errorf("then the file is there: %v", err)
				}
			}
			src, err := place.Source(t.Context(), path)
			w.must(err)
			right, err := w.Origin(t.Context(), w.set, id, d, d.File("rec-1"))
			w.must(err)
			if read(t, src) != read(t, right) {
				t.Error("what is stored is not what the source has")
			}
		})
	}
}

// A file that somebody has changed where it is stored has a version of its own: what names the old content is not for it.
func TestAnotherContentHasAnotherVersion(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(w *world){
		work.Bucket: func(w *world) {
			_, err := w.Bucket(w.set.Storage).Put(w.Context(), path, tags, files.Bytes([]byte("fresh"), "audio/mpeg"))
			w.must(err)
		},
		work.SFTP: func(w *world) {
			w.must(os.WriteFile(filepath.Join(w.company, "drop", filepath.FromSlash(path)), []byte("fresher"), 0o644))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, d := newWorld(t), &store.Document{}
			w.put(d, name, "stale")
			change(w)
			src, done, err := w.Content(t.Context(), w.set, id, d, "rec-1")
			w.must(err)
			defer done()
			if src.Version == d.File("rec-1").Version || src.Version == "" || !strings.HasPrefix(read(t, src), "fresh") || src.Type != "audio/mpeg" {
				t.Errorf("Content is %+v", src)
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
