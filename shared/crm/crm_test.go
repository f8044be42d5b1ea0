package crm_test

import (
	"testing"
	"time"

	"sessionbridge.internal/shared/crm"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
)

func seconds(n int) *int { return &n }

// call is a session with most of what a call can have.
func call() session.Session {
	start := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	return session.Session{
		Key: "call-103646", Tenant: "demo", Source: "ccai", Channel: session.Call, Direction: session.Inbound,
		Type: "Voice Inbound (IVR)", StartedAt: start, EndedAt: start.Add(6 * time.Minute), Outcome: session.Completed,
		WaitSeconds: seconds(55), TalkSeconds: seconds(305), EndedBy: "end_user",
		Customer: session.Customer{Phone: "+12223334444", PhoneRaw: "+1 222 333 4444", ID: "87"},
		Agents:   []session.Agent{{ID: "1", Email: "ann@example.com"}, {ID: "2", CustomID: "007", Email: "kim@example.com"}},
		Queue:    session.Queue{ID: "8469", Path: "Orders / Status"},
	}
}

func TestReadID(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		location, id, body string
		want               string // empty: not there
		bad                bool
	}{
		"at the root":                          {"", "", `{"id":123}`, "123", false},
		"a number keeps all its digits":        {"", "", `{"id":12345678901234567890}`, "12345678901234567890", false},
		"below a path":                         {"data.account", "uuid", `{"data":{"account":{"uuid":"a-b"}}}`, "a-b", false},
		"the first of a list":                  {"accounts", "", `{"accounts":[{"id":1},{"id":2}]}`, "1", false},
		"a place in a list":                    {"accounts.1", "", `{"accounts":[{"id":1},{"id":2}]}`, "2", false},
		"an empty list is nobody":              {"accounts", "", `{"accounts":[]}`, "", false},
		"null is nobody":                       {"account", "", `{"account":null}`, "", false},
		"an object is no id":                   {"", "", `{"id":{}}`, "", false},
		"an empty id is none":                  {"", "", `{"id":""}`, "", false},
		"a place beyond the list":              {"accounts.7", "", `{"accounts":[{"id":1}]}`, "", false},
		"a page of HTML is not an answer":      {"", "", `<html>`, "", true},
		"nothing at all is nobody":             {"", "", ` `, "", false},
		"a negative place leads nowhere":       {"accounts.-1", "", `{"accounts":[{"id":1}]}`, "", false},
		"the whole answer may be a bare list":  {"", "", `[{"id":5}]`, "5", false},
		"a list of lists goes down each first": {"rows", "", `{"rows":[[{"id":6}]]}`, "6", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			id, found, err := crm.ReadID(&settings.Endpoint{Response: tt.location, ID: tt.id}, []byte(tt.body))
			if (err != nil) != tt.bad || id != tt.want || found != (tt.want != "") {
				t.Errorf("ReadID = %q, %v, %v; want %q", id, found, err, tt.want)
			}
		})
	}
}
