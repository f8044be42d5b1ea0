package crm_test

import (
	"strings"
	"testing"

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
