package agentdesktop_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/session"
)

func held(fields string) string { return event("HELD", fields) }

func TestSessionsAreNamedByTheirContact(t *testing.T) {
	t.Parallel()
	const uuid = `"uuid":"F7875BC8-0db9-429f-bc7b-02013f72298d"`
	tests := map[string]struct{ agent, fields, want string }{
		"by the uuid, in lower case":         {``, uuid, "call-f7875bc8-0db9-429f-bc7b-02013f72298d"},
		"by the uuid whoever the agent is":   {`"id":"1"`, uuid + `,"id":"13b@GW"`, "call-f7875bc8-0db9-429f-bc7b-02013f72298d"},
		"by a uuid that is a number":         {``, `"uuid":9007199254740993`, "call-9007199254740993"},
		"a chat by its medium":               {``, uuid + `,"media_type":"CHAT"`, "chat-f7875bc8-0db9-429f-bc7b-02013f72298d"},
		"a chat by its chat_id":              {``, uuid + `,"chat_id":7`, "chat-f7875bc8-0db9-429f-bc7b-02013f72298d"},
		"no chat without a chat_id":          {``, uuid + `,"chat_id":"","media_type":"telephony"`, "call-f7875bc8-0db9-429f-bc7b-02013f72298d"},
		"by the id where there is no uuid":   {``, `"uuid":"","id":"13b-5d@GW.example.com"`, "call-13b-5d_GW_example_com-730da58daa4ddd5a"},
		"by the id where the uuid is null":   {``, `"uuid":null,"id":"13b-5d@GW"`, "call-13b-5d_GW-a94e36dc12e5c469"},
		"by the id where the uuid is a path": {``, `"uuid":"../1","id":"13b-5d@GW"`, "call-13b-5d_GW-a94e36dc12e5c469"},
		"by the agent's id and the id":       {`"id":"801/00","email":"kim@example.com"`, `"id":"13b-5d@GW"`, "call-13b-5d_GW-2067d6583631e7fd"},
		"by the agent's email and the id":    {`"email":"kim@example.com"`, `"id":"13b-5d@GW"`, "call-13b-5d_GW-a14756d470746b7e"},
		"by the email in any letter case":    {`"email":"Kim@Example.COM"`, `"id":"13b-5d@GW"`, "call-13b-5d_GW-a14756d470746b7e"},
		"by an email of any length":          {`"email":"` + strings.Repeat("k", 500) + `"`, `"id":"1"`, "call-1-dd95345709dc1a34"},
		"of two equal keys the last counts":  {``, `"uuid":"a","uuid":"b"`, "call-b"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := fmt.Sprintf(`{"version":1,"delivery_id":"d","agent":{%s},"data":%s}`, tt.agent, held(tt.fields))
			if e := decode(t, body); e.Session != tt.want {
				t.Errorf("session %q, want %q", e.Session, tt.want)
			}
		})
	}
}

// TestNumbersAndDirections reads who called whom: customer, company and leg hold numbers only.
func TestNumbersAndDirections(t *testing.T) {
	t.Parallel()
	type numbers struct {
		Direction                   session.Direction
		Raw, Phone, Company, Called string
	}
	in, out := session.Inbound, session.Outbound
	tests := map[string]struct {
		fields string
		want   numbers
	}{
		"an inbound call": {`"type":"inbound","job_type":"inbound","ani":"3393669393","dnis":"225727273"`,
			numbers{in, "3393669393", "", "225727273", "225727273"}},
		"an inbound call in E.164": {`"type":"inbound","ani":"+39 339 3669393","dnis":"+390225727273"`,
			numbers{in, "+39 339 3669393", "+393393669393", "+390225727273", "+390225727273"}},
		"a word over the caller's number": {`"type":"inbound","ani":"customer","dnis":"225727273"`,
			numbers{in, "", "", "225727273", "225727273"}},
		"a SIP address for the caller": {`"type":"inbound","ani":"80165@EP.example.com","dnis":""`,
			numbers{in, "", "", "", ""}},
		"numbers that are numbers": {`"type":"inbound","ani":3393669393,"dnis":225727273`,
			numbers{in, "3393669393", "", "225727273", "225727273"}},
		"a manual call": {`"type":"outbound","job_type":"manual","ani":"0512345678","dnis":"3471234567"`,
			numbers{out, "3471234567", "", "0512345678", "3471234567"}},
		"a manual call with the number in ani": {`"type":"outbound","job_type":"manual","ani":"3471234567","dnis":""`,
			numbers{out, "3471234567", "", "", "3471234567"}},
		"a manual call from an extension": {`"type":"outbound","job_type":"manual","ani":"80165@EP","dnis":"+393471234567"`,
			numbers{out, "+393471234567", "+393471234567", "", "+393471234567"}},
		"a manual call without its type": {`"job_type":"manual","dnis":"3471234567"`,
			numbers{out, "3471234567", "", "", "3471234567"}},
		"a call of a campaign": {`"type":"callTask","job_type":"previewQueue","ani":"0512345678","dnis":"3471234567"`,
			numbers{out, "3471234567", "", "0512345678", "3471234567"}},
		"an inbound job without its type": {`"job_type":"inbound","ani":"3393669393","dnis":"225727273"`,
			numbers{in, "3393669393", "", "225727273", "225727273"}},
		"a call that says nothing of itself": {`"ani":"3393669393","dnis":"225727273"`,
			numbers{"", "3393669393", "", "225727273", "225727273"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := decode(t, held(`"uuid":"m",`+tt.fields))
			got := numbers{Direction: e.Direction, Company: e.CompanyNumber, Called: e.Leg.Number}
			if e.Customer != nil {
				got.Raw, got.Phone = e.Customer.PhoneRaw, e.Customer.Phone
			}
			if got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
			if e.Customer != nil && *e.Customer == (session.Customer{}) {
				t.Error("a customer of whom nothing is known")
			}
		})
	}
}

// TestOnlyAllThreeMarksMakeAConsultation leaves each out in turn: what remains is a call.
func TestOnlyAllThreeMarksMakeAConsultation(t *testing.T) {
	t.Parallel()
	tests := map[string]string{ // fields: session
		`"type":"outbound","job_type":"manual","dnis":"consultation"`:  "",
		`"type":"inbound","job_type":"manual","dnis":"consultation"`:   "call-c",
		`"type":"outbound","job_type":"inbound","dnis":"consultation"`: "call-c",
		`"type":"outbound","job_type":"manual","dnis":"3471234567"`:    "call-c",
		`"type":"outbound","job_type":"manual","dnis":""`:              "call-c",
	}
	for fields, want := range tests {
		if e := decode(t, held(`"uuid":"c","ani":"80165@EP",`+fields)); e.Session != want || e.Customer != nil && want == "" {
			t.Errorf("%s: session %q, want %q", fields, e.Session, want)
		}
	}
}

func TestLegs(t *testing.T) {
	t.Parallel()
	tests := map[string]session.Leg{
		`"id":"13b@GW","uuid":"M","job_type":"inbound","reason":"transferred"`: {ID: "13b@GW", Kind: session.MainLeg, VendorKind: "inbound", Reason: "transferred"},
		`"uuid":"M"`: {ID: "m", Kind: session.MainLeg},
		`"id":"3f@EP","uuid":"C","type":"outbound","job_type":"manual","dnis":"consultation","ani":"80165@EP","reason":"x"`: {
			ID: "c", Kind: session.ConsultLeg, Number: "80165@EP", Reason: "x"},
		`"id":"3f@EP","type":"outbound","job_type":"manual","dnis":"consultation"`: {ID: "3f@EP", Kind: session.ConsultLeg},
	}
	for fields, want := range tests {
		if diff := cmp.Diff(&want, decode(t, held(fields)).Leg); diff != "" {
			t.Errorf("%s (-want +got):\n%s", fields, diff)
		}
	}
}

// TestTransfersNameTheirBeginningOnly since the product says neither to whom nor whether it was taken.
func TestTransfersNameTheirBeginningOnly(t *testing.T) {
	t.Parallel()
	const agent = `"agent":{"id":"1","email":"kim@example.com","custom_id":"007"}`
	from := session.End{AgentID: "1", AgentEmail: "kim@example.com", CustomID: "007"}
	tests := map[string]struct {
		body string
		want *session.Transfer
	}{
		"a transfer":                  {enveloped(agent, event("TRANSFERRED", mainCall)), &session.Transfer{From: from}},
		"a bare transfer":             {event("TRANSFERRED", mainCall), nil},
		"a conference":                {enveloped(agent, event("CONFERENCED", mainCall)), &session.Transfer{From: from, Kind: session.Conference}},
		"a bare conference":           {event("CONFERENCED", mainCall), &session.Transfer{Kind: session.Conference}},
		"an end by transfer":          {enveloped(agent, event("CONNECTIONCLEARED", mainCall+`,"reason":"transferred"`)), nil},
		"what a consultation reports": {enveloped(agent, event("TRANSFERRED", consult)), nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, decode(t, tt.body).Transfer); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func enveloped(agent, data string) string {
	return fmt.Sprintf(`{"version":1,"delivery_id":"d-1","sequence":4,"received_at":"2026-01-05T10:00:22.125+01:00",%s,"data":%s}`, agent, data)
}

// TestAnEventMayTravelInManyForms decodes one event in the nestings of objects and strings that pages post.
func TestAnEventMayTravelInManyForms(t *testing.T) {
	t.Parallel()
	whole, contact := held(mainCall), "{"+mainCall+"}"
	quoted, quotedContact := fmt.Sprintf("%q", whole), fmt.Sprintf("%q", contact)
	split := `{"event":"HELD","data":` + quotedContact + `}`
	pair := `{"jQuery_eventType":"x","data":` + quoted + `}`
	const agent = `"agent":{"id":"1"}`
	forms := map[string]string{
		"an object":                       whole,
		"an array":                        "[" + whole + "]",
		"a string":                        quoted,
		"an array of strings":             "[" + quoted + "]",
		"data as an object":               `{"event":"HELD","data":` + contact + `}`,
		"data as a string":                split,
		"contact as an object":            `{"event":"HELD","contact":` + contact + `}`,
		"contact as a string":             `{"event":"HELD","contact":` + quotedContact + `}`,
		"contact beside other data":       `{"event":"HELD","data":"x","contact":` + contact + `}`,
		"a property called data":          held(mainCall + `,"data":"free text"`),
		"a property called contact":       held(mainCall + `,"contact":7`),
		"the callback's pair":             pair,
		"the callback's pair of objects":  `{"jQuery_eventType":{},"data":` + whole + `}`,
		"the pair of a split event":       `{"jQuery_eventType":"x","data":` + fmt.Sprintf("%q", split) + `}`,
		"an envelope":                     enveloped(agent, whole),
		"an envelope of a string":         enveloped(agent, quoted),
		"an envelope of the pair":         enveloped(agent, pair),
		"an envelope of the pair, quoted": enveloped(agent, fmt.Sprintf("%q", pair)),
		"a string of an envelope":         fmt.Sprintf("%q", enveloped(agent, quoted)),
	}
	for name, body := range forms {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := decode(t, body)
			if e.Kind != session.Held || e.Session != "call-m" || e.VendorType != "HELD" || e.Customer == nil || e.Customer.PhoneRaw != "3393669393" {
				t.Errorf("got %+v", e)
			}
			if strings.Contains(name, "envelope") && (e.ID != "d-1" || e.Agent == nil || e.Agent.ID != "1" || e.Sequence != 4 ||
				!e.At.Equal(time.Date(2026, 1, 5, 9, 0, 22, 125e6, time.UTC))) {
				t.Errorf("the envelope's are not taken: %+v", e)
			}
		})
	}
}

// TestABareEventIsNamedByItsContent and its place.
func TestABareEventIsNamedByItsContent(t *testing.T) {
	t.Parallel()
	first := decode(t, held(mainCall))
	if again := decode(t, " "+held(mainCall)+" "); again.ID != first.ID || again.At != receipt.At || again.Agent != nil {
		t.Errorf("the same again is %s at %v by %v, want %s", again.ID, again.At, again.Agent, first.ID)
	}
	if other := decode(t, event("RETRIEVED", mainCall)); other.ID == first.ID {
		t.Error("another event has the same id")
	}
}
