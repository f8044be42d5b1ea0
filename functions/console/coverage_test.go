package console_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

// covered is what the tests read of the report.
type covered struct {
	Day                                             string
	Total, Complete, Waiting, Dead, Missing, Silent int
	InProgress                                      int `json:"in_progress"`
	NotUnderstood                                   int `json:"not_understood"`
	Unknown                                         int `json:"unknown_events"`
	SetAside                                        int `json:"set_aside"`
	Expired                                         bool
	Stuck                                           []struct{ Key, Class, Problem string }
}

func (w *world) coverage(t *testing.T, day string) (c covered) {
	t.Helper()
	a := w.ask(t, "GET", "/console/api/tenants/demo/coverage?day="+day, audience)
	if err := json.Unmarshal(a.Body.Bytes(), &c); err != nil || a.Code != 200 {
		t.Fatalf("answer is %d %s", a.Code, a.Body)
	}
	return c
}

// A session stands in one class, by what its document says of its work.
func TestASessionStandsInOneClass(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	now := w.time.Now()
	soon, hours := store.Work{Task: "t", TaskAt: now.Add(time.Hour)}, store.Work{Task: "t", TaskAt: now.Add(-2 * time.Hour)}
	held := store.Work{Holder: "h", Until: now.Add(time.Hour), Task: "t", TaskAt: now.Add(-2 * time.Hour)}
	on := func(kind string, w store.Work) map[string]store.Work { return map[string]store.Work{kind: w} }
	file := work.File("r")
	tests := map[string]struct {
		change func(*store.Document)
		want   string
	}{
		"over and done":               {func(d *store.Document) { d.CRM.State = session.CRMDone }, "complete"},
		"over, and nothing ever owed": {func(d *store.Document) {}, "complete"},
		"going on":                    {func(d *store.Document) { d.Session.EndedAt, d.Session.Status = time.Time{}, session.StatusConnected }, "in_progress"},
		"owed and scheduled":          {func(d *store.Document) { d.CRM.State, d.Work = session.CRMPending, on(work.CRM, soon) }, "in_progress"},
		"owed and being done":         {func(d *store.Document) { d.CRM.State, d.Work = session.CRMPending, on(work.CRM, held) }, "in_progress"},
		"metadata due":                {func(d *store.Document) { d.Work = on(work.Metadata, soon) }, "in_progress"},
		"refused and tried again": {func(d *store.Document) {
			d.CRM.State, d.CRM.Problem, d.Work = session.CRMWaiting, "x", on(work.CRM, soon)
		}, "waiting"},
		"a file refused":                    {func(d *store.Document) { d.AddFile("r", "recordings").Problem, d.Work = "x", on(file, soon) }, "waiting"},
		"quality management refuses":        {func(d *store.Document) { d.Quality.Problem, d.Work = "x", on(work.Quality, soon) }, "waiting"},
		"given up":                          {func(d *store.Document) { d.CRM.State = session.CRMDead }, "dead"},
		"a file given up":                   {func(d *store.Document) { f := d.AddFile("r", "recordings"); f.Problem, f.Dead = "x", true }, "dead"},
		"the metadata given up":             {func(d *store.Document) { d.Metadata.Dead = true }, "dead"},
		"given up, and something forgot":    {func(d *store.Document) { d.CRM.State, d.Work = session.CRMDead, on(work.Metadata, hours) }, "dead"},
		"owed and nothing scheduled":        {func(d *store.Document) { d.CRM.State = session.CRMPending }, "missing"},
		"waiting and nothing scheduled":     {func(d *store.Document) { d.CRM.State, d.CRM.Problem = session.CRMWaiting, "x" }, "missing"},
		"a file waits without a task":       {func(d *store.Document) { d.AddFile("r", "recordings").Problem = "x" }, "missing"},
		"its task is hours late":            {func(d *store.Document) { d.CRM.State, d.Work = session.CRMPending, on(work.CRM, hours) }, "missing"},
		"its metadata's task is hours late": {func(d *store.Document) { d.Work = on(work.Metadata, hours) }, "missing"},
	}
	day, n := start.AddDate(0, 0, 10), 0
	for name, tt := range tests {
		n++
		today := day.AddDate(0, 0, n)
		w.clock.Advance(today.Sub(w.clock.Now()))
		key := fmt.Sprintf("call-%d", 100+n)
		w.add(t, key, session.Started, session.Ended)
		w.change(t, key, tt.change)
		t.Run(name, func(t *testing.T) {
			got := w.coverage(t, today.Format(time.DateOnly))
			counts := map[string]int{"complete": got.Complete, "in_progress": got.InProgress, "waiting": got.Waiting, "dead": got.Dead, "missing": got.Missing}
			if got.Total != 1 || counts[tt.want] != 1 || got.Complete+got.InProgress+got.Waiting+got.Dead+got.Missing != 1 {
				t.Errorf("the report is %+v, want one %s", got, tt.want)
			}
			if named := len(got.Stuck) == 1 && got.Stuck[0].Class == tt.want; named == (tt.want == "complete" || tt.want == "in_progress") {
				t.Errorf("to be looked at are %+v", got.Stuck)
			}
		})
	}
}

func TestADayHasTheSessionsThatBeganOnIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t) // call-1 at 9:00 and chat-2 at 10:00 of 5 January, and an unknown event
	w.clock.Advance(14*time.Hour - time.Millisecond)
	w.add(t, "call-late", session.Started, session.Unknown)
	w.clock.Advance(time.Millisecond)
	w.add(t, "call-next", session.Started)
	w.clock.Advance(time.Hour)
	w.add(t, "call-odd", session.Ended) // nobody told that it began
	if err := w.store.SetAside(t.Context(), store.Poison{ID: "m", At: start, Attributes: map[string]string{"tenant": "demo"}}); err != nil {
		t.Fatal(err)
	}
	got := w.coverage(t, "2026-01-05")
	if got.Total != 3 || got.Complete != 1 || got.InProgress != 2 || got.Silent != 2 || got.NotUnderstood != 1 || got.Unknown != 1 || got.SetAside != 1 {
		t.Errorf("of the 5th: %+v", got)
	}
	got = w.coverage(t, "2026-01-06")
	if got.Total != 2 || got.Complete != 1 || got.InProgress != 1 || got.Unknown != 0 || got.SetAside != 1 {
		t.Errorf("of the 6th: %+v", got)
	}
	if got = w.coverage(t, "2026-01-07"); got.Total != 0 || got.Stuck == nil {
		t.Errorf("of the 7th: %+v", got)
	}
	today := func() string { return w.time.Now().UTC().Format(time.DateOnly) }
	before := today()
	if got = w.coverage(t, ""); got.Day != before && got.Day != today() { // midnight may have been between them
		t.Errorf("by default it is of %s", got.Day)
	}
	if got = w.coverage(t, "2025-01-05"); got.Expired {
		t.Errorf("where all is kept, a day long ago is %+v", got)
	}
	shown, links := text(t, w.ask(t, "GET", "/console/demo/coverage?day=2026-01-05", audience))
	if !strings.Contains(shown, "0 missing of 3 sessions") || !strings.Contains(strings.Join(links, " "), "?day=2026-01-04&zone=UTC ?day=2026-01-06&zone=UTC") {
		t.Errorf("the page is %s with %q", shown, links)
	}
}

// A day is one of clocks: by those of a place that is ahead it begins earlier, and where they change it has other hours.
func TestADayIsOfAZone(t *testing.T) {
	t.Parallel()
	w := newWorld(t) // call-1 at 9:00 and chat-2 at 10:00 of 5 January, in UTC
	for query, want := range map[string]int{
		"2026-01-05": 2, "2026-01-05&zone=UTC": 2, "2026-01-05&zone=Europe/Berlin": 2,
		"2026-01-05&zone=Pacific/Kiritimati": 1, "2026-01-04&zone=Pacific/Kiritimati": 0, "2026-01-06&zone=Pacific/Kiritimati": 1,
		"2026-01-04&zone=America/Los_Angeles": 0, "2026-01-05&zone=America/Los_Angeles": 2,
	} {
		if got := w.coverage(t, query); got.Total != want {
			t.Errorf("%s has %d sessions, want %d", query, got.Total, want)
		}
	}
	w.clock.Advance(time.Date(2026, 3, 29, 21, 30, 0, 0, time.UTC).Sub(w.clock.Now()))
	w.add(t, "call-summer", session.Started) // 23:30 in Berlin, of a day of 23 hours
	if a, b := w.coverage(t, "2026-03-29&zone=Europe/Berlin"), w.coverage(t, "2026-03-30&zone=Europe/Berlin"); a.Total != 1 || b.Total != 0 {
		t.Errorf("the evening of a short day is of %+v and %+v", a, b)
	}
	for _, bad := range []string{"Nowhere/Else", "Local", "../../etc/passwd", strings.Repeat("x", 99)} {
		if a := w.ask(t, "GET", "/console/api/tenants/demo/coverage?zone="+bad, audience); a.Code != 400 {
			t.Errorf("the zone %.20s is answered %d, want 400", bad, a.Code)
		}
	}
	shown, links := text(t, w.ask(t, "GET", "/console/demo/coverage?day=2018-11-04&zone=America/Havana", audience))
	if !strings.Contains(shown, "Coverage of 2018-11-04, America/Havana") || !strings.Contains(strings.Join(links, " "), "?day=2018-11-03&zone=America%2fHavana ?day=2018-11-05&zone=America%2fHavana") {
		t.Errorf("the page is %.300s with %q", shown, links)
	}
}
