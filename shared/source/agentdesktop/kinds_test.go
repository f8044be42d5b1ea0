package agentdesktop_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source/agentdesktop"
)

// The contacts of the table, as the fields of an event.
const (
	mainCall = `"id":"13b-5d@GW","uuid":"m","type":"inbound","media_type":"telephony","job_type":"inbound","ani":"3393669393","dnis":"225727273"`
	consult  = `"id":"3f-5e@EP","uuid":"c","type":"Outbound","media_type":"telephony","job_type":"MANUAL","ani":"80165@EP","dnis":"Consultation"`
	manual   = `"id":"41-5e@EP","uuid":"o","type":"outbound","media_type":"telephony","job_type":"manual","ani":"","dnis":"3471234567"`
	chat     = `"id":"9-5d@GW","uuid":"h","type":"inbound","media_type":"Chat","job_type":"inbound"`
)

func event(name, fields string) string { return fmt.Sprintf(`{"event":%q,%s}`, name, fields) }

// TestKindsOfContactEvents reads every documented event of every sort of contact: kind, session and kind of leg.
func TestKindsOfContactEvents(t *testing.T) {
	t.Parallel()
	beside := session.Snapshot
	tests := []struct {
		name       string
		more       string
		main, side session.Kind // of a contact, and of a consultation
	}{
		{"CONNECTIONSTARTED", ``, session.Started, session.Started},
		{"SERVICEINITIATED", ``, session.Snapshot, beside},
		{"DATACHANGED", ``, session.Snapshot, beside},
		{"DELETE", ``, session.Snapshot, beside},
		{"RINGING", ``, session.Ringing, session.Ringing},
		{"DIALING", ``, session.Ringing, session.Ringing},
		{"ESTABLISHED", ``, session.Connected, session.Connected},
		{"HELD", ``, session.Held, session.Held},
		{"RETRIEVED", ``, session.Resumed, session.Resumed},
		{"TRANSFERRED", ``, session.Transferred, beside},
		{"CONFERENCED", ``, session.Conferenced, beside},
		{"CONFERENCESTARTED", ``, session.Conferenced, beside},
		{"CONNECTIONCLEARED", `,"job_state":"online"`, session.Ended, session.Ended},
		{"CONNECTIONCLEARED", `,"reason":"transferred"`, session.Ended, session.Ended},
		{"JOBCHANGED", `,"job_state":"OffLine"`, session.WrapUp, beside},
		{"JOBCHANGED", `,"job_state":"online"`, session.Snapshot, beside},
		{"JOBCHANGED", ``, session.Snapshot, beside},
		{"JOBFINISHED", `,"job_state":"finished"`, session.Finished, beside},
		{"established", ``, session.Connected, session.Connected},
		{"ConnectionCleared", ``, session.Ended, session.Ended},
	}
	for _, tt := range tests {
		for fields, key := range map[string]string{mainCall: "call-m", manual: "call-o", chat: "chat-h"} {
			checkKind(t, event(tt.name, fields+tt.more), tt.main, key, session.MainLeg)
		}
		checkKind(t, event(tt.name, consult+tt.more), tt.side, "", session.ConsultLeg)
	}
	checkKind(t, event("POPUP", consult), session.Ringing, "", session.ConsultLeg)
}

func checkKind(t *testing.T, body string, kind session.Kind, key string, leg session.LegKind) {
	t.Helper()
	e := decode(t, body)
	if e.Kind != kind || e.Session != key || e.Leg == nil || e.Leg.Kind != leg || len(e.Raw) == 0 {
		t.Errorf("%s: %s of session %q with leg %+v, want %s of %q with a %s leg", body, e.Kind, e.Session, e.Leg, kind, key, leg)
	}
	if e.FailReason != "" || e.Outcome != "" || e.EndedBy != "" {
		t.Errorf("%s: judged as %q, %q, %q; the product says none of it", body, e.FailReason, e.Outcome, e.EndedBy)
	}
}

// TestAPopupIsTwoEvents pops one contact up on two desktops: it began once and was offered twice.
func TestAPopupIsTwoEvents(t *testing.T) {
	t.Parallel()
	popup := func(delivery, agent, at string) string {
		return fmt.Sprintf(`{"version":1,"delivery_id":%q,"received_at":%q,"agent":{"id":%q},"data":%s}`,
			delivery, at, agent, event("POPUP", mainCall))
	}
	body := "[" + popup("d-2", "5", "2026-01-05T09:00:09Z") + "," + popup("d-1", "1", "2026-01-05T09:00:00Z") + "]"
	batch, err := agentdesktop.Decode(receipt, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range batch.Events {
		agent := "nobody"
		if e.Agent != nil {
			agent = e.Agent.ID
		}
		got = append(got, fmt.Sprintf("%s %s %s %v", e.ID, e.Kind, agent, len(e.Raw) > 0))
	}
	want := []string{
		"call-m/started started nobody false", "d-2 ringing 5 true",
		"call-m/started started nobody false", "d-1 ringing 1 true",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var s session.Session
	for _, e := range batch.Events {
		s = session.Apply(s, e)
	}
	if got := s.StartedAt.Format("15:04:05"); got != "09:00:00" || len(s.Events) != 3 || s.Status != session.StatusRinging {
		t.Errorf("started at %s, %d events, %s", got, len(s.Events), s.Status)
	}
}

func TestAgentStates(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		kind  session.Kind
		state string
	}{
		`{"event":"AGENT:LOGGEDIN"}`:                          {session.AgentLogin, ""},
		`{"event":"AGENT:LOGGEDOUT"}`:                         {session.AgentLogout, ""},
		`{"event":"AGENT:PAUSE"}`:                             {session.AgentPause, ""},
		`{"event":"AGENT:PAUSE","reason":"LUNCH"}`:            {session.AgentPause, "LUNCH"},
		`{"event":"AGENT:PAUSE","reason":5}`:                  {session.AgentPause, "5"},
		`{"event":"AGENT:PAUSE","data":{"reason":"LUNCH"}}`:   {session.AgentPause, "LUNCH"},
		`{"event":"AGENT:PAUSE","data":"no JSON at all"}`:     {session.AgentPause, ""},
		`{"event":"agent:pause"}`:                             {session.AgentPause, ""},
		`{"event":"AGENT:Ready"}`:                             {session.AgentState, "Ready"},
		`{"event":"AGENT:"}`:                                  {session.AgentState, ""},
		`{"event":"AGENT:LOGGEDOUT","uuid":"m","id":{"a":1}}`: {session.AgentLogout, ""},
	}
	for body, want := range tests {
		e := decode(t, body)
		if e.Kind != want.kind || e.State != want.state || e.Session != "" || e.Agent != nil {
			t.Errorf("%s: %s %q of session %q and agent %v, want %s %q of nobody's", body, e.Kind, e.State, e.Session, e.Agent, want.kind, want.state)
		}
	}
}

func TestEventsOfTomorrowAreNeverAnError(t *testing.T) {
	t.Parallel()
	tests := map[string]string{ // body: session
		event("OFTOMORROW", mainCall):                            "call-m",
		event("OFTOMORROW", chat):                                "chat-h",
		event("OFTOMORROW", consult):                             "",
		`{"event":"OFTOMORROW"}`:                                 "",
		`{"event":"OFTOMORROW","uuid":{"a":1}}`:                  "",
		`{"event":"OFTOMORROW","data":[1]}`:                      "",
		`{"event":"OFTOMORROW","data":"{"}`:                      "",
		`{` + mainCall + `}`:                                     "call-m",
		`{"event":7,` + mainCall + `}`:                           "call-m",
		`{"Event":"HELD",` + mainCall + `}`:                      "call-m",
		`{"jQuery_eventType":"x","data":{"event":"OFTOMORROW"}}`: "",
	}
	for body, want := range tests {
		if e := decode(t, body); e.Kind != session.Unknown || e.Session != want || e.Leg != nil || len(e.Raw) == 0 {
			t.Errorf("%s: kind %q of session %q, want unknown of %q", body, e.Kind, e.Session, want)
		}
	}
}
