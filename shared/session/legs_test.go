package session_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/session"
)

var leggedCall = builder{"udesk", "call-d7d539d1"}

// report is a snapshot of one leg.
func report(seconds int, l session.Leg) session.Event {
	return leggedCall.event(session.Snapshot, seconds, func(e *session.Event) {
		e.ID, e.Leg = l.ID+e.At.String(), &l
	})
}

// sides are the times of a leg's sides in seconds after nine; zero is unknown.
func sides(agentRing, agentAnswer, agentHangup, customerRing, customerAnswer, customerHangup int) (a, c session.Side) {
	when := func(seconds int) time.Time {
		if seconds == 0 {
			return time.Time{}
		}
		return at(seconds)
	}
	return session.Side{RingAt: when(agentRing), AnswerAt: when(agentAnswer), HangupAt: when(agentHangup)},
		session.Side{RingAt: when(customerRing), AnswerAt: when(customerAnswer), HangupAt: when(customerHangup)}
}

func legOf(id string, kind session.LegKind, talk *int, times ...int) session.Leg {
	l := session.Leg{ID: id, Kind: kind, TalkSeconds: talk}
	l.AgentSide, l.CustomerSide = sides(times[0], times[1], times[2], times[3], times[4], times[5])
	return l
}

func TestALegsTimesFollowFromItsTwoSides(t *testing.T) {
	t.Parallel()
	voicemail := legOf("1", session.MainLeg, pointer(30), 0, 0, 0, 1, 2, 40)
	voicemail.Outcome = session.Voicemail
	tests := map[string]struct {
		direction session.Direction
		legs      []session.Leg
		connected int // zero: never
		ended     int
		talk      *int
		outcome   session.Outcome
	}{
		"connected when the later side answers":       {session.Outbound, []session.Leg{legOf("1", session.MainLeg, pointer(6), 1, 6, 24, 6, 18, 24)}, 18, 24, pointer(6), session.Completed},
		"inbound, the agent's answer is enough":       {session.Inbound, []session.Leg{legOf("1", session.MainLeg, nil, 5, 9, 40, 1, 0, 0)}, 9, 40, pointer(31), session.Completed},
		"outbound, the agent's answer is not":         {session.Outbound, []session.Leg{legOf("1", session.MainLeg, nil, 5, 9, 40, 1, 0, 0)}, 0, 40, nil, session.Missed},
		"ended when the later side hangs up":          {session.Inbound, []session.Leg{legOf("1", session.MainLeg, nil, 5, 9, 30, 1, 9, 40)}, 9, 40, pointer(31), session.Completed},
		"the source's own count goes first":           {session.Inbound, []session.Leg{legOf("1", session.MainLeg, pointer(20), 5, 9, 40, 1, 0, 40)}, 9, 40, pointer(20), session.Completed},
		"an end before the beginning is no talk":      {session.Inbound, []session.Leg{legOf("1", session.MainLeg, nil, 5, 50, 40, 1, 0, 0)}, 40, 40, nil, session.Completed},
		"a talk at an unknown time counts":            {session.Outbound, []session.Leg{legOf("1", session.MainLeg, pointer(12), 0, 0, 40, 1, 0, 40)}, 0, 40, pointer(12), session.Completed},
		"nobody answered":                             {session.Inbound, []session.Leg{legOf("1", session.MainLeg, nil, 5, 0, 0, 1, 0, 20)}, 0, 20, nil, session.Abandoned},
		"a voicemail is no talk":                      {session.Inbound, []session.Leg{voicemail}, 0, 40, nil, session.Voicemail},
		"two legs, one after the other":               {session.Inbound, []session.Leg{legOf("1", session.MainLeg, pointer(20), 2, 10, 30, 1, 10, 30), legOf("2", session.TransferLeg, pointer(50), 31, 40, 90, 31, 40, 90)}, 10, 90, pointer(70), session.Completed},
		"two legs at once count once":                 {session.Inbound, []session.Leg{legOf("1", session.MainLeg, pointer(50), 2, 10, 60, 1, 10, 60), legOf("2", session.ConferenceLeg, pointer(30), 31, 40, 70, 1, 10, 70)}, 10, 70, pointer(60), session.Completed},
		"a consultation is beside the session":        {session.Inbound, []session.Leg{legOf("1", session.MainLeg, pointer(50), 2, 10, 60, 1, 10, 60), legOf("2", session.ConsultLeg, pointer(90), 20, 30, 120, 20, 30, 120)}, 10, 60, pointer(50), session.Completed},
		"a leg that goes on keeps the session open":   {session.Inbound, []session.Leg{legOf("1", session.MainLeg, pointer(20), 2, 10, 30, 1, 10, 30), legOf("2", session.TransferLeg, nil, 31, 40, 0, 31, 40, 0)}, 10, 0, nil, ""},
		"an update adds what was empty, erases none":  {session.Inbound, []session.Leg{legOf("1", session.MainLeg, nil, 5, 9, 0, 1, 0, 0), legOf("1", "", nil, 0, 0, 30, 0, 0, 30)}, 9, 30, pointer(21), session.Completed},
		"an update may come before what it completes": {session.Inbound, []session.Leg{legOf("1", "", nil, 0, 0, 30, 0, 0, 30), legOf("1", session.MainLeg, nil, 5, 9, 0, 1, 0, 0)}, 9, 30, pointer(21), session.Completed},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			start := leggedCall.event(session.Started, 1, func(e *session.Event) { e.Direction = tt.direction })
			s := session.Apply(session.Session{}, start)
			for i, l := range tt.legs {
				s = session.Apply(s, report(100+i, l))
			}
			want := []any{orZero(tt.connected), orZero(tt.ended), tt.talk, tt.outcome}
			if diff := cmp.Diff(want, []any{s.ConnectedAt, s.EndedAt, s.TalkSeconds, s.Outcome}); diff != "" {
				t.Errorf("connected, ended, talk, outcome (-want +got):\n%s", diff)
			}
		})
	}
}

func orZero(seconds int) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return at(seconds)
}

func TestQueueSecondsOfLegsAreAdded(t *testing.T) {
	t.Parallel()
	a, b := legOf("1", session.MainLeg, nil, 5, 9, 30, 1, 0, 30), legOf("2", session.TransferLeg, nil, 31, 40, 60, 31, 40, 60)
	a.QueueSeconds, b.QueueSeconds = pointer(4), pointer(7)
	s := applyAll([]session.Event{report(40, a), report(70, b)})
	if *s.QueueSeconds != 11 {
		t.Errorf("%d seconds in queues", *s.QueueSeconds)
	}
}

// contact makes the events of one contact on an agent's desk.
func contact(leg session.Leg) func(*session.Event) {
	return func(e *session.Event) { e.Leg = &leg; e.ID += "/" + leg.ID }
}

var main13b = session.Leg{ID: "13b", Kind: session.MainLeg}

func TestAClearedLegIsNotOpenedAgain(t *testing.T) {
	t.Parallel()
	again := func(k session.Kind, seconds int) session.Event {
		return adapterCall.event(k, seconds, by(kim), contact(main13b), id(string(k)+" again"))
	}
	s := applyAll([]session.Event{
		adapterCall.event(session.Started, 0, by(kim), contact(main13b)),
		adapterCall.event(session.Connected, 5, by(kim), contact(main13b)),
		adapterCall.event(session.Ended, 60, by(kim), contact(main13b)),
		again(session.Connected, 70), again(session.Held, 71), again(session.Ended, 80),
	})
	if s.Status != session.StatusEnded || s.EndedAt != at(60) || *s.TalkSeconds != 55 || s.HoldSeconds != nil {
		t.Errorf("%s at %v, talk %v, hold %v", s.Status, s.EndedAt, *s.TalkSeconds, s.HoldSeconds)
	}
	want := []session.Leg{{
		ID: "13b", Kind: session.MainLeg, AgentID: "1",
		StartedAt: at(0), ConnectedAt: at(5), EndedAt: at(60), TalkSeconds: pointer(55),
	}}
	if diff := cmp.Diff(want, s.Legs); diff != "" {
		t.Errorf("legs (-want +got):\n%s", diff)
	}
}

// A contact that goes on to another agent's desk is over when that agent's part is.
func TestASessionFinishesWithItsLastAgent(t *testing.T) {
	t.Parallel()
	events := []session.Event{
		adapterCall.event(session.Connected, 5, by(kim)), adapterCall.event(session.Ended, 60, by(kim)),
		adapterCall.event(session.Connected, 62, by(lee)), adapterCall.event(session.WrapUp, 61, by(kim)),
		adapterCall.event(session.Finished, 70, by(kim)),
	}
	if s := applyAll(events); s.Status != session.StatusConnected || !s.FinishedAt.IsZero() {
		t.Errorf("%s while the second agent talks", s.Status)
	}
	events = append(events, adapterCall.event(session.Ended, 90, by(lee)))
	if s := applyAll(events); s.Status != session.StatusEnded || s.WrapUpSeconds != nil {
		t.Errorf("%s after the second agent's end", s.Status)
	}
	s := applyAll(append(events, adapterCall.event(session.WrapUp, 92, by(lee)), adapterCall.event(session.Finished, 100, by(lee))))
	if s.Status != session.StatusFinished || s.FinishedAt != at(100) || *s.WrapUpSeconds != 8 {
		t.Errorf("%s at %v, wrap-up %v", s.Status, s.FinishedAt, s.WrapUpSeconds)
	}
}

func TestWhereTheEndWasNotReported(t *testing.T) {
	t.Parallel()
	s := applyAll([]session.Event{adapterCall.event(session.Connected, 5, by(kim)), adapterCall.event(session.WrapUp, 65, by(kim))})
	if s.EndedAt != at(65) || *s.TalkSeconds != 60 {
		t.Errorf("with after-work: end %v, talk %v", s.EndedAt, s.TalkSeconds)
	}
	s = applyAll([]session.Event{adapterCall.event(session.Connected, 5, by(kim)), adapterCall.event(session.Finished, 95, by(kim))})
	if s.Status != session.StatusFinished || s.EndedAt != at(95) || s.TalkSeconds != nil {
		t.Errorf("with a finish only: %s, end %v, talk %v", s.Status, s.EndedAt, s.TalkSeconds)
	}
}

// The contact centre does not say whether a contact keeps its id on the next agent's desk.
func TestALegThatIsHandedOnIsOpenOnTheNextDesk(t *testing.T) {
	t.Parallel()
	on := func(k session.Kind, seconds int, a *session.Agent) session.Event {
		return adapterCall.event(k, seconds, by(a), contact(main13b))
	}
	s := applyAll([]session.Event{
		on(session.Started, 0, kim), on(session.Connected, 10, kim), on(session.Transferred, 120, kim), on(session.Ended, 121, kim),
		on(session.Connected, 130, lee), on(session.Ended, 540, lee), on(session.Finished, 570, lee),
	})
	if s.EndedAt != at(540) || *s.TalkSeconds != 530 || *s.WrapUpSeconds != 30 || s.Agents[1].JoinedAt != at(130) {
		t.Errorf("ended %v, talked %d s, wrapped up %v, agents %+v", s.EndedAt, *s.TalkSeconds, s.WrapUpSeconds, s.Agents)
	}
}
