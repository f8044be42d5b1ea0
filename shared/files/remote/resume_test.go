package remote_test

import (
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/files/remote"
)

// sums are the digests of a content as headers have them, in base64.
type sums struct{ md5, sha256, sha512, crc32c string }

func digests(content []byte) sums {
	m, s2, s5 := md5.Sum(content), sha256.Sum256(content), sha512.Sum512(content)
	crc := crc32.Checksum(content, crc32.MakeTable(crc32.Castagnoli))
	text := base64.StdEncoding.EncodeToString
	return sums{text(m[:]), text(s2[:]), text(s5[:]), text([]byte{byte(crc >> 24), byte(crc >> 16), byte(crc >> 8), byte(crc)})}
}

// whole answers with the whole recording whatever is asked.
func whole(header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.Header().Set("Content-Length", fmt.Sprint(len(recording)))
		_, _ = w.Write(recording)
	}
}

// part answers with a status and a Content-Range of its own, and the recording from byte 5000 on.
func part(status int, contentRange string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Range", contentRange)
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = w.Write(recording[5000:])
	}
}

// page200 answers with a page as of a sign-in, of so many bytes; with none, of a size that it does not tell.
func page200(size int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		if size > 0 {
			w.Header().Set("Content-Length", fmt.Sprint(size))
		}
		_, _ = io.WriteString(w, page)
		if size == 0 {
			_ = http.NewResponseController(w).Flush()
		}
		_, _ = io.WriteString(w, strings.Repeat("\n", max(size-len(page), 0)))
	}
}

// status answers with a status alone.
func status(code int, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
	}
}

// chunked answers with the recording without saying how long it is.
func chunked(header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		_, _ = w.Write(recording[:10])
		_ = http.NewResponseController(w).Flush()
		_, _ = w.Write(recording[10:])
	}
}

func TestResume(t *testing.T) {
	t.Parallel()
	total := len(recording)
	right := fmt.Sprintf("bytes 5000-%d/%d", total-1, total)
	other := errors.New("another error")
	for _, row := range []struct {
		name          string
		first, second http.HandlerFunc
		want          error // nil: the rest of the file
	}{
		{"ranges", serve("ETag", `"1"`), serve("ETag", `"1"`), nil},
		{"ranges by date", serve(), serve(), nil},
		{"ranges, nothing to name the bytes", whole(), part(206, right), nil},
		{"part that repeats no date", serve(), part(206, right), nil},
		{"part of a size not told", serve("ETag", `"1"`), part(206, fmt.Sprintf("bytes 5000-%d/*", total-1), "ETag", `"1"`), nil},
		{"no ranges", whole("ETag", `"1"`), whole("ETag", `"1"`), nil},
		{"no ranges, nothing to name the bytes", whole(), whole(), nil},
		{"no ranges, size not told", chunked(), chunked(), nil},
		{"size not told at first", chunked("ETag", `"1"`), part(206, right, "ETag", `"1"`), nil},
		{"by the hash alone", whole("X-Goog-Hash", "crc32c="+digests(recording).crc32c), part(206, right, "X-Goog-Hash", "crc32c="+digests(recording).crc32c), nil},

		{"changed, by entity tag", serve("ETag", `"1"`), serve("ETag", `"2"`), files.ErrSourceChanged},
		{"changed, without ranges", whole("ETag", `"1"`), whole("ETag", `"2"`), files.ErrSourceChanged},
		{"entity tag gone", whole("ETag", `"1"`), whole(), files.ErrSourceChanged},
		{"part that repeats no entity tag", serve("ETag", `"1"`), part(206, right), files.ErrSourceChanged},
		{"part that repeats a date and no entity tag", serve("ETag", `"1"`), part(206, right, "Last-Modified", modified.Format(http.TimeFormat)), files.ErrSourceChanged},
		{"part with another date", serve(), part(206, right, "Last-Modified", modified.AddDate(0, 0, 1).Format(http.TimeFormat)), files.ErrSourceChanged},
		{"changed although it says 206", serve("ETag", `"1"`), part(206, right, "ETag", `"2"`), files.ErrSourceChanged},
		{"another generation", whole("X-Goog-Generation", "1"), part(206, right, "X-Goog-Generation", "2"), files.ErrSourceChanged},
		{"generation that cannot be confirmed", whole("X-Goog-Generation", "1"), part(206, right), files.ErrSourceChanged},
		{"another size", serve("ETag", `"1"`), part(206, "bytes 5000-9999/10000"), files.ErrSourceChanged},
		{"shorter now", serve("ETag", `"1"`), part(416, "bytes */10"), files.ErrSourceChanged},
		{"shorter now, size not told", chunked(), func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, id3)
			_ = http.NewResponseController(w).Flush()
		}, files.ErrSourceChanged},

		{"a page now, with the file's size", whole(), page200(len(recording)), remote.ErrKind},
		{"a page now, size not told", chunked(), page200(0), remote.ErrKind},
		{"another kind of sound now", chunked(), func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, riff)
			_ = http.NewResponseController(w).Flush()
			_, _ = w.Write(recording)
		}, files.ErrSourceChanged},

		{"part that begins elsewhere", serve("ETag", `"1"`), part(206, fmt.Sprintf("bytes 0-%d/%d", total-1, total)), other},
		{"part of nothing", serve("ETag", `"1"`), part(206, ""), other},
		{"part that ends before it says", serve("ETag", `"1"`), func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("ETag", `"1"`)
			w.Header().Set("Content-Range", right)
			w.WriteHeader(206)
			_, _ = w.Write(recording[5000:5010])
		}, io.ErrUnexpectedEOF},
		{"part that ends late", serve("ETag", `"1"`), func(w http.ResponseWriter, r *http.Request) {
			part(206, right, "ETag", `"1"`)(w, r)
			_, _ = w.Write([]byte("more"))
		}, other},
		{"part that is compressed", serve("ETag", `"1"`), part(206, right, "ETag", `"1"`, "Content-Encoding", "br"), remote.ErrKind},
		{"the same part over and over", serve("ETag", `"1"`), func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("ETag", `"1"`)
			w.Header().Set("Content-Range", fmt.Sprintf("bytes 5000-5009/%d", total))
			w.WriteHeader(206)
			_, _ = w.Write(recording[5000:5010])
		}, other},
		{"expired by now", serve("ETag", `"1"`), status(403), remote.ErrDenied},
		{"gone by now", serve("ETag", `"1"`), status(410), remote.ErrGone},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			answer := row.first
			s := newSite(t, func(w http.ResponseWriter, r *http.Request) { answer(w, r) })
			src := s.source(t)
			answer = row.second
			got, err := read(t, src, 5000)
			switch {
			case row.want == nil && (err != nil || !bytes.Equal(got, recording[5000:])):
				t.Errorf("%d bytes, %v", len(got), err)
			case row.want == other && (err == nil || errors.Is(err, files.ErrSourceChanged)):
				t.Errorf("%d bytes, %v; want an error", len(got), err)
			case row.want != nil && row.want != other && !errors.Is(err, row.want):
				t.Errorf("%d bytes, %v; want %v", len(got), err, row.want)
			}
		})
	}
}

// capped sends no more than so many bytes of a range, and hides the file's size.
func capped(most int, hidden bool, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var from int
		if _, err := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from); err == nil {
			r.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", from, from+most-1))
		}
		if hidden {
			w = hiding{w}
		}
		serve(header...)(w, r)
	}
}

type hiding struct{ http.ResponseWriter }

func (h hiding) WriteHeader(status int) {
	if span, _, ok := strings.Cut(h.Header().Get("Content-Range"), "/"); ok && status == 206 {
		h.Header().Set("Content-Range", span+"/*")
	}
	h.ResponseWriter.WriteHeader(status)
}

// A server may send less than was asked for, and says so (RFC 9110, section 15.3.7).
func TestRestInParts(t *testing.T) {
	t.Parallel()
	rest := len(recording) - 5000
	for _, row := range []struct {
		name          string
		first, second http.HandlerFunc
		requests      int32 // for the rest
		want          error // nil: the rest of the file
	}{
		{"in one", serve("ETag", `"1"`), capped(rest, false, "ETag", `"1"`), 1, nil},
		{"in two", serve("ETag", `"1"`), capped(rest-1, false, "ETag", `"1"`), 2, nil},
		{"in many", serve("ETag", `"1"`), capped(1000, false, "ETag", `"1"`), int32(rest+999) / 1000, nil},
		{"by date", serve(), capped(rest-1, false), 2, nil},
		{"of a size not told then", serve("ETag", `"1"`), capped(rest-1, true, "ETag", `"1"`), 2, nil},
		{"of a size never told", chunked("ETag", `"1"`), capped(rest-1, true, "ETag", `"1"`), 3, nil}, // the last asks what is behind the end
		{"and then whole", serve("ETag", `"1"`), inTurn(capped(1000, false, "ETag", `"1"`), whole("ETag", `"1"`)), 2, nil},
		{"and then changed", serve("ETag", `"1"`), inTurn(capped(1000, false, "ETag", `"1"`), serve("ETag", `"2"`)), 2, files.ErrSourceChanged},
		{"and then expired", serve("ETag", `"1"`), inTurn(capped(1000, false, "ETag", `"1"`), status(403)), 2, remote.ErrDenied},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			answer := row.first
			s := newSite(t, func(w http.ResponseWriter, r *http.Request) { answer(w, r) })
			src := s.source(t)
			answer = row.second
			got, err := read(t, src, 5000)
			if !errors.Is(err, row.want) || row.want == nil && !bytes.Equal(got, recording[5000:]) || row.want != nil && len(got) != 1000 {
				t.Errorf("%d bytes, %v; want %v", len(got), err, row.want)
			}
			if n := s.requests.Load() - 1; n != row.requests {
				t.Errorf("%d requests, want %d", n, row.requests)
			}
		})
	}
}

// inTurn answers the first request so, and each later one so.
func inTurn(first, later http.HandlerFunc) http.HandlerFunc {
	var n atomic.Int32
	return func(w http.ResponseWriter, r *http.Request) {
		if n.Add(1) == 1 {
			first(w, r)
		} else {
			later(w, r)
		}
	}
}

func TestServerThatSendsAByteAtATime(t *testing.T) {
	t.Parallel()
	s := newSite(t, capped(1, false, "ETag", `"1"`))
	src := s.source(t)
	got, err := read(t, src, 5000)
	if err == nil || !remote.Passing(err) || !bytes.Equal(got, recording[5000:5000+remote.MaxParts]) {
		t.Errorf("%d bytes, %v; want %d, and an error", len(got), err, remote.MaxParts)
	}
}

func TestResumeAtTheEndOfAFileOfUnknownSize(t *testing.T) {
	t.Parallel()
	answer := chunked("ETag", `"1"`)
	src := newSite(t, func(w http.ResponseWriter, r *http.Request) { answer(w, r) }).source(t)
	if src.Size >= 0 {
		t.Fatalf("size %d", src.Size)
	}
	answer = serve("ETag", `"1"`)
	if got, err := read(t, src, int64(len(recording))); err != nil || len(got) != 0 {
		t.Errorf("%q, %v", got, err)
	}
}

// The answer to the whole file again must be the same file, too.
func TestReadAgainFromTheBeginning(t *testing.T) {
	t.Parallel()
	tag := `"1"`
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Range") != "" {
			t.Error("a range was asked for")
		}
		serve("ETag", tag)(w, r)
	})
	src := s.source(t)
	for range 2 {
		if got, err := read(t, src, 0); err != nil || !bytes.Equal(got, recording) {
			t.Errorf("%d bytes, %v", len(got), err)
		}
	}
	tag = `"2"`
	if _, err := read(t, src, 0); !errors.Is(err, files.ErrSourceChanged) {
		t.Errorf("error %v, want %v", err, files.ErrSourceChanged)
	}
}

func TestRangeIsAskedUnderACondition(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		header []string
		want   string
	}{
		"strong tag":              {[]string{"ETag", `"1"`}, `bytes=5000- "1"`},
		"weak tag, date":          {[]string{"ETag", `W/"1"`}, "bytes=5000- " + modified.Format(http.TimeFormat)},
		"generation beside a tag": {[]string{"ETag", `"1"`, "X-Goog-Generation", "7"}, `bytes=5000- "1"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked string
			s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
				asked = strings.TrimSpace(r.Header.Get("Range") + " " + r.Header.Get("If-Range"))
				serve(row.header...)(w, r)
			})
			if _, err := read(t, s.source(t), 5000); err != nil || asked != row.want {
				t.Errorf("asked for %q, want %q; %v", asked, row.want, err)
			}
		})
	}
}

// What is stored in two places is fetched twice: a sign-in that begins in between must not be stored in the second.
func TestAPageIsNotTheRecordingTheSecondTime(t *testing.T) {
	t.Parallel()
	answer := chunked()
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) { answer(w, r) })
	src := s.source(t)
	if got, err := read(t, src, 0); err != nil || !bytes.Equal(got, recording) {
		t.Fatalf("first %d bytes, %v", len(got), err)
	}
	answer = page200(0)
	if got, err := read(t, src, 0); !errors.Is(err, remote.ErrKind) || !strings.Contains(fmt.Sprint(err), "down for maintenance") {
		t.Errorf("then %d bytes, %v; want ErrKind", len(got), err)
	}
}
