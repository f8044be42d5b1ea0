package quality_test

import (
	"strings"
	"testing"
)

func TestSchemaRefusesWhatIsNotWritten(t *testing.T) {
	t.Parallel()
	const call = `{"type":"CallState","item":{"CallID":"1","State":"ringing","Direction":"incoming","Initiator":"5","Queue_uuid":3,` +
		`"Participants":[{"ParticipantID":null,"Type":"external","State":"connected"}]}}`
	const chat = `{"chat_id":7,"state":"waiting","participants":[{"state":"connected","type":"external","dn":"end_user_5"}]}`
	const agent = `{"type":"AgentState","item":{"ParticipantID":"1","Email":"","State":"login"}}`
	for name, body := range map[string]string{"call": call, "chat": chat, "agent": agent} {
		if err := valid(t, []byte(body)); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	for name, tt := range map[string][3]string{ // body, what is replaced, by what
		"a call of another type":            {call, "CallState", "callState"},
		"a call without an id":              {call, `"CallID":"1",`, ``},
		"a call's id as a number":           {call, `"CallID":"1"`, `"CallID":1`},
		"an undocumented state":             {call, "ringing", "parked"},
		"a state in other letters":          {call, "ringing", "Ringing"},
		"a direction of the model":          {call, "incoming", "inbound"},
		"an empty initiator":                {call, `"Initiator":"5"`, `"Initiator":""`},
		"a queue in parts":                  {call, `"Queue_uuid":3`, `"Queue_uuid":3.5`},
		"a participant's id as a number":    {call, `"ParticipantID":null`, `"ParticipantID":5`},
		"a participant without an id":       {call, `"ParticipantID":null,`, ``},
		"a participant of a chat's state":   {call, `"State":"connected"`, `"State":"accepted"`},
		"a participant of another type":     {call, `"external"`, `"end_user"`},
		"a field nobody knows":              {call, `"CallID"`, `"x":1,"CallID"`},
		"a chat without participants":       {chat, `,"participants":[{"state":"connected","type":"external","dn":"end_user_5"}]`, ``},
		"a chat in a call's words":          {chat, `"state":"waiting"`, `"State":"waiting"`},
		"an agent on a break":               {agent, "login", "pause"},
		"an agent of whom nothing is known": {agent, `"1"`, `""`},
		"an agent of a call's state":        {agent, "AgentState", "CallState"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := strings.Replace(tt[0], tt[1], tt[2], 1)
			if body == tt[0] || valid(t, []byte(body)) == nil {
				t.Errorf("valid: %s", body)
			}
		})
	}
}
