package ccai_test

import (
	"strings"
	"testing"

	"sessionbridge.internal/shared/source"
	"sessionbridge.internal/shared/source/ccai"
	"sessionbridge.internal/shared/source/sourcetest"
)

// TestMalformedPayloads names the path of each problem, for both decoders or one of them.
func TestMalformedPayloads(t *testing.T) {
	t.Parallel()
	sourcetest.Refuses(t, receipt, map[string]sourcetest.Malformed{
		"empty":                            {Decode: ccai.DecodeWebhook, Body: " \n", Path: "$"},
		"not JSON":                         {Decode: ccai.DecodeWebhook, Body: `{"count":1`, Path: "$"},
		"two values":                       {Decode: ccai.DecodeWebhook, Body: `{} {}`, Path: "$"},
		"a number":                         {Decode: ccai.DecodeWebhook, Body: `1`, Path: "$"},
		"events of another type":           {Decode: ccai.DecodeWebhook, Body: `{"events":{}}`, Path: "events"},
		"null for events":                  {Decode: ccai.DecodeWebhook, Body: `{"events":null}`, Path: "events"},
		"too large":                        {Decode: ccai.DecodeWebhook, Body: `"` + strings.Repeat("x", 1<<20) + `"`, Path: "$"},
		"too deep":                         {Decode: ccai.DecodeWebhook, Body: strings.Repeat("[", 41) + strings.Repeat("]", 41), Path: "$"},
		"an entry too deep":                {Decode: ccai.DecodeWebhook, Body: `{"events":[` + strings.Repeat("[", 33) + strings.Repeat("]", 33) + `]}`, Path: "events[0]"},
		"too many events":                  {Decode: ccai.DecodeWebhook, Body: `{"events":[` + strings.Repeat("1,", 1_000) + `1]}`, Path: "events"},
		"no session":                       {Decode: ccai.DecodeWebhook, Body: `{"events":[{"item":{}}]}`, Path: "events[0].item.call_id"},
		"no session in an array":           {Decode: ccai.DecodeWebhook, Body: `[{}]`, Path: "[0].call_id"},
		"a fraction for an id":             {Decode: ccai.DecodeWebhook, Body: item(`"call_id":1.5`), Path: "events[0].item.call_id"},
		"an exponent for an id":            {Decode: ccai.DecodeWebhook, Body: item(`"call_id":1e99999`), Path: "events[0].item.call_id"},
		"a truth for an id":                {Decode: ccai.DecodeWebhook, Body: item(`"chat_id":true`), Path: "events[0].item.chat_id"},
		"a path for an id":                 {Decode: ccai.DecodeWebhook, Body: item(`"call_id":"../1"`), Path: "events[0].item.call_id"},
		"an endless id":                    {Decode: ccai.DecodeWebhook, Body: item(`"call_id":` + strings.Repeat("9", 129)), Path: "events[0].item.call_id"},
		"a time in seconds":                {Decode: ccai.DecodeWebhook, Body: `{"call_id":1,"timestamp":1767603600}`, Path: "timestamp"},
		"a time beyond int64":              {Decode: ccai.DecodeWebhook, Body: `{"call_id":1,"timestamp":99999999999999999999}`, Path: "timestamp"},
		"an entry that is no object":       {Decode: ccai.DecodeWebhook, Body: `{"events":[7]}`, Path: "events[0]"},
		"adapter: a number":                {Decode: ccai.DecodeAdapter, Body: `1`, Path: "$"},
		"adapter: a string of no JSON":     {Decode: ccai.DecodeAdapter, Body: `"{"`, Path: "$"},
		"adapter: a string in a string":    {Decode: ccai.DecodeAdapter, Body: `"\"{}\""`, Path: "$"},
		"adapter: deep within a string":    {Decode: ccai.DecodeAdapter, Body: `"` + strings.Repeat("[", 41) + strings.Repeat("]", 41) + `"`, Path: "$"},
		"adapter: neither type nor id":     {Decode: ccai.DecodeAdapter, Body: `{"data":{}}`, Path: "type"},
		"adapter: no session":              {Decode: ccai.DecodeAdapter, Body: `{"type":"New_Call","data":{"agent_id":1}}`, Path: "data.call_id"},
		"adapter: no session to redact":    {Decode: ccai.DecodeAdapter, Body: `{"agent_id":1,"call_id":null}`, Path: "call_id"},
		"adapter: no session to transfer":  {Decode: ccai.DecodeAdapter, Body: `{"type":"Transfer_Chat","data":{"to_queue_id":1}}`, Path: "data.call_id"},
		"adapter: an id of a party":        {Decode: ccai.DecodeAdapter, Body: `{"type":"Party_Added","data":{"chat_id":1,"type":"end_user","end_user_id":{}}}`, Path: "data.end_user_id"},
		"adapter: an id of a transfer":     {Decode: ccai.DecodeAdapter, Body: `{"type":"Transfer_Chat","data":{"chat_id":1,"to_agent_id":1.5}}`, Path: "data.to_agent_id"},
		"adapter: a path for a session":    {Decode: ccai.DecodeAdapter, Body: `{"type":"Cobrowse_Session_Started","data":{"call_id":"../1"}}`, Path: "data.call_id"},
		"adapter: an id of a screen":       {Decode: ccai.DecodeAdapter, Body: `{"type":"Cobrowse_Session_Ended","data":{"cobrowse_session_id":[]}}`, Path: "data.cobrowse_session_id"},
		"adapter: a record of no web":      {Decode: ccai.DecodeAdapter, Body: record(`"javascript:alert(1)"`), Path: "data.recordUrl"},
		"adapter: a record without a host": {Decode: ccai.DecodeAdapter, Body: record(`"https:record/456"`), Path: "data.recordUrl"},
		"adapter: a record of no text":     {Decode: ccai.DecodeAdapter, Body: record(`7`), Path: "data.recordUrl"},
		"adapter: an endless record":       {Decode: ccai.DecodeAdapter, Body: record(`"https://a.example/` + strings.Repeat("a", 8_000) + `"`), Path: "data.recordUrl"},
		"adapter: data of another type":    {Decode: ccai.DecodeAdapter, Body: `{"type":"New_Call","data":[]}`, Path: "data"},
		"adapter: another version":         {Decode: ccai.DecodeAdapter, Body: `[{"version":2,"delivery_id":"d","data":{"type":"x"}}]`, Path: "[0].version"},
		"adapter: no delivery id":          {Decode: ccai.DecodeAdapter, Body: `{"version":1,"data":{"type":"x"}}`, Path: "delivery_id"},
		"adapter: no data":                 {Decode: ccai.DecodeAdapter, Body: `{"version":1,"delivery_id":"d"}`, Path: "data"},
		"adapter: no time":                 {Decode: ccai.DecodeAdapter, Body: `{"version":1,"delivery_id":"d","received_at":"x","data":{}}`, Path: "received_at"},
		"adapter: no session, in envelope": {Decode: ccai.DecodeAdapter, Body: `{"version":1,"delivery_id":"d","data":"{\"type\":\"End_Chat\"}"}`, Path: "data.call_id"},
	})
}

// record is a CRM_Record_Pop of an address.
func record(address string) string {
	return `{"type":"CRM_Record_Pop","data":{"recordUrl":` + address + `}}`
}

func TestAnEmptyPayloadHoldsNothing(t *testing.T) {
	t.Parallel()
	payloads := map[string]source.Decoder{
		`{"count":0,"events":[]}`: ccai.DecodeWebhook, `[]`: ccai.DecodeWebhook, ` [] `: ccai.DecodeAdapter,
	}
	for body, decode := range payloads {
		if batch, err := decode(receipt, []byte(body)); err != nil || len(batch.Events) != 0 {
			t.Errorf("%s: %v, %v", body, batch, err)
		}
	}
}
