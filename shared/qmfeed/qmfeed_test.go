package qmfeed_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/shared/flow"
	"sessionbridge.internal/shared/qmfeed"
	"sessionbridge.internal/shared/quality"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

func TestACallIsToldOnceAndInOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.call("call-1")
	w.must(w.wake(id))
	w.wantTold(id)
	w.must(w.wake(id)) // the task's repeat
	later := w.happens("call-1", session.Transferred)
	w.must(w.wake(later))
	s := w.qm.Snapshot()
	if s.Rejected != 0 || s.Repeated != 0 || len(s.Requests) != s.Taken {
		t.Errorf("%d rejected, %d repeated, %d requests for %d events", s.Rejected, s.Repeated, len(s.Requests), s.Taken)
	}
	all := w.deliveries(id)
	if len(all) != s.Taken {
		t.Fatalf("%d deliveries for %d events", len(all), s.Taken)
	}
	for i, d := range all {
		if d.Work != work.Quality || d.Step != "deliver" || d.Number != i+1 || d.Verdict != store.Done || d.Status != 200 || !strings.Contains(d.Request, `"CallID":"1"`) {
			t.Errorf("delivery %+v", d)
		}
	}
}

func TestAChatIsToldToItsOwnEndpoint(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.happens("chat-2", session.Started, session.Ringing, session.Connected, session.Ended)
	w.must(w.wake(id))
	w.wantTold(id)
	if s := w.qm.Snapshot(); len(s.Chats) != 1 || len(s.Calls) != 0 {
		t.Errorf("%d chats and %d calls", len(s.Chats), len(s.Calls))
	}
}

// What a request says of its events, by which a receiver drops repeats and puts them in order.
func TestARequestSaysWhatItIsAbout(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.change(func(s *settings.Settings) { s.Quality.Call.SigningSecret = "" })
	var headers []http.Header
	w.answers(func(_ http.ResponseWriter, r *http.Request) { headers = append(headers, r.Header) })
	id := w.happens("call-a b/c", session.Started, session.Ringing)
	w.must(w.wake(id))
	p := quality.Payloads(w.doc(id).Session)
	if len(headers) != len(p) || len(p) == 0 {
		t.Fatalf("%d requests for %d events", len(headers), len(p))
	}
	for i, h := range headers {
		want := map[string]string{
			"Content-Type": "application/json", "Webhook-Id": p[i].ID, "Webhook-Timestamp": "1767603602", "Webhook-Signature": "",
			qmfeed.EventIDs: p[i].ID, qmfeed.EventTimes: p[i].At.Format(time.RFC3339Nano), qmfeed.OrderingKey: "demo/ccai/call-a%20b/c",
		}
		for name, value := range want {
			if got := h.Get(name); got != value {
				t.Errorf("%s: %q, want %q", name, got, value)
			}
		}
	}
}

// Order is kept per session, and nobody else waits.
func TestARefusalHoldsUpItsOwnSessionAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, second := w.call("call-1"), w.call("call-2")
	refused := quality.Payloads(w.doc(first).Session)[2].ID
	w.watches(func(r *http.Request) {
		if r.Header.Get("Webhook-Id") == refused {
			w.plan(`{"qm":[{"status":503}]}`)
		}
	})
	w.must(w.wake(first))
	w.must(w.wake(second))
	w.wantTold(second)
	d := w.doc(first)
	if got := w.told(first); len(got) != 2 || d.Quality.Failures != 1 || !strings.Contains(d.Quality.Problem, "503 Service Unavailable") {
		t.Fatalf("told %q, the document says %+v", got, d.Quality)
	}
	if at := d.Quality.NextAttemptAt; !at.After(w.clock.Now()) || !at.Equal(d.Work[work.Quality].TaskAt) || len(w.tasksLeft()) != 1 {
		t.Errorf("the next attempt is at %v, the task %+v, on the queue %q", at, d.Work[work.Quality], w.tasksLeft())
	}
	if !strings.Contains(w.logged(), `"level":"WARN"`) || strings.Contains(w.logged(), "demo.example") {
		t.Errorf("the log is %s", w.logged())
	}
	w.watches(nil)
	w.wakeAtItsTime(first)
	w.wantTold(first)
}

// A run that dies after the application took an event leaves it open whether it did: it is sent again, as what it was.
func TestAKilledRunRepeatsAtMostOneRequest(t *testing.T) {
	t.Parallel()
	for name, batch := range map[string]int{"one by one": 0, "in batches": 3} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.change(func(s *settings.Settings) { s.Quality.Call.Batch = batch })
			id := w.call("call-1")
			task := w.doc(id).Work[work.Quality].Task
			ctx, kill := context.WithCancel(t.Context())
			var sent []string
			w.answers(func(rw http.ResponseWriter, r *http.Request) {
				if sent = append(sent, r.Header.Get("Webhook-Id")); len(sent) == 2 {
					w.qm.ServeHTTP(httptest.NewRecorder(), r)
					kill()
					<-r.Context().Done()
					return
				}
				w.qm.ServeHTTP(rw, r)
			})
			if err := w.Run(ctx, work.Wake{ID: id, Task: task}); !errors.Is(err, context.Canceled) {
				t.Fatalf("Run = %v, want that it was killed", err)
			}
			if err := w.Run(t.Context(), work.Wake{ID: id, Task: task}); !errors.Is(err, work.ErrBusy) {
				t.Fatalf("Run = %v, want %v while the dead one's lease lasts", err, work.ErrBusy)
			}
			w.happens("call-1", session.Finished) // something new must not change the request that is repeated
			w.clock.Advance(work.LeaseFor(work.Quality))
			w.must(w.Run(t.Context(), work.Wake{ID: id, Task: task}))
			w.must(w.wake(id)) // the task of what was new
			w.wantTold(id)
			if s := w.qm.Snapshot(); s.Repeated != max(batch, 1) || sent[1] != sent[2] || s.Rejected != 0 {
				t.Errorf("%d events repeated by %q, want those of the second request alone", s.Repeated, sent)
			}
		})
	}
}

func TestTwoRunsAtOnceTellNothingTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.call("call-1")
	task := w.doc(id).Work[work.Quality].Task
	var second error
	w.watches(func(*http.Request) {
		w.watches(nil)
		second = w.Run(context.WithoutCancel(t.Context()), work.Wake{ID: id, Task: task})
	})
	w.must(w.Run(t.Context(), work.Wake{ID: id, Task: task}))
	if !errors.Is(second, work.ErrBusy) {
		t.Errorf("the second run: %v, want %v", second, work.ErrBusy)
	}
	w.wantTold(id)
	if s := w.qm.Snapshot(); s.Repeated != 0 {
		t.Errorf("%d events were told twice", s.Repeated)
	}
}

// What is reported while a run goes on has a task of its own, a moment later: by then more may be known of it.
func TestNewsDuringARunWaitsForItsOwnTask(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.happens("call-1", session.Started, session.Ringing)
	due := len(quality.Payloads(w.doc(id).Session))
	task := w.doc(id).Work[work.Quality].Task
	w.watches(func(*http.Request) {
		w.watches(nil)
		w.update(id, func(d *store.Document) {
			e := session.Event{ID: "late", Tenant: "demo", Source: "ccai", Session: "call-1", Kind: session.Connected, At: w.clock.Now(), Agent: agent}
			d.Session = session.Apply(d.Session, e)
		})
	})
	w.must(w.Run(t.Context(), work.Wake{ID: id, Task: task}))
	if got := w.told(id); len(got) != due {
		t.Errorf("told %d, want the %d that were due", len(got), due)
	}
	if at := w.doc(id).Work[work.Quality].TaskAt; !at.Equal(w.clock.Now().Add(work.QualityDelay)) {
		t.Errorf("the rest has a task at %v", at)
	}
	w.wakeAtItsTime(id)
	w.wantTold(id)
}

func TestBatchesAreArrays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.change(func(s *settings.Settings) { s.Quality.Call.Batch = 3 })
	id := w.call("call-1")
	w.must(w.wake(id))
	w.wantTold(id)
	s := w.qm.Snapshot()
	if want := (s.Taken + 2) / 3; len(s.Requests) != want || s.Taken < 6 {
		t.Errorf("%d requests for %d events, want %d", len(s.Requests), s.Taken, want)
	}
	ids := map[string]bool{}
	for _, r := range s.Requests {
		ids[r.ID] = true
	}
	if len(ids) != len(s.Requests) {
		t.Errorf("requests share ids: %v", ids)
	}
	for _, d := range w.deliveries(id) {
		if !strings.HasPrefix(d.Request, `[{"type":"CallState"`) {
			t.Errorf("sent %s", d.Request)
		}
	}
}

// A batch that was begun under other settings must not be refused for its size for ever.
func TestABegunBatchGivesWayToASmallerOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.change(func(s *settings.Settings) { s.Quality.Call.Batch = 3 })
	id := w.call("call-1")
	w.plan(`{"qm":[{"status":413}]}`)
	w.must(w.wake(id))
	w.change(func(s *settings.Settings) { s.Quality.Call.Batch = 0 })
	w.wakeAtItsTime(id)
	w.wantTold(id)
	if s := w.qm.Snapshot(); len(s.Requests) != s.Taken {
		t.Errorf("%d requests for %d events", len(s.Requests), s.Taken)
	}
}

// A run leaves off in time, and another goes on.
func TestALongSessionTakesSeveralRuns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.call("call-1")
	w.watches(func(*http.Request) { w.clock.Advance(100 * time.Second) })
	w.must(w.wake(id))
	if n := len(w.told(id)); n != 3 {
		t.Errorf("the first run told %d", n)
	}
	w.watches(nil)
	w.wakeAtItsTime(id)
	w.wantTold(id)
}

func TestReplayTellsAllAgainUnderTheSameIDs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.call("call-1")
	w.must(w.wake(id))
	attempts := w.doc(id).Quality.Attempt
	w.update(id, func(d *store.Document) {
		if err := flow.ReplayQuality(w.set.Quality, d); err != nil {
			t.Error(err)
		}
		flow.Owe(w.set, d, id, w.clock.Now())
	})
	w.wakeAtItsTime(id)
	w.wantTold(id)
	if s := w.qm.Snapshot(); s.Repeated != s.Taken || w.doc(id).Quality.Attempt != 2*attempts || len(w.deliveries(id)) != 2*attempts {
		t.Errorf("%d of %d events were repeated, with %d deliveries", s.Repeated, s.Taken, len(w.deliveries(id)))
	}
	w.update(id, func(d *store.Document) {
		if err := flow.ReplayQuality(nil, d); err == nil || !strings.Contains(err.Error(), "quality.call") {
			t.Errorf("without settings: %v", err)
		}
	})
}

// Settings that gain an application have it told of sessions as they change, from their beginning; nobody is told of a
// channel that is not wanted.
func TestSettingsComeAndGo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	quality := w.set.Quality
	w.change(func(s *settings.Settings) { s.Quality = &settings.Quality{Chat: quality.Chat} })
	id := w.happens("call-1", session.Started, session.Ringing)
	if d := w.doc(id); d.Work[work.Quality].Task != "" {
		t.Fatalf("there is a task for a call: %+v", d.Work)
	}
	w.change(func(s *settings.Settings) { s.Quality = quality })
	w.happens("call-1", session.Connected)
	w.change(func(s *settings.Settings) { s.Quality = nil })
	w.must(w.wake(id))
	if d := w.doc(id); d.Work[work.Quality].Task != "" || len(w.told(id)) != 0 {
		t.Fatalf("told %q, and left with %+v", w.told(id), d.Work)
	}
	w.change(func(s *settings.Settings) { s.Quality = quality })
	w.happens("call-1", session.Ended)
	w.must(w.wake(id))
	w.wantTold(id)
	if ids := w.told(id); len(slices.Compact(ids)) < 3 {
		t.Errorf("told %q, want the call from its beginning", ids)
	}
}

func TestWorkOfWhatIsGoneIsDone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, id := range map[string]store.ID{
		"a tenant":  {Tenant: "gone", Source: "ccai", Key: "call-1"},
		"a session": {Tenant: "demo", Source: "ccai", Key: "call-gone"},
	} {
		if err := w.Run(t.Context(), work.Wake{ID: id, Task: "t"}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
