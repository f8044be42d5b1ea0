package payload_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source/payload"
	"sessionbridge.internal/shared/source/sourcetest"
)

const (
	event  = `{"type":"x"}`
	quoted = `"{\"type\":\"x\"}"`
)

// TestOpen opens entries at the path [3] of a payload.
func TestOpen(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 5, 9, 0, 0, 125e6, time.UTC)
	full := payload.Envelope{
		ID: "d-1", Sequence: 12, ReceivedAt: at, Path: "[3].data", Event: []byte(event),
		Agent: session.Agent{ID: "1", CustomID: "007", Email: "kim@example.com", Name: "Kim"},
	}
	least := payload.Envelope{ID: "d-1", Path: "[3].data", Event: []byte(event)}
	bare := payload.Envelope{Sequence: 3, Path: "[3]", Event: []byte(event), Bare: true}
	envelope := func(data string) string {
		return `{"version":1,"delivery_id":"d-1","sequence":12,"received_at":"2026-01-05T10:00:00.125+01:00",` +
			`"agent":{"id":1,"custom_id":"007","email":"kim@example.com","name":"Kim"},"data":` + data + `}`
	}
	short := func(fields string) string {
		return `{"version":1,"delivery_id":"d-1",` + fields + `"data":` + event + `}`
	}
	tests := map[string]struct {
		raw  string
		want payload.Envelope
		at   string // where the problem is
	}{
		"an envelope of an object":        {envelope(event), full, ""},
		"an envelope of a string":         {envelope(quoted), full, ""},
		"a string of an envelope":         {fmt.Sprintf("%q", envelope(quoted)), full, ""},
		"an envelope of the least":        {short(""), least, ""},
		"a sequence in a string":          {short(`"sequence":"7",`), with(least, 7), ""},
		"a negative sequence":             {short(`"sequence":-7,`), least, ""},
		"a sequence that is no number":    {short(`"sequence":{},`), least, ""},
		"an agent that is no object":      {short(`"agent":"1",`), least, ""},
		"a bare event":                    {event, bare, ""},
		"a string of a bare event":        {quoted, bare, ""},
		"no more than a version":          {`{"version":1}`, of(bare, `{"version":1}`), ""},
		"a version and data of a type":    {`{"version":1,"data":{},"type":"x"}`, of(bare, `{"version":1,"data":{},"type":"x"}`), ""},
		"a version and data of an event":  {`{"version":1,"data":{},"event":"x"}`, of(bare, `{"version":1,"data":{},"event":"x"}`), ""},
		"a version and data":              {`{"version":1,"data":{}}`, payload.Envelope{}, "[3].delivery_id"},
		"an empty delivery":               {`{"version":1,"delivery_id":"","type":"x","data":{}}`, payload.Envelope{}, "[3].delivery_id"},
		"an empty time":                   {short(`"received_at":"",`), least, ""},
		"an array":                        {`[]`, payload.Envelope{}, "[3]"},
		"a string of no JSON":             {`"{"`, payload.Envelope{}, "[3]"},
		"another version":                 {`{"version":2,"delivery_id":"d","data":{}}`, payload.Envelope{}, "[3].version"},
		"no event":                        {`{"version":1,"delivery_id":"d"}`, payload.Envelope{}, "[3].data"},
		"an event of null":                {`{"version":1,"delivery_id":"d","data":null}`, payload.Envelope{}, "[3].data"},
		"an event in a string of no JSON": {`{"version":1,"delivery_id":"d","data":"x"}`, payload.Envelope{}, "[3].data"},
		"no time":                         {short(`"received_at":"soon",`), payload.Envelope{}, "[3].received_at"},
		"an agent's id of another type":   {short(`"agent":{"id":[]},`), payload.Envelope{}, "[3].agent.id"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, problem := payload.Open(payload.Entry{Path: "[3]", Index: 3, Raw: []byte(tt.raw)})
			if at := pathOf(problem); at != tt.at {
				t.Fatalf("problem %v, want one at %q", problem, tt.at)
			}
			if problem != nil {
				return
			}
			if got.Bare {
				tt.want.ID = payload.ContentID(payload.Entry{Index: 3, Raw: got.Event})
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func of(env payload.Envelope, event string) payload.Envelope {
	env.Event = []byte(event)
	return env
}

func with(env payload.Envelope, sequence int64) payload.Envelope {
	env.Sequence = sequence
	return env
}

func TestTheEventOfAnEnvelope(t *testing.T) {
	t.Parallel()
	receipt := sourcetest.Receipt("browser")
	received := receipt.At.Add(-time.Minute)
	kim := session.Agent{ID: "1", Name: "Kim"}
	base := session.Event{ID: "d", Tenant: "demo", Source: "browser", At: receipt.At, ReceivedAt: receipt.At, Raw: []byte(event)}
	timed, owned := base, base
	timed.At, timed.Sequence = received, 12
	owned.Agent = &kim
	tests := map[string]struct {
		env  payload.Envelope
		want session.Event
	}{
		"the receipt's time where it has none": {payload.Envelope{ID: "d", Event: []byte(event)}, base},
		"its own time and place":               {payload.Envelope{ID: "d", Event: []byte(event), ReceivedAt: received, Sequence: 12}, timed},
		"ours where its clock is ahead":        {payload.Envelope{ID: "d", Event: []byte(event), ReceivedAt: receipt.At.AddDate(73, 0, 0)}, base},
		"its agent":                            {payload.Envelope{ID: "d", Event: []byte(event), Agent: kim}, owned},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, tt.env.NewEvent(receipt)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
