package gcs_test

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/fsouza/fake-gcs-server/fakestorage"
	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/files/gcs"
)

const (
	bucket = "company-sessions"
	path   = "ujet-metadata/call-103646.json"
)

// service is a storage emulator that is not our own, so that the store does not only know the one it was made with. It
// has a bucket, and before may answer instead of it.
type service struct {
	*fakestorage.Server
	store  *gcs.Store
	host   string
	before func(w http.ResponseWriter, r *http.Request, next http.Handler)
}

func newService(t *testing.T) *service {
	t.Helper()
	s := &service{before: func(w http.ResponseWriter, r *http.Request, next http.Handler) { next.ServeHTTP(w, r) }}
	front := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.before(w, r, s.HTTPHandler())
	}))
	host := front.Listener.Addr().String()
	s.host = host
	fake, err := fakestorage.NewServerWithOptions(fakestorage.Options{NoListener: true, Scheme: "http", PublicHost: host, ExternalURL: "http://" + host})
	if err != nil {
		t.Fatal(err)
	}
	s.Server = fake
	s.CreateBucketWithOpts(fakestorage.CreateBucketOpts{Name: bucket})
	front.Start()
	t.Cleanup(fake.Stop)
	t.Cleanup(front.Close)
	client := gcs.Open(func(name string) string { return map[string]string{gcs.EmulatorEnv: host}[name] })
	t.Cleanup(func() { _ = client.Close() })
	s.store = gcs.New(client, bucket, gcs.Options{})
	return s
}

func (s *service) put(content string) (files.Stored, error) {
	return s.store.Put(context.Background(), path, tags, text(content))
}

var tags = files.Tags{Tenant: "demo", Source: "ccai", Session: "call-103646", File: "metadata"}

// text is content at hand, of no Version.
func text(content string) files.Source {
	return files.Source{Type: "application/json", Size: int64(len(content)),
		Open: func(_ context.Context, offset int64) (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader(content[offset:])), nil
		}}
}

func (s *service) stored(t *testing.T) string {
	t.Helper()
	o, err := s.GetObject(bucket, path)
	if err != nil {
		t.Fatal(err)
	}
	return string(o.Content)
}

func TestPutCreates(t *testing.T) {
	t.Parallel()
	s := newService(t)
	o, err := s.put("{}")
	if err != nil || o.Already || o.Generation == 0 || o.Size != 2 || o.Path != path || o.Type != "application/json" || o.At.IsZero() ||
		o.CRC32C != crc32.Checksum([]byte("{}"), crc32.MakeTable(crc32.Castagnoli)) {
		t.Errorf("object is %+v, %v; want a new one of 2 bytes", o, err)
	}
	kept, err := s.GetObject(bucket, path)
	if err != nil || string(kept.Content) != "{}" || kept.ContentType != "application/json" {
		t.Errorf("stored is %+v, %v", kept, err)
	}
	want := map[string]string{"tenant": "demo", "source": "ccai", "session": "call-103646", "file": "metadata"}
	if d := cmp.Diff(want, kept.Metadata); d != "" {
		t.Error(d)
	}
}

func TestOpenTakesTheEmulatorsAddressAsGooglesClientsDo(t *testing.T) {
	t.Parallel()
	s := newService(t)
	for _, form := range []string{s.host, "http://" + s.host, "http://" + s.host + "/"} {
		client := gcs.Open(func(string) string { return form })
		if _, err := gcs.New(client, bucket, gcs.Options{}).Put(t.Context(), path, files.Tags{}, text(form)); err != nil {
			t.Errorf("%s: %v", form, err)
		}
		if err := client.Close(); err != nil {
			t.Errorf("%s: %v", form, err)
		}
		if got := s.stored(t); got != form {
			t.Errorf("stored is %q, want %q", got, form)
		}
	}
}

func TestPutOfTheSameContentWritesNothing(t *testing.T) {
	t.Parallel()
	s := newService(t)
	first, err := s.put("{}")
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.put("{}")
	if err != nil || !again.Already || again.Generation != first.Generation {
		t.Errorf("object is %+v, %v; want generation %d, already there", again, err, first.Generation)
	}
}

func TestPutOfOtherContentReplaces(t *testing.T) {
	t.Parallel()
	s := newService(t)
	first, err := s.put(`{"rating":null}`)
	if err != nil {
		t.Fatal(err)
	}
	next, err := s.put(`{"rating":5}`)
	if err != nil || next.Already || next.Generation == first.Generation || s.stored(t) != `{"rating":5}` {
		t.Errorf("object is %+v, %v, stored %s", next, err, s.stored(t))
	}
}

func TestPutOfEmptyAndOfLargeContent(t *testing.T) {
	t.Parallel()
	s := newService(t)
	large := strings.Repeat("0123456789abcdef", 9<<20/16) // more than one chunk: a resumable upload
	for _, content := range []string{"", large} {
		if o, err := s.put(content); err != nil || o.Size != int64(len(content)) {
			t.Errorf("%d bytes: object is %+v, %v", len(content), o, err)
		}
		if s.stored(t) != content {
			t.Errorf("%d bytes: stored are others", len(content))
		}
	}
}

func TestRacingWritersLeaveOneWholeContent(t *testing.T) {
	t.Parallel()
	s := newService(t)
	const writers = 4 // one of them wins every round, so none needs more rounds than Put has
	var wrote sync.Map
	var group sync.WaitGroup
	for i := range writers {
		group.Go(func() {
			content := strings.Repeat(fmt.Sprint(i), 1000)
			if _, err := s.put(content); err != nil {
				t.Errorf("writer %d: %v", i, err)
			}
			wrote.Store(content, true)
		})
	}
	group.Wait()
	if _, ok := wrote.Load(s.stored(t)); !ok {
		t.Errorf("stored is %.20s…, which nobody wrote", s.stored(t))
	}
}

func TestPutAfterALostAnswerIsDone(t *testing.T) {
	t.Parallel()
	s := newService(t)
	var lost atomic.Int32
	s.before = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPost && lost.Add(1) == 1 {
			next.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler) // the object is stored, and the connection breaks
		}
		next.ServeHTTP(w, r)
	}
	o, err := s.put("{}")
	if err != nil || !o.Already || s.stored(t) != "{}" {
		t.Errorf("object is %+v, %v; want it there already", o, err)
	}
	if lost.Load() != 2 {
		t.Errorf("%d uploads were sent, want one lost and one more", lost.Load())
	}
}

func TestPutGivesUpOnAnObjectThatKeepsChanging(t *testing.T) {
	t.Parallel()
	s := newService(t)
	var round atomic.Int32
	s.before = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPost { // another writer is always a moment earlier
			s.CreateObject(fakestorage.Object{
				ObjectAttrs: fakestorage.ObjectAttrs{BucketName: bucket, Name: path},
				Content:     fmt.Appendf(nil, "other %d", round.Add(1)),
			})
		}
		next.ServeHTTP(w, r)
	}
	_, err := s.put("{}")
	wantError(t, err, gcs.ErrChanged)
	if got := s.stored(t); got != fmt.Sprintf("other %d", round.Load()) {
		t.Errorf("stored is %q: another writer's object was replaced unseen", got)
	}
}

func TestPutCreatesAnewWhatWasDeletedMeanwhile(t *testing.T) {
	t.Parallel()
	s := newService(t)
	if _, err := s.put("old"); err != nil {
		t.Fatal(err)
	}
	s.before = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodGet {
			if err := s.Backend().DeleteObject(bucket, path); err != nil {
				t.Log(err) // already gone
			}
		}
		next.ServeHTTP(w, r)
	}
	if o, err := s.put("new"); err != nil || o.Already || s.stored(t) != "new" {
		t.Errorf("object is %+v, %v, stored %q", o, err, s.stored(t))
	}
}

func TestPutSaysHowToMend(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		status int
		want   error
	}{
		{"wrong credentials", http.StatusUnauthorized, gcs.ErrDenied},
		{"no permission", http.StatusForbidden, gcs.ErrDenied},
		{"no bucket", http.StatusNotFound, gcs.ErrNoBucket},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := newService(t)
			s.before = func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { w.WriteHeader(row.status) }
			_, err := s.put("{}")
			wantError(t, err, row.want)
		})
	}
}

func TestPutIntoABucketThatIsNotThere(t *testing.T) {
	t.Parallel()
	s := newService(t)
	if err := s.Backend().DeleteBucket(bucket); err != nil {
		t.Fatal(err)
	}
	_, err := s.put("{}")
	wantError(t, err, gcs.ErrNoBucket)
}

func TestPutStopsWithItsContext(t *testing.T) {
	t.Parallel()
	s := newService(t)
	ctx, cancel := context.WithCancel(context.Background())
	s.before = func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		cancel()
		w.WriteHeader(http.StatusServiceUnavailable) // which the client would try again and again
	}
	_, err := s.store.Put(ctx, path, files.Tags{}, text("x"))
	wantError(t, err, context.Canceled)
}

func wantError(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error is %v, want %v", err, want)
	}
	for _, part := range []string{want.Error(), "gs://" + bucket + "/" + path} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error is %q, want it to say %q", err, part)
		}
	}
}
