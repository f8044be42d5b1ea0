package payload

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"sessionbridge.internal/shared/session"
)

// maxLabel bounds what a made name shows of what it stands for, in bytes.
const maxLabel = 64

// Safe makes an id that can stand in addresses and file names. What cannot as it is, such as `3012@2017-out`, is shown
// with underscores and told apart from others of the same looks by a hash of the whole.
func Safe(id string) string {
	if SafeID(id) && len(id) <= maxID {
		return id
	}
	return Named(id, id)
}

// Named is a readable label and a hash of what it stands for: `13b-5d_HOST-0123456789abcdef`.
func Named(label string, whole ...string) string {
	label = strings.Map(func(c rune) rune {
		if SafeID(string(c)) {
			return c
		}
		return '_'
	}, Clip(label, maxLabel))
	return label + "-" + ShortHash(whole...)
}

// ShortHash tells texts apart in an event's id, which is written to logs and so must not hold the texts themselves.
func ShortHash(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:8])
}

// prefixes say before an id who is meant. They are those of the CCAI Platform, in whose external session events and QM
// chat events a `dn` and an `initiator` are written so: `end_user_5`, `agent_1`, `virtual_agent_15`.
var prefixes = map[string]session.PartyType{
	"end_user_": session.PartyEndUser, "agent_": session.PartyAgent, "virtual_agent_": session.PartyVirtualAgent,
}

// Prefixed reads a name that says itself who is meant; of any other, both results are empty.
func Prefixed(name string) (session.PartyType, string) {
	for prefix, t := range prefixes {
		if id, ok := strings.CutPrefix(name, prefix); ok && id != "" && len(id) <= maxID {
			return t, id
		}
	}
	return "", ""
}
