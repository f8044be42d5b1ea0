package qm_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/session"
)

func callOf(state, initiator, participants string) string {
	return fmt.Sprintf(`{"type":"CallState","item":{"CallID":1,"State":%q,"Initiator":%s,"Participants":[%s]}}`, state, initiator, participants)
}

// TestPresences has every state that the documentation lists for participants, and a chat's.
func TestPresences(t *testing.T) {
	t.Parallel()
	tests := map[string]session.Presence{
		"dialing": session.Offered, "ringing": session.Offered, "callback": session.Offered, "accepted": session.Offered,
		"connected": session.Present, "held": session.OnHold, "muted": session.IsMuted, "unmuted": session.IsUnmuted,
		"redacted": session.IsRedacted, "unredacted": session.IsUnredacted, "disconnected": session.Gone,
		"transferred": session.Gone, "deflected": session.Gone, "dispositionSubmitted": session.Gone,
		"Connected": session.Present, "": "", "what": "",
	}
	for state, want := range tests {
		t.Run(state, func(t *testing.T) {
			t.Parallel()
			e := decode(t, callOf("held", `""`, fmt.Sprintf(`{"ParticipantID":"1","Type":"agent","State":%q}`, state)))
			if got := e.Parties[0].Presence; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

// TestParties reads who the participants are, and the customer among them.
func TestParties(t *testing.T) {
	t.Parallel()
	user := func(p session.Party) session.Party { p.Type = session.PartyEndUser; return p }
	third := func(p session.Party) session.Party { p.Type = session.PartyThird; return p }
	tests := map[string]struct {
		participants string
		want         []session.Party
		customer     *session.Customer
	}{
		"a number": {`{"ParticipantID":"+123456789","Type":"external"}`,
			[]session.Party{user(session.Party{Number: "+123456789"})}, &session.Customer{Phone: "+123456789", PhoneRaw: "+123456789"}},
		"a number as people write it": {`{"ParticipantID":"+1 (555) 012-3456","Type":"External"}`,
			[]session.Party{user(session.Party{Number: "+15550123456"})}, &session.Customer{Phone: "+15550123456", PhoneRaw: "+1 (555) 012-3456"}},
		"a number that cannot be dialled": {`{"ParticipantID":"+44 (0)20 7946 0958","Type":"external"}`,
			[]session.Party{user(session.Party{Number: "+44 (0)20 7946 0958"})}, &session.Customer{PhoneRaw: "+44 (0)20 7946 0958"}},
		"a withheld number": {`{"ParticipantID":"+266696687","Type":"external"}`,
			[]session.Party{user(session.Party{Number: "+266696687"})}, &session.Customer{PhoneRaw: "+266696687"}},
		"an end user's id": {`{"ParticipantID":"90071992547409931234","Type":"external"}`,
			[]session.Party{user(session.Party{ID: "90071992547409931234"})}, &session.Customer{ID: "90071992547409931234"}},
		"an end user's id as a number": {`{"ParticipantID":90071992547409931234}`,
			[]session.Party{user(session.Party{ID: "90071992547409931234"})}, &session.Customer{ID: "90071992547409931234"}},
		"an end user's id with its prefix": {`{"ParticipantID":"end_user_5","Type":"external"}`,
			[]session.Party{user(session.Party{ID: "5"})}, &session.Customer{ID: "5"}},
		"a word, no id": {`{"ParticipantID":"anonymous","Type":"external"}`, []session.Party{user(session.Party{})}, nil},
		"a SIP address, no id": {`{"ParticipantID":"sip:80165@pbx.example.com","Type":"external"}`,
			[]session.Party{user(session.Party{})}, nil},
		"a prefix alone, no id": {`{"ParticipantID":"end_user_","Type":"external"}`, []session.Party{user(session.Party{})}, nil},
		"nobody known: a third party": {`{"ParticipantID":null,"Type":"external"},{"Type":"external","ParticipantID":""},{}`,
			[]session.Party{third(session.Party{}), third(session.Party{}), third(session.Party{})}, nil},
		"a third party before the end user": {`{"ParticipantID":null,"Type":"external"},{"ParticipantID":"+123456789","Type":"external"}`,
			[]session.Party{third(session.Party{}), user(session.Party{Number: "+123456789"})},
			&session.Customer{Phone: "+123456789", PhoneRaw: "+123456789"}},
		"a third party after the end user": {`{"ParticipantID":"7","Type":"external"},{"ParticipantID":"+441632960961","Type":"external"}`,
			[]session.Party{user(session.Party{ID: "7"}), third(session.Party{Number: "+441632960961"})}, &session.Customer{ID: "7"}},
		"a third party with an id": {`{"ParticipantID":"7","Type":"external"},{"ParticipantID":"8","Type":"external"}`,
			[]session.Party{user(session.Party{ID: "7"}), third(session.Party{ID: "8"})}, &session.Customer{ID: "7"}},
		"agents": {`{"ParticipantID":"1234","Type":"agent"},{"ParticipantID":4321,"Type":"Agent"},{"ParticipantID":null,"Type":"agent"}`,
			[]session.Party{{Type: session.PartyAgent, ID: "1234"}, {Type: session.PartyAgent, ID: "4321"}, {Type: session.PartyAgent}}, nil},
		"an agent whose prefix says so": {`{"ParticipantID":"agent_1","Type":"external"}`,
			[]session.Party{{Type: session.PartyAgent, ID: "1"}}, nil},
		"virtual agents": {`{"ParticipantID":"virtual_agent_15","Type":"agent"},{"ParticipantID":"16","Type":"virtual_agent"}`,
			[]session.Party{{Type: session.PartyVirtualAgent, ID: "15"}, {Type: session.PartyVirtualAgent, ID: "16"}}, nil},
		"an undocumented type: a third party": {`{"ParticipantID":"+441632960961","Type":"observer"}`,
			[]session.Party{third(session.Party{Number: "+441632960961"})}, nil},
		"what is no object is passed over": {`7,null,[],{"ParticipantID":"1234","Type":"agent"}`,
			[]session.Party{{Type: session.PartyAgent, ID: "1234"}}, nil},
		"no participants, no parties": {``, nil, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := decode(t, callOf("ringing", `""`, tt.participants))
			if diff := cmp.Diff(tt.want, e.Parties); diff != "" {
				t.Errorf("parties (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.customer, e.Customer); diff != "" {
				t.Errorf("customer (-want +got):\n%s", diff)
			}
			if e.Agent != nil {
				t.Errorf("agent %+v of an event that tells of all", e.Agent)
			}
		})
	}
}

func TestAVirtualAgentIsNamed(t *testing.T) {
	t.Parallel()
	e := decode(t, `{"chat_id":1,"state":"connected","participants":[{"dn":"virtual_agent_15","type":"agent","state":"connected"}]}`)
	if e.VirtualAgent == nil || e.VirtualAgent.ID != "15" {
		t.Errorf("virtual agent %+v", e.VirtualAgent)
	}
}

// TestWhoEnded has the agent 1234, the end user +123456789 and a third party, or others where the row names them.
func TestWhoEnded(t *testing.T) {
	t.Parallel()
	usual := `{"ParticipantID":"1234","Type":"agent"},{"ParticipantID":"+123456789","Type":"external"},{"ParticipantID":"+441632960961","Type":"external"}`
	tests := map[string]struct{ initiator, participants, want string }{
		"the agent":                              {`"1234"`, usual, "agent"},
		"the agent, as a number":                 {`1234`, usual, "agent"},
		"the end user, by number":                {`"+123456789"`, usual, "end_user"},
		"the end user, by id":                    {`7`, `{"ParticipantID":"7","Type":"external"}`, "end_user"},
		"the end user, by id with its prefix":    {`"end_user_7"`, ``, "end_user"},
		"the agent, by id with its prefix":       {`"agent_1"`, ``, "agent"},
		"a virtual agent":                        {`"virtual_agent_15"`, ``, "system"},
		"nobody: a third party":                  {`"+441632960961"`, usual, ""},
		"nobody: not among the participants":     {`"4321"`, usual, ""},
		"nobody: not told":                       {`null`, usual + `,{"Type":"agent"}`, ""},
		"nobody: an agent and an end user match": {`"7"`, `{"ParticipantID":"7","Type":"agent"},{"ParticipantID":"7","Type":"external"}`, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := decode(t, callOf("disconnected", tt.initiator, tt.participants))
			if e.EndedBy != tt.want || e.Agent != nil {
				t.Errorf("ended by %q, agent %+v; want %q", e.EndedBy, e.Agent, tt.want)
			}
			if e := decode(t, callOf("held", tt.initiator, tt.participants)); e.EndedBy != "" {
				t.Errorf("a hold ended the call, by %q", e.EndedBy)
			}
		})
	}
}

// TestWhoLeft names the agent who left a conference only where it is one for certain.
func TestWhoLeft(t *testing.T) {
	t.Parallel()
	const stays = `{"ParticipantID":"+123456789","Type":"external","State":"connected"},{"ParticipantID":"1","Type":"agent","State":"connected"}`
	tests := map[string]struct{ others, want string }{
		"the one disconnected agent":              {`{"ParticipantID":"2","Type":"agent","State":"disconnected"}`, "2"},
		"the one among others gone before":        {`{"ParticipantID":"2","Type":"agent","State":"disconnected"},{"ParticipantID":"3","Type":"agent","State":"transferred"}`, "2"},
		"nobody: two are disconnected":            {`{"ParticipantID":"2","Type":"agent","State":"disconnected"},{"ParticipantID":"3","Type":"agent","State":"disconnected"}`, ""},
		"nobody: the disconnected agent is none":  {`{"ParticipantID":null,"Type":"agent","State":"disconnected"}`, ""},
		"nobody: it is a third party who left":    {`{"ParticipantID":"+441632960961","Type":"external","State":"disconnected"}`, ""},
		"nobody: it is a virtual agent that left": {`{"ParticipantID":"virtual_agent_2","Type":"agent","State":"disconnected"}`, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := decode(t, callOf("participantDisconnect", `"2"`, stays+","+tt.others))
			got := ""
			if e.Agent != nil {
				got = e.Agent.ID
			}
			if e.Kind != session.ParticipantLeft || got != tt.want {
				t.Errorf("%s of agent %q, want %q", e.Kind, got, tt.want)
			}
		})
	}
}

// TestAnEndlessNameIsNoReasonToLoseTheEvent: somebody outside may have an address of any length, which is noted.
func TestAnEndlessNameIsNoReasonToLoseTheEvent(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("1", 129)
	const note = ": must be an id: a whole number or a string of at most 128 bytes"
	tests := map[string]struct {
		id    string
		want  session.PartyType
		party string // its id or number
		notes []string
	}{
		"an address":         {`"sip:` + long + `"`, session.PartyEndUser, "", []string{"Participants.ParticipantID" + note}},
		"digits":             {`"` + long + `"`, session.PartyEndUser, "", []string{"Participants.ParticipantID" + note}},
		"digits, a number":   {long, session.PartyEndUser, "", []string{"Participants.ParticipantID" + note}},
		"with a prefix":      {`"end_user_` + long + `"`, session.PartyEndUser, "", []string{"Participants.ParticipantID" + note}},
		"nothing that is so": {`[]`, session.PartyThird, "", []string{"Participants.ParticipantID" + note}},
		"as long as may be":  {long[1:], session.PartyEndUser, long[1:], nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := decode(t, callOf("ringing", `""`, `{"ParticipantID":`+tt.id+`,"Type":"external"},{"ParticipantID":"1234","Type":"agent"}`))
			p := e.Parties[0]
			if p.Type != tt.want || p.ID+p.Number != tt.party || len(e.Parties) != 2 {
				t.Errorf("parties %+v", e.Parties)
			}
			if diff := cmp.Diff(tt.notes, e.Notes); diff != "" {
				t.Errorf("notes (-want +got):\n%s", diff)
			}
		})
	}
}
