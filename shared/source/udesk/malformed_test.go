package udesk_test

import (
	"strings"
	"testing"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source/sourcetest"
	"sessionbridge.internal/shared/source/udesk"
)

func TestMalformedPayloads(t *testing.T) {
	t.Parallel()
	sourcetest.Refuses(t, receipt, map[string]sourcetest.Malformed{
		"empty":                           {Decode: udesk.DecodeCall, Body: ``, Path: "$"},
		"no JSON":                         {Decode: udesk.DecodeCall, Body: `call_id=1`, Path: "$"},
		"a number":                        {Decode: udesk.DecodeCall, Body: `1`, Path: "$"},
		"too long":                        {Decode: udesk.DecodeCall, Body: `{"call_id":"` + strings.Repeat("a", 1<<20) + `"}`, Path: "$"},
		"too deep":                        {Decode: udesk.DecodeCall, Body: `{"call_id":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`, Path: "$"},
		"no id":                           {Decode: udesk.DecodeCall, Body: `{"agent_id":1}`, Path: "call_id"},
		"empty ids":                       {Decode: udesk.DecodeCall, Body: `{"call_id":" ","conversation_id":null}`, Path: "call_id"},
		"ids that are no scalars":         {Decode: udesk.DecodeCall, Body: `{"call_id":[1],"conversation_id":true}`, Path: "call_id"},
		"no id in an array":               {Decode: udesk.DecodeCall, Body: `[{"agent_id":1}]`, Path: "[0].call_id"},
		"an array of numbers":             {Decode: udesk.DecodeCall, Body: `[1,2]`, Path: "[0]"},
		"an array of strings":             {Decode: udesk.DecodeCall, Body: `["{\"call_id\":1}"]`, Path: "[0]"},
		"chat, no JSON":                   {Decode: udesk.DecodeChat, Body: `action=x`, Path: "$"},
		"chat, an array of numbers":       {Decode: udesk.DecodeChat, Body: `[1]`, Path: "[0]"},
		"chat, no action":                 {Decode: udesk.DecodeChat, Body: `{"message":{}}`, Path: "action"},
		"chat, no message":                {Decode: udesk.DecodeChat, Body: `{"action":"ImSubSession_create"}`, Path: "message"},
		"chat, message is a text":         {Decode: udesk.DecodeChat, Body: `{"action":"ImSubSession_close","message":"hi"}`, Path: "message"},
		"chat, message is a number":       {Decode: udesk.DecodeChat, Body: `{"action":"ShutQueue_create","message":1}`, Path: "message"},
		"chat, no id":                     {Decode: udesk.DecodeChat, Body: `{"action":"ImSubSession_create","message":{"im_sub_session_log":{}}}`, Path: "message.sub_session_id"},
		"chat, no id in an array":         {Decode: udesk.DecodeChat, Body: `[{"action":"ImSubSession_close","message":{}}]`, Path: "[0].message.sub_session_id"},
		"chat, vote without any session":  {Decode: udesk.DecodeChat, Body: `{"action":"ImSurveyVote_create","message":{"id":1}}`, Path: "message.sub_session_id"},
		"chat, message text is no object": {Decode: udesk.DecodeChat, Body: `{"action":"ImSubSession_close","message":"[]"}`, Path: "message"},
	})
}

func TestOneBadEntryCostsOnlyItself(t *testing.T) {
	t.Parallel()
	batch, err := udesk.DecodeCall(receipt, []byte(`[{"call_id":"a"},{"agent_id":1},{"call_id":"b"}]`))
	if err != nil {
		t.Fatal(err)
	}
	if len(batch.Rejected) != 1 || batch.Rejected[0].Path != "[1].call_id" {
		t.Errorf("rejected %v", batch.Rejected)
	}
	if n := len(all(batch.Events, session.Snapshot)); n != 2 {
		t.Errorf("%d posts read, want 2", n)
	}
	if e := only(t, batch.Events, session.Unknown); string(e.Raw) != `{"agent_id":1}` {
		t.Errorf("kept %s", e.Raw)
	}
}
