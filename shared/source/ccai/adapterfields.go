package ccai

import (
	"cmp"
	"encoding/json"
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source/payload"
)

// readShared reads the fields that any of the adapter's events may have.
func (in adapterEvent) readShared(e *session.Event) {
	e.Type = in.Text("session_type")
	e.Direction = direction(e.Type)
	e.Session = sessionKey(in.Reader, e.Type)
	e.Agent = orNil(in.agent())
	e.Queue = orNil(session.Queue{ID: in.ID("queue_id"), Path: queuePath(in.Reader, "queue_path")})
	e.Language = in.Text("queue_language_id")
	e.Campaign = campaign(in.Reader)
	e.VirtualAgent = orNil(session.Bot{ID: in.ID("virtual_agent_id"), Name: in.Text("virtual_agent_name")})
	e.CustomData = customData(in.Reader)
}

// agent is who the event says it is about. What it does not say is taken from the envelope, unless that is about
// another one.
func (in adapterEvent) agent() session.Agent {
	a := session.Agent{ID: in.ID("agent_id"), CustomID: in.ID("agent_custom_id"), Email: in.Text("agent_email")}
	sender := in.env.Agent
	if a.ID != "" && sender.ID != "" && a.ID != sender.ID {
		return a
	}
	return session.Agent{
		ID: cmp.Or(a.ID, sender.ID), CustomID: cmp.Or(a.CustomID, sender.CustomID),
		Email: cmp.Or(a.Email, sender.Email), Name: sender.Name,
	}
}

// readTransfer reads the two ends. The documentation does not say whether such a transfer is warm or cold, and what is
// said of the ends' agents is not about the event's own: neither need be in the session when it is sent.
func readTransfer(in adapterEvent, e *session.Event) {
	t := session.Transfer{From: in.end("from_"), To: in.end("to_")}
	e.Transfer, e.Agent = &t, orNil(in.env.Agent)
	if q := (session.Queue{ID: t.To.QueueID, Path: t.To.QueuePath}); q != (session.Queue{}) {
		e.Queue = &q
	}
}

func (in adapterEvent) end(prefix string) session.End {
	return session.End{
		AgentID: in.ID(prefix + "agent_id"), AgentEmail: in.Text(prefix + "agent_email"),
		CustomID: in.ID(prefix + "agent_custom_id"),
		QueueID:  in.ID(prefix + "queue_id"), QueuePath: queuePath(in.Reader, prefix+"queue_path"),
	}
}

// readParty reads who was added by a transfer. It is a Party and never the event's Agent: an agent who was merely added
// may never come, and the session must not wait for them.
func readParty(in adapterEvent, e *session.Event) {
	e.Agent = nil
	p := session.Party{Type: partyTypes[underscored(in.Text("type"))]}
	switch p.Type {
	case "":
		return
	case session.PartyAgent:
		if p.ID = in.ID("agent_id"); p.ID == "" { // the list of fields has none, only the sample
			p.Name = in.Text("agent_email")
		}
	case session.PartyEndUser:
		p.ID = in.ID("end_user_id")
	case session.PartyVirtualAgent:
		p.ID = in.ID("virtual_agent_id")
	}
	e.Party = &p
}

// readTaskBot reads a virtual task assistant that came or went. The agent on whose page this was heard did neither.
func readTaskBot(in adapterEvent, e *session.Event) {
	readTaskTime(in, e)
	e.Agent = nil
	e.Party = &session.Party{Type: session.PartyVirtualAgent, ID: in.ID("virtual_agent_id"), Name: in.Text("virtual_agent_name")}
}

// readTaskTime reads when the platform says that it happened: "date and time", of which the documentation shows no form
// and names no zone. What cannot be read leaves the time as it was.
func readTaskTime(in adapterEvent, e *session.Event) {
	if at, ok := payload.ParseTime(in.Text("timestamp"), in.zone, time.RFC3339, time.DateTime); ok {
		e.At = at.UTC()
	}
}

// readVariables takes what a virtual task assistant sent back. In which field is not public: where none of the known
// ones has it, all objects among the fields are taken.
func readVariables(in adapterEvent, e *session.Event) {
	readTaskTime(in, e)
	if e.CustomData != nil {
		return
	}
	found := payload.Object{}
	for key, raw := range in.fields {
		if len(raw) > 0 && raw[0] == '{' {
			found[key] = raw
		}
	}
	if all, err := json.Marshal(found); err == nil && len(found) > 0 && len(all) <= maxVariables {
		e.CustomData = &session.Data{SessionVariables: all}
	}
}

// maxVariables bounds what is taken into an event, as payload.Reader.JSON does; Raw keeps more.
const maxVariables = 16 << 10

// readRecord reads the page that a CRM_Record_Pop asks to show. The documentation's own listener passes over an event
// without one, so that is not the sender's mistake.
func readRecord(in adapterEvent, e *session.Event) {
	raw, path := in.Find("recordUrl")
	if raw == nil {
		e.Kind = session.Unknown
		return
	}
	if e.RecordURL = payload.WebAddress(in.Prose("recordUrl")); e.RecordURL == "" {
		in.Reject(path, "must be an address of at most 8000 bytes that begins with https:// or http://")
	}
}
