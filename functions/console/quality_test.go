package console_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

// qualityShown is what is read of a session's work for quality management.
type qualityShown struct {
	State, Problem  string
	Delivered, Owed int
	NextAttemptAt   time.Time `json:"next_attempt_at"`
}

func (w *world) quality(t *testing.T, method, path string) (int, qualityShown) {
	t.Helper()
	a := w.ask(t, method, path, audience)
	var got struct{ Quality qualityShown }
	if err := json.Unmarshal(a.Body.Bytes(), &got); err != nil {
		t.Fatalf("%d %s: %v", a.Code, a.Body, err)
	}
	return a.Code, got.Quality
}

func TestASessionShowsWhatQualityManagementWasTold(t *testing.T) {
	t.Parallel()
	const told = `{"quality":{"call":{"url":"https://qm.example.com/calls"}}}`
	next := start.Add(3 * time.Hour)
	tests := map[string]struct {
		settings string
		quality  store.Quality
		want     qualityShown
	}{
		"not_told": {`{}`, store.Quality{}, qualityShown{State: "not_told"}},
		"pending":  {told, store.Quality{}, qualityShown{State: "pending", Owed: 1}},
		"waiting":  {told, store.Quality{Problem: "503", NextAttemptAt: next}, qualityShown{State: "waiting", Owed: 1, Problem: "503", NextAttemptAt: next}},
		"dead":     {told, store.Quality{Problem: "410", Dead: true}, qualityShown{State: "dead", Owed: 1, Problem: "410"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.told(t, tt.settings, tt.quality)
			if _, got := w.quality(t, "GET", sessions+"/call-1"); got != tt.want {
				t.Errorf("%+v, want %+v", got, tt.want)
			}
		})
	}
}

// told gives call-1 the settings and what was noted of its work.
func (w *world) told(t *testing.T, set string, q store.Quality) {
	t.Helper()
	if err := w.store.PutSettings(t.Context(), "demo", []byte(set)); err != nil {
		t.Fatal(err)
	}
	_, err := w.store.Update(t.Context(), store.ID{Tenant: "demo", Source: "ccai", Key: "call-1"}, func(d *store.Document) (store.Change, error) {
		d.Quality = q
		return store.Change{}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAReplayTellsQualityManagementAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if a := w.ask(t, "POST", sessions+"/call-1/replay?step=quality", audience); a.Code != 422 || !strings.Contains(a.Body.String(), "quality.call") {
		t.Errorf("with nobody to tell: %d %s", a.Code, a.Body)
	}
	w = newWorld(t)
	w.told(t, `{"quality":{"call":{"url":"https://qm.example.com/calls"}}}`, store.Quality{Problem: "410", Dead: true, Sent: []string{"x"}})
	for path, want := range map[string]int{"/call-1/replay": 1, "/call-1/replay?step=quality": 0} {
		if code, got := w.quality(t, "POST", sessions+path); code != 200 || got.State != "pending" || got.Delivered > want {
			t.Errorf("%s: %d, %+v", path, code, got)
		}
	}
	if got := w.tasks(); len(got) == 0 || got[0] != "quality" {
		t.Errorf("tasks are on the queues %q, want one on quality", got)
	}
}

// loginTask is the body of a login's task.
func loginTask(t *testing.T) []byte {
	t.Helper()
	wake, ok := work.LoginOf(session.Event{ID: "l1", Tenant: "demo", Source: "ccai", Kind: session.AgentLogin, At: start, Agent: &session.Agent{ID: "7"}})
	if !ok {
		t.Fatal("a login is not told")
	}
	data, err := json.Marshal(wake)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Where there is nobody to tell, a login stays set aside.
func TestALoginIsNotSentAgainToNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := store.Poison{ID: "l1", At: start, Problem: "503", Data: loginTask(t), Attributes: map[string]string{"tenant": "demo", "source": "ccai", "work": work.Quality}}
	if err := w.store.SetAside(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	if a := w.ask(t, "POST", "/console/api/tenants/demo/aside/l1/replay", audience); a.Code != 422 || !strings.Contains(a.Body.String(), "quality.call") {
		t.Errorf("%d %s", a.Code, a.Body)
	}
	if left, err := w.store.Aside(t.Context(), "demo", 10); err != nil || len(left) != 1 || len(w.tasks()) != 0 {
		t.Errorf("%d are set aside, %v, tasks %q", len(left), err, w.tasks())
	}
}

// A login that nobody took for a week is seen, and told again.
func TestALoginThatWasSetAsideIsSentAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.told(t, `{"quality":{"call":{"url":"https://qm.example.com/calls"}}}`, store.Quality{})
	data := loginTask(t)
	for _, p := range []store.Poison{
		{ID: "l1", At: start, Problem: "503", Data: data, Attributes: map[string]string{"tenant": "demo", "source": "ccai", "work": work.Quality}},
		{ID: "m/1", At: start, Problem: "no JSON", Data: []byte("hello"), Attributes: map[string]string{"tenant": "demo"}},
		{ID: "o1", At: start, Problem: "503", Data: data, Attributes: map[string]string{"tenant": "other", "work": work.Quality}},
	} {
		if err := w.store.SetAside(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	const aside = "/console/api/tenants/demo/aside"
	if a := w.ask(t, "GET", aside, audience); a.Code != 200 || !strings.Contains(a.Body.String(), `"id":"l1"`) || !strings.Contains(a.Body.String(), "no JSON") || strings.Contains(a.Body.String(), `"o1"`) {
		t.Errorf("%d %s", a.Code, a.Body)
	}
	for path, want := range map[string]int{"/m%2F1/replay": 422, "/o1/replay": 404, "/none/replay": 404, "/l1/replay": 200} {
		if a := w.ask(t, "POST", aside+path, audience); a.Code != want {
			t.Errorf("%s: %d %s, want %d", path, a.Code, a.Body, want)
		}
	}
	if got := w.tasks(); len(got) != 1 || got[0] != "quality" {
		t.Errorf("tasks are on the queues %q, want one on quality", got)
	}
	if a := w.ask(t, "GET", aside, audience); strings.Contains(a.Body.String(), `"l1"`) {
		t.Errorf("it is there still: %s", a.Body)
	}
}
