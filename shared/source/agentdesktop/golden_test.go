package agentdesktop_test

import (
	"encoding/json"
	"testing"
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source"
	"sessionbridge.internal/shared/source/agentdesktop"
	"sessionbridge.internal/shared/source/sourcetest"
)

var receipt = sourcetest.Receipt("agentdesktop")

func decoderOf(string) source.Decoder { return agentdesktop.Decode }

func TestSamples(t *testing.T) {
	t.Parallel()
	sourcetest.Golden(t, receipt, decoderOf)
}

func TestNothingIsLost(t *testing.T) {
	t.Parallel()
	sourcetest.NothingIsLost(t, receipt, func(string) source.Decoder { return withEnvelopes })
}

// withEnvelopes adds what the events took over from their envelopes, which Raw does not hold, as if it were Raw.
func withEnvelopes(r source.Receipt, body []byte) (source.Batch, error) {
	batch, err := agentdesktop.Decode(r, body)
	for _, e := range batch.Events {
		raw, err := json.Marshal(map[string]any{
			"version": 1, "delivery_id": e.ID, "sequence": e.Sequence, "received_at": e.At.Format(time.RFC3339Nano), "agent": e.Agent,
		})
		if err != nil {
			return batch, err
		}
		batch.Events = append(batch.Events, session.Event{Raw: raw})
	}
	return batch, err
}

// decode reads a payload of one event.
func decode(t *testing.T, body string) session.Event {
	t.Helper()
	batch, err := agentdesktop.Decode(receipt, []byte(body))
	if err != nil || len(batch.Events) != 1 {
		t.Fatalf("%s: %d events, error %v", body, len(batch.Events), err)
	}
	return batch.Events[0]
}
