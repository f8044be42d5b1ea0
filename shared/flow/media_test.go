package flow_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/desk"
	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/flow"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

func TestWhoAttends(t *testing.T) {
	t.Parallel()
	const ours = "ours: the files of a session are for who is in it, and for an hour for who was at its end"
	end := nine.Add(10 * time.Minute)
	tests := map[string]struct {
		from       string
		left, over time.Time // when the agent left, and the session ended
		email      string
		now        time.Time
		want       bool
	}{
		"who is in it":                            {ours, time.Time{}, time.Time{}, kim, nine, true},
		"in any letter case":                      {ours, time.Time{}, time.Time{}, "KIM@EXAMPLE.COM", nine, true},
		"who has left, no more":                   {ours, nine, time.Time{}, kim, nine, false},
		"who was in it at the end":                {ours, end, end, kim, end, true},
		"for an hour":                             {ours, end, end, kim, end.Add(time.Hour), true},
		"and not for longer":                      {ours, end, end, kim, end.Add(time.Hour + 1), false},
		"who had left before the end, not":        {ours, nine, end, kim, end, false},
		"nobody else":                             {ours, time.Time{}, time.Time{}, lee, nine, false},
		"nobody without an address":               {ours, time.Time{}, time.Time{}, "", nine, false},
		"whose leaving is unknown, until it ends": {ours, time.Time{}, end, kim, end, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			s := session.Session{EndedAt: tt.over, Agents: []session.Agent{{ID: "2"}, {ID: "1", Email: kim, LeftAt: tt.left}}}
			if got := flow.Attends(s, tt.email, tt.now); got != tt.want {
				t.Errorf("Attends = %v", got)
			}
		})
	}
}

// keep has a file of the session stored.
func (w *connected) keep(t *testing.T, id, kind string, places ...string) {
	t.Helper()
	_, err := w.runner.Store.Update(t.Context(), callID, func(d *store.Document) (store.Change, error) {
		f := d.AddFile(id, kind)
		for _, place := range places {
			f.Put(place, files.Stored{Path: "ujet-media/" + id})
		}
		flow.Owe(w.set, d, callID, w.clock.Now())
		return store.Change{}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// received are the files on an agent's desk.
func (w *connected) received(t *testing.T, agent string) (all []string) {
	t.Helper()
	on, err := w.runner.Store.Desk(t.Context(), "demo", agent)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range on.After(0, w.clock.Now()) {
		if c.Kind == desk.Media {
			all = append(all, fmt.Sprint(c.Session, " ", c.Media, " ", c.File))
		}
	}
	return all
}

// withArchive is withDesk with a bucket, and Kim in the session.
func withArchive(t *testing.T) *connected {
	t.Helper()
	w := withDesk(t, "", false)
	w.set.Storage = &settings.Storage{Bucket: "company"}
	doc, err := json.Marshal(w.set)
	if err == nil {
		err = w.runner.Store.PutSettings(t.Context(), "demo", doc)
	}
	if err != nil {
		t.Fatal(err)
	}
	w.tell(t, answeredBy(kim))
	w.finish(t)
	return w
}

// finish has the CRM's tasks come until there is none.
func (w *connected) finish(t *testing.T) {
	t.Helper()
	for w.document(t).Work[work.CRM].Task != "" {
		w.wake(t)
	}
}

func TestAFileIsOnTheDesksOnceItIsStored(t *testing.T) {
	t.Parallel()
	w := withArchive(t)
	w.keep(t, "photo-1", settings.Photos)
	if d := w.document(t); d.Work[work.CRM].Task != "" || w.received(t, kim) != nil {
		t.Errorf("the desk has %v before anything is stored", w.received(t, kim))
	}
	w.keep(t, "photo-1", settings.Photos, work.Bucket)
	w.keep(t, "video-2", settings.Videos, work.Bucket)
	w.keep(t, store.TranscriptFile, settings.Transcripts, work.Bucket) // which nobody sent
	w.finish(t)
	want := []string{"ccai/call-1 photos photo-1", "ccai/call-1 videos video-2"}
	if diff := cmp.Diff(want, w.received(t, kim)); diff != "" {
		t.Errorf("Kim's desk (-want +got):\n%s", diff)
	}
	w.clock.AdvanceTo(nine.Add(2 * time.Hour)) // the desk has forgotten
	w.tell(t, func(s *session.Session) {
		s.Agents[0].LeftAt = nine.Add(time.Hour)
		answeredBy(lee)(s)
	})
	w.finish(t)
	if got := w.received(t, lee); !slices.Equal(got, want) {
		t.Errorf("who took over has %v", got)
	}
	w.keep(t, "photo-3", settings.Photos, work.Bucket)
	w.finish(t)
	if got := w.received(t, kim); got != nil {
		t.Errorf("who has left has %v", got)
	}
	if got := w.received(t, lee); !slices.Equal(got, append(want, "ccai/call-1 photos photo-3")) {
		t.Errorf("who is in has %v", got)
	}
}

// A recording is there only after the call.
func TestARecordingIsOnTheDeskOfWhoEndedTheCall(t *testing.T) {
	t.Parallel()
	end := nine.Add(10 * time.Minute)
	const ours = "ours: for an hour after a session's end its files are for who was in it then"
	for name, tt := range map[string]struct {
		from  string
		after time.Duration
		want  []string
	}{
		"soon after the call":  {ours, 5 * time.Minute, []string{"ccai/call-1 recordings recording-1"}},
		"hours after the call": {ours, 2 * time.Hour, nil},
	} {
		cite(t, tt.from)
		w := withArchive(t)
		w.tell(t, func(s *session.Session) {
			s.EndedAt, s.Outcome, s.Agents[0].LeftAt = end, session.Completed, end
		})
		w.finish(t)
		w.clock.AdvanceTo(end.Add(tt.after))
		w.keep(t, "recording-1", settings.Recordings, work.Bucket)
		w.finish(t)
		if got := w.received(t, kim); !slices.Equal(got, tt.want) {
			t.Errorf("%s: the desk has %v, want %v", name, got, tt.want)
		}
	}
}
