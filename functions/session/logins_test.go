package session_test

import (
	"testing"

	model "sessionbridge.internal/shared/session"
)

const (
	tellsCalls = `{"quality": {"call": {"url": "https://qm.example.com/calls"}}}`
	tellsChats = `{"quality": {"chat": {"url": "https://qm.example.com/chats"}}}`
)

// Quality management is told of logins and logouts, once each, and where the settings say so.
func TestLoginsAreTold(t *testing.T) {
	t.Parallel()
	login, logout, pause := onDesk(model.AgentLogin, 0, model.Leg{}), onDesk(model.AgentLogout, 5, model.Leg{}), onDesk(model.AgentPause, 2, model.Leg{})
	back, nextDay, between := onDesk(model.AgentLogin, 3, model.Leg{}), onDesk(model.AgentLogin, 1440, model.Leg{}), onDesk(model.AgentLogout, 4, model.Leg{})
	tests := map[string]struct {
		settings string
		events   []model.Event
		want     int
	}{
		"a login and a logout":       {tellsCalls, []model.Event{login, logout}, 2},
		"a repeat makes no other":    {tellsCalls, []model.Event{login, login, login}, 1},
		"a pause is no login":        {tellsCalls, []model.Event{pause}, 0},
		"nor is the end of a pause":  {tellsCalls, []model.Event{login, pause, back}, 1},
		"after a logout it is one":   {tellsCalls, []model.Event{login, pause, logout, nextDay}, 3},
		"even if the logout is late": {tellsCalls, []model.Event{login, pause, nextDay, between}, 3},
		"whose logout was lost is":   {tellsCalls, []model.Event{login, nextDay}, 2},
		"nobody wants calls":         {tellsChats, []model.Event{login, logout}, 0},
		"there is nobody to be told": {`{}`, []model.Event{login, logout}, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, tt.settings)
			for _, e := range tt.events {
				e.Session, e.Leg = "", nil
				w.must(t, e)
			}
			if got := w.tasks()["quality"]; got != tt.want {
				t.Errorf("%d tasks, want %d", got, tt.want)
			}
		})
	}
}

// A session owes one task however many events arrive before it, and none where nobody is to be told.
func TestASessionOwesOneTaskForQualityManagement(t *testing.T) {
	t.Parallel()
	for settings, want := range map[string]int{tellsCalls: 1, tellsChats: 0, `{}`: 0} {
		w := newWorld(t, settings)
		for minute, kind := range []model.Kind{model.Started, model.Ringing, model.Connected, model.Held, model.Ended} {
			w.must(t, event(kind, minute))
		}
		if got := w.tasks()["quality"]; got != want {
			t.Errorf("%s: %d tasks, want %d", settings, got, want)
		}
	}
}
