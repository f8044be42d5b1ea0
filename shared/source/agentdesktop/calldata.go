package agentdesktop

import (
	"encoding/json"
	"strings"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source/payload"
)

// callData is the property that holds what scripts and pages attached to a contact: an array of {name, value}.
const callData = "CallData"

// credentialWords make a name one of a credential, as part of it and in any letter case: integrations have been seen to
// hand user names and passwords on in CallData. That OPINION holds a `pin` is the price.
var credentialWords = []string{"user", "usr", "login", "pass", "pwd", "pin", "secret", "token", "key", "auth", "cred"}

func credential(name string) bool {
	name = strings.ToLower(name)
	for _, word := range credentialWords {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

// maxCustomData bounds what is taken into an event; Raw keeps a longer one.
const maxCustomData = 16 << 10

// customData is the contact's CallData as one object {name: value}, without credentials; of equal names the last counts.
func (c contact) customData() *session.Data {
	raw, path := c.Find(callData)
	if len(raw) == 0 || raw[0] != '[' || len(raw) > maxCustomData {
		return nil
	}
	pairs, problem := payload.Elements(raw, path)
	if problem != nil {
		return nil // more pairs than anybody attaches; Raw has them
	}
	known := map[string]json.RawMessage{}
	for _, pair := range pairs {
		if name, value := readPair(pair.Raw); name != "" && value != nil && !credential(name) {
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

// readPair reads {name, value}; what is null or the empty string says nothing.
func readPair(raw json.RawMessage) (name string, value json.RawMessage) {
	o, ok := payload.ParseObject(raw)
	if !ok {
		return "", nil
	}
	r := payload.NewReader(payload.Place{Object: o})
	if value, _ = r.Find("value"); string(value) == `""` {
		value = nil
	}
	return r.Text("name"), value
}
