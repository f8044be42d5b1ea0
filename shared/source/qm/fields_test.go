package qm_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/session"
)

// TestFieldsOfSessions reads the fields around the participants, of both shapes, in the types that may come.
func TestFieldsOfSessions(t *testing.T) {
	t.Parallel()
	type fields struct {
		Direction session.Direction
		Language  string
		Type      string
		Company   string
		Queue     *session.Queue
		Headers   string
	}
	tests := map[string]struct {
		call, chat string // fields of a call's and a chat's event
		want       fields
	}{
		"all of them": {
			`"Direction":"incoming","Language":"en","Queue_uuid":3,"Queue_path_ids":"1/2/3","Queue_path_names":"support/orders/status"`,
			`"direction":"incoming","language":"en","queue_uuid":3,"queue_path_ids":"1/2/3","queue_path_names":"support/orders/status"`,
			fields{Direction: session.Inbound, Language: "en", Queue: &session.Queue{ID: "3", Path: "support / orders / status", PathIDs: "1/2/3"}},
		},
		"none": {``, ``, fields{}},
		"null, which is none": {
			`"Direction":null,"Language":null,"Queue_uuid":null,"Queue_path_ids":null,"Queue_path_names":null,"Custom_headers":null,"Participants":null`,
			`"direction":null,"language":null,"queue_uuid":null,"queue_path_ids":null,"queue_path_names":null,"support_number":null,"participants":null`,
			fields{},
		},
		"empty, which is none": {
			`"Direction":"","Language":"","Queue_uuid":"","Queue_path_ids":"","Queue_path_names":" / / ","Custom_headers":{},"Participants":[]`,
			`"direction":"","language":"","queue_uuid":"","queue_path_ids":"","queue_path_names":" / / ","session_type_v2":"","participants":[]`,
			fields{},
		},
		"outgoing, in other letters": {`"Direction":"OutGoing"`, `"direction":"OutGoing"`, fields{Direction: session.Outbound}},
		"a direction not documented": {`"Direction":"internal"`, `"direction":"internal"`, fields{}},
		"a queue's id that no float64 holds": {
			`"Queue_uuid":90071992547409931234`, `"queue_uuid":"90071992547409931234"`,
			fields{Queue: &session.Queue{ID: "90071992547409931234"}},
		},
		"a path to another queue": {
			`"Queue_uuid":4,"Queue_path_ids":"1/2/3","Queue_path_names":"support/orders/status"`,
			`"queue_uuid":"4","queue_path_ids":"1/2/3","queue_path_names":"support/orders/status"`,
			fields{Queue: &session.Queue{ID: "4"}},
		},
		"a path whose end looks like the queue": {
			`"Queue_uuid":3,"Queue_path_ids":"1/2/13","Queue_path_names":"a"`, `"queue_uuid":3,"queue_path_ids":"1/2/13","queue_path_names":"a"`,
			fields{Queue: &session.Queue{ID: "3"}},
		},
		"a queue's id of another kind": {
			`"Queue_uuid":"0f8fad5b-d9cb","Queue_path_ids":"1/2"`, `"queue_uuid":"0f8fad5b-d9cb","queue_path_ids":"1/2"`,
			fields{Queue: &session.Queue{ID: "0f8fad5b-d9cb", PathIDs: "1/2"}},
		},
		"a path of names alone": {
			`"Queue_uuid":3,"Queue_path_names":"support"`, `"queue_uuid":3,"queue_path_names":"support"`,
			fields{Queue: &session.Queue{ID: "3", Path: "support"}},
		},
		"a path of one id, as a number": {`"Queue_path_ids":7`, `"queue_path_ids":7`, fields{Queue: &session.Queue{PathIDs: "7"}}},
		"a path with gaps": {
			`"Queue_path_names":"/support//orders /"`, `"queue_path_names":"/support//orders /"`,
			fields{Queue: &session.Queue{Path: "support / orders"}},
		},
		"headers, of calls only": {`"Custom_headers":{"X-Account": "A-17"}`, ``, fields{Headers: `{"X-Account":"A-17"}`}},
		"type and company's number, of chats only": {``, `"session_type_v2":"In-web","support_number":"+15550123456"`,
			fields{Type: "In-web", Company: "+15550123456"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bodies := map[string]string{}
			if tt.call != "" || tt.chat == "" {
				bodies["call"] = `{"type":"CallState","item":{` + join(`"CallID":1`, tt.call) + `}}`
			}
			if tt.chat != "" || tt.call == "" {
				bodies["chat"] = `{` + join(`"chat_id":1`, tt.chat) + `}`
			}
			for shape, body := range bodies {
				e := decode(t, body)
				got := fields{Direction: e.Direction, Language: e.Language, Type: e.Type, Company: e.CompanyNumber, Queue: e.Queue}
				if e.CustomData != nil {
					got.Headers = string(e.CustomData.SIPHeaders)
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", shape, diff)
				}
			}
		})
	}
}

func join(first, more string) string {
	if more == "" {
		return first
	}
	return first + "," + more
}
