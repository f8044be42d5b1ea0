package fault_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"sessionbridge.internal/emulator/fault"
)

// endless is content without end: whoever holds it whole never comes back.
type endless struct{}

func (endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte('a' + i%26)
	}
	return len(b), nil
}

// broken says that the connection was cut, rather than that the content came to its end.
func broken(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
}

func TestUploadIsCutInTheMiddle(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		script string
		body   io.Reader
	}{
		"after its first byte":         {`"bytes":1`, strings.NewReader("hello")},
		"in the middle of a long one":  {`"bytes":100000`, endless{}},
		"after its last byte":          {`"bytes":5`, strings.NewReader("hello")},
		"where it ends by itself":      {`"bytes":500`, strings.NewReader("hello")},
		"late":                         {`"bytes":3,"delay":"20ms"`, strings.NewReader("hello")},
		"of a match, others passed by": {`"bytes":3,"match":"POST /media"`, strings.NewReader("hello")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var worked atomic.Int32
			work := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { worked.Add(1) })
			srv := httptest.NewServer(fault.HTTP(plan(t, `{"media":[{"mode":"reset",`+row.script+`}]}`), fault.Media, work))
			defer srv.Close()
			resp, err := http.Post(srv.URL+"/media", "text/plain", row.body)
			if err == nil {
				resp.Body.Close()
				t.Fatalf("answered with %s, want a broken connection", resp.Status)
			}
			if !broken(err) || worked.Load() != 0 {
				t.Errorf("%v after %d works, want a broken connection and none", err, worked.Load())
			}
		})
	}
}

func TestDownloadIsCutInTheMiddle(t *testing.T) {
	t.Parallel()
	const cut = 100_000
	for name, row := range map[string]struct {
		content io.Reader
		length  string // declared
		want    int64
	}{
		"of a declared length":   {bytes.NewReader(make([]byte, 300_000)), "300000", cut},
		"of no declared length":  {bytes.NewReader(make([]byte, 300_000)), "", cut},
		"of an endless one":      {endless{}, "", cut},
		"of one that is shorter": {strings.NewReader("hello"), "", 5},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ended := make(chan error, 1)
			work := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if row.length != "" {
					w.Header().Set("Content-Length", row.length)
				}
				_, err := io.Copy(w, row.content)
				ended <- err
			})
			srv := httptest.NewServer(fault.HTTP(plan(t, `{"media":[{"mode":"reset","after":true,"bytes":100000}]}`), fault.Media, work))
			defer srv.Close()
			resp, err := http.Get(srv.URL)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			n, err := io.Copy(io.Discard, resp.Body)
			if n != row.want || !broken(err) {
				t.Errorf("%d bytes and %v came, want %d and a broken connection", n, err, row.want)
			}
			if err := <-ended; (err != nil) != (row.want == cut) {
				t.Errorf("the handler's copy ended with %v", err)
			}
		})
	}
}

func TestDownloadIsDamagedInTheMiddle(t *testing.T) {
	t.Parallel()
	content := strings.Repeat("0123456789", 50_000)
	work := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader(content))
	})
	for at, want := range map[int]string{
		1:       content[:1] + "0" + content[2:],
		123_456: content[:123_456] + "7" + content[123_457:],
		499_999: content[:499_999] + "8",
		500_000: content, // which is shorter
	} {
		srv := httptest.NewServer(fault.HTTP(plan(t, fmt.Sprintf(`{"media":[{"mode":"garbage","bytes":%d}]}`, at)), fault.Media, work))
		defer srv.Close()
		for _, want := range []string{want, content} { // the next answer is right
			resp, err := http.Get(srv.URL)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			if err != nil || string(got) != want {
				t.Errorf("damaged at %d: %d bytes came, %v, or others than planned", at, len(got), err)
			}
		}
	}
}

// TestCutDownloadGoesOnWhereItBroke is what such faults are for: the next answer is whole.
func TestCutDownloadGoesOnWhereItBroke(t *testing.T) {
	t.Parallel()
	content := strings.Repeat("0123456789", 50_000)
	work := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader(content))
	})
	srv := httptest.NewServer(fault.HTTP(plan(t, `{"media":[{"mode":"reset","after":true,"bytes":1234}]}`), fault.Media, work))
	defer srv.Close()
	get := func(from string) string {
		req, err := http.NewRequestWithContext(t.Context(), "GET", srv.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Range", from)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, _ := io.ReadAll(resp.Body) // the first one breaks
		return string(b)
	}
	first := get("bytes=0-")
	if len(first) != 1234 || first+get("bytes=1234-") != content {
		t.Errorf("%d bytes came first, want 1234, and the rest behind them", len(first))
	}
}

func TestParseScriptTakesBytesOfContentOnly(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]string{
		`{"media":[{"mode":"reset","bytes":10}]}`:                   "",
		`{"storage":[{"mode":"reset","bytes":10,"after":true}]}`:    "",
		`{"media":[{"mode":"reset","bytes":-1}]}`:                   "media[0].bytes: -1",
		`{"media":[{"mode":"garbage","bytes":10}]}`:                 "",
		`{"storage":[{"mode":"garbage","bytes":10}]}`:               "",
		`{"sftp":[{"mode":"garbage","bytes":10}]}`:                  "sftp[0].bytes: 10",
		`{"media":[{"status":503,"bytes":10}]}`:                     "media[0].bytes: 10",
		`{"firestore":[{"mode":"reset","bytes":10}]}`:               "firestore[0].bytes: 10",
		`{"media":[{"mode":"reset","bytes":10},{"bytes":10}]}`:      "media[1].mode: missing",
		`{"media":[{"mode":"reset","bytes":1.5}]}`:                  "bytes",
		`{"media":[{"mode":"reset","bytes":10000000000000000000}]}`: "bytes",
		`{"media":[{"mode":"hang","bytes":10}]}`:                    "media[0].bytes: 10",
	} {
		_, err := fault.ParseScript(strings.NewReader(script))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", script, err, want)
		}
	}
}
