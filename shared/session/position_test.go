package session_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/session"
)

var desk = builder{"agentdesktop", "call-baabb838"}

// consult is an event of a consultation, which names no session.
func consult(kind session.Kind, seconds int, agent *session.Agent) session.Event {
	e := desk.event(kind, seconds, contact(session.Leg{ID: "dd124824", Kind: session.ConsultLeg, Number: "80165@desk.example"}))
	e.Session, e.Agent = "", agent
	return e
}

// held is a hold, or the end of one, of one contact on the agent's desk.
func held(kind session.Kind, key string, seconds int, agent *session.Agent) session.Event {
	e := builder{"agentdesktop", key}.event(kind, seconds, contact(session.Leg{ID: "leg-" + key, Kind: session.MainLeg}))
	e.ID, e.Agent = fmt.Sprint(kind, key, seconds), agent
	return e
}

func noted(events ...session.Event) session.Position {
	var p session.Position
	for _, e := range events {
		p = p.Note(e)
	}
	return p
}

func TestAConsultationBelongsToTheCallOnHold(t *testing.T) {
	t.Parallel()
	start, end := consult(session.Started, 20, kim), consult(session.Ended, 50, kim)
	unknown := func(e session.Event) session.Event { e.Agent = nil; return e }
	tests := map[string]struct {
		events []session.Event
		want   string
	}{
		"held before":                               {[]session.Event{held(session.Held, "call-a", 10, kim), start, end}, "call-a"},
		"held before and taken back after":          {[]session.Event{held(session.Held, "call-a", 10, kim), start, end, held(session.Resumed, "call-a", 51, kim)}, "call-a"},
		"cleared before the consultation was":       {[]session.Event{held(session.Held, "call-a", 10, kim), start, held(session.Ended, "call-a", 49, kim), end}, "call-a"},
		"held a moment after, since events cross":   {[]session.Event{start, held(session.Held, "call-a", 21, kim), end}, "call-a"},
		"of two, the one held last":                 {[]session.Event{held(session.Held, "call-a", 5, kim), held(session.Held, "call-b", 10, kim), start}, "call-b"},
		"of two, not the one taken back before":     {[]session.Event{held(session.Held, "call-a", 5, kim), held(session.Held, "call-b", 8, kim), held(session.Resumed, "call-b", 9, kim), start}, "call-a"},
		"of two, not the one held while it went on": {[]session.Event{held(session.Held, "call-a", 5, kim), start, held(session.Held, "call-b", 30, kim), end}, "call-a"},
		"none held":                                     {[]session.Event{start, end}, ""},
		"taken back long before":                        {[]session.Event{held(session.Held, "call-a", 5, kim), held(session.Resumed, "call-a", 6, kim), start, end}, ""},
		"of no known agent, the only one held":          {[]session.Event{unknown(held(session.Held, "call-a", 10, nil)), unknown(start)}, "call-a"},
		"of no known agent, none of several":            {[]session.Event{held(session.Held, "call-a", 5, nil), held(session.Held, "call-b", 10, nil), unknown(start)}, ""},
		"of no known agent, twice held is one":          {[]session.Event{held(session.Held, "call-a", 5, nil), held(session.Resumed, "call-a", 6, nil), held(session.Held, "call-a", 7, nil), unknown(start)}, "call-a"},
		"another agent's hold is noted somewhere else ": {[]session.Event{start, held(session.Held, "call-a", 10, lee)}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := noted(tt.events...)
			for _, key := range []string{"call-a", "call-b"} {
				if got := len(p.Attached(key).Events) > 0; got != (key == tt.want) {
					t.Errorf("it belongs to %s: %v, want to %q", key, got, tt.want)
				}
			}
			if orphans := p.Orphans(); (len(orphans) > 0) != (tt.want == "") {
				t.Errorf("%d orphans", len(orphans))
			}
			if tt.want == "" {
				return
			}
			for _, e := range p.Attached(tt.want).Events {
				if e.Session != tt.want || e.Leg.Number == "" {
					t.Errorf("attached is %+v", e)
				}
			}
		})
	}
}

func TestAPositionIsTheSameInEveryOrder(t *testing.T) {
	t.Parallel()
	events := []session.Event{
		held(session.Held, "call-a", 10, kim), consult(session.Started, 20, kim), consult(session.Connected, 25, kim),
		consult(session.Ended, 50, kim), held(session.Ended, "call-a", 49, kim),
		{ID: "out", Tenant: "demo", Source: "agentdesktop", Kind: session.AgentPause, At: at(90), Agent: kim},
	}
	want := noted(events...)
	if want.State != "paused" || want.StateAt != at(90) || want.Agent.Name != "Kim P" || len(want.Attached("call-a").Events) != 3 {
		t.Errorf("%+v", want)
	}
	everyOrder(events, session.Position{}, session.Position.Note, func(got session.Position, order []session.Event) {
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("order %v (-want +got):\n%s", ids(order), cmp.Diff(want, got))
		}
	})
}

func TestWhereEventsAreNoted(t *testing.T) {
	t.Parallel()
	agent := func(k session.Kind) session.Event {
		return session.Event{ID: "e", Kind: k, Agent: &session.Agent{Email: "Kim@Example.com"}}
	}
	mine := func(e session.Event) session.Event { e.Session = "call-1"; return e }
	tests := map[string]struct {
		event session.Event
		want  string
	}{
		"a login":                        {agent(session.AgentLogin), "kim@example.com"},
		"a login of nobody":              {session.Event{Kind: session.AgentLogin}, ""},
		"a state":                        {agent(session.AgentState), "kim@example.com"},
		"a record to show":               {agent(session.RecordPop), "kim@example.com"},
		"a record of a known session":    {mine(agent(session.RecordPop)), ""},
		"a shared screen":                {mine(agent(session.Cobrowse)), "kim@example.com"},
		"a consultation":                 {consult(session.Started, 0, kim), "1"},
		"a consultation of nobody":       {consult(session.Started, 0, nil), session.NoAgent},
		"a hold":                         {held(session.Held, "call-a", 0, kim), "1"},
		"a hold without legs":            {mine(agent(session.Held)), ""},
		"an answer":                      {held(session.Connected, "call-a", 0, kim), ""},
		"an attached consultation event": {mine(consult(session.Started, 0, kim)), ""},
		"what nobody understood":         {agent(session.Unknown), ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := tt.event.Position(); got != tt.want {
				t.Errorf("noted at %q, want %q", got, tt.want)
			}
		})
	}
}

func TestAScreenWhoseEventNamesNoSessionIsThatOfItsID(t *testing.T) {
	t.Parallel()
	shares := func(key string, seconds int, c session.Sharing) session.Event {
		e := builder{"ccai", key}.event(session.Cobrowse, seconds, by(kim), id(fmt.Sprint(c.ID, c.Phase)))
		e.Cobrowse = &c
		return e
	}
	started := shares("chat-791", 1, session.Sharing{ID: "Y1z", Phase: session.SharingStarted, RequestedBy: "agent"})
	changed := shares("", 5, session.Sharing{ID: "Y1z", Phase: session.SharingChanged, RemoteControl: "on"})
	ended := shares("", 9, session.Sharing{ID: "Y1z", Phase: session.SharingEnded, EndedBy: "end_user"})
	other := shares("", 9, session.Sharing{ID: "9-K", Phase: session.SharingEnded})
	p := noted(ended, other, started, changed)
	if n := len(p.Attached("chat-791").Events); n != 2 || len(p.Orphans()) != 0 {
		t.Errorf("%d events belong to the chat", n)
	}
	s := session.Attach(applyAll([]session.Event{started}), p.Attached("chat-791"))
	want := []session.SharedScreen{{ID: "Y1z", StartedAt: at(1), EndedAt: at(9), RequestedBy: "agent", EndedBy: "end_user", RemoteControl: "on"}}
	if diff := cmp.Diff(want, s.Cobrowse); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAPositionForgetsTheOldestButTheState(t *testing.T) {
	t.Parallel()
	var p session.Position
	p = p.Note(session.Event{ID: "in", Tenant: "demo", Source: "agentdesktop", Kind: session.AgentLogin, At: at(0), Agent: kim})
	p = p.Note(consult(session.Started, 1, kim))
	for i := range session.MaxPositionEvents + 5 {
		p = p.Note(held(session.Ended, fmt.Sprint("call-", i), 10+i, kim))
	}
	if len(p.Events) != session.MaxPositionEvents || p.State != "logged_in" || len(p.Orphans()) != 1 || p.Events[2].Session != "call-7" {
		t.Errorf("%d events, state %q, %d orphans, then of %s", len(p.Events), p.State, len(p.Orphans()), p.Events[2].Session)
	}
}

func TestAPositionIsBoundedInBytes(t *testing.T) {
	t.Parallel()
	state := func(n, raw int) session.Event {
		return session.Event{ID: fmt.Sprint(n), Tenant: "demo", Source: "agentdesktop", Kind: session.AgentState, State: fmt.Sprint("s", n), At: at(n), Agent: kim,
			Raw: json.RawMessage(`"` + strings.Repeat("<", raw) + `"`)}
	}
	var p session.Position
	for n := range 10 {
		p = p.Note(state(n, 90_000))
	}
	if len(p.Events) != 4 || p.State != "s9" {
		t.Errorf("%d large events kept, state %s", len(p.Events), p.State)
	}
	if p = noted(state(1, 1_000_000)); len(p.Events) != 1 || !strings.Contains(string(p.Events[0].Raw), "too many") {
		t.Errorf("of a huge event is kept %.60s", p.Events[0].Raw)
	}
}

func TestAPositionTakesNoEventsOfOthers(t *testing.T) {
	t.Parallel()
	p := noted(held(session.Held, "call-a", 10, kim))
	foreign := held(session.Held, "call-b", 10, kim)
	foreign.Tenant = "other"
	for _, e := range []session.Event{held(session.Held, "call-b", 10, lee), foreign, held(session.Connected, "call-b", 10, kim)} {
		if diff := cmp.Diff(p, p.Note(e)); diff != "" {
			t.Errorf("(-before +after):\n%s", diff)
		}
	}
}

// TestAttachedEventsFollowThePositionInEveryOrder holds that a consultation which first seemed to belong to one call is
// taken from it once the position knows better, whatever the order; as functions/session does.
func TestAttachedEventsFollowThePositionInEveryOrder(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		events []session.Event
		want   string
	}{
		"the first call was back already":    {[]session.Event{held(session.Held, "call-a", 10, kim), held(session.Resumed, "call-a", 60, kim), held(session.Held, "call-b", 70, kim), consult(session.Started, 75, kim), consult(session.Connected, 80, kim)}, "call-b"},
		"the call held last was back before": {[]session.Event{held(session.Held, "call-b", 10, kim), held(session.Held, "call-a", 60, kim), held(session.Resumed, "call-a", 70, kim), consult(session.Started, 75, kim)}, "call-b"},
		"of nobody, one of two was back":     {[]session.Event{held(session.Held, "call-a", 10, nil), held(session.Held, "call-b", 12, nil), held(session.Resumed, "call-b", 13, nil), consult(session.Started, 15, nil)}, "call-a"},
		"a hold that nobody closed":          {[]session.Event{held(session.Held, "call-a", 10, kim), {ID: "out", Tenant: "demo", Source: "agentdesktop", Kind: session.AgentLogout, At: at(20), Agent: kim}, consult(session.Started, 75, kim)}, ""},
	}
	type world struct {
		p session.Position
		s map[string]session.Session
	}
	step := func(w world, e session.Event) world {
		before := w.p
		w = world{w.p.Note(e), maps.Clone(w.s)}
		if e.Session != "" {
			w.s[e.Session] = session.Apply(w.s[e.Session], e)
		}
		for _, key := range w.p.Sessions(before) {
			if s, ok := w.s[key]; ok {
				w.s[key] = session.Attach(s, w.p.Attached(key))
			}
		}
		return w
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			everyOrder(tt.events, world{s: map[string]session.Session{}}, step, func(w world, order []session.Event) {
				for key, s := range w.s {
					if has := slices.ContainsFunc(s.Legs, func(l session.Leg) bool { return l.ID == "dd124824" }); has != (key == tt.want) {
						t.Fatalf("order %v: %s has the leg: %v, want it with %q", ids(order), key, has, tt.want)
					}
				}
			})
		})
	}
}

func TestAnOlderRevisionReplacesNothing(t *testing.T) {
	t.Parallel()
	s := applyAll([]session.Event{adapterCall.event(session.Connected, 0, by(kim))})
	leg := adapterCall.event(session.Connected, 5, contact(session.Leg{ID: "c", Kind: session.ConsultLeg}))
	s = session.Attach(s, session.Attachment{Position: "1", Revision: 5, Events: []session.Event{leg}})
	if s = session.Attach(s, session.Attachment{Position: "1", Revision: 4}); len(s.Legs) != 1 {
		t.Error("an older revision took the leg away")
	}
	if s = session.Attach(s, session.Attachment{Position: "1", Revision: 6}); len(s.Legs) != 0 {
		t.Error("a newer revision left the leg")
	}
}
