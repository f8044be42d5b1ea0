package ccai_test

import (
	"errors"
	"strings"
	"testing"

	"sessionbridge.internal/shared/source"
	"sessionbridge.internal/shared/source/ccai"
)

// TestMalformedPayloads names the path of each problem, for both decoders or one of them.
func TestMalformedPayloads(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		decode source.Decoder
		body   string
		path   string
	}{
		"empty":                            {ccai.DecodeWebhook, " \n", "$"},
		"not JSON":                         {ccai.DecodeWebhook, `{"count":1`, "$"},
		"two values":                       {ccai.DecodeWebhook, `{} {}`, "$"},
		"a number":                         {ccai.DecodeWebhook, `1`, "$"},
		"events of another type":           {ccai.DecodeWebhook, `{"events":{}}`, "events"},
		"null for events":                  {ccai.DecodeWebhook, `{"events":null}`, "events"},
		"too large":                        {ccai.DecodeWebhook, `"` + strings.Repeat("x", 1<<20) + `"`, "$"},
		"too deep":                         {ccai.DecodeWebhook, strings.Repeat("[", 33) + strings.Repeat("]", 33), "$"},
		"too many events":                  {ccai.DecodeWebhook, `{"events":[` + strings.Repeat("1,", 1_000) + `1]}`, "events"},
		"no session":                       {ccai.DecodeWebhook, `{"events":[{"item":{}}]}`, "events[0].item.call_id"},
		"no session in an array":           {ccai.DecodeWebhook, `[{}]`, "[0].call_id"},
		"a fraction for an id":             {ccai.DecodeWebhook, item(`"call_id":1.5`), "events[0].item.call_id"},
		"an exponent for an id":            {ccai.DecodeWebhook, item(`"call_id":1e99999`), "events[0].item.call_id"},
		"a truth for an id":                {ccai.DecodeWebhook, item(`"chat_id":true`), "events[0].item.chat_id"},
		"a path for an id":                 {ccai.DecodeWebhook, item(`"call_id":"../1"`), "events[0].item.call_id"},
		"an endless id":                    {ccai.DecodeWebhook, item(`"call_id":` + strings.Repeat("9", 129)), "events[0].item.call_id"},
		"a time in seconds":                {ccai.DecodeWebhook, `{"call_id":1,"timestamp":1767603600}`, "timestamp"},
		"a time beyond int64":              {ccai.DecodeWebhook, `{"call_id":1,"timestamp":99999999999999999999}`, "timestamp"},
		"an end that is no time":           {ccai.DecodeWebhook, item(`"call_id":1,"ends_at":"soon"`), "events[0].item.ends_at"},
		"an unreadable id of an agent":     {ccai.DecodeWebhook, item(`"call_id":1,"participants":[{"type":"agent","agent_id":[]}]`), "events[0].item.participants[0].agent_id"},
		"an entry that is no object":       {ccai.DecodeWebhook, `{"events":[7]}`, "events[0]"},
		"adapter: a number":                {ccai.DecodeAdapter, `1`, "$"},
		"adapter: a string of no JSON":     {ccai.DecodeAdapter, `"{"`, "$"},
		"adapter: a string in a string":    {ccai.DecodeAdapter, `"\"{}\""`, "$"},
		"adapter: deep within a string":    {ccai.DecodeAdapter, `"` + strings.Repeat("[", 33) + strings.Repeat("]", 33) + `"`, "$"},
		"adapter: neither type nor id":     {ccai.DecodeAdapter, `{"data":{}}`, "type"},
		"adapter: no session":              {ccai.DecodeAdapter, `{"type":"New_Call","data":{"agent_id":1}}`, "data.call_id"},
		"adapter: data of another type":    {ccai.DecodeAdapter, `{"type":"New_Call","data":[]}`, "data"},
		"adapter: another version":         {ccai.DecodeAdapter, `[{"version":2,"delivery_id":"d","data":{"type":"x"}}]`, "[0].version"},
		"adapter: no delivery id":          {ccai.DecodeAdapter, `{"version":1,"data":{"type":"x"}}`, "delivery_id"},
		"adapter: no data":                 {ccai.DecodeAdapter, `{"version":1,"delivery_id":"d"}`, "data"},
		"adapter: no time":                 {ccai.DecodeAdapter, `{"version":1,"delivery_id":"d","received_at":"x","data":{}}`, "received_at"},
		"adapter: no session, in envelope": {ccai.DecodeAdapter, `{"version":1,"delivery_id":"d","data":"{\"type\":\"End_Chat\"}"}`, "data.call_id"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			batch, err := tt.decode(receipt, []byte(tt.body))
			var m *source.Malformed
			if !errors.As(err, &m) || m.Path != tt.path || m.Problem == "" {
				t.Errorf("got %v, want a *source.Malformed at %s", err, tt.path)
			}
			if len(batch.Events) != 0 {
				t.Errorf("%d events beside the error", len(batch.Events))
			}
		})
	}
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
