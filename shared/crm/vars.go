// Package crm is the generic CRM API: what a request looks like, built from a tenant's settings and a session, and what
// its answer says. It is pure; shared/flow decides which request is due and sends it. The language of the settings' texts
// is shared/template's, and telephone numbers are written by shared/phone.
package crm

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
)

// Vars are the values behind the variables, by name in upper case without braces. An absent or empty value is one that
// is not known.
type Vars map[string]string

// VarsOf gives every variable that the session and the CRM's own answers can fill so far (docs.cloud.google.com, CCAI
// Platform, "Custom CRM", request variables and custom lookup URL). What belongs to one step is the caller's to add:
// COMMENT_BODY and ATTACHMENT_ID.
//
// Ours are SESSION_KEY, the session's key with its channel, unique where {SESSION_ID} alone could name a call as well as a chat;
// SOURCE, whose session it is ({SOURCE}-{SESSION_KEY} is session.ExternalID, unique over sources too);
// CRM_AGENT_ID, the agent's id among the CRM's own users (settings.Endpoints.FindAgent); DIRECTION, OUTCOME, PHONE_RAW (as
// received), PHONE_DIGITS, QUEUE_PATH_IDS, MENU_SELECTION (what the customer chose, wherever the session went since),
// DISPOSITION and DISPOSITION_NOTE, and one for each key of the custom data. No source tells DEVICE_TYPE and
// SMART_ACTION_SESSION_ID so far: they are empty.
func VarsOf(c *settings.CRM, s session.Session, known session.CRM) Vars {
	v := Vars{
		"SESSION_KEY": s.Key, "SOURCE": s.Source, "SESSION_TYPE": s.Type, "SESSION_TYPE_V2": s.Type, "CHANNEL": channelName(s.Channel),
		"TYPE": lookupType(s), "DIRECTION": string(s.Direction), "OUTCOME": string(s.Outcome), "DISCONNECTED_BY": s.EndedBy,
		"LANG":       s.Language,
		"ACCOUNT_ID": known.AccountID, "RECORD_ID": known.RecordID,
		"QUEUE_NAME": lastPart(s.Queue.Path), "QUEUE_ID": s.Queue.ID, "MENU_ID": s.Queue.ID,
		"MENU_PATH": s.Queue.Path, "QUEUE_PATH_IDS": s.Queue.PathIDs,
		"CALL_DURATION": minutes(s.TalkSeconds), "WAIT_TIME": minutes(s.WaitSeconds), "HOLD_TIME": minutes(s.HoldSeconds),
		"FEEDBACK": s.Feedback, "MENU_SELECTION": s.MenuSelection(),
	}
	if s.Rating != nil {
		v["RATING"] = strconv.Itoa(*s.Rating)
	}
	if d := s.Disposition; d != nil {
		v["DISPOSITION"], v["DISPOSITION_NOTE"] = strings.TrimSpace(d.Code+" "+d.Name), d.Note
	}
	v.addID(s)
	v.addAgent(s, known)
	v.addCustomer(s)
	v.addPhones(c.Phone, s)
	v.addCustomData(s.CustomData)
	v.inWords(c.Words)
	v["TICKET_SUBJECT"] = v.text(orDefault(c.TicketSubject, "{SESSION_TYPE} {SESSION_KEY}"))
	v["TICKET_DESCRIPTION"] = v.text(orDefault(c.TicketDescription, description(s)))
	v["TICKET_DESCRIPTION_HTML"] = HTML(v["TICKET_DESCRIPTION"])
	return v
}

// addID adds the vendor's id of the session.
func (v Vars) addID(s session.Session) {
	id := strings.TrimPrefix(s.Key, string(s.Channel)+"-")
	v["SESSION_ID"] = id
	switch s.Channel {
	case session.Call:
		v["CALL_ID"] = id
	case session.Chat:
		v["CHAT_ID"] = id
	}
}

// addAgent adds the agent who has the session (LastAgent), with their id in the CRM as far as it was found.
func (v Vars) addAgent(s session.Session, known session.CRM) {
	a, ok := LastAgent(s)
	if !ok {
		return
	}
	v["AGENT_ID"], v["AGENT_EMAIL"] = a.ID, a.Email
	v["AGENT_CUSTOM_ID"], v["CUSTOM_AGENT_ID"] = a.CustomID, a.CustomID
	if len(known.Agents) > 0 {
		v["CRM_AGENT_ID"] = known.Agents[AgentKey(a)]
	}
}

// text fills one of the settings' own texts. One that cannot be read stays as it was typed: checking the settings tells.
func (v Vars) text(typed string) string {
	filled, _, err := expand(typed, v, nil)
	if err != nil {
		return typed
	}
	return filled
}

// channelName is the documented form: chat or voice_call.
func channelName(c session.Channel) string {
	if c == session.Call {
		return "voice_call"
	}
	return string(c)
}

func lastPart(path string) string {
	parts := strings.Split(path, " / ")
	return parts[len(parts)-1]
}

// minutes prints mm:ss, as documented; a talk of over an hour goes on counting minutes.
func minutes(seconds *int) string {
	if seconds == nil {
		return ""
	}
	return fmt.Sprintf("%02d:%02d", *seconds/60, *seconds%60)
}

func orDefault(text, fallback string) string {
	if text == "" {
		return fallback
	}
	return text
}

// description is the default text of a record: what is known of the session, a line each. What people wrote comes in by
// variables, so that nothing in it is a template.
func description(s session.Session) string {
	lines := []string{"Session {SESSION_KEY}, {SESSION_TYPE}"}
	add := func(is bool, label, value string) {
		if is && value != "" {
			lines = append(lines, label+": "+value)
		}
	}
	ended := !s.EndedAt.IsZero()
	add(s.Queue.Path != "", "Queue", "{MENU_PATH}")
	add(!s.StartedAt.IsZero(), "Started", s.StartedAt.UTC().Format(time.RFC3339))
	add(ended, "Ended", s.EndedAt.UTC().Format(time.RFC3339))
	add(ended, "Outcome", string(s.Outcome))
	add(ended, "Waited", minutes(s.WaitSeconds))
	add(ended, "Talked", minutes(s.TalkSeconds))
	if d := s.Disposition; d != nil {
		add(d.Code+d.Name != "", "Disposition", "{DISPOSITION}")
		add(d.Note != "", "Note", "{DISPOSITION_NOTE}")
	}
	return strings.Join(lines, "\n")
}
