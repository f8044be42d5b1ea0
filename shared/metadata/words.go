package metadata

import (
	"cmp"
	"strings"

	"sessionbridge.internal/shared/session"
)

// The words of this file are the platform's own, from docs.cloud.google.com/contact-center/ccai-platform/docs/:
// session-type-terminology, crm-session-metadata (status names) and reason-codes-statuses.

// sessionTypes pairs the older name of a session type (call_type, chat_type) with today's (session_type_v2). Events
// carry either, in varying letter case. A type that is not here has one name, the one it came with.
var sessionTypes = []struct{ v1, v2 string }{
	{"Voice Inbound (IVR)", "Voice Inbound (IVR)"},
	{"Voice Inbound (App)", "Voice Inbound (Mobile)"},
	{"Voice Inbound (IVR using App)", "Voice Inbound (IVR using Mobile)"},
	{"Voice Inbound (API)", "Voice Inbound (API)"},
	{"Voice Callback (Web)", "Voice Callback (Web)"},
	{"Voice Scheduled (Web)", "Voice Scheduled (Web)"},
	{"Voice Scheduled (App)", "Voice Scheduled (Mobile)"},
	{"Voice Scheduled (API)", "Voice Scheduled (API)"},
	{"Voice Outbound", "Voice Outbound"},
	{"Voice Outbound (API)", "Voice Outbound (API)"},
	{"Voice Campaign", "Voice Campaign"},
	{"Voice Internal", "Voice Internal"},
	{"Messaging Inbound (App Chat)", "Messaging Inbound (Mobile Chat)"},
	{"Messaging Inbound (Web Chat)", "Messaging Inbound (Web Chat)"},
	{"Messaging (SMS)", "Messaging Inbound (SMS)"},
	{"Messaging (SMS)", "Messaging Outbound (SMS)"},
	{"Messaging (SMS)", "Messaging Outbound (SMS by API)"},
	{"Messaging (WhatsApp)", "Messaging (WhatsApp)"},
	{"Messaging (API)", "Messaging (API)"},
}

// firstTypes are the names that types of calls had before release 1.66, with the older ones that replaced them.
var firstTypes = map[string]string{
	"ivr call":             "Voice Inbound (IVR)",
	"ivr call (app)":       "Voice Inbound (IVR using App)",
	"incoming call (web)":  "Voice Callback (Web)",
	"incoming call (app)":  "Voice Inbound (App)",
	"scheduled call (web)": "Voice Scheduled (Web)",
	"scheduled call (app)": "Voice Scheduled (App)",
}

const plainSMS = "Messaging (SMS)"

// types is the session's type under its older and today's name. The older name of SMS does not tell who began, so the
// direction does.
func types(s session.Session) (v1, v2 string) {
	name := cmp.Or(firstTypes[strings.ToLower(s.Type)], s.Type)
	if strings.EqualFold(name, plainSMS) {
		switch s.Direction {
		case session.Inbound:
			return plainSMS, "Messaging Inbound (SMS)"
		case session.Outbound:
			return plainSMS, "Messaging Outbound (SMS)"
		}
		return plainSMS, plainSMS
	}
	for _, t := range sessionTypes {
		if strings.EqualFold(name, t.v1) || strings.EqualFold(name, t.v2) {
			return t.v1, t.v2
		}
	}
	return name, name
}

const noFailure = "nothing" // the fail reason of what went well

// status is the platform's name of where the session stands. A chat that an agent works on is `assigned`, a call
// `connected`. The platform has no status for an abandoned or missed session: it is `failed`, and the fail reason says
// the rest.
func status(s session.Session) string {
	switch s.Status {
	case session.StatusScheduled, session.StatusQueued:
		return string(s.Status)
	case session.StatusRinging:
		return "assigned"
	case session.StatusConnected, session.StatusHeld:
		if s.Channel == session.Chat {
			return "assigned"
		}
		return "connected"
	case session.StatusEnded, session.StatusWrapUp, session.StatusFinished:
		return lastStatus(s)
	}
	return ""
}

func lastStatus(s session.Session) string {
	switch s.Outcome {
	case session.Abandoned, session.Missed, session.Failed:
		return "failed"
	case session.Deflected:
		return "deflected"
	}
	if failed(s) {
		return "failed"
	}
	return "finished"
}

// failReason is the source's own where it gave one. A message that was left and a session that was sent elsewhere failed
// for nothing, too. `eu_abandoned` is documented for calls alone.
func failReason(s session.Session) string {
	switch {
	case s.FailReason != "":
		return s.FailReason
	case s.Outcome == session.Completed, s.Outcome == session.Voicemail, s.Outcome == session.Deflected:
		return noFailure
	case s.Outcome == session.Abandoned && s.Channel == session.Call:
		return "eu_abandoned"
	}
	return ""
}

const disconnectedPrefix = "disconnected_by_"

// disconnectedBy is null while the session goes on, and `disconnected_by_unknown` when no source said who ended it.
func disconnectedBy(s session.Session) string {
	switch {
	case strings.HasPrefix(s.EndedBy, disconnectedPrefix):
		return s.EndedBy
	case s.EndedBy != "":
		return disconnectedPrefix + s.EndedBy
	case ended(s):
		return disconnectedPrefix + "unknown"
	}
	return ""
}
