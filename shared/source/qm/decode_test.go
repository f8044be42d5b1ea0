package qm_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source"
	"sessionbridge.internal/shared/source/qm"
	"sessionbridge.internal/shared/source/sourcetest"
)

// decode reads a payload of one event.
func decode(t *testing.T, body string) session.Event {
	t.Helper()
	return decodeAt(t, receipt.At, body)
}

func decodeAt(t *testing.T, at time.Time, body string) session.Event {
	t.Helper()
	batch, err := qm.Decode(source.Receipt{Tenant: receipt.Tenant, Source: receipt.Source, At: at}, []byte(body))
	if err != nil || len(batch.Events) != 1 {
		t.Fatalf("%s: %d events, error %v", body, len(batch.Events), err)
	}
	return batch.Events[0]
}

func clock(s string) time.Time {
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		panic(err)
	}
	return at
}

func envelope(delivery, at, event string) string {
	return fmt.Sprintf(`{"version":1,"delivery_id":%q,"sequence":12,"received_at":%q,"agent":{"id":"9"},"data":%s}`, delivery, at, event)
}

const ringing = `{"type":"CallState","item":{"CallID":"846802bf90d1","State":"ringing"}}`

// TestAnEventMayTravelInManyForms decodes one event in every nesting of objects and strings.
func TestAnEventMayTravelInManyForms(t *testing.T) {
	t.Parallel()
	forms := map[string]string{
		"an object":                 ringing,
		"a string":                  fmt.Sprintf("%q", ringing),
		"an array":                  "[" + ringing + "]",
		"an array of envelopes":     "[" + envelope("d", "2026-01-05T09:00:00Z", ringing) + "]",
		"an envelope":               envelope("d", "2026-01-05T09:00:00Z", ringing),
		"an envelope of a string":   envelope("d", "2026-01-05T09:00:00Z", fmt.Sprintf("%q", ringing)),
		"words in other letters":    `{"type":"CALLSTATE","item":{"CallID":"846802bf90d1","State":"Ringing"}}`,
		"with fields of no meaning": `{"type":"CallState","item":{"CallID":"846802bf90d1","State":"ringing","New":[{}]},"New":1}`,
	}
	for name, body := range forms {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := decode(t, body)
			if e.Kind != session.Ringing || e.Session != "call-846802bf90d1" || !strings.EqualFold(e.VendorType, "CallState/ringing") {
				t.Errorf("%s of %s, named %s", e.Kind, e.Session, e.VendorType)
			}
			if !strings.HasPrefix(string(e.Raw), `{"type":`) {
				t.Errorf("Raw is not the event: %s", e.Raw)
			}
		})
	}
}

func TestAnEnvelopeGivesIDTimeAndPlaceButNoAgent(t *testing.T) {
	t.Parallel()
	e := decode(t, envelope("d-1", "2026-01-05T10:00:22.125+01:00", ringing))
	if e.ID != "d-1" || e.Sequence != 12 || e.At != clock("2026-01-05T09:00:22.125Z") || e.ReceivedAt != receipt.At {
		t.Errorf("id %s, sequence %d, at %v, received %v", e.ID, e.Sequence, e.At, e.ReceivedAt)
	}
	if e.Agent != nil {
		t.Errorf("agent %+v, though it is the forwarder", e.Agent)
	}
}

// TestABareEventIsNamedByContentPlaceAndTime compares the ids of two events; "answered" and "taken off hold" are equal in
// all but their time.
func TestABareEventIsNamedByContentPlaceAndTime(t *testing.T) {
	t.Parallel()
	const connected = `{"type":"CallState","item":{"CallID":"846802bf90d1","State":"connected"}}`
	spelled := `{ "item": {"State":"connected", "CallID":"846802bf90d1"}, "type":"CallState" }`
	tests := map[string]struct {
		later time.Duration
		body  string
		same  bool
	}{
		"the same at the same time":                    {0, connected, true},
		"the same at the same time, in another order":  {0, spelled, true},
		"another: the same a microsecond later":        {time.Microsecond, connected, false},
		"another: other content at the same time":      {0, ringing, false},
		"another: the same content in another session": {0, strings.ReplaceAll(connected, "90d1", "90d2"), false},
	}
	first := decode(t, connected)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			second := decodeAt(t, receipt.At.Add(tt.later), tt.body)
			if same := first.ID == second.ID; same != tt.same {
				t.Errorf("ids %s and %s", first.ID, second.ID)
			}
			if second.At != receipt.At.Add(tt.later) {
				t.Errorf("at %v, want the receipt", second.At)
			}
		})
	}
	batch, err := qm.Decode(receipt, []byte("["+connected+","+connected+"]"))
	if err != nil || batch.Events[0].ID == batch.Events[1].ID || batch.Events[1].Sequence != 1 {
		t.Errorf("two equal events of one payload are one: %+v, %v", batch.Events, err)
	}
}

// TestARepeatInAnEnvelopeIsOneEvent delivers one event twice, at different times.
func TestARepeatInAnEnvelopeIsOneEvent(t *testing.T) {
	t.Parallel()
	body := envelope("d-1", "2026-01-05T09:00:00Z", ringing)
	first, second := decode(t, body), decodeAt(t, receipt.At.Add(time.Minute), body)
	s := sourcetest.Fold(first, second)["call-846802bf90d1"]
	if len(s.Events) != 1 {
		t.Errorf("%d events, ids %s and %s", len(s.Events), first.ID, second.ID)
	}
}

// TestTheSamplesFoldToOneCall sends the documentation's samples of one call one by one, bare, a minute apart. A hold ends
// though its end looks like the answer.
func TestTheSamplesFoldToOneCall(t *testing.T) {
	t.Parallel()
	steps := []struct {
		sample string
		want   session.Status
	}{
		{"call-16-waiting", session.StatusQueued},
		{"call-01-inbound-projected", session.StatusRinging},
		{"call-02-inbound-answered", session.StatusConnected},
		{"call-05-held", session.StatusHeld},
		{"call-06-unheld", session.StatusConnected},
		{"call-08-warm-transfer", session.StatusConnected},
		{"call-10-muted", session.StatusConnected},
		{"call-09-agent-leaves", session.StatusConnected},
		{"call-14-inbound-ended", session.StatusEnded},
	}
	var s session.Session
	for i, step := range steps {
		at := receipt.At.Add(time.Duration(i) * time.Minute)
		s = session.Apply(s, decodeAt(t, at, string(sourcetest.Read(t, step.sample+".json"))))
		if s.Status != step.want {
			t.Errorf("status %q after %s, want %q", s.Status, step.sample, step.want)
		}
	}
	minute := func(n int) time.Time { return receipt.At.Add(time.Duration(n) * time.Minute) }
	wantAgents := []session.Agent{
		{ID: "1234", JoinedAt: minute(2), LeftAt: minute(7)}, {ID: "4321", JoinedAt: minute(5), LeftAt: minute(8)},
	}
	if diff := cmp.Diff(wantAgents, s.Agents); diff != "" {
		t.Errorf("agents (-want +got):\n%s", diff)
	}
	if s.HoldSeconds == nil || *s.HoldSeconds != 60 || s.Outcome != session.Completed || s.EndedBy != "end_user" {
		t.Errorf("held %v, outcome %q, ended by %q", s.HoldSeconds, s.Outcome, s.EndedBy)
	}
}

func TestAgentStates(t *testing.T) {
	t.Parallel()
	tests := map[string]struct { // State
		kind              session.Kind
		state, vendorType string
	}{
		`"login"`:  {session.AgentLogin, "", "AgentState/login"},
		`"Logout"`: {session.AgentLogout, "", "AgentState/Logout"},
		`"Meal"`:   {session.AgentState, "Meal", "AgentState/Meal"},
		`""`:       {session.Unknown, "", "AgentState"},
		`null`:     {session.Unknown, "", "AgentState"},
	}
	for state, tt := range tests {
		t.Run(state, func(t *testing.T) {
			t.Parallel()
			e := decode(t, `{"type":"agentstate","item":{"ParticipantID":1234,"State":`+state+`}}`)
			if e.Kind != tt.kind || e.State != tt.state || e.VendorType != tt.vendorType {
				t.Errorf("%s %q, named %s", e.Kind, e.State, e.VendorType)
			}
			if e.Session != "" || e.Agent == nil || *e.Agent != (session.Agent{ID: "1234"}) {
				t.Errorf("session %q, agent %+v", e.Session, e.Agent)
			}
		})
	}
}

func TestUndocumentedTypesAreNeverAnError(t *testing.T) {
	t.Parallel()
	tests := map[string]string{ // body: session
		`{"type":"X"}`:                                "",
		`{"type":"X","item":7}`:                       "",
		`{"type":"X","item":{"CallID":"846802b"}}`:    "call-846802b",
		`{"type":"X","item":{"CallID":"../secrets"}}`: "",
		`{"type":"X","chat_id":138}`:                  "chat-138",
		`{"type":"X","chat_id":{}}`:                   "",
	}
	for body, want := range tests {
		t.Run(body, func(t *testing.T) {
			t.Parallel()
			e := decode(t, body)
			if e.Kind != session.Unknown || e.VendorType != "X" || e.Session != want || string(e.Raw) != body {
				t.Errorf("%s %s of %q, raw %s", e.Kind, e.VendorType, e.Session, e.Raw)
			}
		})
	}
}

func TestOneUnreadableEntryCostsOnlyItself(t *testing.T) {
	t.Parallel()
	batch, err := qm.Decode(receipt, []byte(`[`+ringing+`,{"type":"CallState","item":{"State":"held"}}]`))
	if err != nil || len(batch.Events) != 2 || len(batch.Rejected) != 1 {
		t.Fatalf("%d events, %d rejected, error %v", len(batch.Events), len(batch.Rejected), err)
	}
	if batch.Rejected[0].Path != "[1].item.CallID" || batch.Events[1].Kind != session.Unknown || batch.Events[1].Raw == nil {
		t.Errorf("rejected %v, kept %+v", batch.Rejected[0], batch.Events[1])
	}
}

func TestMalformed(t *testing.T) {
	t.Parallel()
	call := func(fields string) string { return `{"type":"CallState","item":{` + fields + `}}` }
	tests := map[string]struct{ body, path string }{
		"empty":                            {``, "$"},
		"no JSON":                          {`{`, "$"},
		"a number":                         {`7`, "$"},
		"an array of numbers":              {`[7]`, "[0]"},
		"too deep":                         {strings.Repeat("[", 41) + strings.Repeat("]", 41), "$"},
		"too many events":                  {`[` + strings.Repeat(ringing+",", 1_000) + ringing + `]`, "$"},
		"too many objects":                 {`{"chat_id":1,"a":[` + strings.Repeat(`{},`, 7_000) + `{}]}`, "$"},
		"nothing in it":                    {`{}`, "chat_id"},
		"a chat without an id":             {`{"state":"waiting","chat_id":null}`, "chat_id"},
		"a chat with an object for an id":  {`{"state":"waiting","chat_id":{}}`, "chat_id"},
		"a chat with an unsafe id":         {`{"state":"waiting","chat_id":"a/b"}`, "chat_id"},
		"a chat's participant with no id":  {`{"chat_id":1,"participants":[{},{"type":"agent","dn":true}]}`, "participants[1].dn"},
		"an item without a type":           {`{"item":{"CallID":"1"}}`, "type"},
		"a call without an item":           {`{"type":"CallState"}`, "item"},
		"a call with null for an item":     {`{"type":"CallState","item":null}`, "item"},
		"a call with a text for an item":   {`{"type":"CallState","item":"x"}`, "item"},
		"a call with a list of items":      {`{"type":"CallState","item":[{"CallID":1}]}`, "item"},
		"a call without an id":             {call(`"State":"held"`), "item.CallID"},
		"a call with an empty id":          {call(`"CallID":" "`), "item.CallID"},
		"a call with a fraction for an id": {call(`"CallID":1.5`), "item.CallID"},
		"a call with an unsafe id":         {call(`"CallID":"../secrets"`), "item.CallID"},
		"a call with a long id":            {call(`"CallID":"` + strings.Repeat("7", 129) + `"`), "item.CallID"},
		"a call with an unreadable queue":  {call(`"CallID":1,"Queue_uuid":[3]`), "item.Queue_uuid"},
		"a participant with no id":         {call(`"CallID":1,"Participants":[{"ParticipantID":-1,"Type":"agent"}]`), "item.Participants[0].ParticipantID"},
		"an end by nobody readable":        {call(`"CallID":1,"State":"disconnected","Initiator":{}`), "item.Initiator"},
		"more participants than can be":    {call(`"CallID":1,"Participants":[` + strings.Repeat(`{},`, 30) + `{}]`), "item.Participants"},
		"an agent without an item":         {`{"type":"AgentState"}`, "item"},
		"an agent without id and email":    {`{"type":"AgentState","item":{"State":"login"}}`, "item.ParticipantID"},
		"an agent with an object for id":   {`{"type":"AgentState","item":{"ParticipantID":{},"Email":"a@example.com"}}`, "item.ParticipantID"},
		"an envelope of a number":          {envelope("d", "2026-01-05T09:00:00Z", "7"), "data"},
		"an envelope without an event":     {envelope("d", "2026-01-05T09:00:00Z", "null"), "data"},
		"a call in an envelope, no id":     {envelope("d", "2026-01-05T09:00:00Z", call(`"State":"held"`)), "data.item.CallID"},
	}
	refused := map[string]sourcetest.Malformed{}
	for name, tt := range tests {
		refused[name] = sourcetest.Malformed{Decode: qm.Decode, Body: tt.body, Path: tt.path}
	}
	sourcetest.Refuses(t, receipt, refused)
}
