package ccai_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source/ccai"
)

// item is a payload of one notification with the given fields of its item.
func item(fields string) string {
	return fmt.Sprintf(`{"count":1,"events":[{"event_id":"e","timestamp":1767603600000,"item":{%s}}]}`, fields)
}

func TestFieldsOfANotification(t *testing.T) {
	t.Parallel()
	agent := func(fields string) string {
		return item(`"call_id":1,"participants":[{"type":"agent","state":"connected",` + fields + `}]`)
	}
	tests := map[string]struct {
		body string
		read func(session.Session) any
		want any
	}{
		"an id beyond float64 keeps its digits":    {item(`"call_id":9007199254740993`), key, "call-9007199254740993"},
		"an id may be a numeric string":            {item(`"call_id":"0103646"`), key, "call-0103646"},
		"null is absent":                           {item(`"call_id":null,"chat_id":7`), key, "chat-7"},
		"of two ids the type decides":              {item(`"call_id":1,"chat_id":7,"session_type":"MESSAGING (SMS)"`), key, "chat-7"},
		"of two ids the call is taken":             {item(`"call_id":1,"chat_id":7`), key, "call-1"},
		"of two equal keys the last counts":        {item(`"call_id":1,"call_id":2`), key, "call-2"},
		"keys are compared exactly":                {item(`"CALL_ID":1,"call_id":2`), key, "call-2"},
		"the item goes before the root":            {`{"call_id":1,"item":{"call_id":2}}`, key, "call-2"},
		"a null in the item leaves it to the root": {`{"call_id":1,"item":{"call_id":null}}`, key, "call-1"},
		"an array of events":                       {`[{"call_id":1}]`, key, "call-1"},
		"a queue as an array":                      {item(`"call_id":1,"queue_path_names":["Support","","Orders"]`), queuePath, "Support / Orders"},
		"a queue with spaced slashes":              {item(`"call_id":1,"queue_path_names":"Support / Orders"`), queuePath, "Support / Orders"},
		"a queue of another type is absent":        {item(`"call_id":1,"queue_path_names":{"a":1}`), queuePath, ""},
		"a participant of another type is passed":  {item(`"call_id":1,"participants":[7,{"type":"external","dn":"+15550123456"}]`), phone, "+15550123456"},
		"a third party is not the customer":        {item(`"call_id":1,"participants":[{"type":"external","dn":"+15550123456"},{"type":"external","dn":"+15550199999"}]`), phone, "+15550123456"},
		"an agent's id from agent_id":              {agent(`"agent_id":1,"id":206`), firstAgent, "1"},
		"an agent's id from user_id":               {agent(`"user_id":"1","id":206`), firstAgent, "1"},
		"an agent's id from dn":                    {agent(`"dn":"agent_1","id":206`), firstAgent, "1"},
		"an agent's id from id at last":            {agent(`"id":206`), firstAgent, "206"},
		"a virtual agent is no agent":              {item(`"call_id":1,"participants":[{"type":"virtual_agent","state":"connected","id":15}]`), firstAgent, ""},
		"the agent's own time of connection":       {agent(`"agent_id":1,"connected_at":"2026-01-05T08:59:50Z"`), connectedAt, clock("2026-01-05T08:59:50Z")},
		"an agent who only rang took no part":      {item(`"call_id":1,"state":"disconnected","participants":[{"type":"agent","agent_id":1,"state":"disconnected"}]`), outcome, session.Abandoned},
		"no reason is not a failure":               {item(`"call_id":1,"state":"disconnected","fail_reason":"nothing"`), outcome, session.Abandoned},
		"a reason is a failure":                    {item(`"call_id":1,"state":"failed","fail_reason":"eu_busy"`), outcome, session.Failed},
		"a voicemail":                              {item(`"call_id":1,"state":"finished","voicemail_reason":"after_hours"`), outcome, session.Voicemail},
		"the end's own time, zone and all":         {item(`"call_id":1,"ends_at":"2026-01-05T10:01:00.5+0100"`), endedAt, clock("2026-01-05T09:01:00.5Z")},
		"the notification's time without one":      {item(`"call_id":1,"state":"DISCONNECTED"`), endedAt, clock("2026-01-05T09:00:00Z")},
		"the receipt's time without any":           {`{"call_id":1,"state":"disconnected"}`, endedAt, receipt.At},
		"who disconnected":                         {item(`"call_id":1,"state":"disconnected","disconnected_by":"disconnected_by_agent","initiator":"end_user_1"`), endedBy, "agent"},
		"who disconnected, from the initiator":     {item(`"call_id":1,"state":"disconnected","initiator":"virtual_agent_15"`), endedBy, "system"},
		"the custom code of a disposition":         {item(`"call_id":1,"dispositions":[{"code":null,"custom_code_id":12}]`), code, "12"},
		"bytes that are no UTF-8":                  {item("\"call_id\":1,\"session_type\":\"voice \xff\""), sessionType, "voice \uFFFD"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			batch, err := ccai.DecodeWebhook(receipt, []byte(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, tt.read(fold(batch.Events...))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func key(s session.Session) any         { return s.Key }
func queuePath(s session.Session) any   { return s.Queue.Path }
func phone(s session.Session) any       { return s.Customer.Phone }
func connectedAt(s session.Session) any { return s.ConnectedAt }
func endedAt(s session.Session) any     { return s.EndedAt }
func endedBy(s session.Session) any     { return s.EndedBy }
func outcome(s session.Session) any     { return s.Outcome }
func sessionType(s session.Session) any { return s.Type }
func code(s session.Session) any        { return s.Disposition.Code }
func firstAgent(s session.Session) any {
	if len(s.Agents) == 0 {
		return ""
	}
	return s.Agents[0].ID
}
