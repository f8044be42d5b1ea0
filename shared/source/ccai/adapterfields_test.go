package ccai_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source/ccai"
)

// TestFieldsOfAnAdapterEvent reads events in the envelope of agent 1, as one field of what they become.
func TestFieldsOfAnAdapterEvent(t *testing.T) {
	t.Parallel()
	kim := &session.Agent{ID: "1", Email: "kim@example.com"}
	tests := map[string]struct {
		event string
		read  func(session.Event) any
		want  any
	}{
		"the case of a type does not matter":    {`{"type":"NEW_call","data":{"call_id":7}}`, kind, session.Connected},
		"and it is kept as sent":                {`{"type":"NEW_call","data":{"call_id":7}}`, vendorType, "NEW_call"},
		"a nameless redaction may be either":    {`{"agent_id":1,"call_id":7}`, toggle, true},
		"a named redaction is what it says":     {`{"type":"Call_Redaction_Started","data":{"call_id":7}}`, toggle, false},
		"a transfer is not of its ends' agents": {`{"type":"Transfer_Call","data":{"call_id":7,"agent_id":8,"to_agent_id":5}}`, agentOf, kim},
		"a transfer to an agent keeps the queue": {`{"type":"Transfer_Call","data":{"call_id":7,"queue_id":3,"from_queue_id":2,"to_agent_id":5}}`,
			queueOf, &session.Queue{ID: "3"}},
		"a party's agent is not the event's":    {`{"type":"Party_Added","data":{"call_id":7,"agent_id":5,"type":"agent"}}`, agentOf, (*session.Agent)(nil)},
		"a party with an id":                    {`{"type":"Party_Added","data":{"call_id":7,"agent_id":5,"type":"agent"}}`, partyOf, &session.Party{Type: "agent", ID: "5"}},
		"a party by email":                      {`{"type":"Party_Added","data":{"call_id":7,"agent_email":"a@example.com","type":"Agent"}}`, partyOf, &session.Party{Type: "agent", Name: "a@example.com"}},
		"a party that is an end user":           {`{"type":"Party_Added","data":{"call_id":7,"end_user_id":9,"type":"end-user"}}`, partyOf, &session.Party{Type: "end_user", ID: "9"}},
		"a party that is a virtual agent":       {`{"type":"Party_Added","data":{"call_id":7,"virtual_agent_id":15,"type":"virtual_agent"}}`, partyOf, &session.Party{Type: "virtual_agent", ID: "15"}},
		"a party of an unknown type":            {`{"type":"Party_Added","data":{"call_id":7,"type":"cat"}}`, partyOf, (*session.Party)(nil)},
		"an agent who joins is the event's":     {`{"type":"Agent_Joined_Call","data":{"call_id":7,"agent_id":5}}`, agentOf, &session.Agent{ID: "5"}},
		"an assistant's coming is no agent's":   {`{"type":"Task_VA_Joined","data":{"call_id":7,"virtual_agent_id":15}}`, agentOf, (*session.Agent)(nil)},
		"an assistant's going is no agent's":    {`{"type":"Task_VA_Left","data":{"call_id":7,"virtual_agent_id":15}}`, agentOf, (*session.Agent)(nil)},
		"variables in the documented field":     {`{"type":"task_va_variables","data":{"call_id":7,"session_variable":{"a":1},"x":{"b":2}}}`, variables, `{"a":1}`},
		"variables in any other":                {`{"type":"task_va_variables","data":{"call_id":7,"x":{"b":2},"y":[1]}}`, variables, `{"x":{"b":2}}`},
		"no variables at all":                   {`{"type":"task_va_variables","data":{"call_id":7}}`, variables, ""},
		"parameters under their other name":     {`{"type":"New_Call","data":{"call_id":7,"va_data_parameters":null,"data_parameters":{"a":1}}}`, parameters, `{"a":1}`},
		"a screen of no session":                {`{"type":"Cobrowse_Session_Started","data":{"cobrowse_session_id":"s"}}`, sessionOf, ""},
		"a screen of a call":                    {`{"type":"Cobrowse_Session_Started","data":{"call_id":7}}`, sessionOf, "call-7"},
		"a screen's end is not the session's":   {`{"type":"Cobrowse_Session_Ended","data":{"call_id":7,"cobrowse_session_ended_by":"agent"}}`, endedByOf, ""},
		"end-user is end_user":                  {`{"type":"Cobrowse_Session_Started","data":{"cobrowse_session_requested_by":"end-user"}}`, screen, session.Sharing{Phase: "started", RequestedBy: "end_user"}},
		"who ended a screen":                    {`{"type":"Cobrowse_Session_Ended","data":{"cobrowse_session_ended_by":"api"}}`, screen, session.Sharing{Phase: "ended", EndedBy: "api"}},
		"a screen's fields with their capital":  {`{"type":"Cobrowse_Session_Full_Device_Changed","data":{"Cobrowse_session_id":"s","Cobrowse_session_full_device":"on"}}`, screen, session.Sharing{ID: "s", Phase: "changed", FullDevice: "on"}},
		"a record":                              {record(`"http://crm.example.com/?id=4#a"`), recordURL, "http://crm.example.com/?id=4#a"},
		"a record for a call":                   {`{"type":"crm_record_pop","data":{"call_id":7,"recordUrl":"https://crm.example.com"}}`, sessionOf, "call-7"},
		"when an assistant came":                {`{"type":"Task_VA_Joined","data":{"call_id":7,"timestamp":"2026-01-05 09:30:00"}}`, timeOf, clock("2026-01-05T07:30:00Z")},
		"when an assistant went, with a zone":   {`{"type":"Task_VA_Left","data":{"call_id":7,"timestamp":"2026-01-05T09:30:00+01:00"}}`, timeOf, clock("2026-01-05T08:30:00Z")},
		"when variables came":                   {`{"type":"task_va_variables","data":{"call_id":7,"timestamp":"2026-01-05T08:30:00Z"}}`, timeOf, clock("2026-01-05T08:30:00Z")},
		"a time that is none is the envelope's": {`{"type":"Task_VA_Left","data":{"call_id":7,"timestamp":"12:45:15"}}`, timeOf, clock("2026-01-05T09:00:00Z")},
		"a message":                             {`{"type":"Chat_Inbound_Message","data":{"chat_id":7,"message":"hi"}}`, messageOf, "message: hi"},
		"a message that is an object":           {`{"type":"Chat_Inbound_Message","data":{"chat_id":7,"message":{"text":"hi"}}}`, messageOf, "snapshot: "},
		"a message that is a number":            {`{"type":"Chat_Outbound_Message","data":{"chat_id":7,"message":1}}`, messageOf, "snapshot: "},
		"a message of nothing":                  {`{"type":"Chat_Outbound_Message","data":{"chat_id":7,"message":""}}`, messageOf, "snapshot: "},
		"no message":                            {`{"type":"Chat_Outbound_Message","data":{"chat_id":7}}`, messageOf, "snapshot: "},
		"a record without the user in it":       {record(`"https://kim:pin@crm.example.com/4"`), recordURL, "https://crm.example.com/4"},
		"an assist within a chat":               {`{"type":"Agent_Assist_Started","data":{"chat_id":7}}`, sessionOf, "chat-7"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			zoned := receipt
			zoned.Zone = time.FixedZone("", 2*60*60)
			batch, err := ccai.DecodeAdapter(zoned, []byte(envelope("d-1", "2026-01-05T09:00:00Z", tt.event)))
			if err != nil {
				t.Fatal(err)
			}
			e := batch.Events[0]
			if diff := cmp.Diff(tt.want, tt.read(e)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func timeOf(e session.Event) any { return e.At }
func messageOf(e session.Event) any {
	if e.Message == nil {
		return string(e.Kind) + ": "
	}
	return string(e.Kind) + ": " + e.Message.Text
}
func kind(e session.Event) any       { return e.Kind }
func vendorType(e session.Event) any { return e.VendorType }
func toggle(e session.Event) any     { return e.Toggle }
func agentOf(e session.Event) any    { return e.Agent }
func queueOf(e session.Event) any    { return e.Queue }
func partyOf(e session.Event) any    { return e.Party }
func sessionOf(e session.Event) any  { return e.Session }
func endedByOf(e session.Event) any  { return e.EndedBy }
func screen(e session.Event) any     { return *e.Cobrowse }
func recordURL(e session.Event) any  { return e.RecordURL }
func variables(e session.Event) any {
	return data(e, func(d *session.Data) json.RawMessage { return d.SessionVariables })
}
func parameters(e session.Event) any {
	return data(e, func(d *session.Data) json.RawMessage { return d.VAParameters })
}

func data(e session.Event, part func(*session.Data) json.RawMessage) string {
	if e.CustomData == nil {
		return ""
	}
	return string(part(e.CustomData))
}
