package media_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gabriel-vasile/mimetype"

	"sessionbridge.internal/emulator/clock"
	"sessionbridge.internal/emulator/media"
)

var now = time.Date(2026, 1, 5, 10, 0, 0, 0, time.UTC)

// get asks a handler mounted below /media, with headers in pairs.
func get(t *testing.T, c *clock.Clock, url string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest("GET", "/media"+url, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	http.StripPrefix("/media", media.Handler(c)).ServeHTTP(w, r)
	return w.Result()
}

func content(t *testing.T, url string, header ...string) []byte {
	t.Helper()
	res := get(t, clock.Frozen(now), url, header...)
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode >= 300 {
		t.Fatalf("%s: %d, %v", url, res.StatusCode, err)
	}
	return b
}

func TestFiles(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]struct {
		mime string
		size int
	}{
		"/recordings/call-103646.mp3":               {"audio/mpeg", 40_080},
		"/recordings/call-103646.mp3?size=1000001":  {"audio/mpeg", 1_000_001},
		"/recordings/call-103646.wav":               {"audio/wav", 32_044},
		"/recordings/call-103646.wav?size=99999":    {"audio/wav", 99_999},
		"/voicemails/7.mp3":                         {"audio/mpeg", 40_070},
		"/photos/7.jpg":                             {"image/jpeg", 0},
		"/photos/7.jpg?size=50000":                  {"image/jpeg", 50_000},
		"/photos/7.png":                             {"image/png", 0},
		"/photos/7.png?size=50000&signature=secret": {"image/png", 50_000},
		"/videos/7.mp4":                             {"video/mp4", 65_536},
		"/videos/7.mp4?size=300000":                 {"video/mp4", 300_000},
	} {
		t.Run(url, func(t *testing.T) {
			t.Parallel()
			res := get(t, clock.Frozen(now), url)
			b, err := io.ReadAll(res.Body)
			if err != nil || res.StatusCode != 200 || res.Header.Get("Content-Type") != want.mime || res.ContentLength != int64(len(b)) {
				t.Errorf("%d, %s, %d of %d bytes, %v", res.StatusCode, res.Header.Get("Content-Type"), len(b), res.ContentLength, err)
			}
			if want.size > 0 && len(b) != want.size {
				t.Errorf("%d bytes, want %d", len(b), want.size)
			}
			if got := mimetype.Detect(b); !got.Is(want.mime) {
				t.Errorf("content is %s, want %s", got, want.mime)
			}
			if !bytes.Equal(b, content(t, url)) {
				t.Error("the second answer is another one")
			}
			check(t, want.mime, b)
		})
	}
}

func check(t *testing.T, mime string, b []byte) {
	t.Helper()
	switch mime {
	case "audio/mpeg":
		checkMP3(t, b)
	case "audio/wav":
		if size, data := binary.LittleEndian.Uint32(b[4:]), binary.LittleEndian.Uint32(b[40:]); int(size)+8 != len(b) || int(data)+44 != len(b) {
			t.Errorf("RIFF has %d bytes, its data %d, the file %d", size, data, len(b))
		}
	case "video/mp4":
		checkMP4(t, b)
	default:
		m, _, err := image.Decode(bytes.NewReader(b))
		if err != nil || m.Bounds().Dx() != 160 {
			t.Errorf("picture: %v", err)
		}
	}
}

func checkMP3(t *testing.T, b []byte) {
	t.Helper()
	tag := 10 + int(b[6])<<21 + int(b[7])<<14 + int(b[8])<<7 + int(b[9])
	if !bytes.Contains(b[:tag], []byte("TIT2")) {
		t.Errorf("no title in the tag %q", b[:tag])
	}
	frames := b[tag:]
	for ; len(frames) >= 4; frames = frames[min(144, len(frames)):] {
		if string(frames[:4]) != "\xff\xfb\x18\xc0" {
			t.Fatalf("no frame at %d bytes from the end: %x", len(frames), frames[:4])
		}
	}
}

func checkMP4(t *testing.T, b []byte) {
	t.Helper()
	var kinds []string
	for len(b) >= 8 {
		size := int(binary.BigEndian.Uint32(b))
		if size < 8 || size > len(b) {
			t.Fatalf("box of %d bytes, %d are left", size, len(b))
		}
		kinds, b = append(kinds, string(b[4:8])), b[size:]
	}
	if got := strings.Join(kinds, " "); got != "ftyp moov free mdat" || len(b) > 0 {
		t.Errorf("boxes %s, and %d bytes", got, len(b))
	}
}

func TestNamesDiffer(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"/recordings/%s.mp3", "/recordings/%s.wav", "/photos/%s.jpg", "/photos/%s.png", "/videos/%s.mp4"} {
		a, b := fmt.Sprintf(name, "a"), fmt.Sprintf(name, "b")
		if bytes.Equal(content(t, a), content(t, b)) {
			t.Errorf("%s and %s are the same", a, b)
		}
	}
}

func TestRanges(t *testing.T) {
	t.Parallel()
	const url = "/recordings/call-1.wav?size=100000"
	all := content(t, url)
	tag := get(t, clock.Frozen(now), url).Header.Get("Etag")
	for _, row := range []struct {
		name, span, condition string
		want                  []byte
	}{
		{"within the head", "bytes=3-50", "", all[3:51]},
		{"from a byte on", "bytes=99990-", "", all[99990:]},
		{"the last bytes", "bytes=-7", "", all[len(all)-7:]},
		{"under a condition that holds", "bytes=50000-", tag, all[50000:]},
		{"under one that does not", "bytes=50000-", `"other"`, all},
		{"by date", "bytes=50000-", media.Modified.Format(http.TimeFormat), all[50000:]},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if got := content(t, url, "Range", row.span, "If-Range", row.condition); !bytes.Equal(got, row.want) {
				t.Errorf("%d bytes, want %d", len(got), len(row.want))
			}
		})
	}
	for span, want := range map[string][]byte{"bytes=500-": all[500:600], "bytes=99990-": all[99990:], "bytes=1-300": all[1:301], "": all} {
		if got := content(t, url+"&cap=100", "Range", span); !bytes.Equal(got, want) {
			t.Errorf("%q capped: %d bytes, want %d", span, len(got), len(want))
		}
	}
	if other := get(t, clock.Frozen(now), "/recordings/call-1.wav?size=100001").Header.Get("Etag"); other == tag {
		t.Errorf("two contents have the entity tag %s", tag)
	}
}

func TestDigest(t *testing.T) {
	t.Parallel()
	for url, isThere := range map[string]bool{"/photos/1.png": true, "/recordings/1.wav?size=300000": true, "/recordings/1.wav?size=100000000": false} {
		want := ""
		if isThere {
			sum := sha256.Sum256(content(t, url))
			want = "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
		}
		if got := get(t, clock.Frozen(now), url, "Range", "bytes=5-10").Header.Get("Repr-Digest"); got != want {
			t.Errorf("%s: of a part, %q, want %q", url, got, want)
		}
	}
}

// The end of the largest file comes at once, and the whole of it is never in memory.
func TestLargestFile(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"/recordings/call-1.mp3", "/recordings/call-1.wav", "/photos/1.png", "/videos/1.mp4"} {
		url := fmt.Sprintf("%s?size=%d", name, media.MaxSize)
		res := get(t, clock.Frozen(now), url, "Range", fmt.Sprintf("bytes=%d-", media.MaxSize-10))
		want := fmt.Sprintf("bytes %d-%d/%d", media.MaxSize-10, media.MaxSize-1, media.MaxSize)
		if got := res.Header.Get("Content-Range"); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
		if b, err := io.ReadAll(res.Body); err != nil || len(b) != 10 {
			t.Errorf("%s: %d bytes, %v", name, len(b), err)
		}
	}
}

func TestExpires(t *testing.T) {
	t.Parallel()
	c := clock.Frozen(now)
	url := fmt.Sprintf("/recordings/call-1.mp3?expires=%d", now.Add(time.Hour).Unix())
	if res := get(t, c, url); res.StatusCode != 200 {
		t.Errorf("before: %d", res.StatusCode)
	}
	c.Advance(time.Hour + time.Second)
	res := get(t, c, url+"&redirect=1")
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != 403 || res.Header.Get("Content-Type") != "application/xml" || !strings.Contains(string(b), "Request has expired") {
		t.Errorf("after: %d, %s, %v", res.StatusCode, b, err)
	}
}

func TestRedirect(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.StripPrefix("/media", media.Handler(clock.Frozen(now))))
	t.Cleanup(s.Close)
	for query, want := range map[string]string{"redirect=1": "", "size=50000&redirect=3": "size=50000"} {
		res, err := s.Client().Get(s.URL + "/media/recordings/call-1.mp3?" + query)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != 200 || res.Request.URL.Path != "/media/recordings/call-1.mp3" || res.Request.URL.RawQuery != want {
			t.Errorf("%s: %d at %s", query, res.StatusCode, res.Request.URL)
		}
	}
	if res := get(t, clock.Frozen(now), "/recordings/call-1.mp3?redirect=1"); res.StatusCode != 302 {
		t.Errorf("status %d", res.StatusCode)
	}
}

func TestOtherAnswers(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]struct {
		status int
		mime   string
	}{
		"/recordings/call-1.mp3?html=1":  {200, "text/html; charset=utf-8"},
		"/recordings/call-1.mp3?html=0":  {200, "audio/mpeg"},
		"/recordings/call-1.txt":         {404, "application/xml"},
		"/recordings/call-1.jpg":         {404, "application/xml"},
		"/recordings/a/b.mp3":            {404, "application/xml"},
		"/":                              {404, "application/xml"},
		"/recordings/call-1.mp3?size=-1": {400, "text/plain; charset=utf-8"},
		"/recordings/call-1.mp3?size=x":  {400, "text/plain; charset=utf-8"},
		"/recordings/call-1.mp3?cap=-1":  {400, "text/plain; charset=utf-8"},
		"/recordings/call-1.mp3?size=10": {400, "text/plain; charset=utf-8"},
		"/videos/1.mp4?size=100":         {400, "text/plain; charset=utf-8"},
		fmt.Sprintf("/recordings/call-1.mp3?size=%d", media.MaxSize+1):    {400, "text/plain; charset=utf-8"},
		"/recordings/call-1.mp3?expires=soon":                             {400, "text/plain; charset=utf-8"},
		"/recordings/" + strings.Repeat("x", 200) + ".mp3":                {404, "application/xml"},
		"/recordings/call-1.mp3?redirect=1&html=1":                        {302, ""},
		"/recordings/call-1.mp3?expires=1&html=1":                         {403, "application/xml"},
		"/recordings/call-1.mp3?expires=99999999999&X-Amz-Signature=1234": {200, "audio/mpeg"},
	} {
		t.Run(url, func(t *testing.T) {
			t.Parallel()
			res := get(t, clock.Frozen(now), url)
			if res.StatusCode != want.status || res.Header.Get("Content-Type") != want.mime {
				t.Errorf("%d, %q; want %d, %q", res.StatusCode, res.Header.Get("Content-Type"), want.status, want.mime)
			}
		})
	}
}

func TestFilesAreOnlyRead(t *testing.T) {
	t.Parallel()
	for method, want := range map[string]int{"HEAD": 200, "PUT": 405, "DELETE": 405, "POST": 405} {
		w := httptest.NewRecorder()
		media.Handler(clock.Frozen(now)).ServeHTTP(w, httptest.NewRequest(method, "/recordings/call-1.mp3", nil))
		if w.Code != want || w.Body.Len() > 100 {
			t.Errorf("%s: %d, %d bytes", method, w.Code, w.Body.Len())
		}
	}
}
