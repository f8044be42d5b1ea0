package storage_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	gcs "cloud.google.com/go/storage"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/option"

	"sessionbridge.internal/emulator/clock"
	"sessionbridge.internal/emulator/fault"
	"sessionbridge.internal/emulator/storage"
)

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// service is a running server with a real client.
type service struct {
	*storage.Server
	url    string
	clock  *clock.Clock
	bucket *gcs.BucketHandle
}

func serve(t *testing.T, dir string, faults *fault.Plan) *service {
	t.Helper()
	return serveWith(t, clock.Frozen(start), storage.Options{Dir: dir, Faults: faults})
}

// serveWith is serve with what else o says.
func serveWith(t *testing.T, c *clock.Clock, o storage.Options) *service {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o.Buckets, o.Now, o.Log = []string{"recordings", "transcripts"}, c.Now, slog.New(slog.DiscardHandler)
	srv, err := storage.Start(l, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = srv.Close() })
	return &service{srv, "http://" + l.Addr().String(), c, connect(t, l.Addr().String())}
}

func connect(t *testing.T, address string) *gcs.BucketHandle {
	t.Helper()
	client, err := gcs.NewClient(context.Background(), gcs.WithJSONReads(), option.WithoutAuthentication(),
		option.WithEndpoint("http://"+address+"/storage/v1/"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client.Bucket("recordings")
}

// upload writes content in one request, or in pieces of 256 KiB where resumable.
func upload(ctx context.Context, o *gcs.ObjectHandle, content string, resumable bool) (*gcs.ObjectAttrs, error) {
	w := o.NewWriter(ctx)
	w.ChunkSize = 0
	if resumable {
		w.ChunkSize = 256 << 10
	}
	if _, err := io.WriteString(w, content); err != nil {
		return nil, err
	}
	err := w.Close()
	return w.Attrs(), err
}

func mustUpload(t *testing.T, o *gcs.ObjectHandle, content string) *gcs.ObjectAttrs {
	t.Helper()
	attrs, err := upload(t.Context(), o, content, false)
	if err != nil {
		t.Fatal(err)
	}
	return attrs
}

func download(t *testing.T, o *gcs.ObjectHandle) string {
	t.Helper()
	r, err := o.NewReader(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func status(err error) int {
	var e *googleapi.Error
	if errors.As(err, &e) {
		return e.Code
	}
	if errors.Is(err, gcs.ErrObjectNotExist) {
		return http.StatusNotFound
	}
	return 0
}

func TestUploadKeepsContentAndProperties(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), nil)
	for name, content := range map[string]string{
		"empty": "", "one piece": "hello", "exact pieces": strings.Repeat("x", 512<<10), "odd pieces": strings.Repeat("yz", 300<<10),
	} {
		for _, kind := range []string{"multipart", "resumable"} {
			t.Run(name+" "+kind, func(t *testing.T) {
				t.Parallel()
				o := s.bucket.Object(name + kind)
				w := o.NewWriter(t.Context())
				w.ContentType, w.CacheControl, w.ContentDisposition = "audio/mpeg", "no-store", `attachment; filename="a.mp3"`
				w.Metadata = map[string]string{"session": "call-1"}
				w.ChunkSize = map[string]int{"multipart": 0, "resumable": 256 << 10}[kind]
				if _, err := io.WriteString(w, content); err != nil {
					t.Fatal(err)
				}
				if err := w.Close(); err != nil {
					t.Fatal(err)
				}
				a, err := o.Attrs(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if a.Size != int64(len(content)) || a.ContentType != "audio/mpeg" || a.CacheControl != "no-store" ||
					a.ContentDisposition != w.ContentDisposition || a.Metadata["session"] != "call-1" || a.Metageneration != 1 {
					t.Errorf("attributes %+v", a)
				}
				if !a.Created.Equal(start) || !a.Updated.Equal(start) {
					t.Errorf("created %v, updated %v, want the virtual time %v", a.Created, a.Updated, start)
				}
				if got := download(t, o); got != content {
					t.Errorf("%d bytes came back, want the %d sent", len(got), len(content))
				}
			})
		}
	}
}

func TestUploadRefusesWrongChecksums(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), nil)
	for _, chunk := range []int{0, 256 << 10} {
		for name, declare := range map[string]func(*gcs.Writer){
			"crc32c": func(w *gcs.Writer) { w.CRC32C, w.SendCRC32C = 1, true },
			"md5":    func(w *gcs.Writer) { w.MD5 = make([]byte, 16) },
		} {
			w := s.bucket.Object(name).NewWriter(t.Context())
			w.ChunkSize = chunk
			declare(w)
			_, _ = io.WriteString(w, strings.Repeat("x", 300<<10))
			if err := w.Close(); status(err) != http.StatusBadRequest {
				t.Errorf("%s, pieces of %d: %v, want 400", name, chunk, err)
			}
		}
	}
	if left := s.Objects(); len(left) != 0 {
		t.Errorf("objects in spite of it: %v", left)
	}
}

func TestCancelledUploadLeavesNothing(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), nil)
	for _, chunk := range []int{0, 256 << 10} {
		ctx, cancel := context.WithCancel(t.Context())
		w := s.bucket.Object(fmt.Sprint("never", chunk)).NewWriter(ctx)
		w.ChunkSize = chunk
		if _, err := w.Write(make([]byte, 600<<10)); err != nil {
			t.Fatal(err)
		}
		cancel()
		var err error
		for err == nil { // until the client has noticed; closed before that, it may still send the end
			_, err = w.Write(make([]byte, 64<<10))
		}
		if err := w.Close(); err == nil {
			t.Error("the upload was committed")
		}
	}
	if left := s.Objects(); len(left) != 0 {
		t.Errorf("objects in spite of it: %v", left)
	}
}

func TestLostAcknowledgementStoresOnce(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct{ script, content string }{
		"last piece": {`{"storage":[{"status":503,"after":true,"match":"/upload/"},{"status":503,"after":true,"match":"/upload/"}]}`, "short"},
		"every piece": {`{"storage":[{"times":4,"mode":"reset","after":true,"match":"/upload/"}]}`,
			strings.Repeat("0123456789abcdef", 40<<10)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			script, err := fault.ParseScript(strings.NewReader(row.script))
			if err != nil {
				t.Fatal(err)
			}
			faults := new(fault.Plan)
			faults.Replace(script)
			s := serve(t, t.TempDir(), faults)
			o := s.bucket.Object("once").Retryer(gcs.WithBackoff(fast), gcs.WithPolicy(gcs.RetryAlways))
			if _, err := upload(t.Context(), o, row.content, true); err != nil {
				t.Fatal(err)
			}
			if got := download(t, o); got != row.content {
				t.Errorf("%d bytes came back, want the %d sent", len(got), len(row.content))
			}
			if left := faults.Left(); len(left) != 0 {
				t.Errorf("faults that did not happen: %v", left)
			}
		})
	}
}

func TestRanges(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), nil)
	o := s.bucket.Object("digits")
	mustUpload(t, o, "0123456789")
	for name, row := range map[string]struct {
		offset, length int64
		want           string
	}{
		"all":              {0, -1, "0123456789"},
		"from the middle":  {4, -1, "456789"},
		"a part":           {2, 3, "234"},
		"beyond the end":   {8, 100, "89"},
		"the last ones":    {-3, -1, "789"},
		"nothing":          {3, 0, ""},
		"after the end":    {10, 5, "416"},
		"far from the end": {-100, -1, "0123456789"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := o.NewRangeReader(t.Context(), row.offset, row.length)
			if row.want == "416" {
				if status(err) != http.StatusRequestedRangeNotSatisfiable {
					t.Errorf("%v, want 416", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			if got, err := io.ReadAll(r); err != nil || string(got) != row.want {
				t.Errorf("%q, %v, want %q", got, err, row.want)
			}
		})
	}
}

func TestOddNamesAreKeptAsTheyAre(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := serve(t, dir, nil)
	names := []string{"ünï code+%41 x?y#z", "a", "a/b", "a//b", "a/./b", "a/../b", "../../escaped", "/", "/root", "dir/", "x.json",
		"o/o", "b/rewriteTo/b", "%2F", "tab\t", "世界", strings.Repeat("n", 1024)}
	for _, name := range names {
		mustUpload(t, s.bucket.Object(name), "content of "+name)
	}
	for _, name := range names {
		o := s.bucket.Object(name)
		if a, err := o.Attrs(t.Context()); err != nil || a.Name != name {
			t.Errorf("%.40q: attributes of %+v, %v", name, a, err)
		}
		if got := download(t, o); got != "content of "+name {
			t.Errorf("%.40q has %.60q", name, got)
		}
	}
	if n := len(s.Objects()); n != len(names) {
		t.Errorf("%d objects, want %d", n, len(names))
	}
	for _, name := range names {
		if err := s.bucket.Object(name).Delete(t.Context()); err != nil {
			t.Errorf("%.40q: %v", name, err)
		}
	}
}

func TestNamesNobodyMayUseAreRefused(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), nil)
	for _, name := range []string{".", "..", "line\nbreak", strings.Repeat("n", 1025), ".well-known/acme-challenge/x"} {
		if _, err := upload(t.Context(), s.bucket.Object(name), "x", false); status(err) != http.StatusBadRequest {
			t.Errorf("%.40q: %v, want 400", name, err)
		}
	}
	if left := s.Objects(); len(left) != 0 {
		t.Errorf("objects in spite of it: %v", left)
	}
}

func TestPeopleSeeObjectsAndTheirContent(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), nil)
	a := mustUpload(t, s.bucket.Object("ujet-metadata/call-1.json"), "{}")
	want := storage.ObjectInfo{Bucket: "recordings", Path: "ujet-metadata/call-1.json", Size: 2, Generation: a.Generation, Created: start,
		SHA256:      "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
		ContentType: "text/plain; charset=utf-8"}
	if got := s.Objects(); len(got) != 1 || got[0] != want {
		t.Errorf("Objects() = %+v, want %+v", got, want)
	}
	content, info, err := s.Open("recordings", "ujet-metadata/call-1.json")
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	if b, err := io.ReadAll(content); err != nil || !bytes.Equal(b, []byte("{}")) || info != want {
		t.Errorf("Open: %q, %+v, %v", b, info, err)
	}
}
