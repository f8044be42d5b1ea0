package demo_test

import (
	"testing"
	"time"

	"sessionbridge.internal/emulator/demo"
	"sessionbridge.internal/shared/session"
)

func TestASessionIsShown(t *testing.T) {
	t.Parallel()
	n := func(n int) *int { return &n }
	at := func(seconds int) time.Time { return nine.Add(time.Duration(seconds) * time.Second) }
	tests := map[string]struct {
		session session.Session
		want    string
	}{
		"nothing is known": {session.Session{}, "    session     \n"},
		"the durations": {session.Session{Direction: session.Inbound, WaitSeconds: n(0), QueueSeconds: n(1), TalkSeconds: n(2), HoldSeconds: n(3), WrapUpSeconds: n(4)},
			"    session     inbound, waited 0 s, queued 1 s, talked 2 s, held 3 s, wrapped up 4 s\n"},
		"who took part": {session.Session{
			Agents: []session.Agent{{ID: "1", Email: "kim@demo.example", JoinedAt: at(5), LeftAt: at(9)}, {ID: "2", Name: "Lee"}},
			Participants: []session.Participant{{Type: session.PartyEndUser, Number: "+15550123456", Intervals: []session.Interval{{From: at(0), To: at(9)}}},
				{Type: session.PartyAgent, ID: "1", Intervals: []session.Interval{{From: at(5), To: at(7)}, {From: at(8)}}}},
		}, `    session     
    agent       kim@demo.example, 09:00:05 to 09:00:09
    agent       Lee
    participant end_user +15550123456, 09:00:00 to 09:00:09
    participant agent 1, 09:00:05 to 09:00:07, 09:00:08 to ?
`},
		"how it was handed on": {session.Session{
			Transfers: []session.Transfer{{At: at(5), Kind: session.Warm, From: session.End{AgentID: "1"}, To: session.End{AgentID: "2", AgentEmail: "lee@demo.example"}},
				{At: at(6), From: session.End{QueueID: "7", QueuePath: "Orders"}, To: session.End{Number: "+15550123457"}}},
			Legs: []session.Leg{{ID: "c", Kind: session.ConsultLeg, RingingAt: at(1), EndedAt: at(4), TalkSeconds: n(2), Result: "answered", Reason: "transferred"}},
		}, `    session     
    transfer    warm, at 09:00:05, from agent 1, to agent lee@demo.example
    transfer    at 09:00:06, from queue Orders, to +15550123457
    leg         consult c, 09:00:01 to 09:00:04, talked 2 s, answered, transferred
`},
		"what else there was": {session.Session{
			Redactions: []session.Interval{{From: at(1), To: at(2)}},
			Cobrowse:   []session.SharedScreen{{ID: "s", StartedAt: at(3)}},
			Announced:  []session.File{{Kind: session.Recording, URL: "https://files.example/1.mp3"}},
			Survey:     []session.Answer{{Text: "yes"}, {Question: "And?", Text: "no"}},
		}, `    session     
    redacted    09:00:01 to 09:00:02
    screen      s, 09:00:03 to ?
    announced   recording, https://files.example/1.mp3
    survey      yes
    survey      And?, no
`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := demo.Show(tt.session); got != tt.want {
				t.Errorf("shown as\n%swant\n%s", got, tt.want)
			}
		})
	}
}
