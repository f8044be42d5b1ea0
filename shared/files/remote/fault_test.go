package remote_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/shared/files/remote"
	"sessionbridge.internal/shared/outbound"
	"sessionbridge.internal/shared/session"
)

// fails opens what must not open, and checks that its error has no part of the address.
func (s *site) fails(t *testing.T) error {
	t.Helper()
	src, err := s.open(t)
	if err == nil {
		t.Fatalf("it opened: %+v", src)
	}
	if strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), "call-1") {
		t.Errorf("the error holds the address: %v", err)
	}
	return err
}

func text(content string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		_, _ = io.WriteString(w, content)
	}
}

func zipped(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Encoding", "gzip")
	z := gzip.NewWriter(w)
	_, _ = z.Write(recording)
	_ = z.Close()
}

func TestAnswersThatAreNoFile(t *testing.T) {
	t.Parallel()
	none := errors.New("none of the errors that last")
	for _, row := range []struct {
		name   string
		answer http.HandlerFunc
		want   error
		after  time.Duration
		say    string
	}{
		{"a page with 200", text(page, "Content-Type", "audio/mpeg"), remote.ErrKind, 0, "an HTML page instead of an audio file"},
		{"an error document with 200", text(`<?xml version="1.0"?><Error>canary</Error>`), remote.ErrKind, 0, "an XML document"},
		{"compressed", zipped, remote.ErrKind, 0, "gzip"},
		{"a compressed page", text("\x1f\x8b\x08\x00", "Content-Encoding", "identity, GZIP"), remote.ErrKind, 0, "gzip"},
		{"empty", text(""), none, 0, "not ready yet"},
		{"empty and announced as such", text("", "Content-Length", "0"), none, 0, "not ready yet"},
		{"unauthorised", status(401), remote.ErrDenied, 0, "401"},
		{"forbidden", status(403), remote.ErrDenied, 0, "credentials"},
		{"not found", status(404), remote.ErrGone, 0, "404"},
		{"gone", status(410), remote.ErrGone, 0, "410"},
		{"not found, for now", status(404, "Retry-After", "60"), remote.ErrGone, time.Minute, ""},
		{"accepted", status(202), none, 0, "not ready yet"},
		{"no content", status(204), none, 0, "not ready yet"},
		{"a part unasked", part(206, "bytes 0-9/10"), none, 0, "206"},
		{"not modified unasked", status(304), none, 0, "304"},
		{"an error of the server", status(500), none, 0, "500 Internal Server Error"},
		{"a status nobody knows", status(599), none, 0, "answered 599"},
		{"too many requests", status(429, "Retry-After", "120"), none, 2 * time.Minute, "429"},
		{"unavailable until", status(503, "Date", "Mon, 05 Jan 2026 09:00:00 GMT", "Retry-After", "Mon, 05 Jan 2026 09:00:30 GMT"), none, 30 * time.Second, "503"},
		{"unavailable for years", status(503, "Retry-After", "9999999999"), none, 7 * 24 * time.Hour, "503"},
		{"unavailable since", status(503, "Retry-After", "-5"), none, 0, "503"},
		{"unavailable until nobody knows", status(503, "Retry-After", "soon"), none, 0, "503"},
		{"too large", text("", "Content-Length", "1000001"), remote.ErrTooLarge, 0, "1000001 bytes"},
		{"a redirect to nowhere", status(302), none, 0, "nowhere"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, row.answer)
			s.Max = 1_000_000
			err := s.fails(t)
			if row.want != none && !errors.Is(err, row.want) || remote.Passing(err) != (row.want == none) {
				t.Errorf("error %v, passing %v; want %v", err, remote.Passing(err), row.want)
			}
			if got := remote.RetryAfter(err); got != row.after {
				t.Errorf("retry after %v, want %v", got, row.after)
			}
			if !strings.Contains(err.Error(), row.say) {
				t.Errorf("error %q, want one with %q", err, row.say)
			}
		})
	}
}

func TestAddressesThatAreNotFetched(t *testing.T) {
	t.Parallel()
	s := newSite(t, serve())
	port := s.Hosts[0][strings.LastIndex(s.Hosts[0], ":"):]
	for _, row := range []struct {
		name, url string
		hosts     []string
		say       string
	}{
		{"no hosts at all", s.url, nil, s.Hosts[0]},
		{"another host", s.url, []string{"media.example.com"}, "sources.<name>.file_hosts"},
		{"another port", s.url, []string{"127.0.0.1"}, s.Hosts[0]},
		{"credentials before the host", strings.Replace(s.url, "//", "//user:canary@", 1), s.Hosts, "before the host"},
		{"a file", "file:///etc/canary", []string{"*"}, "no https URL"},
		{"not a URL", "https://media.example.com:canary/", []string{"media.example.com"}, "no https URL"},
		{"nothing", "", s.Hosts, "no https URL"},
		{"a metadata server", "http://169.254.169.254/canary", []string{"169.254.169.254"}, outbound.AllowEnv},
		{"a metadata server in IPv6", "https://[fd20:ce::254]/canary", []string{"[fd20:ce::254]"}, outbound.AllowEnv},
		{"a name that resolves to this machine", "https://localhost" + port + "/canary", []string{"localhost" + port}, outbound.AllowEnv},
		{"a private address", "https://10.0.0.1/canary", []string{"10.0.0.1"}, outbound.AllowEnv},
		{"a public address without TLS", "http://8.8.8.8/canary", []string{"8.8.8.8"}, "use https"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			bad := &site{Options: remote.Options{Client: s.Client, Hosts: row.hosts}, url: row.url}
			if err := bad.fails(t); !errors.Is(err, remote.ErrHost) || !strings.Contains(err.Error(), row.say) {
				t.Errorf("error %v, want %v with %q", err, remote.ErrHost, row.say)
			}
		})
	}
	if n := s.requests.Load(); n != 0 {
		t.Errorf("%d requests arrived", n)
	}
}

// rawSite answers on the connection itself.
func rawSite(t *testing.T, answer func(net.Conn)) *site {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = c.Close() }()
				if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
					answer(c)
				}
			}()
		}
	}()
	addr := l.Addr().String()
	return &site{Options: remote.Options{Client: client(t, addr), Hosts: []string{addr}}, url: "http://" + addr + "/call-1.mp3?canary"}
}

// hangs keeps the connection until the client goes.
func hangs(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

func TestFileThatBreaksOff(t *testing.T) {
	t.Parallel()
	for name, sent := range map[string]int{"within the head": 100, "behind the head": 6000, "at the last byte": len(recording) - 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := rawSite(t, func(c net.Conn) {
				_, _ = fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(recording), recording[:sent])
			})
			src, err := s.open(t)
			if err == nil {
				_, err = read(t, src, 0)
			}
			if !errors.Is(err, io.ErrUnexpectedEOF) || !remote.Passing(err) {
				t.Errorf("error %v, want %v", err, io.ErrUnexpectedEOF)
			}
		})
	}
}

func TestFileWithoutEnd(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(w http.ResponseWriter, _ *http.Request) {
		for {
			if _, err := w.Write(recording); err != nil {
				return
			}
		}
	})
	s.Max = 100_000
	got, err := read(t, s.source(t), 0)
	if !errors.Is(err, remote.ErrTooLarge) || int64(len(got)) != s.Max {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

func TestServerThatTakesItsTime(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(net.Conn){
		"no answer": hangs,
		"half a head": func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Le")
			hangs(c)
		},
		"a file that never comes": func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\nID3")
			hangs(c)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			s := rawSite(t, answer)
			_, err := remote.Open(ctx, s.Options, s.url, session.Recording)
			if !errors.Is(err, context.DeadlineExceeded) || !remote.Passing(err) || strings.Contains(err.Error(), "canary") {
				t.Errorf("error %v", err)
			}
		})
	}
}

// What a server says of the length is believed no further than it sends.
func TestServerThatSendsMoreThanItSays(t *testing.T) {
	t.Parallel()
	s := rawSite(t, func(c net.Conn) {
		_, _ = fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 100\r\n\r\n%s", recording)
	})
	if got, err := read(t, s.source(t), 0); err != nil || !bytes.Equal(got, recording[:100]) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}
