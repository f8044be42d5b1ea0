package work_test

import (
	"errors"
	"testing"
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

var (
	id    = store.ID{Tenant: "demo", Source: "ccai", Key: "call-1"}
	start = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
)

// known is the document of a session that exists.
func known() *store.Document { return &store.Document{Session: session.Session{Key: id.Key}} }

func TestASessionThatIsGoneHasNoRun(t *testing.T) {
	t.Parallel()
	if err := work.Begin(new(store.Document), work.CRM, "a", "t", start); !errors.Is(err, work.ErrGone) {
		t.Errorf("Begin = %v, want ErrGone", err)
	}
}

func TestSkipAndForget(t *testing.T) {
	t.Parallel()
	d := known()
	work.Owe(d, id, work.CRM, start)
	first := d.Work[work.CRM].Task
	work.Skip(d, work.CRM, "another")
	if d.Work[work.CRM].Task != first {
		t.Error("another task took out the one that is named")
	}
	work.Skip(d, work.CRM, first)
	work.Owe(d, id, work.CRM, start)
	second := d.Work[work.CRM].Task
	work.Forget(d, work.CRM)
	if second == first || second == "" || d.Work[work.CRM].Task != "" {
		t.Errorf("tasks %q, %q, then %q", first, second, d.Work[work.CRM].Task)
	}
}

func TestMetadataIsOwedAfterEachEnd(t *testing.T) {
	t.Parallel()
	end := start.Add(time.Hour)
	tests := map[string]struct {
		end, now time.Time
		m        store.Metadata
		owed     bool
		due      time.Time
	}{
		"not before the end":         {time.Time{}, end, store.Metadata{}, false, time.Time{}},
		"15 minutes after it":        {end, end, store.Metadata{}, true, end.Add(15 * time.Minute)},
		"the end has moved":          {end, end, store.Metadata{EndedAt: start, DueAt: start}, true, end.Add(15 * time.Minute)},
		"a vendor's clock is ahead":  {end.AddDate(0, 2, 0), end, store.Metadata{}, true, end.Add(15 * time.Minute)},
		"and is so at the next look": {end.AddDate(0, 2, 0), end.Add(time.Hour), store.Metadata{EndedAt: end.AddDate(0, 2, 0), DueAt: end}, true, end},
		"done":                       {end, end, store.Metadata{EndedAt: end, DoneAt: end}, false, time.Time{}},
		"done for another end":       {end, end, store.Metadata{EndedAt: start, DueAt: start, DoneAt: start}, true, end.Add(15 * time.Minute)},
		"given up":                   {end, end, store.Metadata{EndedAt: end, Dead: true}, false, time.Time{}},
		"given up for another end":   {end, end, store.Metadata{EndedAt: start, Dead: true, Failures: 9, Problem: "no"}, true, end.Add(15 * time.Minute)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := known()
			d.Session.EndedAt, d.Metadata = tt.end, tt.m
			if got := work.MetadataOwed(nil, d, tt.now); got != tt.owed || !d.Metadata.DueAt.Equal(tt.due) {
				t.Errorf("owed %v, due %v; want %v, %v", got, d.Metadata.DueAt, tt.owed, tt.due)
			}
		})
	}
}

func TestOweNamesOneTaskUntilItCame(t *testing.T) {
	t.Parallel()
	d := known()
	work.Owe(d, id, work.CRM, start)
	first := d.Work[work.CRM].Task
	work.Owe(d, id, work.CRM, start.Add(time.Hour))
	if got := d.Work[work.CRM].Task; got != first || first == "" {
		t.Fatalf("second Owe named %q, want the pending %q", got, first)
	}
	if err := work.Begin(d, work.CRM, "a", first, start); err != nil {
		t.Fatal(err)
	}
	work.Owe(d, id, work.CRM, start)
	if got := d.Work[work.CRM].Task; got == first || got == "" {
		t.Errorf("Owe after the task came named %q, want a new name", got)
	}
}

func TestBegin(t *testing.T) {
	t.Parallel()
	later := start.Add(time.Hour)
	tests := map[string]struct {
		work    store.Work
		task    string
		wantErr error
	}{
		"the named task begins":                      {store.Work{Task: "t1", TaskAt: start}, "t1", nil},
		"the named task forced before its time":      {store.Work{Task: "t1", TaskAt: later}, "t1", nil},
		"a repeat after everything was done":         {store.Work{}, "t1", nil},
		"a stale task while a later one waits":       {store.Work{Task: "t2", TaskAt: later}, "t1", work.ErrEarly},
		"a stale task while a due one is on its way": {store.Work{Task: "t2", TaskAt: start}, "t1", nil},
		"another run is under way":                   {store.Work{Task: "t1", Holder: "b", Until: start.Add(1)}, "t1", work.ErrBusy},
		"the other run is dead":                      {store.Work{Holder: "b", Until: start}, "t1", nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := known()
			d.Work = map[string]store.Work{work.CRM: tt.work}
			if err := work.Begin(d, work.CRM, "a", tt.task, start); !errors.Is(err, tt.wantErr) {
				t.Fatalf("Begin = %v, want %v", err, tt.wantErr)
			}
			if got := d.Work[work.CRM].Holder; tt.wantErr == nil && got != "a" {
				t.Errorf("holder is %q, want a", got)
			}
		})
	}
}

func TestHoldIsLostToAnotherHolder(t *testing.T) {
	t.Parallel()
	d := known()
	if err := work.Begin(d, work.CRM, "a", "t", start); err != nil {
		t.Fatal(err)
	}
	if err := work.Begin(d, work.CRM, "b", "t", start.Add(work.LeaseFor(work.CRM))); err != nil {
		t.Fatalf("a dead run's lease was not to be had: %v", err)
	}
	if err := work.Hold(d, work.CRM, "a", start); !errors.Is(err, work.ErrLost) {
		t.Errorf("Hold = %v, want ErrLost", err)
	}
	if err := work.Hold(d, work.CRM, "b", start); err != nil {
		t.Error(err)
	}
}

func TestEndUntilNamesANewTask(t *testing.T) {
	t.Parallel()
	d := known()
	work.Owe(d, id, work.CRM, start)
	first := d.Work[work.CRM].Task
	work.EndUntil(d, id, work.CRM, start.Add(time.Hour))
	w := d.Work[work.CRM]
	if w.Task == first || !w.TaskAt.Equal(start.Add(time.Hour)) || w.Holder != "" {
		t.Errorf("after EndUntil: %+v", w)
	}
}

func TestBackoffStaysInItsBounds(t *testing.T) {
	t.Parallel()
	full := []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 16 * time.Minute,
		32 * time.Minute, 64 * time.Minute, 128 * time.Minute, 256 * time.Minute, 6 * time.Hour, 6 * time.Hour}
	for i, most := range full {
		for _, seed := range []string{"a", "b", "call-1"} {
			if d := work.Backoff(i+1, seed); d > most || d < most*8/10 {
				t.Errorf("Backoff(%d, %q) = %v, want within a fifth below %v", i+1, seed, d, most)
			}
		}
	}
	for _, n := range []int{-1, 0, 1_000_000} {
		if d := work.Backoff(n, "a"); d <= 0 || d > 6*time.Hour {
			t.Errorf("Backoff(%d) = %v", n, d)
		}
	}
}

func TestNextTriesForAWeekAndThenNoMore(t *testing.T) {
	t.Parallel()
	now, failures := start, 0
	for {
		failures++
		at, ok := work.Next(now, start, failures, "call-1", 0)
		if !ok {
			break
		}
		if !at.After(now) {
			t.Fatalf("attempt %d at %v is not after %v", failures, at, now)
		}
		now = at
	}
	if got := now.Sub(start); got != work.Horizon {
		t.Errorf("the last attempt came after %v, want at the end of the week", got)
	}
	if failures < 20 {
		t.Errorf("%d attempts in a week, want 20 or more", failures)
	}
	if at, _ := work.Next(start, start, 1, "a", time.Hour); !at.Equal(start.Add(time.Hour)) {
		t.Errorf("with Retry-After of an hour the next attempt is at %v", at)
	}
}
