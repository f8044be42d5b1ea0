package work_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/shared/quality"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

var (
	toldOf = &settings.Quality{Call: &settings.QualityEndpoint{URL: "https://qm.example.com/"}}
	noon   = time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)
	aCall  = store.ID{Tenant: "demo", Source: "ccai", Key: "call-1"}
)

// callOf is a session with n events, of as many agents.
func callOf(n, agents int) *store.Document {
	var events []session.Event
	kinds := []session.Kind{session.Connected, session.Held, session.Resumed, session.Muted, session.Unmuted}
	for i := range n {
		events = append(events, session.Event{
			ID: fmt.Sprint(i), Tenant: "demo", Source: "ccai", Session: "call-1", Kind: kinds[i%len(kinds)], At: noon.Add(time.Duration(i) * time.Second),
			Agent: &session.Agent{ID: fmt.Sprint(i % agents)},
		})
	}
	d := new(store.Document)
	d.Session, _ = session.ApplyAll(session.Session{}, events)
	return d
}

func TestQualityIsOwedUntilItIsHandedOver(t *testing.T) {
	t.Parallel()
	d := callOf(5, 1)
	all := work.QualityOwed(toldOf, d)
	if len(all) == 0 || len(all) != len(quality.Payloads(d.Session)) {
		t.Fatalf("owed are %d", len(all))
	}
	d.Quality.Hand([]string{store.Mark(all[1].ID), store.Mark(all[1].ID)})
	left := work.QualityOwed(toldOf, d)
	if len(left) != len(all)-1 || left[0].ID != all[0].ID || left[1].ID != all[2].ID || len(d.Quality.Sent) != 1 {
		t.Errorf("left are %d of %d, in another order or with what was handed over", len(left), len(all))
	}
	for name, q := range map[string]*settings.Quality{"nobody is told": nil, "nobody is told of calls": {Chat: toldOf.Call}} {
		if owed := work.QualityOwed(q, d); owed != nil {
			t.Errorf("%s, and %d are owed", name, len(owed))
		}
	}
}

func TestQualityHasOneTaskAtATime(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(*store.Document)
		want   bool
	}{
		"something is owed": {func(*store.Document) {}, true},
		"it was given up":   {func(d *store.Document) { d.Quality.Dead = true }, false},
		"all is handed over": {func(d *store.Document) {
			for _, p := range quality.Payloads(d.Session) {
				d.Quality.Hand([]string{store.Mark(p.ID)})
			}
		}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := callOf(5, 1)
			tt.change(d)
			work.OweQuality(toldOf, d, aCall, noon)
			w := d.Work[work.Quality]
			if (w.Task != "") != tt.want || tt.want && !w.TaskAt.Equal(noon.Add(work.QualityDelay)) {
				t.Fatalf("the task is %+v", w)
			}
			work.OweQuality(toldOf, d, aCall, noon.Add(time.Minute))
			if again := d.Work[work.Quality]; again != w {
				t.Errorf("then %+v, want %+v", again, w)
			}
		})
	}
}

// A session's document has room for the marks of all its events.
func TestTheLargestSessionFitsItsBounds(t *testing.T) {
	t.Parallel()
	d := callOf(session.MaxEvents, 7)
	owed := work.QualityOwed(toldOf, d)
	for _, p := range owed {
		d.Quality.Sent = append(d.Quality.Sent, store.Mark(p.ID))
	}
	if n := len(owed); n < session.MaxEvents/2 || n > 3*session.MaxEvents || len(strings.Join(d.Quality.Sent, `","`)) > 60<<10 {
		t.Errorf("%d events for quality management", n)
	}
}

// BenchmarkOweQuality measures what each event costs functions/session: with a task pending, and without.
func BenchmarkOweQuality(b *testing.B) {
	for _, n := range []int{10, 100, session.MaxEvents} {
		for name, task := range map[string]string{"pending": "t", "not pending": ""} {
			b.Run(fmt.Sprintf("%d events, %s", n, name), func(b *testing.B) {
				d := callOf(n, 3)
				b.ReportAllocs()
				for b.Loop() {
					d.Work = map[string]store.Work{work.Quality: {Task: task}}
					work.OweQuality(toldOf, d, aCall, noon)
				}
			})
		}
	}
}

// A part of a call was told, or tried to be, and nobody is to be told any more: that is its problem, until it is not so.
func TestAHalfToldCallWithoutItsApplicationHasAProblem(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(*store.Document)
		want   bool
	}{
		"nothing was tried": {func(*store.Document) {}, false},
		"it was tried":      {func(d *store.Document) { d.Quality.Attempt = 1 }, true},
		"all was told": {func(d *store.Document) {
			d.Quality.Attempt = 1
			for _, p := range quality.Payloads(d.Session) {
				d.Quality.Hand([]string{store.Mark(p.ID)})
			}
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := callOf(5, 1)
			tt.change(d)
			work.OweQuality(nil, d, aCall, noon)
			if got := d.Quality.Problem == work.NobodyToTell("call"); got != tt.want || d.Work[work.Quality].Task != "" {
				t.Errorf("the problem is %q, the work %+v", d.Quality.Problem, d.Work)
			}
		})
	}
}
