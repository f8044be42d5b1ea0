package quality

import (
	"cmp"
	"strings"

	"sessionbridge.internal/shared/session"
)

// The two types of participants (call page, "Type"): agents of the platform, human or virtual, and everyone else.
const (
	agentType    = "agent"
	externalType = "external"
)

// agentName is an agent's id; of one who is known by mail only, the address, as the call page has no word for that.
func agentName(a session.Agent) string { return cmp.Or(a.ID, a.Email) }

// agentKey names an agent within a source, in any spelling of the mail address.
func agentKey(a session.Agent) string { return cmp.Or(a.ID, strings.ToLower(a.Email)) }

// prefixes of names in chats (chat page, "dn" and "initiator").
var prefixes = map[session.PartyType]string{
	session.PartyEndUser: "end_user_", session.PartyAgent: "agent_", session.PartyVirtualAgent: "virtual_agent_",
}

// named is what an id is called in a channel; nil where it is empty.
func named(c session.Channel, t session.PartyType, id string) *string {
	if id == "" {
		return nil
	}
	if c == session.Chat {
		id = prefixes[t] + id
	}
	return &id
}

// customerName is, of calls, the telephone number where there is one, else the end user's id (call page, "ParticipantID");
// of chats the id comes first, as in every sample. A customer of whom nothing is known is null, as the page has it for
// third parties.
func customerName(s *session.Session) *string {
	number := s.Customer.Phone
	if raw := s.Customer.PhoneRaw; number == "" && strings.ContainsAny(raw, "0123456789") && !strings.Contains(raw, "@") {
		number = raw
	}
	id := named(s.Channel, session.PartyEndUser, s.Customer.ID)
	switch {
	case number == "", s.Channel == session.Chat && id != nil:
		return id
	}
	return &number
}

// partyName is a participant as an event lists them. A third party goes by the number alone.
func partyName(c session.Channel, p session.Party) *string {
	switch {
	case p.Number != "":
		return &p.Number
	case p.Type == session.PartyThird:
		return nil
	}
	return named(c, p.Type, p.ID)
}

func typeOf(t session.PartyType) string {
	if t == session.PartyEndUser || t == session.PartyThird {
		return externalType
	}
	return agentType
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
