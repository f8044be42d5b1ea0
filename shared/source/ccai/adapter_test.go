package ccai_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source"
	"sessionbridge.internal/shared/source/ccai"
	"sessionbridge.internal/shared/source/sourcetest"
)

// decode reads a payload of one adapter event.
func decode(t *testing.T, body string) session.Event {
	t.Helper()
	batch, err := ccai.DecodeAdapter(receipt, []byte(body))
	if err != nil || len(batch.Events) != 1 {
		t.Fatalf("%s: %d events, error %v", body, len(batch.Events), err)
	}
	return batch.Events[0]
}

func envelope(delivery, at, event string) string {
	return fmt.Sprintf(`{"version":1,"delivery_id":%q,"sequence":1,"received_at":%q,"agent":{"id":"1","email":"kim@example.com"},"data":%s}`,
		delivery, at, event)
}

// TestAnEventMayTravelInManyForms decodes one event in every nesting of objects and strings.
func TestAnEventMayTravelInManyForms(t *testing.T) {
	t.Parallel()
	const event = `{"type":"New_Call","data":{"agent_id":1,"call_id":7}}`
	quoted := fmt.Sprintf("%q", event)
	forms := map[string]string{
		"an object":                 event,
		"an array":                  "[" + event + "]",
		"a string":                  quoted,
		"an array of strings":       "[ " + quoted + " ]",
		"data as a string":          `{"type":"New_Call","data":"{\"agent_id\":\"1\",\"call_id\":\"7\"}"}`,
		"an envelope":               envelope("d", "2026-01-05T09:00:00Z", event),
		"an envelope of a string":   envelope("d", "2026-01-05T09:00:00Z", quoted),
		"a string of an envelope":   fmt.Sprintf("%q", envelope("d", "2026-01-05T09:00:00Z", quoted)),
		"without data, fields flat": `{"type":"New_Call","agent_id":1,"call_id":7}`,
	}
	for name, body := range forms {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := decode(t, body)
			if e.Kind != session.Connected || e.Session != "call-7" || e.Agent == nil || e.Agent.ID != "1" {
				t.Errorf("got %+v", e)
			}
			if e.Raw[0] != '{' {
				t.Errorf("Raw is not the event: %s", e.Raw)
			}
		})
	}
}

func TestAnEnvelopeGivesIDTimeAndAgent(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		event string
		want  session.Agent
	}{
		"the envelope's agent when the event has none": {`{"type":"End_Call","data":{"call_id":7}}`,
			session.Agent{ID: "1", Email: "kim@example.com"}},
		"the envelope's email for the same agent": {`{"type":"End_Call","data":{"call_id":7,"agent_id":1,"agent_custom_id":"007"}}`,
			session.Agent{ID: "1", CustomID: "007", Email: "kim@example.com"}},
		"the event's agent alone when it is another": {`{"type":"End_Call","data":{"call_id":7,"agent_id":5}}`,
			session.Agent{ID: "5"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := decode(t, envelope("d-1", "2026-01-05T10:00:22.125+01:00", tt.event))
			if e.ID != "d-1" || e.At != clock("2026-01-05T09:00:22.125Z") || e.ReceivedAt != receipt.At {
				t.Errorf("id %s at %v, received %v", e.ID, e.At, e.ReceivedAt)
			}
			if *e.Agent != tt.want {
				t.Errorf("agent %+v, want %+v", *e.Agent, tt.want)
			}
		})
	}
}

func TestABareEventIsNamedByItsContent(t *testing.T) {
	t.Parallel()
	const event = `{"type":"New_Call","data":{"agent_id":1,"call_id":9007199254740993}}`
	same := decode(t, event).ID
	equal := map[string]bool{
		` { "data": {"call_id": 9007199254740993, "agent_id": 1}, "type": "New_\u0043all"}`: true,
		"[" + event + "]": true,
		`{"type":"New_Call","data":{"agent_id":1,"call_id":9007199254740992}}`: false, // equal as float64
		`{"type":"End_Call","data":{"agent_id":1,"call_id":9007199254740993}}`: false,
	}
	for body, want := range equal {
		if got := decode(t, body).ID == same; got != want {
			t.Errorf("%s: same id is %v, want %v", body, got, want)
		}
	}
	batch, err := ccai.DecodeAdapter(receipt, []byte("["+event+","+event+"]"))
	if err != nil || batch.Events[0].ID == batch.Events[1].ID {
		t.Errorf("two equal events of one payload are one: %v", err)
	}
}

func TestUnknownTypesAreNeverAnError(t *testing.T) {
	t.Parallel()
	tests := map[string]string{ // body: session
		`{"type":"Of_Tomorrow","data":{"chat_id":"7"}}`:                 "chat-7",
		`{"type":"Of_Tomorrow"}`:                                        "",
		`{"type":"Of_Tomorrow","data":[1]}`:                             "",
		`{"type":"Of_Tomorrow","data":{"call_id":1.5,"agent_id":[{}]}}`: "",
		`{"type":"Task_VA_Paused","data":{"call_id":7}}`:                "call-7",
		`{"type":"Variable_Task_VA_","data":{"call_id":7}}`:             "call-7",
		`{"agent_id":2896,"call_id":97939,"x":1}`:                       "call-97939",
		`{"agent_id":2896,"chat_id":97939}`:                             "chat-97939",
		`{"data":{"agent_id":2896,"call_id":97939}}`:                    "call-97939",
		`{"call_id":97939}`:                                             "call-97939",
		`{"type":"CRM_Record_Pop","data":{"recordUrl":""}}`:             "",
		`{"type":"CRM_Record_Pop","data":{"recordUrl":null}}`:           "",
	}
	for body, want := range tests {
		if e := decode(t, body); e.Kind != session.Unknown || e.Session != want || len(e.Raw) == 0 {
			t.Errorf("%s: kind %q of session %q, want unknown of %q", body, e.Kind, e.Session, want)
		}
	}
}

func TestOneBadEntryLeavesTheOthers(t *testing.T) {
	t.Parallel()
	batch, err := ccai.DecodeAdapter(receipt, []byte(`[{"type":"New_Chat","data":{"chat_id":7}},{"type":"New_Chat","data":{}},8]`))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range batch.Events {
		got = append(got, fmt.Sprintf("%s %s %s", e.Kind, e.Session, e.Raw))
	}
	for _, m := range batch.Rejected {
		got = append(got, m.Path)
	}
	want := []string{
		`connected chat-7 {"type":"New_Chat","data":{"chat_id":7}}`, `unknown  {"type":"New_Chat","data":{}}`, `unknown  8`,
		"[1].data.call_id", "[2]",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestAnAgentsChatFolds takes a chat from the adapter's samples, in the wrong order and with the times of their receipt.
func TestAnAgentsChatFolds(t *testing.T) {
	t.Parallel()
	var s session.Session
	late := receipt
	for _, name := range []string{"adapter-end-chat", "adapter-chat-outbound-message", "adapter-chat-inbound-message", "adapter-new-chat"} {
		late.At = late.At.Add(time.Second)
		batch, err := ccai.DecodeAdapter(late, sourcetest.Read(t, name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		s = session.Apply(s, batch.Events[0])
	}
	if s.Key != "chat-73522" || s.Status != session.StatusEnded || s.Outcome != session.Completed || s.Queue.ID != "7678" {
		t.Errorf("got %+v", s)
	}
	if len(s.Agents) != 1 || s.Agents[0].Email != "ariel@example.com" || s.FirstMessageAt.IsZero() || len(s.Events) != 2 {
		t.Errorf("agents %v, first message %v, %d events", s.Agents, s.FirstMessageAt, len(s.Events))
	}
}

// An agent's login of the next day is, bare, the same bytes: it is another one. A delivery's repeat is known by its envelope.
func TestABareLoginIsNamedByItsTimeToo(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"Agent_Login", "Agent_Logout"} {
		event := fmt.Sprintf(`{"type":%q,"data":{"agent_id":1}}`, kind)
		today, tomorrow := receipt, receipt
		tomorrow.At = receipt.At.Add(24 * time.Hour)
		for name, tt := range map[string]struct {
			body   string
			one    bool
			second source.Receipt
		}{
			"the next day it is another":     {event, false, tomorrow},
			"at the same time it is one":     {event, true, today},
			"one delivery is one at any day": {envelope("d", "2026-01-05T09:00:00Z", event), true, tomorrow},
		} {
			var ids []string
			for _, r := range []source.Receipt{today, tt.second} {
				batch, err := ccai.DecodeAdapter(r, []byte(tt.body))
				if err != nil || len(batch.Events) != 1 {
					t.Fatalf("%d events, %v", len(batch.Events), err)
				}
				ids = append(ids, batch.Events[0].ID)
			}
			if (ids[0] == ids[1]) != tt.one {
				t.Errorf("%s, %s: %q", kind, name, ids)
			}
		}
	}
}
