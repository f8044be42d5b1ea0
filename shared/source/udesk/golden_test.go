package udesk_test

import (
	"strings"
	"testing"

	"sessionbridge.internal/shared/source"
	"sessionbridge.internal/shared/source/sourcetest"
	"sessionbridge.internal/shared/source/udesk"
)

var receipt = sourcetest.Receipt("udesk")

// decoderOf picks the decoder by the sample's name.
func decoderOf(name string) source.Decoder {
	if strings.HasPrefix(name, "chat-") {
		return udesk.DecodeChat
	}
	return udesk.DecodeCall
}

func TestSamples(t *testing.T) { t.Parallel(); sourcetest.Golden(t, receipt, decoderOf) }

// TestNothingIsLost looks for everything sent in Raw or in a file's address. Where an address came without its question
// mark and was mended, it is compared as it came.
func TestNothingIsLost(t *testing.T) {
	t.Parallel()
	sourcetest.NothingIsLost(t, receipt, func(name string) source.Decoder {
		return func(r source.Receipt, body []byte) (source.Batch, error) {
			batch, err := decoderOf(name)(r, body)
			for _, e := range batch.Events {
				if e.File == nil {
					continue
				}
				if asSent := strings.Replace(e.File.URL, "?", "", 1); strings.Contains(string(body), asSent) {
					e.File.URL = asSent
				}
			}
			return batch, err
		}
	})
}

func FuzzDecodeCall(f *testing.F) { sourcetest.Fuzz(f, receipt, udesk.DecodeCall) }
func FuzzDecodeChat(f *testing.F) { sourcetest.Fuzz(f, receipt, udesk.DecodeChat) }

// TestMemoryIsBoundedByTheInput measures the payloads that ask for the most memory per byte. It is not parallel, since it
// counts what the whole process allocates.
func TestMemoryIsBoundedByTheInput(t *testing.T) {
	tests := map[string]struct {
		decode           source.Decoder
		start, part, end string
	}{
		"calls that are numbers":           {udesk.DecodeCall, `[`, `0,`, `0]`},
		"calls that are empty":             {udesk.DecodeCall, `[`, `{},`, `{}]`},
		"a call of many keys":              {udesk.DecodeCall, `{"call_id":1,"record_url":"http://h/a?b",`, `"a":0,`, `"b":0}`},
		"a call of many recordings":        {udesk.DecodeCall, `{"call_id":1,`, `"record_url":"http://h/a?b",`, `"b":0}`},
		"menu recordings that are marks":   {udesk.DecodeCall, `{"call_id":1,"ivr_record_urls":[`, `"?",`, `0]}`},
		"menu recordings of escaped marks": {udesk.DecodeCall, `{"call_id":1,"ivr_record_urls":[`, `"\u003f",`, `0]}`},
		"menu recordings in one text":      {udesk.DecodeCall, `{"call_id":1,"ivr_record_urls":"`, `,http://?`, `"}`},
		"menu recordings that are numbers": {udesk.DecodeCall, `{"call_id":1,"ivr_record_urls":[`, `0,`, `0]}`},
		"calls with oddities":              {udesk.DecodeCall, `[`, oddPost + ",", `{}]`},
		"legs of all that there is":        {udesk.DecodeCall, `[`, fullLeg + ",", `{}]`},
		"chats of short lines":             {udesk.DecodeChat, `[`, `{"action":"ImSubSession_close","message":{"id":1,"created_at":"2026-01-05 09:00:00","agent_id":1,"a":"` + strings.Repeat("a", 130) + `","im_log_infos":[{},{},{},{},{},{},{},{},{},{}]}},`, `{}]`},
		"a chat of lines of no time":       {udesk.DecodeChat, `{"action":"ImSubSession_close","message":{"id":1,"im_log_infos":[`, `{"created_at":"x"},`, `0]}}`},
		"predefined empty objects":         {udesk.DecodeCall, `{"call_id":1,"extend":[`, `{},`, `{}]}`},
		"a call_id of quotes":              {udesk.DecodeCall, `{"call_id":"`, `\"`, `"}`},
		"a chat of empty lines":            {udesk.DecodeChat, `{"action":"ImSubSession_close","message":{"id":1,"im_log_infos":[`, `{},`, `{}]}}`},
		"a chat of numbers for lines":      {udesk.DecodeChat, `{"action":"ImSubSession_close","message":{"id":1,"im_log_infos":[`, `0,`, `0]}}`},
		"a chat of many keys":              {udesk.DecodeChat, `{"action":"ImSubSession_close","message":{"id":1,`, `"a":0,`, `"im_log_infos":[0]}}`},
		"an envelope in a line":            {udesk.DecodeChat, `{"action":"ImSubSession_close","message":{"id":1,"im_log_infos":[{"content":"{\"data\":[`, `{},`, `{}]}"}]}}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			sourcetest.Memory(t, receipt, tt.decode, tt.start, tt.part, tt.end)
		})
	}
}

// fullLeg becomes as many events as a post can, and no more of its length fit into a payload than are read.
const fullLeg = `{"call_id":1,"workflow":"in","category":"transfer","agent_id":1,"agent_ring_at":"2026-01-05 09:00:00","agent_answer_at":"2026-01-05 09:00:01",` +
	`"agent_hangup_at":"2026-01-05 09:00:02","survey":"x","record_url":"http://h/a","ivr_record_urls":"http://h/b","display_number":"0312340000"}`

// oddPost has as many notes as a post may have. Of posts of its length, a payload can hold no more than are read.
var oddPost = `{"call_id":1,"workflow":"x","category":"x","call_result":"x","is_leave_message":"x","total_time":"x","queue_time":-1,` +
	`"timestamp":"2018-03-22 11:48:05 x","agent_ring_at":"x","agent_answer_at":"x","agent_hangup_at":"x","customer_ring_at":"x","customer_answer_at":"x",` +
	`"customer_hangup_at":"x","customer_phone":"x","nick_name":[],"agent_id":[],"agent_email":[],"record_url":"x","ivr_record_urls":"x",` +
	`"display_number":[],"survey":[],"drop_side":[],"task_name":[]}`
