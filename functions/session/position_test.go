package session_test

import (
	"slices"
	"testing"
	"time"

	"sessionbridge.internal/emulator/emulatortest"
	model "sessionbridge.internal/shared/session"
)

// onDesk is an event of an agent's desk, so many minutes into the call.
func onDesk(kind model.Kind, minute int, leg model.Leg) model.Event {
	e := event(kind, minute)
	e.ID += leg.ID
	e.Agent, e.Leg = &model.Agent{ID: "7", Email: "kim@example.com"}, &leg
	if leg.Kind == model.ConsultLeg {
		e.Session = ""
	}
	return e
}

var (
	onHold  = onDesk(model.Held, 1, model.Leg{ID: "13f", Kind: model.MainLeg})
	begun   = onDesk(model.Started, 2, model.Leg{ID: "dd12", Kind: model.ConsultLeg})
	answers = onDesk(model.Connected, 3, model.Leg{ID: "dd12", Kind: model.ConsultLeg})
)

// Nothing but the agent's desk links a consultation to its call, and the two are reported apart, in any order.
func TestAConsultationBecomesALegOfTheCallOnHold(t *testing.T) {
	t.Parallel()
	orders := map[string][]model.Event{
		"as it happened":            {onHold, begun, answers},
		"the hold is reported last": {answers, begun, onHold},
		"everything comes twice":    {begun, onHold, onHold, answers, begun, answers},
	}
	for name, events := range orders {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, `{}`)
			for _, e := range events {
				w.must(t, e)
			}
			s := w.session(t)
			i := slices.IndexFunc(s.Legs, func(l model.Leg) bool { return l.ID == "dd12" })
			if i < 0 || !s.Legs[i].StartedAt.Equal(begun.At) || !s.Legs[i].ConnectedAt.Equal(answers.At) {
				t.Errorf("the legs are %+v", s.Legs)
			}
			if n, err := w.store.CountUnknown(t.Context(), "demo"); n != 0 || err != nil {
				t.Errorf("%d events belong to nobody, %v", n, err)
			}
		})
	}
}

func TestAnAgentsStateIsKeptAtTheirPosition(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `{}`)
	for minute, kind := range []model.Kind{model.AgentLogin, model.AgentPause} {
		e := onDesk(kind, minute, model.Leg{})
		e.Session, e.Leg = "", nil
		w.must(t, e)
	}
	all, err := w.store.Positions(t.Context(), "demo", 10)
	if err != nil || len(all) != 1 {
		t.Fatalf("%d positions, %v", len(all), err)
	}
	if p := all[0]; p.State != "paused" || !p.StateAt.Equal(start.Add(time.Minute)) || p.Agent.Email != "kim@example.com" {
		t.Errorf("the position is %+v", p)
	}
}

// A crash between the position and the session must not lose the leg: the push is not acknowledged and comes again.
func TestAPushIsNotAcknowledgedBeforeItsLegIsAttached(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `{}`)
	w.must(t, onHold)
	const refuse = `{"firestore":[{"match":"Commit","delay":"1ms"},{"match":"Commit","code":"PERMISSION_DENIED"}]}`
	emulatortest.Plan(t, w.faults, refuse)
	if a := w.send("POST", push(encode(t, begun)), nil); a.Code < 400 {
		t.Fatalf("answer is %d", a.Code)
	}
	w.must(t, begun)
	if s := w.session(t); len(s.Legs) != 2 {
		t.Errorf("the legs are %+v", s.Legs)
	}
}
