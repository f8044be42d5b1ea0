package session_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/session"
)

var listedCall = builder{"qm", "call-846802bf90d1"}

// there lists who is in the session: the customer's presence, and then agents with theirs.
func there(customer session.Presence, agents ...session.Party) func(*session.Event) {
	return func(e *session.Event) {
		e.ID += "/" + e.At.Format("150405")
		e.Parties = append([]session.Party{{Type: session.PartyEndUser, Number: "+123456789", Presence: customer}}, agents...)
	}
}

func agentIs(id string, p session.Presence) session.Party {
	return session.Party{Type: session.PartyAgent, ID: id, Presence: p}
}

func transferred(kind session.TransferKind) func(*session.Event) {
	return func(e *session.Event) { e.Transfer = &session.Transfer{Kind: kind} }
}

// listed is a call of which every event lists who is there: held once, a warm transfer, the first agent leaves.
var listed = []session.Event{
	listedCall.event(session.Ringing, 0, inbound, there(session.Present, agentIs("1234", session.Offered))),
	listedCall.event(session.Connected, 10, there(session.Present, agentIs("1234", session.Present))),
	listedCall.event(session.Held, 40, there(session.OnHold, agentIs("1234", session.Present))),
	listedCall.event(session.Connected, 55, there(session.Present, agentIs("1234", session.Present)), id("connected again")),
	listedCall.event(session.Conferenced, 70, transferred(session.Warm),
		there(session.Present, agentIs("1234", session.Present), agentIs("4321", session.Present))),
	listedCall.event(session.ParticipantLeft, 90, there(session.Present, agentIs("1234", session.Gone), agentIs("4321", session.Present))),
	listedCall.event(session.Ended, 130, there(session.Gone, agentIs("4321", session.Gone))),
}

func TestListsOfWhoIsThereTellComingsHoldsAndTransfers(t *testing.T) {
	t.Parallel()
	s := applyAll(listed)
	if s.Status != session.StatusEnded || s.Outcome != session.Completed || *s.TalkSeconds != 120 || *s.HoldSeconds != 15 {
		t.Errorf("%s, %s, talk %d, hold %d", s.Status, s.Outcome, *s.TalkSeconds, *s.HoldSeconds)
	}
	participants := []session.Participant{
		{Type: session.PartyEndUser, Number: "+123456789", Intervals: span(0, 130)},
		{Type: session.PartyAgent, ID: "1234", Intervals: span(10, 90)},
		{Type: session.PartyAgent, ID: "4321", Intervals: span(70, 130)},
	}
	if diff := cmp.Diff(participants, s.Participants); diff != "" {
		t.Errorf("participants (-want +got):\n%s", diff)
	}
	transfers := []session.Transfer{{At: at(70), Kind: session.Warm, From: session.End{AgentID: "1234"}, To: session.End{AgentID: "4321"}}}
	if diff := cmp.Diff(transfers, s.Transfers); diff != "" {
		t.Errorf("transfers (-want +got):\n%s", diff)
	}
	agents := []session.Agent{{ID: "1234", JoinedAt: at(10), LeftAt: at(90)}, {ID: "4321", JoinedAt: at(70), LeftAt: at(130)}}
	if diff := cmp.Diff(agents, s.Agents); diff != "" {
		t.Errorf("agents (-want +got):\n%s", diff)
	}
}

func TestWhoIsNotListedAnyMoreHasGone(t *testing.T) {
	t.Parallel()
	cold := func(seconds int) session.Event {
		return listedCall.event(session.Transferred, seconds, transferred(session.Cold), there(session.Present, agentIs("4321", session.Present)))
	}
	s := applyAll([]session.Event{listed[1], cold(60), cold(75), listed[6]})
	if diff := cmp.Diff(span(10, 60), s.Participants[1].Intervals); diff != "" {
		t.Errorf("the first agent was there (-want +got):\n%s", diff)
	}
	transfers := []session.Transfer{{At: at(60), Kind: session.Cold, From: session.End{AgentID: "1234"}, To: session.End{AgentID: "4321"}}}
	if diff := cmp.Diff(transfers, s.Transfers); diff != "" {
		t.Errorf("the repeat is a transfer of its own (-want +got):\n%s", diff)
	}
}

func TestAThirdPartyOnHoldIsNoHoldOfTheCustomer(t *testing.T) {
	t.Parallel()
	third := session.Party{Type: session.PartyThird, Presence: session.OnHold}
	without := func(e *session.Event) { e.Parties = []session.Party{third, agentIs("1234", session.Present)} }
	s := applyAll([]session.Event{
		listed[1],
		listedCall.event(session.Held, 20, there(session.Present, agentIs("1234", session.Present), third)),
		listedCall.event(session.Held, 30, without),
		listed[6],
	})
	if s.HoldSeconds != nil {
		t.Errorf("%d seconds of hold", *s.HoldSeconds)
	}
	if p := s.Participants[len(s.Participants)-1]; p.Type != session.PartyThird || cmp.Diff(span(20, 130), p.Intervals) != "" {
		t.Errorf("the third party is %+v", p)
	}
}

func TestACallSentElsewhereWasDeflected(t *testing.T) {
	t.Parallel()
	s := applyAll([]session.Event{
		listedCall.event(session.Ringing, 0, inbound, there(session.Present)),
		listedCall.event(session.Transferred, 5, transferred(session.Redirect), there(session.Present),
			func(e *session.Event) { e.Outcome = session.Deflected }),
		listedCall.event(session.Ended, 9, there(session.Gone)),
	})
	want := []session.Transfer{{At: at(5), Kind: session.Redirect}}
	if diff := cmp.Diff(want, s.Transfers); diff != "" || s.Outcome != session.Deflected {
		t.Errorf("outcome %q, transfers (-want +got):\n%s", s.Outcome, diff)
	}
}

func TestAnAgentAloneInAnOutboundCallIsNoTalk(t *testing.T) {
	t.Parallel()
	outbound := func(e *session.Event) { e.Direction = session.Outbound }
	s := applyAll([]session.Event{
		listedCall.event(session.Ringing, 0, outbound, there(session.Offered, agentIs("1234", session.Present))),
		listedCall.event(session.Ended, 25, there(session.Gone, agentIs("1234", session.Gone))),
	})
	if s.Outcome != session.Missed || s.TalkSeconds != nil {
		t.Errorf("outcome %q, talk %v", s.Outcome, s.TalkSeconds)
	}
}

// Somebody of whom another tells is a participant, but nobody waits for them.
func TestWhoWasOnlyAddedDoesNotKeepTheSessionOpen(t *testing.T) {
	t.Parallel()
	added := func(p session.Party) func(*session.Event) {
		return func(e *session.Event) { e.Party = &p; e.ID += p.ID }
	}
	s := applyAll([]session.Event{
		adapterCall.event(session.Connected, 0, by(kim)),
		adapterCall.event(session.ParticipantJoined, 20, added(session.Party{Type: session.PartyAgent, ID: "5", Name: "Lee"})),
		adapterCall.event(session.ParticipantJoined, 25, added(session.Party{Type: session.PartyVirtualAgent, ID: "15", Name: "Bo"})),
		adapterCall.event(session.ParticipantLeft, 30, added(session.Party{Type: session.PartyVirtualAgent, ID: "15"}), id("left")),
		adapterCall.event(session.ParticipantJoined, 31, added(session.Party{Type: session.PartyEndUser, ID: "87"})),
		adapterCall.event(session.Ended, 50, by(kim)),
	})
	want := []session.Participant{
		{Type: session.PartyEndUser, ID: "87", Intervals: span(31, 50)},
		{Type: session.PartyAgent, ID: "1", Name: "Kim P", Intervals: span(0, 50)},
		{Type: session.PartyAgent, ID: "5", Name: "Lee", Intervals: span(20, 50)},
		{Type: session.PartyVirtualAgent, ID: "15", Name: "Bo", Intervals: span(25, 30)},
	}
	if diff := cmp.Diff(want, s.Participants); diff != "" || s.Status != session.StatusEnded || len(s.Agents) != 1 {
		t.Errorf("%s with %d agents, participants (-want +got):\n%s", s.Status, len(s.Agents), diff)
	}
}

func TestAnAgentWhoComesBackHasTwoIntervals(t *testing.T) {
	t.Parallel()
	s := applyAll([]session.Event{
		adapterCall.event(session.Connected, 0, by(kim)), adapterCall.event(session.Connected, 5, by(lee)),
		adapterCall.event(session.Ended, 10, by(kim)), adapterCall.event(session.Connected, 20, by(kim), id("back")),
		adapterCall.event(session.Ended, 30, by(kim), id("out again")), adapterCall.event(session.Ended, 40, by(lee)),
	})
	want := []session.Interval{{From: at(0), To: at(10)}, {From: at(20), To: at(30)}}
	if diff := cmp.Diff(want, s.Participants[0].Intervals); diff != "" || s.Status != session.StatusEnded {
		t.Errorf("%s (-want +got):\n%s", s.Status, diff)
	}
	if a := s.Agents[0]; a.JoinedAt != at(0) || a.LeftAt != at(30) {
		t.Errorf("from %v to %v", a.JoinedAt, a.LeftAt)
	}
}

func TestAgentsKnownByAddressOrByNothingAreOneEach(t *testing.T) {
	t.Parallel()
	added := func(seconds int, p session.Party) session.Event {
		return adapterCall.event(session.ParticipantJoined, seconds, id(at(seconds).String()), func(e *session.Event) { e.Party = &p })
	}
	s := applyAll([]session.Event{
		adapterCall.event(session.Connected, 0, by(lee)),
		added(1, session.Party{Type: session.PartyAgent, Name: "LEE@example.com"}),
		added(2, session.Party{Type: session.PartyAgent}), added(3, session.Party{Type: session.PartyAgent}),
	})
	if len(s.Participants) != 2 {
		t.Errorf("participants are %+v", s.Participants)
	}
}
