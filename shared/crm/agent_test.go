package crm_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/shared/crm"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
)

const oursAgentKey = ours + "the search for an agent begins anew once more is known of them, and a key is no place for personal data"

func TestAgentKey(t *testing.T) {
	t.Parallel()
	kim := session.Agent{ID: "2", CustomID: "007", Email: "kim@example.com", Name: "Kim"}
	tests := map[string]struct {
		from  string
		other session.Agent
		same  bool
	}{
		"the same agent":                          {oursAgentKey, kim, true},
		"a name says nothing":                     {oursAgentKey, session.Agent{ID: "2", CustomID: "007", Email: "kim@example.com"}, true},
		"nor do capital letters of an address":    {oursAgentKey, session.Agent{ID: "2", CustomID: "007", Email: "Kim@Example.com"}, true},
		"another address":                         {oursAgentKey, session.Agent{ID: "2", CustomID: "007", Email: "lee@example.com"}, false},
		"no address yet":                          {oursAgentKey, session.Agent{ID: "2", CustomID: "007"}, false},
		"another id":                              {oursAgentKey, session.Agent{ID: "3", CustomID: "007", Email: "kim@example.com"}, false},
		"an id in the place of another kind's id": {oursAgentKey, session.Agent{ID: "007", CustomID: "2", Email: "kim@example.com"}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			if got := crm.AgentKey(tt.other); (got == crm.AgentKey(kim)) != tt.same || strings.Contains(got, "@") {
				t.Errorf("the key is %q, and %q of the first", got, crm.AgentKey(kim))
			}
		})
	}
}

// The agents stand in the order in which they came first.
func TestTheAgentWhoHasTheSession(t *testing.T) {
	t.Parallel()
	in, early, late := time.Time{}, time.Unix(60, 0), time.Unix(120, 0)
	tests := map[string]struct {
		from   string
		leftAt []time.Time
		want   string
	}{
		"who came last":                  {oursLast, []time.Time{in, in}, "1"},
		"it was handed over":             {oursLast, []time.Time{early, in}, "1"},
		"a guest came and left":          {oursLast, []time.Time{in, early}, "0"},
		"it was handed back":             {oursLast, []time.Time{in, early, early}, "0"},
		"all are gone: who left last":    {oursLast, []time.Time{late, early}, "0"},
		"at once: who came last of them": {oursLast, []time.Time{late, early, late}, "2"},
		"nobody came":                    {oursLast, nil, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			var s session.Session
			for i, left := range tt.leftAt {
				s.Agents = append(s.Agents, session.Agent{ID: strconv.Itoa(i), LeftAt: left})
			}
			if got, came := crm.LastAgent(s); got.ID != tt.want || came != (tt.want != "") {
				t.Errorf("it is %q (%v), want %q", got.ID, came, tt.want)
			}
		})
	}
}

// A page may send anything: no record waits for it to be mended.
func TestCustomDataThatDoesNotFitIsLeftOut(t *testing.T) {
	t.Parallel()
	s := session.Session{CustomData: session.Data{Unsigned: json.RawMessage(`{"order":"abc"}`)}}
	e := &settings.Endpoint{Method: "POST", URL: "https://crm.example.com/records", Parameters: []settings.Parameter{
		{Key: "a", Value: "1"}, {Key: "order", Value: "{CUSTOM_DATA_ORDER}", Type: "number", Keep: true}, {Key: "known", Value: "{custom_data_order}", Type: "boolean"},
	}}
	r, ok, err := crm.Build(e, crm.VarsOf(&settings.CRM{}, s, session.CRM{}))
	if err != nil || !ok || string(r.Body) != `{"a":"1"}` {
		t.Errorf("the body is %s (%v, %v)", r.Body, ok, err)
	}
}

// {CRM_AGENT_ID} is the last agent's, and nobody else's.
func TestTheAgentsIDInTheCRM(t *testing.T) {
	t.Parallel()
	s := call()
	ann, kim := crm.AgentKey(s.Agents[0]), crm.AgentKey(s.Agents[1])
	tests := map[string]struct {
		from  string
		known map[string]string
		want  string
	}{
		"nobody was searched for":        {oursUnknown, nil, ""},
		"the last agent was found":       {oursLast, map[string]string{ann: "u1", kim: "u2"}, "u2"},
		"the last agent is not there":    {oursLast, map[string]string{ann: "u1", kim: ""}, ""},
		"the last was not asked for yet": {oursLast, map[string]string{ann: "u1"}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			if got := crm.VarsOf(&settings.CRM{}, s, session.CRM{Agents: tt.known})["CRM_AGENT_ID"]; got != tt.want {
				t.Errorf("{CRM_AGENT_ID} is %q, want %q", got, tt.want)
			}
		})
	}
	if got := crm.VarsOf(&settings.CRM{}, session.Session{}, session.CRM{Agents: map[string]string{crm.AgentKey(session.Agent{}): "u3"}})["CRM_AGENT_ID"]; got != "" {
		t.Errorf("without an agent {CRM_AGENT_ID} is %q", got)
	}
}
