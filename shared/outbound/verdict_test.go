package outbound_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sessionbridge.internal/shared/outbound"
)

// listen runs one function on each connection, with the number of the connection from 1.
func listen(t *testing.T, serve func(n int32, c net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	var n atomic.Int32
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = c.Close() })
			go serve(n.Add(1), c)
		}
	}()
	return l.Addr().String()
}

// readRequest reads one request whole, or reports that there is none.
func readRequest(r *bufio.Reader) bool {
	req, err := http.ReadRequest(r)
	if err != nil {
		return false
	}
	_, err = io.Copy(io.Discard, req.Body)
	return err == nil
}

// thenWrite reads a request, writes text and hangs up.
func thenWrite(text string) func(int32, net.Conn) {
	return func(_ int32, c net.Conn) {
		if readRequest(bufio.NewReader(c)) {
			_, _ = io.WriteString(c, text)
		}
		_ = c.Close()
	}
}

func reset(_ int32, c net.Conn) {
	readRequest(bufio.NewReader(c))
	_ = c.(*net.TCPConn).SetLinger(0)
	_ = c.Close()
}

func hang(_ int32, c net.Conn) { _, _ = io.Copy(io.Discard, c) }

func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// inTime has something tried within a short limit, and with more time while that is over before the request has left or the answer
// has begun, as on a busy machine: try says whether it was so.
func inTime(short, long time.Duration, try func(limit time.Duration) (early bool)) {
	for limit := short; try(limit) && limit < long; limit *= 4 {
	}
}

// early says that the time was over before the request had left.
func early(err error) bool {
	var e *outbound.Error
	return errors.As(err, &e) && e.Timeout && e.Verdict == outbound.NotSent
}

func untrusted(t *testing.T) string {
	t.Helper()
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = nil
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

func TestDoTellsFailuresApart(t *testing.T) {
	t.Parallel()
	const short, long = 100 * time.Millisecond, 10 * time.Second
	for name, row := range map[string]struct {
		url     string
		limit   time.Duration
		verdict outbound.Verdict
		timeout bool
	}{
		"nobody listens":             {"http://" + closedPort(t), long, outbound.NotSent, false},
		"the name cannot exist":      {"https://no..such.name", long, outbound.NotSent, false},
		"the certificate is foreign": {"https://" + untrusted(t), long, outbound.NotSent, false},
		"the server speaks no TLS":   {"https://" + listen(t, func(_ int32, c net.Conn) { _, _ = io.WriteString(c, "220 mail\r\n\r\n") }), long, outbound.NotSent, false},
		"the handshake hangs":        {"https://" + listen(t, hang), short, outbound.NotSent, true},
		"no time at all":             {"http://" + listen(t, hang), time.Nanosecond, outbound.NotSent, true},
		"no answer":                  {"http://" + listen(t, hang), short, outbound.Unknown, true},
		"reset after the request":    {"http://" + listen(t, reset), long, outbound.Unknown, false},
		"closed after the request":   {"http://" + listen(t, thenWrite("")), long, outbound.Unknown, false},
		"closed within the head":     {"http://" + listen(t, thenWrite("HTTP/1.1 201 Cre")), long, outbound.Unknown, false},
		"garbage":                    {"http://" + listen(t, thenWrite("garbage\r\n\r\n")), long, outbound.Unknown, false},
		"a head without end":         {"http://" + listen(t, thenWrite("HTTP/1.1 201 Created\r\nX: "+strings.Repeat("x", 1<<20))), long, outbound.Unknown, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var res *outbound.Response
			var err error
			inTime(row.limit, long, func(limit time.Duration) bool {
				res, err = newClient(t, "127.0.0.0/8").
					Do(t.Context(), request(t, "POST", row.url+"/canary?phone=canary", "hello"), outbound.Limits{Timeout: limit})
				return early(err) && row.verdict == outbound.Unknown
			})
			var e *outbound.Error
			if res != nil || !errors.As(err, &e) || e.Verdict != row.verdict || e.Timeout != row.timeout {
				t.Errorf("%+v, %v, want %s, timeout %v", res, err, row.verdict, row.timeout)
			}
			if strings.Contains(err.Error(), "canary") {
				t.Errorf("the error holds the URL: %v", err)
			}
		})
	}
}

func TestDoReturnsAnAnswerThatBreaksOff(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		serve   func(int32, net.Conn)
		timeout bool
	}{
		"closed": {thenWrite("HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{\"id\":"), false},
		"stalled": {func(n int32, c net.Conn) {
			readRequest(bufio.NewReader(c))
			_, _ = io.WriteString(c, "HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{\"id\":")
			hang(n, c)
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			short, long := 10*time.Second, 10*time.Second
			if row.timeout {
				short = 200 * time.Millisecond
			}
			url := "http://" + listen(t, row.serve)
			var res *outbound.Response
			var err error
			inTime(short, long, func(limit time.Duration) bool {
				res, err = newClient(t, "127.0.0.0/8").Do(t.Context(), request(t, "POST", url, "x"), outbound.Limits{Timeout: limit})
				return res == nil || len(res.Body) == 0
			})
			var e *outbound.Error
			if !errors.As(err, &e) || e.Verdict != outbound.Unknown || e.Timeout != row.timeout {
				t.Errorf("error %v", err)
			}
			if res == nil || res.Status != 201 || !res.Truncated || string(res.Body) != `{"id":` {
				t.Errorf("answer %+v", res)
			}
		})
	}
}

func TestDoCancelledByTheCaller(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	received := make(chan struct{})
	addr := listen(t, func(n int32, c net.Conn) {
		readRequest(bufio.NewReader(c))
		close(received)
		hang(n, c)
	})
	go func() { <-received; cancel() }()
	c := newClient(t, addr)
	_, err := c.Do(ctx, request(t, "POST", "http://"+addr, "x"), outbound.Limits{})
	var e *outbound.Error
	if !errors.As(err, &e) || e.Verdict != outbound.Unknown || e.Timeout || !errors.Is(err, context.Canceled) {
		t.Errorf("after sending: %v", err)
	}
	_, err = c.Do(ctx, request(t, "POST", "http://"+addr, "x"), outbound.Limits{})
	if !errors.As(err, &e) || e.Verdict != outbound.NotSent || !errors.Is(err, context.Canceled) {
		t.Errorf("before sending: %v", err)
	}
}

// Over HTTP/2 requests share a connection, so nothing is certain once there is one.
func TestDoOverHTTP2(t *testing.T) {
	t.Parallel()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	c := newClient(t, "127.0.0.0/8")
	c.Trust(s.Certificate())
	_, err := c.Do(t.Context(), request(t, "POST", s.URL, "x"), outbound.Limits{})
	var e *outbound.Error
	if !errors.As(err, &e) || e.Verdict != outbound.Unknown || e.Timeout {
		t.Errorf("error %v, want unknown", err)
	}
}

// net/http repeats a request by itself where a kept connection breaks and the request carries an idempotency key. Whether
// the CRM heeds the key is not known, so nothing may leave twice.
func TestDoNeverSendsTwice(t *testing.T) {
	t.Parallel()
	for name, key := range map[string]string{"plain": "", "with a key": "Idempotency-Key", "with an X- key": "X-Idempotency-Key"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var requests atomic.Int32
			addr := listen(t, func(_ int32, c net.Conn) {
				for r := bufio.NewReader(c); readRequest(r); {
					if requests.Add(1) == 2 {
						_ = c.Close()
						return
					}
					_, _ = io.WriteString(c, "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")
				}
			})
			c := newClient(t, addr)
			do := func() error {
				r := request(t, "POST", "http://"+addr, "x")
				if key != "" {
					r.Header.Set(key, "k")
				}
				_, err := c.Do(t.Context(), r, outbound.Limits{})
				return err
			}
			if err := do(); err != nil {
				t.Fatal(err)
			}
			var e *outbound.Error
			if err := do(); !errors.As(err, &e) || e.Verdict != outbound.Unknown {
				t.Errorf("error %v, want unknown", err)
			}
			if n := requests.Load(); n != 2 {
				t.Errorf("%d requests arrived, want 2", n)
			}
		})
	}
}

// A call may be given up at any moment, the worst being when it has its connection and is about to be written. What is
// said to be not sent must not have arrived.
func TestDoNotSentIsCertain(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	addr := l.Addr().String()
	seen := map[outbound.Verdict]int{}
	for range 300 {
		c := newClient(t, addr) // and so a connection each, which the kernel takes although nobody accepts it yet
		ctx, cancel := context.WithCancel(t.Context())
		ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { go cancel() }})
		_, err := c.Do(ctx, request(t, "POST", "http://"+addr, "x"), outbound.Limits{})
		var e *outbound.Error
		if !errors.As(err, &e) {
			t.Fatalf("nobody answers, and yet the error is %v", err)
		}
		seen[e.Verdict]++
		c.CloseIdle()
	}
	if arrived := requestsOf(t, l); arrived > seen[outbound.Unknown] {
		t.Errorf("%d requests arrived, verdicts %v", arrived, seen)
	}
}

// requestsOf counts the connections waiting to be accepted that hold bytes. They are accepted in order, so one of our
// own marks their end.
func requestsOf(t *testing.T, l net.Listener) (n int) {
	t.Helper()
	end, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = end.Close() }()
	for {
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		if c.RemoteAddr().String() == end.LocalAddr().String() {
			return n
		}
		_ = c.SetReadDeadline(time.Now().Add(20 * time.Millisecond)) // a connection kept for later is not closed
		if got, _ := c.Read(make([]byte, 1)); got > 0 {
			n++
		}
		_ = c.Close()
	}
}
