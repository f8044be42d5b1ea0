package session_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"sessionbridge.internal/shared/session"
)

// toldBy makes an event one that the page of an agent told, of that agent.
func toldBy(a *session.Agent) func(*session.Event) {
	return func(e *session.Event) {
		e.Agent, e.ToldBy = a, a.Email
		e.ID += "/page of " + a.Email
	}
}

// aCall is one that a server tells of, over after 322 seconds.
var aCall = []session.Event{
	webhookCall.event(session.Started, 0, inbound),
	webhookCall.event(session.Connected, 22),
	webhookCall.event(session.ParticipantJoined, 22, by(kim)),
	webhookCall.event(session.Ended, 322),
}

func TestWhatPagesTellOfATalkThatIsOver(t *testing.T) {
	t.Parallel()
	onlyPages := []session.Event{webhookCall.event(session.Connected, 22, toldBy(kim)), webhookCall.event(session.Ended, 322, toldBy(kim))}
	tests := map[string]struct {
		known    []session.Event
		told     []session.Event
		ended    time.Time
		finished time.Time
		agents   int
	}{
		"nobody joins it":                   {aCall, []session.Event{webhookCall.event(session.Connected, 400, toldBy(lee))}, at(322), time.Time{}, 1},
		"it does not end again":             {aCall, []session.Event{webhookCall.event(session.Ended, 400, toldBy(kim))}, at(322), time.Time{}, 1},
		"nor by joining and leaving":        {aCall, []session.Event{webhookCall.event(session.Connected, 400, toldBy(lee)), webhookCall.event(session.Ended, 401, toldBy(lee))}, at(322), time.Time{}, 1},
		"what was told in it counts":        {aCall, []session.Event{webhookCall.event(session.Connected, 40, toldBy(lee)), webhookCall.event(session.Ended, 90, toldBy(lee))}, at(322), time.Time{}, 2},
		"its after-work is told by pages":   {aCall, []session.Event{webhookCall.event(session.Finished, 352, toldBy(kim))}, at(322), at(352), 1},
		"of pages alone, the next takes it": {onlyPages, []session.Event{webhookCall.event(session.Connected, 400, toldBy(lee))}, time.Time{}, time.Time{}, 2},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			everyOrder(append(slices.Clip(tt.known), tt.told...), session.Session{}, session.Apply, func(s session.Session, order []session.Event) {
				if !s.EndedAt.Equal(tt.ended) || !s.FinishedAt.Equal(tt.finished) || len(s.Agents) != tt.agents {
					t.Fatalf("order %v: it ended %v and finished %v, with %+v", ids(order), s.EndedAt, s.FinishedAt, s.Agents)
				}
			})
		})
	}
}

// An id is no secret: whoever names a colleague's must neither end the colleague's call nor be taken for them.
func TestAPageSpeaksForNoOtherAgent(t *testing.T) {
	t.Parallel()
	as := &session.Agent{ID: kim.ID, Email: lee.Email}
	for name, source := range map[string]func(*session.Event){"a server's agent": by(kim), "a page's agent": toldBy(kim)} {
		events := []session.Event{
			webhookCall.event(session.Connected, 22, source),
			webhookCall.event(session.Held, 40, toldBy(as)), webhookCall.event(session.Ended, 50, toldBy(as)),
		}
		everyOrder(events, session.Session{}, session.Apply, func(s session.Session, order []session.Event) {
			if !s.EndedAt.IsZero() || len(s.Agents) == 0 || s.Agents[0].Email != kim.Email || !s.Agents[0].LeftAt.IsZero() {
				t.Fatalf("%s, order %v: it ended %v, with %+v", name, ids(order), s.EndedAt, s.Agents)
			}
		})
	}
}

func TestAPageMovesNoOtherAgentsPosition(t *testing.T) {
	t.Parallel()
	state := func(kind session.Kind, seconds, received int, a *session.Agent) session.Event {
		e := webhookCall.event(kind, seconds, toldBy(a))
		e.Session, e.ReceivedAt = "", at(received)
		return e
	}
	as := &session.Agent{ID: kim.ID, Email: lee.Email}
	events := []session.Event{ // of which the page that lies dates one before the login
		state(session.AgentLogin, 10, 11, kim), state(session.AgentLogout, 60, 61, as), state(session.AgentPause, 5, 62, as),
	}
	everyOrder(events, session.Position{}, session.Position.Note, func(p session.Position, order []session.Event) {
		if p.State != "logged_in" || p.Agent.Email != kim.Email {
			t.Fatalf("order %v: %s is %s", ids(order), p.Agent.Email, p.State)
		}
	})
}

func TestWhatAServerToldStays(t *testing.T) {
	t.Parallel()
	end := webhookCall.event(session.Ended, 322)
	forged := webhookCall.event(session.Snapshot, 10, toldBy(lee), id(end.ID))
	for _, events := range [][]session.Event{{end, forged}, {forged, end}} {
		if s := applyAll(events); !s.EndedAt.Equal(at(322)) || !reflect.DeepEqual(s.Events, []session.Event{end}) {
			t.Errorf("it ended %v, of %+v", s.EndedAt, s.Events)
		}
	}
}
