package remote_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/files/remote"
	"sessionbridge.internal/shared/outbound"
	"sessionbridge.internal/shared/session"
)

// recording is an MP3 longer than what is read to learn its type.
var recording = []byte(id3 + strings.Repeat(frames, 10))

// modified is long before any answer's Date.
var modified = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// site is a server, and how to fetch from it.
type site struct {
	remote.Options
	url      string
	requests atomic.Int32
}

func newSite(t *testing.T, h http.HandlerFunc) *site {
	t.Helper()
	s := &site{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.requests.Add(1)
		h(w, r)
	}))
	t.Cleanup(server.Close)
	s.url = server.URL + "/call-1.mp3?signature=canary"
	s.Hosts = []string{server.Listener.Addr().String()}
	s.Client = client(t, s.Hosts...)
	return s
}

func client(t *testing.T, allow ...string) *outbound.Client {
	t.Helper()
	c, err := outbound.New(outbound.Options{Allow: allow, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (s *site) open(t *testing.T) (files.Source, error) {
	t.Helper()
	return remote.Open(t.Context(), s.Options, s.url, session.Recording)
}

// source opens what must be there.
func (s *site) source(t *testing.T) files.Source {
	t.Helper()
	src, err := s.open(t)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// read reads a source from a byte to its end.
func read(t *testing.T, src files.Source, from int64) ([]byte, error) {
	t.Helper()
	r, err := src.Open(t.Context(), from)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	return io.ReadAll(r)
}

// serve answers with the recording, and whole or in parts as a file server does.
func serve(header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "audio/mpeg")
		for i := 0; i < len(header); i += 2 {
			w.Header().Add(header[i], header[i+1])
		}
		http.ServeContent(w, r, "", modified, bytes.NewReader(recording))
	}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	s := newSite(t, serve("ETag", `"1"`))
	src := s.source(t)
	if src.Type != "audio/mpeg" || src.Size != int64(len(recording)) || len(src.Version) != 32 {
		t.Errorf("source %+v", src)
	}
	if got, err := read(t, src, 0); err != nil || !bytes.Equal(got, recording) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if n := s.requests.Load(); n != 1 {
		t.Errorf("%d requests for one reading, want 1", n)
	}
	for _, from := range []int64{1, 5000, src.Size - 1, src.Size, 0} {
		if got, err := read(t, src, from); err != nil || !bytes.Equal(got, recording[from:]) {
			t.Errorf("from %d: %d bytes, %v", from, len(got), err)
		}
	}
	if _, err := src.Open(t.Context(), -1); err == nil {
		t.Error("it can be read from byte -1")
	}
	if again := s.source(t); again.Version != src.Version {
		t.Errorf("version %q, then %q", src.Version, again.Version)
	}
}

func TestOpenFarAhead(t *testing.T) {
	t.Parallel()
	src := newSite(t, serve("ETag", `"1"`)).source(t)
	if got, err := read(t, src, 7000); err != nil || !bytes.Equal(got, recording[7000:]) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

func TestOpenSmallFiles(t *testing.T) {
	t.Parallel()
	for name, length := range map[string]int{"below the head": 100, "the head": remote.HeadSize, "one byte more": remote.HeadSize + 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			src := newSite(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(recording[:length]) }).source(t)
			if got, err := read(t, src, 0); err != nil || !bytes.Equal(got, recording[:length]) {
				t.Errorf("%d bytes, %v", len(got), err)
			}
		})
	}
}

// The first answer lives as long as the context of Open and that of Source.Open.
func TestFirstAnswerEndsWithEitherContext(t *testing.T) {
	t.Parallel()
	s := newSite(t, serve("ETag", `"1"`))
	ctx, cancel := context.WithCancel(t.Context())
	src, err := remote.Open(ctx, s.Options, s.url, session.Recording)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if got, err := read(t, src, 0); err != nil || !bytes.Equal(got, recording) || s.requests.Load() != 2 {
		t.Errorf("after the context of Open: %d bytes, %v, %d requests, want another one", len(got), err, s.requests.Load())
	}

	endless := newSite(t, func(w http.ResponseWriter, _ *http.Request) {
		for {
			if _, err := w.Write(recording); err != nil {
				return
			}
		}
	})
	src = endless.source(t)
	ctx, cancel = context.WithCancel(t.Context())
	r, err := src.Open(ctx, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	cancel()
	if _, err := io.Copy(io.Discard, r); !errors.Is(err, context.Canceled) {
		t.Errorf("after the context of Source.Open: %v", err)
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	version := func(header ...string) string {
		return newSite(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(len(recording)))
			for i := 0; i < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			_, _ = w.Write(recording)
		}).source(t).Version
	}
	const date, before, after = "Mon, 05 Jan 2026 09:00:00 GMT", "Mon, 05 Jan 2026 08:59:59 GMT", "Mon, 05 Jan 2026 09:00:01 GMT"
	for name, row := range map[string]struct {
		header []string
		want   bool
	}{
		"nothing":                       {nil, false},
		"strong entity tag":             {[]string{"ETag", `"1"`}, true},
		"weak entity tag":               {[]string{"ETag", `W/"1"`}, false},
		"entity tag that is none":       {[]string{"ETag", `1`}, false},
		"date, a second before":         {[]string{"Date", date, "Last-Modified", before}, true},
		"date of this very second":      {[]string{"Date", date, "Last-Modified", date}, false},
		"date in the future":            {[]string{"Date", date, "Last-Modified", after}, false},
		"date that is none":             {[]string{"Last-Modified", "yesterday"}, false},
		"generation":                    {[]string{"X-Goog-Generation", "1"}, true},
		"hash":                          {[]string{"X-Goog-Stored-Content-Encoding", "gzip", "X-Goog-Hash", "crc32c=AAAAAA=="}, true},
		"weak tag beside a usable date": {[]string{"ETag", `W/"1"`, "Date", date, "Last-Modified", before}, true},
	} {
		if got := version(row.header...); (got != "") != row.want {
			t.Errorf("%s: version %q", name, got)
		}
	}
	if a, b := version("ETag", `"1"`), version("ETag", `"2"`); a == b {
		t.Errorf("two contents have the version %q", a)
	}
}

func TestDigests(t *testing.T) {
	t.Parallel()
	sum := digests(recording)
	for _, row := range []struct {
		name, header, value string
		right               bool
	}{
		{"right Repr-Digest", "Repr-Digest", "sha-256=:" + sum.sha256 + ":", true},
		{"wrong Repr-Digest", "Repr-Digest", "sha-256=:" + digests(nil).sha256 + ":", false},
		{"right Content-Digest of two", "Content-Digest", "unixsum=:AAA=:, sha-512=:" + sum.sha512 + ":", true},
		{"wrong Content-Digest of two", "Content-Digest", "sha-256=:" + sum.sha256 + ":, sha-512=:" + digests(nil).sha512 + ":", false},
		{"right Digest", "Digest", "SHA-256=" + sum.sha256 + ",MD5=" + sum.md5, true},
		{"wrong Digest", "Digest", "SHA-256=" + sum.sha256 + ",MD5=" + digests(nil).md5, false},
		{"right Content-MD5", "Content-MD5", sum.md5, true},
		{"wrong Content-MD5", "Content-MD5", digests(nil).md5, false},
		{"right x-goog-hash", "X-Goog-Hash", "crc32c=" + sum.crc32c + ",md5=" + sum.md5, true},
		{"wrong x-goog-hash", "X-Goog-Hash", "crc32c=AAAAAA==", false},
		{"unreadable digest is passed over", "Content-MD5", "!", true},
		{"digest of the wrong length is passed over", "Digest", "md5=AAAA", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			src := newSite(t, serve("ETag", `"1"`, row.header, row.value)).source(t)
			for range 2 { // from the first answer, and from another one
				if got, err := read(t, src, 0); (err == nil) != row.right || len(got) != len(recording) {
					t.Errorf("%d bytes, %v", len(got), err)
				} else if err != nil && (!errors.Is(err, files.ErrDigest) || !remote.Passing(err)) {
					t.Errorf("error %v, want one that passes", err)
				}
			}
			if got, err := read(t, src, 1); err != nil || len(got) != len(recording)-1 {
				t.Errorf("a part: %d bytes, %v", len(got), err)
			}
			check := files.NewCheck(src.Digests) // for whoever puts parts together
			_, _ = check.Write(recording)
			if err := check.Err(); (err == nil) != row.right {
				t.Errorf("held against the source's digests: %v", err)
			}
		})
	}
}

func TestHashOfWhatIsStoredCompressed(t *testing.T) {
	t.Parallel()
	src := newSite(t, serve("X-Goog-Stored-Content-Encoding", "gzip", "X-Goog-Hash", "crc32c=AAAAAA==")).source(t)
	if _, err := read(t, src, 0); err != nil {
		t.Errorf("the hash of other bytes was held against these: %v", err)
	}
}
