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

// The names and formats are those of docs.cloud.google.com, CCAI Platform, "Custom CRM", request variables.
func TestVarsOf(t *testing.T) {
	t.Parallel()
	long := call()
	long.TalkSeconds = seconds(4000)
	named := call()
	named.Customer.Name = "Kim van Dyke"
	chat := call()
	chat.Key, chat.Channel = "chat-7", session.Chat
	known := session.CRM{AccountID: "12", RecordID: "34"}
	tests := map[string]struct {
		session session.Session
		name    string
		want    string
	}{
		"the session's id is the vendor's":        {call(), "SESSION_ID", "103646"},
		"the key is unique over channels":         {call(), "SESSION_KEY", "call-103646"},
		"a call has a call id":                    {call(), "CALL_ID", "103646"},
		"a call has no chat id":                   {call(), "CHAT_ID", ""},
		"a chat has a chat id":                    {chat, "CHAT_ID", "7"},
		"the channel of a call":                   {call(), "CHANNEL", "voice_call"},
		"the channel of a chat":                   {chat, "CHANNEL", "chat"},
		"without a name the phone stands for it":  {call(), "NAME", "+12223334444"},
		"nobody is never nameless":                {session.Session{}, "NAME", "Unknown customer"},
		"first name":                              {named, "FIRST_NAME", "Kim"},
		"last name":                               {named, "LAST_NAME", "van Dyke"},
		"a missing last name is two dashes":       {call(), "LAST_NAME", "--"},
		"the last agent counts":                   {call(), "AGENT_EMAIL", "kim@example.com"},
		"the agent's own id":                      {call(), "AGENT_CUSTOM_ID", "007"},
		"durations are mm:ss":                     {call(), "CALL_DURATION", "05:05"},
		"over an hour the minutes go on":          {long, "CALL_DURATION", "66:40"},
		"an unknown duration is empty":            {session.Session{}, "CALL_DURATION", ""},
		"the queue's name is its path's last":     {call(), "QUEUE_NAME", "Status"},
		"the account's id from the CRM":           {call(), "ACCOUNT_ID", "12"},
		"the default title names the session":     {call(), "TICKET_SUBJECT", "Voice Inbound (IVR) call-103646"},
		"the end user's id at the contact centre": {call(), "UJET_ID", "87"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := crm.VarsOf(&settings.CRM{}, tt.session, known)[tt.name]; got != tt.want {
				t.Errorf("{%s} is %q, want %q", tt.name, got, tt.want)
			}
		})
	}
}

func TestBuild(t *testing.T) {
	t.Parallel()
	vars := crm.Vars{"PHONE_NUMBER": "+12223334444", "NAME": `Kim "{EMAIL}" & <co>`, "RECORD_ID": "4/5?x", "CALL_ID": "9"}
	param := func(key, value string) settings.Parameter { return settings.Parameter{Key: key, Value: value} }
	tests := map[string]struct {
		endpoint settings.Endpoint
		url      string // empty: not to be sent
		body     string
	}{
		"a search has its filters in the query": {
			settings.Endpoint{Method: "GET", URL: "https://crm/a?v=2", Parameters: []settings.Parameter{param("phone", "{PHONE_NUMBER}")}},
			"https://crm/a?phone=%2B12223334444&v=2", ""},
		"a filter that is not known is left out": {
			settings.Endpoint{Method: "GET", URL: "https://crm/a", Parameters: []settings.Parameter{param("phone", "{PHONE_NUMBER}"), param("email", "{EMAIL}")}},
			"https://crm/a?phone=%2B12223334444", ""},
		"a variable in the query is escaped for it": {
			settings.Endpoint{Method: "GET", URL: "https://crm/a?q=phone:{PHONE_NUMBER}&n={NAME}"},
			"https://crm/a?n=Kim+%22%7BEMAIL%7D%22+%26+%3Cco%3E&q=phone%3A%2B12223334444", ""},
		"a variable in the path is escaped": {
			settings.Endpoint{Method: "POST", URL: "https://crm/r/{RECORD_ID}/c"}, "https://crm/r/4%2F5%3Fx/c", "{}"},
		"a path whose variable is not known is not sent": {
			settings.Endpoint{Method: "POST", URL: "https://crm/a/{ACCOUNT_ID}"}, "", ""},
		"a body keeps the order of the settings": {
			settings.Endpoint{Method: "POST", URL: "https://crm/a", Parameters: []settings.Parameter{param("z", "1"), param("a", "call {Call_ID}")}},
			"https://crm/a", `{"z":"1","a":"call 9"}`},
		"a caller's name is no template and no JSON": {
			settings.Endpoint{Method: "POST", URL: "https://crm/a", Parameters: []settings.Parameter{param("name", "{NAME}")}},
			"https://crm/a", `{"name":"Kim \"{EMAIL}\" \u0026 \u003cco\u003e"}`},
		"braces that are no variable stay": {
			settings.Endpoint{Method: "POST", URL: "https://crm/a", Parameters: []settings.Parameter{param("q", "{no} {THING}")}},
			"https://crm/a", `{"q":"{no} {THING}"}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, ok, err := crm.Build(&tt.endpoint, vars)
			if err != nil {
				t.Fatal(err)
			}
			if ok != (tt.url != "") || r.URL != tt.url || string(r.Body) != tt.body {
				t.Errorf("Build = %s %s, %v; want %s %s", r.URL, r.Body, ok, tt.url, tt.body)
			}
		})
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

func TestAsks(t *testing.T) {
	t.Parallel()
	v := crm.Vars{"PHONE_NUMBER": "+1", "CHANNEL": "chat"}
	tests := map[string]struct {
		url, value string
		want       bool
	}{
		"by a known variable":        {"https://crm/a", "(Phone:equals:{phone_number})", true},
		"by one in the path":         {"https://crm/a/{PHONE_NUMBER}", "", true},
		"by one that is not known":   {"https://crm/a", "{EMAIL}", false},
		"by what all have in common": {"https://crm/a", "{CHANNEL}", false},
		"by nothing":                 {"https://crm/a", "1", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, method := range []string{"GET", "POST"} {
				e := &settings.Endpoint{Method: method, URL: tt.url, Parameters: []settings.Parameter{{Key: "q", Value: tt.value}}}
				if got := crm.Asks(e, v, "PHONE_NUMBER", "EMAIL"); got != tt.want {
					t.Errorf("%s asks: %v, want %v", method, got, tt.want)
				}
			}
		})
	}
}

func TestLink(t *testing.T) {
	t.Parallel()
	v := crm.Vars{"RECORD_ID": "4 5"}
	if got := crm.Link("https://crm/r/{RECORD_ID}", v); got != "https://crm/r/4%205" {
		t.Errorf("Link = %q", got)
	}
	if got := crm.Link("https://crm/a/{ACCOUNT_ID}", v); got != "" {
		t.Errorf("a link to an unknown account is %q, want none", got)
	}
}

func TestDigestTellsRequestsApart(t *testing.T) {
	t.Parallel()
	a := crm.Request{Method: "PUT", URL: "https://crm/1", Body: []byte("{}")}
	b := a
	b.Body = []byte(`{"x":1}`)
	c := a
	c.Body = []byte("{}")
	if a.Digest() == b.Digest() || a.Digest() != c.Digest() {
		t.Error("the digest does not follow the content")
	}
}

func BenchmarkBuild(b *testing.B) {
	e := &settings.Endpoint{Method: "POST", URL: "https://crm.example.com/api/records", Parameters: []settings.Parameter{
		{Key: "account", Value: "{ACCOUNT_ID}"}, {Key: "subject", Value: "{TICKET_SUBJECT}"}, {Key: "text", Value: "{TICKET_DESCRIPTION}"}}}
	for b.Loop() {
		if _, _, err := crm.Build(e, crm.VarsOf(&settings.CRM{}, call(), session.CRM{AccountID: "1"})); err != nil {
			b.Fatal(err)
		}
	}
}
