package gcs_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sessionbridge.internal/emulator/clock"
	"sessionbridge.internal/emulator/fault"
	"sessionbridge.internal/emulator/storage"
	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/files/gcs"
)

// local is our own emulator, which can be made to fail, with a store.
type local struct {
	*testing.T
	*storage.Server
	store  *gcs.Store
	faults *fault.Plan
	clock  *clock.Clock
	addr   string
	signer gcs.Signer // of newSigning
}

// newLocal starts it with what o says. Its clock runs, since Google's library signs with the machine's time.
func newLocal(t *testing.T, o storage.Options) *local {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &local{T: t, faults: new(fault.Plan), clock: clock.New(), addr: l.Addr().String()}
	o.Dir, o.Buckets, o.Now, o.Faults, o.Log = t.TempDir(), []string{bucket}, w.clock.Now, w.faults, slog.New(slog.DiscardHandler)
	w.Server, err = storage.Start(l, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	w.store = w.storeAt(w.addr, gcs.Options{})
	return w
}

// storeAt is a store that reaches the emulator by another way.
func (w *local) storeAt(addr string, o gcs.Options) *gcs.Store {
	client := gcs.Open(func(name string) string { return map[string]string{gcs.EmulatorEnv: addr}[name] })
	w.Cleanup(func() { _ = client.Close() })
	return gcs.New(client, bucket, o)
}

// behind is a store whose requests all pass f on their way to the emulator.
func (w *local) behind(f func(w http.ResponseWriter, r *http.Request, next http.Handler)) *gcs.Store {
	return w.storeAt(w.proxy(f), gcs.Options{})
}

func (w *local) proxy(f func(w http.ResponseWriter, r *http.Request, next http.Handler)) (url string) {
	srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { f(rw, r, w.Server) }))
	w.Cleanup(srv.Close)
	return srv.URL
}

func (w *local) plan(script string) {
	w.Helper()
	s, err := fault.ParseScript(strings.NewReader(script))
	if err != nil {
		w.Fatal(err)
	}
	w.faults.Replace(s)
}

// content is what is stored, and whether anything is.
func (w *local) content() (string, bool) {
	w.Helper()
	r, info, err := w.Open(bucket, path)
	if err != nil {
		return "", false
	}
	defer r.Close()
	b := make([]byte, info.Size)
	if _, err := io.ReadFull(r, b); err != nil {
		w.Fatal(err)
	}
	return string(b), true
}

// wantContent fails where something else is stored.
func (w *local) wantContent(want string) {
	w.Helper()
	if got, ok := w.content(); !ok || got != want {
		w.Errorf("stored (%v) are %d bytes %.30q, want %d", ok, len(got), got, len(want))
	}
}

func (w *local) wantNothing() {
	w.Helper()
	if got, ok := w.content(); ok {
		w.Errorf("stored are %d bytes %.30q, want nothing", len(got), got)
	}
}

// counted is content whose openings are counted.
type counted struct {
	files.Source
	opened atomic.Int32
}

func count(content, version string, sizeKnown bool) *counted {
	c := &counted{Source: text(content)}
	inner := c.Open
	c.Version = version
	if !sizeKnown {
		c.Size = -1
	}
	c.Source.Open = func(ctx context.Context, offset int64) (io.ReadCloser, error) {
		c.opened.Add(1)
		return inner(ctx, offset)
	}
	return c
}

const mib = 1 << 20

// large is content of two chunks: a resumable upload.
var large = strings.Repeat("0123456789abcdef", 9*mib/16)

var errBroken = errors.New("the line is dead")

// breaking is content that breaks off after so many bytes, where it does not stall instead.
type breaking struct {
	io.Reader
	err error
}

func breakAfter(content string, n int, err error) files.Source {
	src := text(content)
	src.Open = func(context.Context, int64) (io.ReadCloser, error) {
		return io.NopCloser(&breaking{strings.NewReader(content[:n]), err}), nil
	}
	return src
}

func (b *breaking) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err == io.EOF {
		err = b.err
	}
	return n, err
}

// patient bounds a test's own waiting.
func patient(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}
