package ccai

import (
	"strings"

	"sessionbridge.internal/shared/session"
)

// direction reads who began a session from its type, in any of the platform's three vocabularies
// (docs.cloud.google.com/contact-center/ccai-platform/docs/session-type-terminology). Letter case differs between the
// documentation's own samples. A callback and a scheduled call were asked for by the customer, and were called
// "Incoming Call" and "Scheduled Call" once: inbound. `Messaging (SMS)`, which may be either, and what is not known
// have no direction.
func direction(sessionType string) session.Direction {
	t := strings.ToLower(sessionType)
	switch {
	case hasAny(t, "outbound", "campaign"):
		return session.Outbound
	case hasAny(t, "inbound", "incoming", "ivr", "callback", "scheduled", "(whatsapp)", "(web)", "(mobile)"):
		return session.Inbound
	}
	return ""
}

// isMessaging tells a chat's type from a call's.
func isMessaging(sessionType string) bool {
	return hasAny(strings.ToLower(sessionType), "messaging", "chat", "sms")
}

func hasAny(s string, parts ...string) bool {
	for _, p := range parts {
		if strings.Contains(s, p) {
			return true
		}
	}
	return false
}

// sessionKey names the session of a call_id or a chat_id. Exactly one is documented; where both are given, the session
// type decides, and a call is taken where it does not.
func (r reader) sessionKey(sessionType string) string {
	call, chat := r.sessionID("call_id"), r.sessionID("chat_id")
	switch {
	case chat != "" && (call == "" || isMessaging(sessionType)):
		return session.Key(session.Chat, chat)
	case call != "":
		return session.Key(session.Call, call)
	}
	return ""
}

// sessionID reads an id that becomes part of addresses and file names, and so may hold only what is safe in all of them.
// The platform's are whole numbers in these events and hexadecimal in QM events.
func (r reader) sessionID(key string) string {
	id := r.id(key)
	unsafe := func(c rune) bool {
		return (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '-' && c != '_'
	}
	if strings.ContainsFunc(id, unsafe) {
		_, path := r.find(key)
		r.reject(path, "must be a whole number, or letters, digits, hyphens and underscores")
		return ""
	}
	return id
}
