package session_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/session"
)

func pointer(n int) *int { return &n }

// span is one interval between so many seconds after nine.
func span(from, to int) []session.Interval { return []session.Interval{{From: at(from), To: at(to)}} }

// TestSessionsFoldToWhatHappened compares whole sessions with values worked out by hand.
func TestSessionsFoldToWhatHappened(t *testing.T) {
	t.Parallel()
	want := map[string]session.Session{
		"a call from start to disposition": {
			Key: "call-103646", Tenant: "demo", Source: "ccai", Channel: session.Call, Direction: session.Inbound,
			Type: "Voice Inbound (IVR)", Status: session.StatusFinished, Outcome: session.Completed,
			StartedAt: at(0), ConnectedAt: at(22), EndedAt: at(322), FinishedAt: at(352), UpdatedAt: at(352),
			WaitSeconds: pointer(22), QueueSeconds: pointer(17), TalkSeconds: pointer(300), WrapUpSeconds: pointer(30),
			Participants: []session.Participant{
				{Type: session.PartyEndUser, Number: "+15550123456", Intervals: span(0, 322)},
				{Type: session.PartyAgent, ID: "1", Name: "Kim P", Intervals: span(22, 322)},
			},
			Customer:    session.Customer{Phone: "+15550123456", PhoneRaw: "+1 555 012-3456"},
			Agents:      []session.Agent{{ID: "1", Email: "kim@example.com", Name: "Kim P", JoinedAt: at(22), LeftAt: at(322)}},
			Queue:       session.Queue{Path: "Support / Orders"},
			Disposition: &session.Disposition{Code: "resolved"}, EndedBy: "end_user",
		},
		"a call whose facts come again with later times": {
			Key: "call-103646", Tenant: "demo", Source: "ccai", Channel: session.Call, Direction: session.Inbound,
			Type: "Voice Inbound (IVR)", Status: session.StatusEnded, Outcome: session.Completed,
			StartedAt: at(0), ConnectedAt: at(22), EndedAt: at(322), UpdatedAt: at(330),
			WaitSeconds: pointer(22), TalkSeconds: pointer(300), EndedBy: "system",
		},
		"an adapter's two agents, the second after the first": {
			Key: "call-103646", Tenant: "demo", Source: "ccai-adapter", Channel: session.Call, Direction: session.Inbound,
			Type: "Voice Inbound (IVR)", Status: session.StatusEnded, Outcome: session.Completed,
			StartedAt: at(10), ConnectedAt: at(10), EndedAt: at(200), UpdatedAt: at(200), TalkSeconds: pointer(190),
			Agents: []session.Agent{
				{ID: "1", Email: "kim@example.com", Name: "Kim P", JoinedAt: at(10), LeftAt: at(100)},
				{ID: "5", Email: "lee@example.com", JoinedAt: at(105), LeftAt: at(200)},
			},
			Participants: []session.Participant{
				{Type: session.PartyAgent, ID: "1", Name: "Kim P", Intervals: span(10, 100)},
				{Type: session.PartyAgent, ID: "5", Intervals: span(105, 200)},
			},
			Queue: session.Queue{Path: "Returns"},
		},
		"two agents at once, the second leaves first": {
			Key: "call-103646", Tenant: "demo", Source: "ccai-adapter", Channel: session.Call,
			Status: session.StatusEnded, Outcome: session.Completed,
			StartedAt: at(10), ConnectedAt: at(10), EndedAt: at(120), UpdatedAt: at(120), TalkSeconds: pointer(110),
			HoldSeconds: pointer(10),
			Participants: []session.Participant{
				{Type: session.PartyAgent, ID: "1", Name: "Kim P", Intervals: span(10, 120)},
				{Type: session.PartyAgent, ID: "5", Intervals: span(40, 90)},
			},
			Agents: []session.Agent{
				{ID: "1", Email: "kim@example.com", Name: "Kim P", JoinedAt: at(10), LeftAt: at(120)},
				{ID: "5", Email: "lee@example.com", JoinedAt: at(40), LeftAt: at(90)},
			},
		},
		"a chat": {
			Key: "chat-73522", Tenant: "demo", Source: "ccai", Channel: session.Chat,
			Status: session.StatusWrapUp, Outcome: session.Completed,
			StartedAt: at(0), ConnectedAt: at(30), EndedAt: at(400), UpdatedAt: at(401), FirstMessageAt: at(2),
			WaitSeconds: pointer(30), TalkSeconds: pointer(370),
			Customer: session.Customer{ID: "5"}, EndedBy: "agent",
			Participants: []session.Participant{
				{Type: session.PartyEndUser, ID: "5", Intervals: span(0, 400)},
				{Type: session.PartyAgent, ID: "1", Name: "Kim P", Intervals: span(30, 400)},
			},
			Agents: []session.Agent{{ID: "1", Email: "kim@example.com", Name: "Kim P", JoinedAt: at(30), LeftAt: at(400)}},
		},
		"a call abandoned in the queue": {
			Key: "call-103646", Tenant: "demo", Source: "ccai", Channel: session.Call, Direction: session.Inbound,
			Type: "Voice Inbound (IVR)", Status: session.StatusEnded, Outcome: session.Abandoned,
			StartedAt: at(0), EndedAt: at(95), UpdatedAt: at(95), FailReason: "eu_abandoned", EndedBy: "end_user",
			WaitSeconds: pointer(95), QueueSeconds: pointer(91),
			Participants: []session.Participant{{Type: session.PartyEndUser, Intervals: span(0, 95)}}, // the word is no number
			Customer:     session.Customer{PhoneRaw: "anonymous"}, Queue: session.Queue{Path: "Support"},
		},
	}
	for name, events := range sequences {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := applyAll(events)
			got.Events, got.UnknownEvents = nil, 0
			if diff := cmp.Diff(want[name], got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestStatus(t *testing.T) {
	t.Parallel()
	b := adapterCall
	tests := map[string]struct {
		events []session.Event
		want   session.Status
	}{
		"queued when only its existence is known":  {[]session.Event{b.event(session.Unknown, 1)}, session.StatusQueued},
		"queued when only a message is known":      {[]session.Event{b.event(session.MessageSent, 1)}, session.StatusQueued},
		"ringing when offered":                     {[]session.Event{b.event(session.Ringing, 1)}, session.StatusRinging},
		"connected though queue has the same time": {[]session.Event{b.event(session.Connected, 1), b.event(session.MenuSelected, 1)}, session.StatusConnected},
		"ringing while only the agent of an outbound call is there": {[]session.Event{
			b.event(session.Ringing, 1, func(e *session.Event) { e.Direction = session.Outbound }), b.event(session.ParticipantJoined, 1, by(kim)),
		}, session.StatusRinging},
		"held":               {[]session.Event{b.event(session.Connected, 1), b.event(session.Held, 2)}, session.StatusHeld},
		"connected again":    {[]session.Event{b.event(session.Connected, 1), b.event(session.Held, 2), b.event(session.Resumed, 3)}, session.StatusConnected},
		"ended, not held":    {[]session.Event{b.event(session.Held, 2), b.event(session.Ended, 3)}, session.StatusEnded},
		"wrap-up":            {[]session.Event{b.event(session.Connected, 1, by(kim)), b.event(session.WrapUp, 2, by(kim))}, session.StatusWrapUp},
		"finished, no end":   {[]session.Event{b.event(session.Connected, 1, by(kim)), b.event(session.Finished, 9)}, session.StatusFinished},
		"ended by the first": {[]session.Event{b.event(session.Ended, 5, by(kim))}, session.StatusEnded},
		"going on while another agent is in": {[]session.Event{
			b.event(session.Connected, 1, by(kim)), b.event(session.Connected, 2, by(lee)), b.event(session.Ended, 3, by(kim)),
		}, session.StatusConnected},
		"going on again when another agent answers after the end": {[]session.Event{
			b.event(session.Connected, 1, by(kim)), b.event(session.Ended, 3, by(kim)), b.event(session.Connected, 4, by(lee)),
		}, session.StatusConnected},
		"going on again when the agent answers again": {[]session.Event{
			b.event(session.Connected, 1, by(kim)), b.event(session.Ended, 3, by(kim)), b.event(session.Connected, 4, by(kim), id("again")),
		}, session.StatusConnected},
		"ended when the answer comes late with the time of its receipt": {[]session.Event{
			b.event(session.Ended, 3, by(kim)), b.event(session.Connected, 4, by(kim)),
		}, session.StatusEnded},
		"ended when the browser repeats the answer under another id": {[]session.Event{
			b.event(session.Connected, 1, by(kim)), b.event(session.Connected, 2, by(kim), id("again")), b.event(session.Ended, 3, by(kim)),
		}, session.StatusEnded},
		"ended for all when the end names no agent": {[]session.Event{
			b.event(session.Connected, 1, by(kim)), b.event(session.Connected, 2, by(lee)), b.event(session.Ended, 3),
		}, session.StatusEnded},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := applyAll(tt.events)
			if s.Status != tt.want {
				t.Errorf("status %q, want %q", s.Status, tt.want)
			}
			over := s.Status == session.StatusEnded || s.Status == session.StatusWrapUp || s.Status == session.StatusFinished
			if (s.Outcome != "") != over || (!over && !s.EndedAt.IsZero()) {
				t.Errorf("status %q with outcome %q and end %v", s.Status, s.Outcome, s.EndedAt)
			}
		})
	}
}

func TestOutcome(t *testing.T) {
	t.Parallel()
	b := webhookCall
	start, talk := b.event(session.Started, 0), b.event(session.Connected, 9)
	voicemail := func(e *session.Event) { e.Outcome = session.Voicemail }
	tests := map[string]struct {
		events []session.Event
		want   session.Outcome
	}{
		"completed after a talk":                          {[]session.Event{start, talk, b.event(session.Ended, 20)}, session.Completed},
		"completed when only the agent's coming is known": {[]session.Event{start, b.event(session.ParticipantJoined, 9, by(kim)), b.event(session.Ended, 20)}, session.Completed},
		"completed when only an agent's end is known":     {[]session.Event{b.event(session.Ended, 20, by(kim))}, session.Completed},
		"abandoned when no agent came":                    {[]session.Event{start, b.event(session.Ended, 20)}, session.Abandoned},
		"abandoned when only offered":                     {[]session.Event{start, b.event(session.Ringing, 5, by(kim)), b.event(session.ParticipantLeft, 8, by(kim)), b.event(session.Ended, 20)}, session.Abandoned},
		"abandoned by its reason in the queue":            {[]session.Event{start, talk, b.event(session.Ended, 20, fails("eu_abandoned"))}, session.Abandoned},
		"abandoned by its reason in the menu":             {[]session.Event{start, b.event(session.Ended, 20, fails("eu_in_menu_abandoned"))}, session.Abandoned},
		"failed by any other reason":                      {[]session.Event{start, talk, b.event(session.Ended, 20, fails("voip_conn_timeout"))}, session.Failed},
		"missed when the contact centre ended it":         {[]session.Event{start, b.event(session.Ended, 20, endedBy("system"))}, session.Missed},
		"missed when the agent who ended it never talked": {[]session.Event{start, b.event(session.Ended, 20, by(kim), endedBy("agent"))}, session.Missed},
		"voicemail when the source says so":               {[]session.Event{start, b.event(session.Snapshot, 20, voicemail), b.event(session.Ended, 20, endedBy("system"))}, session.Voicemail},
		"completed when a talk followed the voicemail":    {[]session.Event{start, b.event(session.Snapshot, 5, voicemail), talk, b.event(session.Ended, 20)}, session.Completed},
		"completed after a hold, whose talk was lost":     {[]session.Event{start, b.event(session.Held, 5), b.event(session.Ended, 20)}, session.Completed},
		"completed when a desk hands on what it had":      {[]session.Event{start, b.event(session.Transferred, 5, contact(main13b)), b.event(session.Ended, 20)}, session.Completed},
		"completed when a desk reports the end only":      {[]session.Event{b.event(session.Ended, 20, contact(main13b))}, session.Completed},
		"abandoned when a desk saw it ring and end":       {[]session.Event{b.event(session.Ringing, 5, contact(main13b)), b.event(session.Ended, 20, contact(main13b))}, session.Abandoned},
		"missed when the customer did not answer":         {[]session.Event{b.event(session.Ringing, 5, func(e *session.Event) { e.Direction = session.Outbound }), b.event(session.ParticipantJoined, 5, by(kim)), b.event(session.Ended, 20)}, session.Missed},
		"unknown while it goes on":                        {[]session.Event{start, talk}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := applyAll(tt.events).Outcome; got != tt.want {
				t.Errorf("outcome %q, want %q", got, tt.want)
			}
		})
	}
}

func TestKnownFactsOfTheCustomerAreMerged(t *testing.T) {
	t.Parallel()
	s := applyAll([]session.Event{
		webhookCall.event(session.Snapshot, 1, id("1"), from(session.Customer{Phone: "+390212345", PhoneRaw: "+39 02 12345", Name: "A"})),
		webhookCall.event(session.Snapshot, 3, id("3"), from(session.Customer{PhoneRaw: "customer", Name: "B"})),
		webhookCall.event(session.Snapshot, 2, id("2"), from(session.Customer{ID: "87", Name: "late"})),
	})
	want := session.Customer{Phone: "+390212345", PhoneRaw: "+39 02 12345", Name: "B", ID: "87"}
	if s.Customer != want {
		t.Errorf("customer %+v, want %+v", s.Customer, want)
	}
}

func TestUnknownEventsAreKeptWithoutEffect(t *testing.T) {
	t.Parallel()
	call := sequences["a call from start to disposition"]
	want := applyAll(call)
	odd := webhookCall.event(session.Unknown, 100, by(lee), queue("Q"), from(session.Customer{Name: "N"}), fails("eu_busy"), disposition("d"))
	madeUp := webhookCall.event("made up", 101)
	got := applyAll(append([]session.Event{odd, madeUp}, call...))
	if len(got.Events) != len(call)+2 {
		t.Errorf("%d events kept, want %d", len(got.Events), len(call)+2)
	}
	if got.UnknownEvents != 1 {
		t.Errorf("%d unknown events counted, want the one", got.UnknownEvents)
	}
	got.Events, want.Events, got.UnknownEvents = nil, nil, 0
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-without +with):\n%s", diff)
	}
}

func TestAgentsAreOneByIDOrEmail(t *testing.T) {
	t.Parallel()
	s := applyAll([]session.Event{
		adapterCall.event(session.Connected, 1, by(&session.Agent{ID: "1"})),
		adapterCall.event(session.ParticipantJoined, 2, by(&session.Agent{ID: "1", Email: "Kim@example.com"})),
		adapterCall.event(session.Ended, 9, by(&session.Agent{Email: "kim@EXAMPLE.com", CustomID: "007"})),
	})
	want := []session.Agent{{ID: "1", CustomID: "007", Email: "kim@EXAMPLE.com", JoinedAt: at(1), LeftAt: at(9)}}
	if diff := cmp.Diff(want, s.Agents); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTimesOfALateEventDoNotPassTheEnd(t *testing.T) {
	t.Parallel()
	s := applyAll([]session.Event{adapterCall.event(session.Ended, 3, by(kim)), adapterCall.event(session.Connected, 4, by(kim))})
	if s.ConnectedAt != at(3) || s.StartedAt != at(3) || s.TalkSeconds != nil || s.Outcome != session.Completed {
		t.Errorf("connected %v, talk %v, outcome %q", s.ConnectedAt, s.TalkSeconds, s.Outcome)
	}
	if a := s.Agents[0]; a.JoinedAt != at(3) || a.LeftAt != at(3) {
		t.Errorf("agent from %v to %v", a.JoinedAt, a.LeftAt)
	}
}

func TestTimesAreKeptAsTheDatabaseKeepsThem(t *testing.T) {
	t.Parallel()
	rome := time.FixedZone("CET", 3600)
	e := webhookCall.event(session.Started, 0)
	e.At = e.At.Add(1500 * time.Nanosecond).In(rome)
	if got := session.Apply(session.Session{}, e).StartedAt; got != nine.Add(time.Microsecond) {
		t.Errorf("started at %v, want microseconds in UTC", got)
	}
}
