package ccai_test

import (
	"encoding/json"
	"strings"
	"testing"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source"
	"sessionbridge.internal/shared/source/ccai"
	"sessionbridge.internal/shared/source/sourcetest"
)

var receipt = sourcetest.Receipt("ccai")

// decoderOf picks the decoder by the sample's name.
func decoderOf(name string) source.Decoder {
	if strings.HasPrefix(name, "adapter-") {
		return ccai.DecodeAdapter
	}
	return ccai.DecodeWebhook
}

func TestSamples(t *testing.T) {
	t.Parallel()
	sourcetest.Golden(t, receipt, decoderOf)
}

// TestNothingIsLost finds every value of the vendor's events in an event's Raw. What is around them, the envelope or the
// count of a batch, is of the delivery and belongs to no event.
func TestNothingIsLost(t *testing.T) {
	t.Parallel()
	sourcetest.NothingIsLost(t, receipt, func(name string) source.Decoder {
		return func(r source.Receipt, body []byte) (source.Batch, error) {
			batch, err := decoderOf(name)(r, body)
			batch.Events = append(batch.Events, session.Event{Raw: around(t, body)})
			return batch, err
		}
	})
}

// around is a payload without the vendor's events in it.
func around(t *testing.T, body []byte) []byte {
	t.Helper()
	var roots []map[string]any
	if body[0] != '[' {
		body = append(append([]byte("["), body...), ']')
	}
	if err := json.Unmarshal(body, &roots); err != nil {
		t.Fatal(err)
	}
	for i, root := range roots {
		if root["delivery_id"] == nil && root["count"] == nil {
			roots[i] = nil
			continue
		}
		delete(root, "data")
		delete(root, "events")
	}
	out, err := json.Marshal(roots)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func FuzzDecodeWebhook(f *testing.F) { sourcetest.Fuzz(f, receipt, ccai.DecodeWebhook) }
func FuzzDecodeAdapter(f *testing.F) { sourcetest.Fuzz(f, receipt, ccai.DecodeAdapter) }

// agents and judged are notifications of which no more fit into a payload than it may hold, each with as many events as its
// size allows.
var (
	agents = `{"call_id":1,"participants":[` + strings.Repeat(`{"type":"agent","id":1,"state":"dispositionSubmitted","a":"aaaa"},`, 4) + `{}]},`
	judged = `{"call_id":1,"session_type":"Voice Inbound (IVR)","ends_at":"2026-01-05T09:00:00Z","participants":[{"type":"agent","id":1,"state":"dispositionSubmitted"}],"dispositions":[` +
		strings.Repeat(`{"code":1},`, 8) + `{}]},`
)

// TestMemoryIsBoundedByTheInput measures the payloads that ask for the most memory per byte.
func TestMemoryIsBoundedByTheInput(t *testing.T) {
	tests := map[string]struct {
		decode           source.Decoder
		start, part, end string
	}{
		"webhook of many numbers":    {ccai.DecodeWebhook, `[`, `0,`, `0]`},
		"webhook of empty objects":   {ccai.DecodeWebhook, `{"call_id":1,"participants":[`, `{},`, `{}]}`},
		"webhook of many keys":       {ccai.DecodeWebhook, `{"call_id":1,`, `"a":0,`, `"b":0}`},
		"webhook of many agents":     {ccai.DecodeWebhook, `{"call_id":1,"participants":[`, `{"type":"agent","id":1,"state":"held"},`, `{}]}`},
		"webhook of talking agents":  {ccai.DecodeWebhook, `{"events":[`, agents, `{}]}`},
		"webhook of third parties":   {ccai.DecodeWebhook, `{"call_id":1,"participants":[`, `{"type":"external","dn":"1","state":"held"},`, `{}]}`},
		"webhook of dispositions":    {ccai.DecodeWebhook, `{"call_id":1,"dispositions":[`, `{"code":1},`, `{}]}`},
		"webhook of many sessions":   {ccai.DecodeWebhook, `{"events":[`, judged, `{}]}`},
		"webhook of notes":           {ccai.DecodeWebhook, `{"call_id":1,"participants":[`, `{"type":"agent","agent_id":[]},`, `{}]}`},
		"webhook of addresses":       {ccai.DecodeWebhook, `{"call_id":1,"photos":[`, `"http://a@b?",`, `0]}`},
		"webhook of escapes":         {ccai.DecodeWebhook, `{"call_id":1,"a":[`, `"\n",`, `0]}`},
		"adapter of numbers":         {ccai.DecodeAdapter, `{"call_id":1,"a":[`, `0,`, `0]}`},
		"adapter of empty objects":   {ccai.DecodeAdapter, `{"call_id":1,"a":[`, `{},`, `{}]}`},
		"adapter of backslashes":     {ccai.DecodeAdapter, `{"call_id":1,"a":"`, `\\`, `"}`},
		"adapter of many variables":  {ccai.DecodeAdapter, `{"type":"task_va_variable","call_id":1,`, `"a":{},`, `"b":{}}`},
		"adapter of no UTF-8 at all": {ccai.DecodeAdapter, `"`, "\xff", `"`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) { sourcetest.Memory(t, receipt, tt.decode, tt.start, tt.part, tt.end) })
	}
}

// TestAFloodOfElementsIsFewEvents counts what notifications of many short transfers and files become.
func TestAFloodOfElementsIsFewEvents(t *testing.T) {
	t.Parallel()
	for key, element := range map[string]string{"transfers": `{"id":1},`, "photos": `{"id":1,"url":"http://a"},`} {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			part := `{"call_id":1,"` + key + `":[` + strings.Repeat(element, 100) + `{}]},`
			body := "[" + strings.Repeat(part, 100) + `{"call_id":1}]`
			batch, err := ccai.DecodeWebhook(receipt, []byte(body))
			if err != nil {
				t.Fatal(err)
			}
			if n, most := len(batch.Events), 2*101+len(body)/64; n < 1_000 || n > most {
				t.Errorf("%d events of %d bytes, want at least 1000 and at most %d", n, len(body), most)
			}
		})
	}
}
