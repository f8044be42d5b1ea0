package inbound_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/inbound"
)

func TestBody(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		body   string
		header http.Header
		length int64 // announced; 0 as long as the body, -1 unknown
		want   fault.Kind
	}{
		"a body at the limit":        {body: "12345678"},
		"an empty body":              {},
		"one byte over":              {body: "123456789", want: fault.TooLarge},
		"over, length unknown":       {body: "123456789", length: -1, want: fault.TooLarge},
		"over as announced":          {body: "1", length: 1 << 40, want: fault.TooLarge},
		"compressed":                 {body: "1", header: http.Header{"Content-Encoding": {"gzip"}}, want: fault.UnsupportedMedia},
		"identity is not compressed": {body: "1", header: http.Header{"Content-Encoding": {"identity"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(row.body))
			if row.header != nil {
				r.Header = row.header
			}
			if row.length != 0 {
				r.ContentLength = row.length
			}
			got, err := inbound.Body(r, 8)
			if fault.KindOf(err) != row.want || (err == nil && string(got) != row.body) {
				t.Errorf("%q, %v, want kind %q", got, err, row.want)
			}
		})
	}
}

func TestJSONLooksAtTheContentType(t *testing.T) {
	t.Parallel()
	for contentType, ok := range map[string]bool{
		"": true, "application/json": true, "application/json; charset=utf-8": true, "Application/JSON": true,
		"application/cloudevents+json": true, "text/plain": false, "application/x-www-form-urlencoded": false,
		"text/json+json": false, "application/jsonp": false, ";": false,
	} {
		t.Run(contentType, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("{}"))
			r.Header.Set("Content-Type", contentType)
			_, err := inbound.JSON(r, 8)
			if (err == nil) != ok || (!ok && fault.KindOf(err) != fault.UnsupportedMedia) {
				t.Errorf("error %v", err)
			}
		})
	}
}

// begin sends the head of a request that announces ten bytes, and the given part of them.
func begin(t *testing.T, h http.Handler, part string) net.Conn {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	c, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if _, err := fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n%s", part); err != nil {
		t.Fatal(err)
	}
	return c
}

func readBody(done chan<- error) http.Handler {
	return inbound.Handler(slog.New(slog.DiscardHandler), func(_ http.ResponseWriter, r *http.Request) error {
		_, err := inbound.Body(r, 100)
		done <- err
		return err
	})
}

func TestBodyThatStallsIsTooSlow(t *testing.T) {
	t.Parallel()
	done := make(chan error, 1)
	c := begin(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 50*time.Millisecond)
		defer cancel()
		readBody(done).ServeHTTP(w, r.WithContext(ctx))
	}), "half")
	if err := <-done; fault.KindOf(err) != fault.TooSlow {
		t.Errorf("error %v", err)
	}
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil || res.StatusCode != http.StatusRequestTimeout {
		t.Errorf("answer %v, %v, want 408", res, err)
	}
}

func TestBodyThatBreaksOffIsMalformed(t *testing.T) {
	t.Parallel()
	done := make(chan error, 1)
	c := begin(t, readBody(done), "half")
	if err := c.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; fault.KindOf(err) != fault.Malformed || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("error %v", err)
	}
}

// deadlines is an answer to nobody that notes what deadlines for reading are set.
type deadlines struct {
	*httptest.ResponseRecorder
	set []time.Time
}

func (d *deadlines) SetReadDeadline(t time.Time) error {
	d.set = append(d.set, t)
	return nil
}

// The deadline for reading must be gone once the body is read: the server reads on to learn whether the caller leaves,
// and would cancel the handler's work when an expired deadline ends that.
func TestBodysDeadlineIsLiftedOnceItIsRead(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), inbound.ReadTimeout/2)
	defer cancel()
	want, _ := ctx.Deadline()
	w := &deadlines{ResponseRecorder: httptest.NewRecorder()}
	inbound.Handler(slog.New(slog.DiscardHandler), func(_ http.ResponseWriter, r *http.Request) error {
		_, err := inbound.Body(r, 100)
		return err
	}).ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", strings.NewReader("hello")).WithContext(ctx))
	if len(w.set) != 2 || !w.set[0].Equal(want) || !w.set[1].IsZero() {
		t.Errorf("deadlines %v, want the context's and then none", w.set)
	}
}

func TestNoBodyNeedsNoDeadline(t *testing.T) {
	t.Parallel()
	w := &deadlines{ResponseRecorder: httptest.NewRecorder()}
	inbound.Handler(slog.New(slog.DiscardHandler), func(http.ResponseWriter, *http.Request) error { return nil }).
		ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", http.NoBody))
	if len(w.set) != 0 {
		t.Errorf("deadlines %v, want none", w.set)
	}
}
