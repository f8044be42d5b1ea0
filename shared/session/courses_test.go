package session_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/session"
)

func timed(b builder, k session.Kind, seconds int, more ...func(*session.Event)) session.Event {
	return b.event(k, seconds, append(more, id(fmt.Sprint(k, seconds)))...)
}

// who names the agent without changing the id, which tells kind and time.
func who(a *session.Agent) func(*session.Event) { return func(e *session.Event) { e.Agent = a } }

// TestWhatACourseOfEventsMeans follows agents, offers and after-work through courses that contact centres really take.
func TestWhatACourseOfEventsMeans(t *testing.T) {
	t.Parallel()
	b, leg := adapterCall, contact(main13b)
	on := func(k session.Kind, seconds int, a *session.Agent) session.Event {
		return timed(b, k, seconds, who(a), leg)
	}
	tests := map[string]struct {
		events  []session.Event
		status  session.Status
		outcome session.Outcome
		agents  []string
		after   *int // wrap-up seconds
	}{
		"an agent comes back by another kind of event": {[]session.Event{
			timed(b, session.Connected, 0, who(kim)), timed(b, session.Ended, 50, who(kim)), timed(b, session.Connected, 51, who(lee)),
			timed(b, session.ParticipantJoined, 90, who(kim)), timed(b, session.Ended, 95, who(lee)),
		}, session.StatusConnected, "", []string{"1", "5"}, nil},
		"it rings at the next agent": {[]session.Event{
			on(session.Started, 0, kim), on(session.Ringing, 1, kim), on(session.Ended, 20, kim), on(session.Ringing, 22, lee),
		}, session.StatusRinging, "", nil, nil},
		"and nobody took it": {[]session.Event{
			on(session.Started, 0, kim), on(session.Ringing, 1, kim), on(session.Ended, 20, kim), on(session.Ringing, 22, lee), on(session.Ended, 40, lee),
		}, session.StatusEnded, session.Abandoned, nil, nil},
		"first seen on hold": {[]session.Event{on(session.Held, 10, kim), on(session.Resumed, 20, kim)}, session.StatusConnected, "", []string{"1"}, nil},
		"an answer that comes after the end is still one": {[]session.Event{
			timed(b, session.Started, 0, leg), timed(b, session.Ringing, 1, leg), timed(b, session.Ended, 10, leg), timed(b, session.Connected, 11, leg),
		}, session.StatusEnded, session.Completed, nil, nil},
		"one has finished while another is at the after-work": {[]session.Event{
			on(session.Connected, 0, kim), on(session.Connected, 5, lee), on(session.Ended, 100, kim), on(session.Ended, 199, lee),
			on(session.WrapUp, 200, lee), on(session.Finished, 201, kim),
		}, session.StatusWrapUp, session.Completed, []string{"1", "5"}, nil},
		"and then both": {[]session.Event{
			on(session.Connected, 0, kim), on(session.Connected, 5, lee), on(session.Ended, 100, kim), on(session.Ended, 199, lee),
			on(session.WrapUp, 200, lee), on(session.Finished, 201, kim), on(session.Finished, 230, lee),
		}, session.StatusFinished, session.Completed, []string{"1", "5"}, pointer(30)},
		"who was only rung took no part": {[]session.Event{
			on(session.Started, 0, kim), on(session.Ringing, 1, kim), on(session.Ended, 20, kim),
		}, session.StatusEnded, session.Abandoned, nil, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := applyAll(tt.events)
			var agents []string
			for _, a := range s.Agents {
				agents = append(agents, a.ID)
			}
			want := []any{tt.status, tt.outcome, tt.agents, tt.after}
			if diff := cmp.Diff(want, []any{s.Status, s.Outcome, agents, s.WrapUpSeconds}); diff != "" {
				t.Errorf("status, outcome, agents, wrap-up (-want +got):\n%s", diff)
			}
		})
	}
}

func TestATransferIsSeenWhicheverOfItsEventsComesFirst(t *testing.T) {
	t.Parallel()
	one, two := agentIs("1", session.Present), agentIs("2", session.Present)
	b := listedCall
	tests := map[string]struct {
		events []session.Event
		want   []session.Transfer
	}{
		"answered, then reported": {[]session.Event{
			b.event(session.Connected, 50, there(session.Present, one)),
			b.event(session.Connected, 60, there(session.Present, one, two)),
			b.event(session.Conferenced, 61, transferred(session.Warm), there(session.Present, one, two)),
		}, []session.Transfer{{At: at(61), Kind: session.Warm, From: session.End{AgentID: "1"}, To: session.End{AgentID: "2"}}}},
		"rung at the second alone before": {[]session.Event{
			b.event(session.Connected, 40, there(session.Present, one)),
			b.event(session.Ringing, 50, there(session.Present, agentIs("2", session.Offered))),
			b.event(session.Transferred, 60, transferred(session.Cold), there(session.Present, two)),
		}, []session.Transfer{{At: at(60), Kind: session.Cold, From: session.End{AgentID: "1"}, To: session.End{AgentID: "2"}}}},
		"to a queue, where nobody is yet": {[]session.Event{
			b.event(session.Connected, 40, there(session.Present, one)),
			b.event(session.Transferred, 60, transferred(session.Cold), there(session.Present)),
		}, []session.Transfer{{At: at(60), Kind: session.Cold, From: session.End{AgentID: "1"}}}},
		"there and back": {[]session.Event{
			b.event(session.Connected, 40, there(session.Present, one)),
			b.event(session.Transferred, 60, transferred(session.Cold), there(session.Present, two)),
			b.event(session.Transferred, 80, transferred(session.Cold), there(session.Present, one)),
		}, []session.Transfer{
			{At: at(60), Kind: session.Cold, From: session.End{AgentID: "1"}, To: session.End{AgentID: "2"}},
			{At: at(80), Kind: session.Cold, From: session.End{AgentID: "2"}, To: session.End{AgentID: "1"}},
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, applyAll(tt.events).Transfers); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A third party or a supervisor who goes ends nothing, and a main leg that is over ends the call.
func TestWhoWasCalledInEndsNothingByGoing(t *testing.T) {
	t.Parallel()
	main, called := legOf("1", session.MainLeg, nil, 5, 10, 0, 1, 10, 0), legOf("2", session.ConferenceLeg, nil, 30, 40, 60, 1, 10, 60)
	start := leggedCall.event(session.Started, 1, inbound)
	if s := applyAll([]session.Event{start, report(12, main), report(60, called)}); s.Status != session.StatusConnected || !s.EndedAt.IsZero() {
		t.Errorf("while the main leg goes on: %s at %v", s.Status, s.EndedAt)
	}
	over := legOf("1", session.MainLeg, nil, 5, 10, 90, 1, 10, 90)
	if s := applyAll([]session.Event{start, report(12, main), report(60, called), report(90, over)}); s.EndedAt != at(90) || *s.TalkSeconds != 80 {
		t.Errorf("ended at %v, talked %v", s.EndedAt, s.TalkSeconds)
	}
}

func TestAnEndThatIsTooLongIsKeptWithoutTheVendorsJSON(t *testing.T) {
	t.Parallel()
	huge := func(l session.Leg, seconds int) session.Event {
		e := report(seconds, l)
		e.Raw = json.RawMessage(`"` + strings.Repeat("x", 300_000) + `"`)
		return e
	}
	s := applyAll([]session.Event{
		leggedCall.event(session.Started, 1, inbound),
		huge(legOf("1", session.MainLeg, nil, 5, 0, 0, 1, 0, 0), 6), huge(legOf("1", session.MainLeg, nil, 5, 10, 0, 1, 0, 0), 12),
		huge(legOf("1", session.MainLeg, pointer(50), 5, 10, 60, 1, 0, 60), 60),
	})
	if s.Status != session.StatusEnded || *s.TalkSeconds != 50 || s.Overflow != 1 {
		t.Errorf("%s, talked %v, %d over", s.Status, s.TalkSeconds, s.Overflow)
	}
}

func TestAScreenThatWasSharedAfterTheEndWasNot(t *testing.T) {
	t.Parallel()
	shared := adapterCall.event(session.Cobrowse, 45, func(e *session.Event) { e.Cobrowse = &session.Sharing{ID: "Y", Phase: session.SharingStarted} })
	s := applyAll([]session.Event{adapterCall.event(session.Connected, 0, by(kim)), adapterCall.event(session.Ended, 40, by(kim)), shared})
	if c := s.Cobrowse[0]; c.StartedAt != at(40) || c.EndedAt != at(40) {
		t.Errorf("shared from %v to %v", c.StartedAt, c.EndedAt)
	}
}

// TestTheFullestPartsFitTheirDocumentToo is TestTheFullestSessionFitsItsDocument for what is repeated in the fold.
func TestTheFullestPartsFitTheirDocumentToo(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*session.Event, int){
		"files": func(e *session.Event, i int) {
			e.File = &session.File{ID: fmt.Sprint(i), Kind: session.Photo, URL: "https://files.example/" + strings.Repeat("p", 3_800)}
		},
		"answers": func(e *session.Event, i int) {
			e.Answer = &session.Answer{Question: fmt.Sprint(i), Text: strings.Repeat("t", 3_000)}
		},
		"agents": func(e *session.Event, i int) {
			e.Kind, e.Agent = session.ParticipantJoined, &session.Agent{ID: fmt.Sprint(i), Name: strings.Repeat("n", 800)}
		},
		"legs": func(e *session.Event, i int) {
			e.Leg = &session.Leg{ID: fmt.Sprint(i), Reason: strings.Repeat("r", 2_000), StartedAt: nine, EndedAt: nine}
		},
	}
	for name, fill := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var s session.Session
			for i := 0; s.Overflow == 0; i += 10 { // ten at once, to fold less often
				var events []session.Event
				for j := range 10 {
					e := webhookCall.event(session.Snapshot, i+j, id(fmt.Sprint(i+j)))
					fill(&e, i+j)
					events = append(events, e)
				}
				s, _ = session.ApplyAll(s, events)
			}
			b, err := json.Marshal(s)
			if err != nil {
				t.Fatal(err)
			}
			if len(b) > 1<<20-200<<10 {
				t.Errorf("%d bytes", len(b))
			}
		})
	}
}
