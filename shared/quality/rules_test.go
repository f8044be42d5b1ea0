package quality_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/quality"
	"sessionbridge.internal/shared/session"
)

var (
	kim = &session.Agent{ID: "1", Email: "kim@example.com"}
	lee = &session.Agent{ID: "5", Email: "lee@example.com"}
)

// on makes an event of a call; its id is its kind, time and agent.
func on(kind session.Kind, seconds int, a *session.Agent, more ...func(*session.Event)) session.Event {
	e := session.Event{
		Tenant: "demo", Source: "ccai", Session: "call-7", Kind: kind, At: at(seconds), ReceivedAt: at(seconds), Agent: a,
	}
	for _, m := range more {
		m(&e)
	}
	e.ID = fmt.Sprint(kind, seconds, a)
	return e
}

func inbound(e *session.Event) {
	e.Direction, e.Language = session.Inbound, "en"
	e.Customer = &session.Customer{Phone: "+15550123456", PhoneRaw: "+15550123456", ID: "87"}
	e.Queue = &session.Queue{ID: "3", Path: "Support / Orders", PathIDs: "1/3"}
}

func outbound(e *session.Event) { inbound(e); e.Direction = session.Outbound }

func withheld(e *session.Event) {
	inbound(e)
	e.Customer = &session.Customer{PhoneRaw: "anonymous", ID: "87"}
}

func nobody(e *session.Event) { inbound(e); e.Customer = &session.Customer{PhoneRaw: "anonymous"} }

func aChat(e *session.Event) { inbound(e); e.Session, e.Type = "chat-7", "In-web" }

func chatting(e *session.Event) { e.Session = "chat-7" }

func transfer(kind session.TransferKind, to string) func(*session.Event) {
	return func(e *session.Event) {
		e.Transfer = &session.Transfer{Kind: kind, From: session.End{AgentID: "1"}, To: session.End{AgentID: to}}
	}
}

func with(p session.Party) func(*session.Event) { return func(e *session.Event) { e.Party = &p } }

func toQueue(e *session.Event) { e.Queue = &session.Queue{ID: "9", Path: "Returns"} }

func toggled(e *session.Event) { e.Toggle = true }

// said is a payload on one line: state, initiator, and who is there in which state.
func said(t *testing.T, p quality.Payload) string {
	t.Helper()
	var b struct {
		State, Initiator string
		Item             struct {
			State, Initiator string
			Participants     []struct{ ParticipantID, State *string }
		}
		Participants []struct{ DN, State *string }
	}
	if err := json.Unmarshal(p.Body, &b); err != nil {
		t.Fatal(err)
	}
	var out []string
	name := func(id, state *string) {
		if id == nil {
			id = new("null")
		}
		out = append(out, *id+" "+*state)
	}
	for _, s := range b.Item.Participants {
		name(s.ParticipantID, s.State)
	}
	for _, s := range b.Participants {
		name(s.DN, s.State)
	}
	return b.State + b.Item.State + " by " + b.Initiator + b.Item.Initiator + ": " + strings.Join(out, ", ")
}

// TestWhatHappensIsTold has each documented variant, and the rules of the field tables.
func TestWhatHappensIsTold(t *testing.T) {
	t.Parallel()
	const user = "+15550123456"
	started := on(session.Started, 0, nil, inbound)
	answered := on(session.Connected, 10, kim)
	tests := map[string]struct {
		events []session.Event
		want   []string // after the payloads of a call that kim answered
	}{
		"the first projection of a cascade alone": {
			[]session.Event{started, on(session.Ringing, 5, kim), on(session.ParticipantLeft, 7, kim), on(session.Ringing, 8, lee)},
			[]string{"ringing by " + user + ": " + user + " connected, 1 ringing"},
		},
		"a projection in another queue": {
			[]session.Event{started, on(session.Ringing, 5, kim), on(session.MenuSelected, 7, nil, toQueue), on(session.Ringing, 8, lee)},
			[]string{"ringing by " + user + ": " + user + " connected, 1 ringing", "ringing by " + user + ": " + user + " connected, 5 ringing"},
		},
		"no multicast": {
			[]session.Event{started, on(session.Ringing, 5, kim), on(session.Ringing, 5, lee), on(session.Connected, 6, lee)},
			[]string{"connected by 5: " + user + " connected, 5 connected"},
		},
		"a hold and its end, once": {
			[]session.Event{started, answered, on(session.Held, 20, kim), on(session.Held, 21, kim), on(session.Resumed, 30, kim)},
			[]string{"connected by 1: " + user + " connected, 1 connected", "held by 1: " + user + " held, 1 connected", "connected by 1: " + user + " connected, 1 connected"},
		},
		"a cold transfer when it is taken, without the old agent": {
			[]session.Event{started, answered, on(session.Transferred, 20, nil, transfer(session.Cold, "5")), on(session.Ringing, 21, lee), on(session.Connected, 25, lee), on(session.Ended, 26, kim)},
			[]string{"connected by 1: " + user + " connected, 1 connected", "ringing by " + user + ": " + user + " connected, 1 connected, 5 ringing", "transferred by 5: " + user + " connected, 5 connected"},
		},
		"no transfer that nobody took": {
			[]session.Event{started, answered, on(session.Transferred, 20, nil, transfer(session.Cold, "5"))},
			[]string{"connected by 1: " + user + " connected, 1 connected"},
		},
		"a warm transfer, and who leaves it": {
			[]session.Event{started, answered, on(session.Transferred, 20, nil, transfer(session.Warm, "5")), on(session.Connected, 25, lee), on(session.Ended, 30, kim), on(session.Ended, 40, lee)},
			[]string{"connected by 1: " + user + " connected, 1 connected", "conferenced by 5: " + user + " connected, 1 connected, 5 connected", "participantDisconnect by 1: " + user + " connected, 1 disconnected, 5 connected", "disconnected by " + user + ": " + user + " disconnected, 5 disconnected"},
		},
		"a conference with an agent": {
			[]session.Event{started, answered, on(session.Conferenced, 20, kim, transfer(session.Conference, "5"))},
			[]string{"connected by 1: " + user + " connected, 1 connected", "conferenced by 5: " + user + " connected, 1 connected, 5 connected"},
		},
		"a third party without a number is null": {
			[]session.Event{started, answered, on(session.ParticipantJoined, 20, nil, with(session.Party{Type: session.PartyThird, ID: "x"}))},
			[]string{"connected by 1: " + user + " connected, 1 connected", "connected by " + user + ": " + user + " connected, 1 connected, null connected"},
		},
		"no supervisor": {
			[]session.Event{started, answered, on(session.ParticipantJoined, 20, nil, with(session.Party{Type: session.PartyManager, ID: "3"}))},
			[]string{"connected by 1: " + user + " connected, 1 connected"},
		},
		"muted and unmuted": {
			[]session.Event{started, answered, on(session.Muted, 20, kim), on(session.Unmuted, 21, kim), on(session.Held, 22, kim)},
			[]string{"connected by 1: " + user + " connected, 1 connected", "connected by 1: " + user + " connected, 1 muted", "connected by 1: " + user + " connected, 1 unmuted", "held by 1: " + user + " held, 1 connected"},
		},
		"redacted and unredacted by one word": {
			[]session.Event{started, answered, on(session.Redacted, 20, kim, toggled), on(session.Redacted, 21, kim, toggled)},
			[]string{"connected by 1: " + user + " connected, 1 connected", "connected by 1: " + user + " redacted, 1 redacted", "connected by 1: " + user + " unredacted, 1 unredacted"},
		},
		"an outgoing call": {
			[]session.Event{on(session.Started, 0, nil, outbound), on(session.Ringing, 1, kim), on(session.Ringing, 2, kim), on(session.Connected, 9, nil), on(session.Ended, 40, nil, func(e *session.Event) { e.EndedBy = "agent" })},
			[]string{"dialing by 1: 1 connected, " + user + " dialing", "connected by " + user + ": 1 connected, " + user + " connected", "disconnected by 1: 1 disconnected, " + user + " disconnected"},
		},
		"a withheld number gives way to the id": {
			[]session.Event{on(session.Started, 0, nil, withheld), answered},
			[]string{"connected by 1: 87 connected, 1 connected"},
		},
		"a customer of whom nothing is known is null": {
			[]session.Event{on(session.Started, 0, nil, nobody), answered},
			[]string{"connected by 1: null connected, 1 connected"},
		},
		"an agent who comes back is told twice": {
			[]session.Event{started, answered, on(session.Ended, 20, kim), on(session.Connected, 30, kim)},
			[]string{"connected by 1: " + user + " connected, 1 connected", "connected by 1: " + user + " connected, 1 connected"},
		},
		"a consultation is beside the call": {
			[]session.Event{started, answered, on(session.Connected, 20, lee, func(e *session.Event) { e.Leg = &session.Leg{ID: "c", Kind: session.ConsultLeg} })},
			[]string{"connected by 1: " + user + " connected, 1 connected"},
		},
		"a chat": {
			[]session.Event{
				on(session.Started, 0, nil, aChat), on(session.MenuSelected, 1, nil, chatting), on(session.ParticipantJoined, 2, nil, chatting, with(session.Party{Type: session.PartyVirtualAgent, ID: "15"})),
				on(session.Ringing, 5, kim, chatting), on(session.Connected, 10, kim, chatting), on(session.Ended, 50, nil, chatting), on(session.Dispositioned, 60, kim, chatting),
			},
			[]string{
				"waiting by end_user_87: end_user_87 connected", "waiting by end_user_87: end_user_87 connected",
				"connected by virtual_agent_15: end_user_87 connected, virtual_agent_15 connected",
				"connected by agent_1: end_user_87 connected, virtual_agent_15 connected, agent_1 accepted",
				"connected by agent_1: end_user_87 connected, agent_1 connected",
				"disconnected by end_user_87: end_user_87 disconnected, agent_1 disconnected",
				"disconnected by agent_1: end_user_87 disconnected, agent_1 dispositionSubmitted",
			},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, p := range owed(t, tt.events) {
				got = append(got, said(t, p))
				if err := valid(t, p.Body); err != nil {
					t.Error(err)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestQueueFieldsAreForInboundCalls compares the fields of one event in both directions.
func TestQueueFieldsAreForInboundCalls(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		events []session.Event
		want   string // the item up to the participants
	}{
		"all of an inbound call": {
			[]session.Event{on(session.Started, 0, nil, inbound), on(session.Connected, 10, kim)},
			`"Queue_path_ids":"1/3","Queue_path_names":"Support/Orders","Language":"en","Queue_uuid":3,"Participants"`,
		},
		"none of an outgoing call": {
			[]session.Event{on(session.Started, 0, nil, outbound), on(session.Connected, 10, kim)},
			`"Direction":"outgoing","Initiator":"+15550123456","Participants"`,
		},
		"the queue of an outgoing call that was transferred to one": {
			[]session.Event{on(session.Started, 0, nil, outbound), on(session.Connected, 10, kim), on(session.Transferred, 20, kim, toQueue), on(session.Connected, 30, lee)},
			`"Initiator":"5","Queue_uuid":9,"Participants"`,
		},
		"the path before the first agent and the queue after a transfer": {
			[]session.Event{on(session.Started, 0, nil, inbound), on(session.Connected, 10, kim), on(session.Transferred, 20, kim, toQueue), on(session.Connected, 30, lee)},
			`"Queue_path_ids":"1/3","Queue_path_names":"Support/Orders","Language":"en","Queue_uuid":9,"Participants"`,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all := owed(t, tt.events)
			if last := string(all[len(all)-1].Body); !strings.Contains(last, tt.want) {
				t.Errorf("no %s in %s", tt.want, last)
			}
		})
	}
}

// TestALateFactFillsWhatIsNotHandedOverYet has the customer's number come last: ids stay, bodies have it.
func TestALateFactFillsWhatIsNotHandedOverYet(t *testing.T) {
	t.Parallel()
	before := owed(t, []session.Event{on(session.Connected, 10, kim)})
	after := owed(t, []session.Event{on(session.Connected, 10, kim), on(session.Snapshot, 20, nil, inbound)})
	if diff := cmp.Diff(ids(before), ids(after)); diff != "" {
		t.Errorf("ids (-before +after):\n%s", diff)
	}
	if a, b := string(before[0].Body), string(after[0].Body); strings.Contains(a, "+1555") || !strings.Contains(b, "+1555") {
		t.Errorf("before %s, after %s", a, b)
	}
}

// TestACallThatGoesOnAtAnotherAgentHasAnotherEnd hands over after each event of two agents one after the other.
func TestACallThatGoesOnAtAnotherAgentHasAnotherEnd(t *testing.T) {
	t.Parallel()
	d := deliver([]session.Event{
		on(session.Started, 0, nil, inbound), on(session.Connected, 10, kim), on(session.Ended, 20, kim),
		on(session.Connected, 25, lee), on(session.Ended, 40, lee),
	})
	ends := 0
	for _, p := range d.given {
		if strings.HasPrefix(p.ID, "ended-") {
			ends++
		}
	}
	if last := d.given[d.order[len(d.order)-1]]; ends != 2 || !last.At.Equal(at(40)) {
		t.Errorf("%d ends, the last at %v", ends, last.At)
	}
}

func TestLoginsAndLogouts(t *testing.T) {
	t.Parallel()
	agent := func(kind session.Kind, a *session.Agent) session.Event { e := on(kind, 0, a); e.Session = ""; return e }
	tests := map[string]struct {
		event session.Event
		want  string
	}{
		"a login":                     {agent(session.AgentLogin, kim), `{"type":"AgentState","item":{"ParticipantID":"1","Email":"kim@example.com","State":"login"}}`},
		"a logout":                    {agent(session.AgentLogout, kim), `{"type":"AgentState","item":{"ParticipantID":"1","Email":"kim@example.com","State":"logout"}}`},
		"an agent known by mail":      {agent(session.AgentLogin, &session.Agent{Email: "a@b"}), `{"type":"AgentState","item":{"ParticipantID":"a@b","Email":"a@b","State":"login"}}`},
		"none: a pause":               {agent(session.AgentPause, kim), ""},
		"none: another state":         {agent(session.AgentState, kim), ""},
		"none: a login of nobody":     {agent(session.AgentLogin, nil), ""},
		"none: an event of a session": {on(session.Connected, 0, kim), ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, ok := quality.Agent(tt.event)
			if string(p.Body) != tt.want || ok != (tt.want != "") {
				t.Fatalf("%v %s", ok, p.Body)
			}
			if ok && (p.Channel != session.Call || strings.Contains(p.ID+p.Key, "@") || p.At != at(0)) {
				t.Errorf("%+v", p)
			}
		})
	}
}
