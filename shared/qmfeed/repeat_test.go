package qmfeed_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/shared/flow"
	"sessionbridge.internal/shared/quality"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

// sent is a request as a receiver sees it.
type sent struct{ id, events, body string }

// losesTheFirstAnswer has the application take what it gets, of which the first answer is lost.
func (w *world) losesTheFirstAnswer() *[]sent {
	var all []sent
	w.answers(func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			w.Error(err)
		}
		all = append(all, sent{r.Header.Get("Webhook-Id"), r.Header.Get("Sessionbridge-Event-Id"), string(body)})
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		w.qm.ServeHTTP(httptest.NewRecorder(), r)
		if len(all) == 1 {
			rw.WriteHeader(http.StatusGatewayTimeout)
		}
	})
	return &all
}

// Whatever is learnt between two attempts, a request that may have been taken goes again as it was.
func TestABegunRequestGoesAgainAsItWas(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(ringing session.Event) session.Event{
		"though one event is not owed any more": func(e session.Event) session.Event { // of two at one time none is told
			e.ID, e.Agent = "ring-2", &session.Agent{ID: "2"}
			return e
		},
		"though the customer is known now": func(e session.Event) session.Event {
			e.ID, e.Kind, e.Customer = "late", session.Snapshot, &session.Customer{Phone: "+15550100"}
			return e
		},
		"though an earlier event came": func(e session.Event) session.Event {
			e.ID, e.Kind, e.At = "late", session.Held, e.At.Add(1500*time.Millisecond)
			return e
		},
	} {
		for _, batch := range []int{0, 10} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				w.change(func(s *settings.Settings) { s.Quality.Call.Batch = batch })
				id := w.happens("call-1", session.Started, session.Ringing, session.Connected, session.Held, session.Resumed)
				all := w.losesTheFirstAnswer()
				w.must(w.wake(id))
				w.update(id, func(d *store.Document) {
					i := slices.IndexFunc(d.Session.Events, func(e session.Event) bool { return e.Kind == session.Ringing })
					d.Session = session.Apply(d.Session, change(d.Session.Events[i]))
					flow.Owe(w.set, d, id, w.clock.Now())
				})
				w.wakeAtItsTime(id)
				if len(*all) < 2 || (*all)[0] != (*all)[1] {
					t.Errorf("the requests are %+v", *all)
				}
				if d := w.doc(id); len(work.QualityOwed(w.set.Quality, d)) != 0 || len(d.Quality.Request) != 0 {
					t.Errorf("left with %+v", d.Quality)
				}
			})
		}
	}
}

// longCall is one whose events for quality management all bear headers of that many bytes, and some a long name besides.
func longCall(headers int) (s session.Session) {
	long := &session.Agent{ID: strings.Repeat("b", 3000)}
	for i, of := range append([]*session.Agent{nil}, slices.Repeat([]*session.Agent{agent, agent, long, long}, 10)...) {
		kinds := []session.Kind{session.ParticipantLeft, session.Held, session.Resumed, session.Connected}
		e := session.Event{ID: strconv.Itoa(i), Tenant: "demo", Source: "ccai", Session: "call-1", Kind: kinds[i%4], At: start.Add(time.Duration(i-100) * time.Second), Agent: of}
		if of == nil {
			e.Kind, e.CustomData = session.Started, &session.Data{SIPHeaders: []byte(`{"X":"` + strings.Repeat("h", headers) + `"}`)}
		}
		s = session.Apply(s, e)
	}
	return s
}

// tempts says whether an event that has no room in the first request is followed by one that has.
func tempts(s session.Session) bool {
	bytes, full := 0, false
	for _, p := range quality.Payloads(s) {
		if bytes+len(p.Body) > 1<<20 {
			full = true
			continue
		}
		if bytes += len(p.Body); full {
			return true
		}
	}
	return false
}

// A batch ends before the first event that has no room in it: a shorter one behind that must not overtake it.
func TestABatchKeepsItsOrderBySize(t *testing.T) {
	t.Parallel()
	headers := 50_000
	for !tempts(longCall(headers)) {
		if headers += 500; headers > 70_000 {
			t.Fatal("no call of any length would do")
		}
	}
	w := newWorld(t)
	w.change(func(s *settings.Settings) { s.Quality.Call.Batch = 100 })
	id := store.ID{Tenant: "demo", Source: "ccai", Key: "call-1"}
	w.update(id, func(d *store.Document) {
		d.Session = longCall(headers)
		flow.Owe(w.set, d, id, w.clock.Now())
	})
	w.clock.Advance(work.QualityDelay)
	w.must(w.wake(id))
	w.wantTold(id)
	if n := len(w.qm.Snapshot().Requests); n < 2 {
		t.Errorf("%d request: everything had room", n)
	}
}

// A replay while a run is under way tells everything from the beginning, in order: that run is over.
func TestAReplayDuringARunBeginsAtTheBeginning(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.call("call-1")
	var told []string
	asked := 0
	w.watches(func(r *http.Request) {
		told = append(told, r.Header.Get("Webhook-Id"))
		if asked++; asked == 3 {
			told = nil // the application has lost what it had
			w.update(id, func(d *store.Document) {
				w.must(flow.ReplayQuality(w.set.Quality, d))
				flow.Owe(w.set, d, id, w.clock.Now())
			})
		}
	})
	if err := w.wake(id); err == nil {
		t.Error("the run went on")
	}
	w.wakeAtItsTime(id)
	var want []string
	for _, p := range quality.Payloads(w.doc(id).Session) {
		want = append(want, p.ID)
	}
	if !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}

// A call that is half told is found, and goes on, when its application is out of the settings for a moment.
func TestAHalfToldCallIsNotForgottenWithoutItsApplication(t *testing.T) {
	t.Parallel()
	for name, revive := range map[string]func(*world, store.ID){
		"a replay revives it": func(w *world, id store.ID) {
			w.update(id, func(d *store.Document) {
				flow.Replay(nil, d)
				flow.Owe(w.set, d, id, w.clock.Now())
			})
		},
		"the session's next event does": func(w *world, id store.ID) { w.happens(id.Key, session.Finished) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			asked := 0
			w.answers(func(rw http.ResponseWriter, r *http.Request) {
				if asked++; asked > 1 {
					rw.WriteHeader(http.StatusServiceUnavailable)
					return
				}
				w.qm.ServeHTTP(rw, r)
			})
			id := w.call("call-1")
			w.must(w.wake(id))
			w.answers(nil)
			had := w.set.Quality
			w.change(func(s *settings.Settings) { s.Quality = nil })
			w.wakeAtItsTime(id)
			d := w.doc(id)
			if !strings.Contains(d.Quality.Problem, "no quality.call") || d.Work[work.Quality].Task != "" {
				t.Errorf("left with %+v", d.Quality)
			}
			if stuck, err := w.Store.Stuck(t.Context(), "demo", time.Time{}, w.clock.Now().Add(time.Hour), false, 10); err != nil || len(stuck) != 1 {
				t.Errorf("%d sessions are listed, %v", len(stuck), err)
			}
			w.change(func(s *settings.Settings) { s.Quality = had })
			revive(w, id)
			w.wakeAtItsTime(id)
			w.wantTold(id)
		})
	}
}
