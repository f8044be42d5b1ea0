package pubsub_test

import (
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/emulator/clock"
	"sessionbridge.internal/emulator/pubsub"
)

// There is no moment in which a published message is in the server but not in Pending.
func TestPendingShowsAMessageBeforePublishAnswers(t *testing.T) {
	t.Parallel()
	hold := roundTripper(func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	})
	l := newLocal(t, pubsub.Options{Client: &http.Client{Transport: hold}})
	l.subscribe(t, pushTo("http://127.0.0.1:1/"))
	for n := 1; n <= 300; n++ {
		before := l.Pusher.Seq()
		publish(t, l.client, text(string(rune('a'+n%7)), "x"))
		if got := len(l.Pusher.Pending()); got != n {
			t.Fatalf("%d pending after publishing %d", got, n)
		}
		if l.Pusher.Seq() == before {
			t.Fatal("Seq did not grow with an arrival")
		}
	}
}

func TestBackOffIsUnackedButNotPending(t *testing.T) {
	t.Parallel()
	e, l := newEndpoint(t, failing("first", 1)), newLocal(t, pubsub.Options{})
	l.subscribe(t, pushTo(e.URL))
	if p := l.Pusher; len(p.Pending()) != 0 || len(p.Unacked()) != 0 || !p.NextDue().IsZero() {
		t.Fatalf("a new server is not quiet: %q", p.Unacked())
	}
	publish(t, l.client, text("k", "first"))
	publish(t, l.client, text("k", "second"))
	due := untilBackingOff(t, l.Pusher)
	if want := start.Add(10 * time.Second); !due.Equal(want) {
		t.Errorf("NextDue = %v, want %v", due, want)
	}
	want := subName + " m0: attempt 2 is due at 2026-01-05T09:00:10Z\n" +
		subName + " m1: queued behind m0, which has the same ordering key"
	if got := strings.Join(l.Pusher.Unacked(), "\n"); got != want {
		t.Errorf("unacked:\n%s\nwant:\n%s", got, want)
	}
	seq := l.Pusher.Seq()
	l.clock.AdvanceTo(due)
	if got := l.Pusher.NextDue(); !got.IsZero() {
		t.Errorf("NextDue = %v although nothing is due after now", got)
	}
	l.untilAcked(t)
	if got := l.Pusher.Seq(); got != seq+2 {
		t.Errorf("Seq grew by %d, want 2: two pushes ended", got-seq)
	}
}

// A watcher that advances the clock must see what falls due even before its goroutine has woken.
func TestDueIsPendingAtOnce(t *testing.T) {
	t.Parallel()
	hold := make(chan struct{})
	t.Cleanup(func() { close(hold) })
	e := newEndpoint(t, always(http.StatusServiceUnavailable))
	l := newLocal(t, pubsub.Options{Client: &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		if len(e.got) > 0 {
			select {
			case <-hold:
			case <-r.Context().Done():
				return nil, r.Context().Err()
			}
		}
		return http.DefaultTransport.RoundTrip(r)
	})}})
	l.subscribe(t, pushTo(e.URL))
	publish(t, l.client, text("k", "x"))
	l.clock.AdvanceTo(untilBackingOff(t, l.Pusher))
	if got := l.Pusher.Pending(); len(got) != 1 {
		t.Errorf("pending = %q, want the message that fell due", got)
	}
}

// Not parallel: it looks at all goroutines there are.
func TestCloseLeavesNothingBehind(t *testing.T) {
	srv, err := pubsub.New("127.0.0.1:0", pubsub.Options{Clock: clock.Frozen(start)})
	if err != nil {
		t.Fatal(err)
	}
	l := &local{Server: srv, client: dial(t, srv.Addr)}
	createTopics(t, l.client, topic)
	e := newEndpoint(t, failing("backs off", 1))
	arrived, release := make(chan struct{}), make(chan struct{})
	defer close(release)
	l.subscribe(t, pushTo(e.URL))
	hanging := newEndpoint(t, func(r received) int {
		if r.data() == "hangs" {
			close(arrived)
			<-release
		}
		return http.StatusOK
	})
	other := pushTo(hanging.URL)
	other.Name += "-hanging"
	l.subscribe(t, other)
	publish(t, l.client, text("k", "hangs"))
	publish(t, l.client, text("l", "backs off"))
	<-arrived
	until(t, "back-off", func() bool { return !l.Pusher.NextDue().IsZero() })
	srv.Close()
	if got := l.Pusher.Unacked(); len(got) != 0 {
		t.Errorf("after Close: %q", got)
	}
	until(t, "the end of all goroutines", func() bool {
		buf := make([]byte, 1<<20)
		stacks := string(buf[:runtime.Stack(buf, true)])
		return !strings.Contains(stacks, "emulator/pubsub.(") && !strings.Contains(stacks, "pstest.(*")
	})
	srv.Close() // once more does no harm
}
