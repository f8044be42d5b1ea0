package session_test

import (
	"testing"

	"sessionbridge.internal/shared/session"
)

func TestExternalIDsNameSessions(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		id, source, key string
		ok              bool
	}{
		"a call":                      {session.ExternalID("ccai", "call-103646"), "ccai", "call-103646", true},
		"a chat":                      {session.ExternalID("udesk", "chat-7"), "udesk", "chat-7", true},
		"an id with hyphens":          {"agentdesktop-call-f7875bc8-0db9", "agentdesktop", "call-f7875bc8-0db9", true},
		"a session without a source":  {"call-103646", "call", "103646", false},
		"a source without a session":  {"ccai-call-", "ccai", "call-", false},
		"an empty source":             {"-call-5", "", "call-5", false},
		"something of somebody else":  {"shop-order-5", "shop", "order-5", false},
		"nothing":                     {"", "", "", false},
		"letter case of another kind": {"ccai-Call-5", "ccai", "Call-5", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			source, key, ok := session.ParseExternalID(tt.id)
			if source != tt.source || key != tt.key || ok != tt.ok {
				t.Errorf("%q is %q, %q, %v; want %q, %q, %v", tt.id, source, key, ok, tt.source, tt.key, tt.ok)
			}
		})
	}
}
