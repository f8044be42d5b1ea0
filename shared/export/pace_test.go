package export_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"testing"
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/work"
)

const beat = 5 * time.Millisecond

// A long file takes longer than a lease lasts, and there are times in which nothing of it is read. Its run tells that it
// lives; and where another one has begun all the same, it stops in the middle.
func TestALongRunKeepsItsLease(t *testing.T) {
	t.Parallel()
	const address = "/recordings/a.mp3?size=4000000"
	tests := map[string]struct {
		happens func(ctx context.Context, w *world, kind string) error // at each MiB
		want    error
	}{
		"while nobody else comes": {func(ctx context.Context, w *world, kind string) error {
			w.clock.Advance(work.LeaseFor(kind) / 2)
			ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
			defer cancel()
			for !w.doc(call).Work[kind].Until.Equal(w.clock.Now().Add(work.LeaseFor(kind))) {
				if ctx.Err() != nil {
					return errors.New("the run does not tell that it lives")
				}
			}
			return nil
		}, nil},
		"until another run has begun": {func(ctx context.Context, w *world, kind string) error {
			w.hold(call, kind, "the next run")
			<-ctx.Done() // it hangs up
			return ctx.Err()
		}, work.ErrLost},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.SetPace(0, beat)
			kind := w.announce(call, "rec-1", session.Recording, address)
			begun, sent := w.clock.Now(), 0
			w.watch = func(r *http.Request, b []byte) error {
				if sent += len(b); sent < 1<<20 {
					return nil
				}
				sent = 0
				return tt.happens(r.Context(), w, kind)
			}
			if err := w.wake(call, kind); !errors.Is(err, tt.want) {
				t.Fatalf("Run = %v, want %v", err, tt.want)
			}
			if tt.want == nil {
				w.wantDone(call, kind)
				w.wantStored(recordingPath, address)
				if took := w.clock.Now().Sub(begun); took < work.LeaseFor(kind) {
					t.Errorf("it took %v only, which proves nothing", took)
				}
				return
			}
			f, b := w.file(call, kind), w.doc(call).Work[kind]
			if b.Holder != "the next run" || len(f.Places) != 0 || f.Failures != 0 || len(w.told(call)) != 0 {
				t.Errorf("it wrote %+v, %+v", f, b)
			}
			w.wantCount(0)
		})
	}
}

// A transfer that is too slow for its task would else begin again for ever, and nobody would know.
func TestATransferThatTakesTooLongIsAFailure(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.SetPace(200*time.Millisecond, 0)
	kind := w.announce(call, "rec-1", session.Recording, "/recordings/a.mp3?size=900000&token=CANARY")
	sent := 0
	w.watch = func(r *http.Request, b []byte) error {
		if sent += len(b); sent > 400_000 {
			<-r.Context().Done()
		}
		return r.Context().Err()
	}
	w.must(w.wake(call, kind))
	w.wantWaiting(call, kind, "longer than a run may last: the source or the place is too slow (200ms)")
	w.wantCount(0)

	w.watch = nil
	w.SetPace(0, 0)
	w.wakeAtItsTime(call, kind)
	w.wantDone(call, kind)
	w.wantStored(recordingPath, "/recordings/a.mp3?size=900000")
}

// A run dies while it waits for the company's server, and the source's address ends meanwhile: that the bucket has the
// file is known.
func TestWhatABucketHasIsNotLostWithTheRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kind := w.recording()
	ctx, cancel := context.WithCancel(t.Context())
	l := w.listen()
	go func() {
		if conn, err := l.Accept(); err == nil {
			cancel()
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() { _ = l.Close() })
	w.change(func(s *settings.Settings) { s.Storage.SFTP.Port = l.Addr().(*net.TCPAddr).Port })
	task := w.named(call, kind)
	if err := w.Run(ctx, task); err == nil {
		t.Fatal("a run that was killed says that it is done")
	}
	f := w.file(call, kind)
	if !f.StoredIn(work.Bucket) || f.Type != "audio/mpeg" || f.Size == 0 || f.Failures != 0 || len(w.told(call)) != 0 {
		t.Fatalf("the file is %+v, want it known to be in the bucket", f)
	}

	w.configure(w.original)
	w.plan(`{"media":[{"times":99,"status":403}]}`)
	w.clock.Advance(work.LeaseFor(kind))
	w.must(w.Run(t.Context(), task))
	w.wantDone(call, kind)
	w.wantStored(recordingPath, "/recordings/a.mp3")
	if len(w.fetches) != 1 {
		t.Errorf("it was fetched %d times", len(w.fetches))
	}
}
