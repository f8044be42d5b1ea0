package crm

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"sessionbridge.internal/shared/session"
)

// LastAgent is the agent who joined last, and who has the session for the CRM; ok is false where none came, as when the
// customer gave up before.
func LastAgent(s session.Session) (a session.Agent, ok bool) {
	if len(s.Agents) == 0 {
		return session.Agent{}, false
	}
	return s.Agents[len(s.Agents)-1], true
}

// AgentKey names an agent in session.CRM.Agents by all that the CRM's users can be searched by, so that the search begins
// anew once more of it is known. It is a hash, since a key is no place for personal data.
func AgentKey(a session.Agent) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q", a.ID, strings.ToLower(a.Email), a.CustomID))
	return hex.EncodeToString(sum[:8])
}
