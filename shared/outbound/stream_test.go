package outbound_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sessionbridge.internal/shared/outbound"
)

// open opens a stream that is closed with the test.
func open(t *testing.T, c *outbound.Client, url string, l outbound.StreamLimits) *outbound.Stream {
	t.Helper()
	s, err := c.Open(t.Context(), request(t, "GET", url, ""), l)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestOpenStreams(t *testing.T) {
	t.Parallel()
	more := make(chan struct{})
	c, url := server(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Asked", r.Header.Get("Accept-Encoding")+" "+r.Header.Get("Range"))
		w.WriteHeader(http.StatusPartialContent)
		_, _ = io.WriteString(w, "first,")
		_ = http.NewResponseController(w).Flush()
		<-more
		_, _ = io.WriteString(w, "second")
	})
	r := request(t, "GET", url, "")
	r.Header.Set("Range", "bytes=1-")
	s, err := c.Open(t.Context(), r, outbound.StreamLimits{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if s.Status != 206 || s.Length != -1 || s.Header.Get("X-Asked") != "identity bytes=1-" {
		t.Errorf("answer %d, %d bytes, %v", s.Status, s.Length, s.Header)
	}
	first := make([]byte, 6)
	if _, err := io.ReadFull(s, first); err != nil || string(first) != "first," {
		t.Errorf("before the answer ended: %q, %v", first, err)
	}
	close(more)
	if rest, err := io.ReadAll(s); err != nil || string(rest) != "second" {
		t.Errorf("rest %q, %v", rest, err)
	}
	if r.Header.Get("Accept-Encoding") != "" {
		t.Error("the caller's request was changed")
	}
}

func TestOpenUnpacksNothing(t *testing.T) {
	t.Parallel()
	c, url := server(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = io.WriteString(z, "hello")
		_ = z.Close()
	})
	s := open(t, c, url, outbound.StreamLimits{})
	got, err := io.ReadAll(s)
	if err != nil || !strings.HasPrefix(string(got), "\x1f\x8b") || s.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("%q, %v, %v", got, s.Header, err)
	}
}

func TestOpenFollowsNoRedirect(t *testing.T) {
	t.Parallel()
	c, url := server(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			t.Error("the redirect was followed")
		}
		http.Redirect(w, r, "/elsewhere", http.StatusFound)
	})
	if s := open(t, c, url+"/", outbound.StreamLimits{}); s.Status != 302 || s.Header.Get("Location") != "/elsewhere" {
		t.Errorf("answer %d, %v", s.Status, s.Header)
	}
}

func TestOpenBoundsTheBody(t *testing.T) {
	t.Parallel()
	c, url := server(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat("x", 100_000)) })
	for name, row := range map[string]struct {
		max  int64
		want error
	}{
		"at the limit":   {100_000, nil},
		"over it":        {99_999, outbound.ErrTooLarge},
		"far over it":    {10, outbound.ErrTooLarge},
		"no limit given": {0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, c, url, outbound.StreamLimits{MaxBody: row.max})
			got, err := io.ReadAll(s)
			if !errors.Is(err, row.want) || row.want != nil && int64(len(got)) != row.max {
				t.Errorf("%d bytes, %v, want %v", len(got), err, row.want)
			}
			if _, again := s.Read(make([]byte, 1)); row.want != nil && !errors.Is(again, row.want) {
				t.Errorf("reading on: %v", again)
			}
		})
	}
}

// body answers with a head of 100 bytes' length and the first few of them, then does what then does.
func body(t *testing.T, then func(net.Conn)) string {
	return "http://" + listen(t, func(_ int32, c net.Conn) {
		readRequest(bufio.NewReader(c))
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello")
		then(c)
	})
}

func TestStreamThatBreaks(t *testing.T) {
	t.Parallel()
	silent := func(c net.Conn) { hang(0, c) }
	closed := func(c net.Conn) { _ = c.Close() }
	for name, row := range map[string]struct {
		then func(net.Conn)
		idle time.Duration
		want error
	}{
		"silent":                 {silent, 100 * time.Millisecond, outbound.ErrSilent},
		"shorter than announced": {closed, time.Minute, io.ErrUnexpectedEOF},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := body(t, row.then)
			var got []byte
			var err error
			inTime(row.idle, time.Minute, func(limit time.Duration) bool {
				got, err = io.ReadAll(open(t, newClient(t, "127.0.0.0/8"), url, outbound.StreamLimits{IdleTimeout: limit}))
				return len(got) == 0
			})
			if string(got) != "hello" || !errors.Is(err, row.want) || err == row.want {
				t.Errorf("%q, %v, want %v in more words", got, err, row.want)
			}
		})
	}
}

func TestStreamEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s, err := newClient(t, "127.0.0.0/8").Open(ctx, request(t, "GET", body(t, func(c net.Conn) { hang(0, c) }), ""), outbound.StreamLimits{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if _, err := io.ReadFull(s, make([]byte, 5)); err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := io.ReadAll(s); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestOpenTellsFailuresApart(t *testing.T) {
	t.Parallel()
	const short, long = 100 * time.Millisecond, 10 * time.Second
	for name, row := range map[string]struct {
		url     string
		limit   time.Duration
		verdict outbound.Verdict
		timeout bool
	}{
		"a private address": {"https://10.0.0.1", long, outbound.Refused, false},
		"a metadata server": {"http://169.254.169.254", long, outbound.Refused, false},
		"another scheme":    {"file:///etc/passwd", long, outbound.Refused, false},
		"nobody listens":    {"http://" + closedPort(t), long, outbound.NotSent, false},
		"no answer":         {"http://" + listen(t, hang), short, outbound.Unknown, true},
		"a handshake hangs": {"https://" + listen(t, hang), short, outbound.NotSent, true},
		"closed, no answer": {"http://" + listen(t, thenWrite("")), long, outbound.Unknown, false},
		"half a head, silent": {"http://" + listen(t, func(_ int32, c net.Conn) {
			readRequest(bufio.NewReader(c))
			_, _ = io.WriteString(c, "HTTP/1.1 200")
		}), short, outbound.Unknown, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var err error
			inTime(row.limit, long, func(limit time.Duration) bool {
				_, err = newClient(t, "127.0.0.0/8").
					Open(t.Context(), request(t, "GET", row.url+"/canary?sig=canary", ""), outbound.StreamLimits{HeaderTimeout: limit})
				return early(err) && row.verdict == outbound.Unknown
			})
			var e *outbound.Error
			if !errors.As(err, &e) || e.Verdict != row.verdict || e.Timeout != row.timeout {
				t.Fatalf("error %v, want %s, timeout %v", err, row.verdict, row.timeout)
			}
			if strings.Contains(err.Error(), "canary") {
				t.Errorf("the error holds the URL: %v", err)
			}
			if row.timeout && !errors.Is(err, outbound.ErrSilent) {
				t.Errorf("error %v, want %v", err, outbound.ErrSilent)
			}
		})
	}
}

func TestStreamReadToItsEndKeepsTheConnection(t *testing.T) {
	t.Parallel()
	peers := make(chan string, 2)
	c, url := server(t, func(w http.ResponseWriter, r *http.Request) {
		peers <- r.RemoteAddr
		_, _ = io.WriteString(w, "hello")
	})
	for range 2 {
		s := open(t, c, url, outbound.StreamLimits{})
		if _, err := io.ReadAll(s); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if a, b := <-peers, <-peers; a != b {
		t.Errorf("connections %s and %s, want one", a, b)
	}
}

// A stream closed early must not keep the server sending, nor the connection open.
func TestStreamClosedEarlyLeaksNothing(t *testing.T) {
	t.Parallel()
	ended := make(chan struct{})
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for {
			if _, err := w.Write(make([]byte, 64<<10)); err != nil {
				return
			}
		}
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			close(ended)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	stream := open(t, newClient(t, s.Listener.Addr().String()), s.URL, outbound.StreamLimits{MaxBody: 1 << 40})
	if _, err := io.ReadFull(stream, make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	if err := stream.Close(); err != nil {
		t.Error(err)
	}
	<-ended
	if _, err := stream.Read(make([]byte, 1)); err == nil {
		t.Error("a closed stream can be read")
	}
}

func TestStreamClosedWhileItIsRead(t *testing.T) {
	t.Parallel()
	s := open(t, newClient(t, "127.0.0.0/8"), body(t, func(c net.Conn) { hang(0, c) }), outbound.StreamLimits{})
	if _, err := io.ReadFull(s, make([]byte, 5)); err != nil {
		t.Fatal(err)
	}
	failed := make(chan error)
	go func() {
		_, err := s.Read(make([]byte, 1))
		failed <- err
	}()
	_ = s.Close()
	if err := <-failed; err == nil {
		t.Error("the read went on")
	}
}

// What is fetched is stored as it comes, so a slow store holds up the reading. That is not the server's silence.
func TestStreamWaitsForItsReader(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := outbound.StreamOf(t.Context(), strings.NewReader("hello"), outbound.StreamLimits{IdleTimeout: time.Second})
		for _, want := range "hello" {
			time.Sleep(time.Hour) // of the bubble's time
			got := make([]byte, 1)
			if _, err := s.Read(got); err != nil || got[0] != byte(want) {
				t.Fatalf("%q, %v, want %q", got, err, want)
			}
		}
		_ = s.Close()
	})
}
