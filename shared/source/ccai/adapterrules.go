package ccai

import (
	"strings"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source/payload"
)

// adapterRule says what one type of the adapter's events becomes. The zero rule is that of a type nobody mapped.
type adapterRule struct {
	kind        session.Kind
	sessionless bool                               // it may name no call and no chat
	read        func(adapterEvent, *session.Event) // what only this type has; nil: nothing
}

// adapterRules are the types of docs.cloud.google.com/contact-center/ccai-platform/docs/custom-crm ("Event types") and
// .../docs/post-events-for-vtas, in lower case, since the documentation is not consistent in the case of its own words.
//
// An agent's New_ event says that this agent answered, not that the session began: the adapter hears nothing before. The
// call twins of Transfer_Chat and Agent_Joined_Chat are described but have no sample. The redaction events are described
// without a name: the ones here are guesses, after the descriptions' headings.
var adapterRules = map[string]adapterRule{
	"agent_login":  {kind: session.AgentLogin, sessionless: true},
	"agent_logout": {kind: session.AgentLogout, sessionless: true},

	"new_call":              {kind: session.Connected},
	"new_chat":              {kind: session.Connected},
	"end_call":              {kind: session.Ended},
	"end_chat":              {kind: session.Ended},
	"active_chat":           {kind: session.Snapshot},
	"dismissed_chat":        {kind: session.Finished},
	"chat_inbound_message":  {kind: session.MessageSent, read: messageFrom(session.EndUser)},
	"chat_outbound_message": {kind: session.MessageSent, read: messageFrom(session.HumanAgent)},

	"call_redaction_started": {kind: session.Redacted},
	"redaction_started":      {kind: session.Redacted},
	"call_redaction_ended":   {kind: session.Unredacted},
	"call_redaction_stopped": {kind: session.Unredacted},
	"redaction_ended":        {kind: session.Unredacted},
	"redaction_stopped":      {kind: session.Unredacted},

	"cobrowse_session_started":                sharing(session.SharingStarted),
	"cobrowse_session_remote_control_changed": sharing(session.SharingChanged),
	"cobrowse_session_full_device_changed":    sharing(session.SharingChanged),
	"cobrowse_session_ended":                  sharing(session.SharingEnded),

	"transfer_call":     {kind: session.Transferred, read: readTransfer},
	"transfer_chat":     {kind: session.Transferred, read: readTransfer},
	"party_added":       {kind: session.ParticipantJoined, read: readParty},
	"agent_joined_call": {kind: session.ParticipantJoined},
	"agent_joined_chat": {kind: session.ParticipantJoined},

	"task_va_joined": {kind: session.ParticipantJoined, read: readTaskBot},
	"task_va_left":   {kind: session.ParticipantLeft, read: readTaskBot},

	"agent_assist_started": {kind: session.AgentAssist, sessionless: true},
	"crm_record_pop":       {kind: session.RecordPop, sessionless: true, read: readRecord},
}

// ruleFor finds the rule of a type. Of the virtual task assistants' third event, "custom session variables received",
// only the description is public: any of their types with `variable` in its name is taken for it.
func ruleFor(name string, event payload.Object) adapterRule {
	name = strings.ToLower(name)
	switch rule, mapped := adapterRules[name]; {
	case mapped:
		return rule
	case strings.HasPrefix(name, "task_va_") && strings.Contains(name, "variable"):
		return adapterRule{kind: session.CustomData, read: readVariables}
	case isNamelessRedaction(event):
		return adapterRule{kind: session.Redacted, read: func(_ adapterEvent, e *session.Event) { e.Toggle = true }}
	}
	return adapterRule{}
}

// isNamelessRedaction knows the documented sample of a call redaction, {"agent_id": 2896, "call_id": 97939}. Those of its
// start and of its end are the same, so which of the two it is only the events before it can tell. Sent bare, each alone,
// even their ids are the same and the second is taken for a repeat: only the browser's envelope keeps both.
func isNamelessRedaction(event payload.Object) bool {
	return len(event) == 2 && event["agent_id"] != nil && event["call_id"] != nil
}

// messageFrom reads what was said. A message without a text says nothing that a transcript could hold: it is reported, and
// no message.
func messageFrom(role session.Role) func(adapterEvent, *session.Event) {
	return func(in adapterEvent, e *session.Event) {
		text := in.Prose("message")
		if text == "" {
			e.Kind = session.Snapshot
			return
		}
		e.Message = &session.Message{Role: role, Text: text}
	}
}

// sharing is the rule of a shared screen's events. Two of their four documented samples name no session.
func sharing(phase session.SharingPhase) adapterRule {
	return adapterRule{kind: session.Cobrowse, sessionless: true, read: func(in adapterEvent, e *session.Event) {
		e.Cobrowse = &session.Sharing{
			// One event's list of fields begins two names with a capital letter, unlike its sample.
			ID: in.ID("cobrowse_session_id", "Cobrowse_session_id"), Phase: phase,
			RequestedBy:   underscored(in.Text("cobrowse_session_requested_by")),
			EndedBy:       underscored(in.Text("cobrowse_session_ended_by")),
			RemoteControl: underscored(in.Text("cobrowse_session_remote_control")),
			FullDevice:    underscored(in.Text("cobrowse_session_full_device", "Cobrowse_session_full_device")),
		}
	}}
}

// underscored writes a word of the platform in the one way its samples do: `end_user`, which some lists of values print
// as `end-user`.
func underscored(word string) string { return strings.ReplaceAll(strings.ToLower(word), "-", "_") }
