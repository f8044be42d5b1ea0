package agentdesktop

import (
	"encoding/json"
	"strings"

	"sessionbridge.internal/shared/session"
)

// callData is the property that holds what scripts and pages attached to a contact: an array of {name, value}.
const callData = "CallData"

// credentialWords make a name one of a credential, as part of it and in any letter case: integrations have been seen to
// hand user names and passwords on in CallData. Those of the last line are Italian, Portuguese and Spanish. That OPINION holds a `pin` is the price.
var credentialWords = []string{"user", "usr", "login", "pass", "pwd", "pin", "secret", "token", "key", "auth", "cred",
	"psw", "utente", "senha", "clave", "parola"}

func credential(name string) bool {
	name = strings.ToLower(name)
	for _, word := range credentialWords {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

// maxCustomData, in bytes, and maxPairs bound what is taken into an event; Raw keeps a longer one, and the pairs beyond.
const (
	maxCustomData = 16 << 10
	maxPairs      = 100
)

// customData is the contact's CallData as one object {name: value}, without credentials; of equal names the last counts.
func (c contact) customData() *session.Data {
	raw, _ := c.Find(callData)
	if len(raw) == 0 || raw[0] != '[' || len(raw) > maxCustomData {
		return nil
	}
	pairs := c.Objects(callData)
	known := map[string]json.RawMessage{}
	for _, pair := range pairs[:min(len(pairs), maxPairs)] {
		value, _ := pair.Find("value")
		if name := pair.Text("name"); name != "" && value != nil && !credential(name) {
			known[name] = value
		}
	}
	if len(known) == 0 {
		return nil
	}
	unsigned, err := json.Marshal(known)
	if err != nil {
		return nil
	}
	return &session.Data{Unsigned: unsigned}
}
