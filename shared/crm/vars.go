// Package crm is the generic CRM API: what a request looks like, built from a tenant's settings and a session, and what
// its answer says. It is pure; shared/flow decides which request is due and sends it.
package crm

import (
	"fmt"
	"strings"
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
)

// Vars are the values behind the variables, by name in upper case without braces. An absent or empty value is one that
// is not known.
type Vars map[string]string

// VarsOf gives every variable that the session and the CRM's own answers can fill so far (docs.cloud.google.com, CCAI
// Platform, "Custom CRM", request variables). SESSION_KEY is ours: the session's key with its channel, unique where
// {SESSION_ID} alone could name a call as well as a chat.
func VarsOf(c *settings.CRM, s session.Session, known session.CRM) Vars {
	name := customerName(s.Customer)
	first, last := splitName(name)
	id := strings.TrimPrefix(s.Key, string(s.Channel)+"-")
	v := Vars{
		"NAME": name, "FIRST_NAME": first, "LAST_NAME": last,
		"PHONE_NUMBER": s.Customer.Phone, "EMAIL": s.Customer.Email, "UJET_ID": s.Customer.ID,
		"SESSION_ID": id, "SESSION_KEY": s.Key, "SESSION_TYPE": s.Type, "CHANNEL": channelName(s.Channel),
		"DIRECTION": string(s.Direction), "DISCONNECTED_BY": s.EndedBy,
		"ACCOUNT_ID": known.AccountID, "RECORD_ID": known.RecordID,
		"QUEUE_NAME": lastPart(s.Queue.Path), "QUEUE_ID": s.Queue.ID, "MENU_PATH": s.Queue.Path,
		"CALL_DURATION": minutes(s.TalkSeconds), "WAIT_TIME": minutes(s.WaitSeconds),
	}
	switch s.Channel {
	case session.Call:
		v["CALL_ID"] = id
	case session.Chat:
		v["CHAT_ID"] = id
	}
	if n := len(s.Agents); n > 0 {
		a := s.Agents[n-1]
		v["AGENT_ID"], v["AGENT_CUSTOM_ID"], v["AGENT_EMAIL"] = a.ID, a.CustomID, a.Email
	}
	v["TICKET_SUBJECT"] = expand(orDefault(c.TicketSubject, "{SESSION_TYPE} {SESSION_KEY}"), v, plain)
	v["TICKET_DESCRIPTION"] = expand(orDefault(c.TicketDescription, description(s)), v, plain)
	return v
}

// customerName is never empty, since a CRM will not take an account without a name.
func customerName(c session.Customer) string {
	for _, name := range []string{c.Name, c.Email, c.Phone, c.PhoneRaw} {
		if name != "" {
			return name
		}
	}
	return "Unknown customer"
}

// splitName gives the first and last name; the last is "--" when there is none, as documented.
func splitName(name string) (first, last string) {
	first, last, ok := strings.Cut(name, " ")
	if !ok {
		last = "--"
	}
	return first, last
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

// description is the default text of a record: what is known of the session, a line each.
func description(s session.Session) string {
	lines := []string{"Session {SESSION_KEY}, {SESSION_TYPE}"}
	add := func(label, value string) {
		if value != "" {
			lines = append(lines, label+": "+value)
		}
	}
	add("Queue", "{MENU_PATH}")
	if !s.StartedAt.IsZero() {
		add("Started", s.StartedAt.UTC().Format(time.RFC3339))
	}
	if !s.EndedAt.IsZero() {
		add("Ended", s.EndedAt.UTC().Format(time.RFC3339))
		add("Outcome", string(s.Outcome))
		add("Waited", minutes(s.WaitSeconds))
		add("Talked", minutes(s.TalkSeconds))
	}
	if d := s.Disposition; d != nil {
		add("Disposition", strings.TrimSpace(d.Code+" "+d.Name))
		add("Note", d.Note)
	}
	return strings.Join(lines, "\n")
}
