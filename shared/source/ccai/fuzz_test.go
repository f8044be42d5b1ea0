package ccai_test

import (
	"encoding/json"
	"errors"
	"runtime"
	"strings"
	"testing"

	"sessionbridge.internal/shared/source"
	"sessionbridge.internal/shared/source/ccai"
)

func FuzzDecodeWebhook(f *testing.F) { fuzz(f, ccai.DecodeWebhook) }
func FuzzDecodeAdapter(f *testing.F) { fuzz(f, ccai.DecodeAdapter) }

// fuzz holds for any payload: the error names a path; every event has what the store needs, survives JSON, and folds.
func fuzz(f *testing.F, decode source.Decoder) {
	for _, body := range samples(f) {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		batch, err := decode(receipt, body)
		if err != nil {
			var m *source.Malformed
			if !errors.As(err, &m) || m.Path == "" || m.Problem == "" {
				t.Fatalf("error %v", err)
			}
			return
		}
		for _, e := range batch.Events {
			if e.ID == "" || e.Kind == "" || e.Tenant == "" || e.At.IsZero() {
				t.Errorf("incomplete event %+v", e)
			}
			if b, err := json.Marshal(e); err != nil || !json.Valid(b) {
				t.Errorf("event without a JSON form: %v", err)
			}
		}
		fold(batch.Events...)
	})
}

// TestMemoryIsBoundedByTheInput measures the payloads that ask for the most memory per byte. It is not parallel, since it
// counts what the whole process allocates.
func TestMemoryIsBoundedByTheInput(t *testing.T) {
	const size = 256 << 10
	fill := func(start, part, end string) []byte {
		return []byte(start + strings.Repeat(part, size/len(part)) + end)
	}
	tests := map[string]struct {
		decode source.Decoder
		body   []byte
	}{
		"webhook of many numbers":    {ccai.DecodeWebhook, fill(`[`, `0,`, `0]`)},
		"webhook of empty objects":   {ccai.DecodeWebhook, fill(`{"call_id":1,"participants":[`, `{},`, `{}]}`)},
		"webhook of many keys":       {ccai.DecodeWebhook, fill(`{"call_id":1,`, `"a":0,`, `"b":0}`)},
		"adapter of numbers":         {ccai.DecodeAdapter, fill(`{"call_id":1,"a":[`, `0,`, `0]}`)},
		"adapter of empty objects":   {ccai.DecodeAdapter, fill(`{"call_id":1,"a":[`, `{},`, `{}]}`)},
		"adapter of backslashes":     {ccai.DecodeAdapter, fill(`{"call_id":1,"a":"`, `\\`, `"}`)},
		"adapter of no UTF-8 at all": {ccai.DecodeAdapter, fill(`"`, "\xff", `"`)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, _ = tt.decode(receipt, tt.body)
			runtime.ReadMemStats(&after)
			times := float64(after.TotalAlloc-before.TotalAlloc) / float64(len(tt.body))
			t.Logf("%.1f bytes allocated for each of the input", times)
			if times > 48 {
				t.Errorf("%.1f bytes allocated for each byte of input", times)
			}
		})
	}
}
