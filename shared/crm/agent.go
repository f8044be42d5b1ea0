package crm

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"sessionbridge.internal/shared/session"
)

// LastAgent is the agent who has the session for the CRM: of those who are in it the one who came last, and else the one who
// left last, so that neither a transfer back nor a guest of a conference leaves it to who is gone. ok is false where none
// came, as when the customer gave up before.
func LastAgent(s session.Session) (a session.Agent, ok bool) {
	if len(s.Agents) == 0 {
		return session.Agent{}, false
	}
	a = s.Agents[0]
	for _, b := range s.Agents[1:] { // in the order in which they came first
		if b.LeftAt.IsZero() || !a.LeftAt.IsZero() && !b.LeftAt.Before(a.LeftAt) {
			a = b
		}
	}
	return a, true
}

// AgentKey names an agent in session.CRM.Agents by all that the CRM's users can be searched by, so that the search begins
// anew once more of it is known. It is a hash, since a key is no place for personal data.
func AgentKey(a session.Agent) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q", a.ID, strings.ToLower(a.Email), a.CustomID))
	return hex.EncodeToString(sum[:8])
}
