package ccai

import (
	"cmp"
	"encoding/json"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source"
)

// DecodeAdapter reads events of the agent adapter: one or an array of them, bare or in the browser's envelope (see
// envelope), as JSON or as the JSON string in which the adapter posts it. Each becomes one event. Its id and time are
// the envelope's; a bare event's id is made of its content and its place, and its time is the receipt.
//
// Its error is a *source.Malformed, under the limits of DecodeWebhook. The events that are mapped must name their call
// or chat; every other type is kept as Unknown, with its session where it names one.
func DecodeAdapter(receipt source.Receipt, body []byte) (source.Batch, error) {
	body, problem := check(body)
	if problem == nil && body[0] == '"' {
		body, problem = unquote(body, "")
	}
	if problem != nil {
		return source.Batch{}, problem
	}
	entries := []entry{{raw: body}}
	switch body[0] {
	case '{':
	case '[':
		if entries, problem = elements(body, ""); problem != nil {
			return source.Batch{}, problem
		}
	default:
		return source.Batch{}, malformed("", "must be an event {type, data}, an envelope of one, or an array of them")
	}
	return decodeAll(receipt, entries, decodeAdapterEntry)
}

// unquote reads JSON that travels in a JSON string, under the same limits as a payload.
func unquote(raw json.RawMessage, path string) (json.RawMessage, *source.Malformed) {
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, malformed(path, "not a string")
	}
	inner, problem := check([]byte(s))
	if problem != nil {
		return nil, malformed(path, "a string that holds no readable JSON: %s", problem.Problem)
	}
	return inner, nil
}

// adapterKinds are the adapter's events that become more than Unknown. An agent's New_ event says that this agent
// answered, not that the session began: the adapter hears nothing before.
var adapterKinds = map[string]session.Kind{
	"New_Call":              session.Connected,
	"New_Chat":              session.Connected,
	"End_Call":              session.Ended,
	"End_Chat":              session.Ended,
	"Chat_Inbound_Message":  session.MessageSent,
	"Chat_Outbound_Message": session.MessageSent,
}

func decodeAdapterEntry(receipt source.Receipt, en entry) ([]session.Event, *source.Malformed) {
	env, problem := openEnvelope(en)
	if problem != nil {
		return nil, problem
	}
	e := newEvent(receipt, env.id)
	if !env.receivedAt.IsZero() {
		e.At = env.receivedAt
	}
	e.Raw = env.event
	if problem := readAdapterEvent(&e, env); problem != nil {
		return nil, problem
	}
	return []session.Event{e}, nil
}

// readAdapterEvent fills the event from the vendor's. Its fields stand in `data`; the documentation's sample of the call
// redaction events has them without it, and without a type.
func readAdapterEvent(e *session.Event, env envelope) *source.Malformed {
	outer, ok := parseObject(env.event)
	if !ok {
		return malformed(env.path, "must be an event {type, data}")
	}
	r := newReader(place{env.path, outer})
	e.VendorType = r.text("type")
	kind, mapped := adapterKinds[e.VendorType]
	e.Kind = session.Unknown
	if raw, path := r.find("data"); raw != nil {
		data, problem := openData(raw, path)
		if problem != nil && mapped {
			return problem
		}
		r = newReader(place{path, data})
	}
	fillAdapterEvent(e, r, env.agent)
	if !mapped {
		return unmapped(e, env)
	}
	if *r.problem == nil && e.Session == "" {
		r.reject(join(r.places[0].path, "call_id"), "absent, and so is chat_id; one of them must name the session")
	}
	e.Kind = kind
	if kind == session.MessageSent {
		e.Message = &session.Message{Role: adapterRoles[e.VendorType], Text: r.prose("message")}
	}
	return *r.problem
}

var adapterRoles = map[string]session.Role{
	"Chat_Inbound_Message":  session.EndUser,
	"Chat_Outbound_Message": session.HumanAgent,
}

// unmapped accepts any event that has a type, whatever its fields hold, and one without a type that names its session.
func unmapped(e *session.Event, env envelope) *source.Malformed {
	if e.VendorType == "" && e.Session == "" {
		return malformed(join(env.path, "type"), "absent, and so are call_id and chat_id; must be an event {type, data}")
	}
	return nil
}

func openData(raw json.RawMessage, path string) (object, *source.Malformed) {
	if raw[0] == '"' {
		inner, problem := unquote(raw, path)
		if problem != nil {
			return nil, problem
		}
		raw = inner
	}
	data, ok := parseObject(raw)
	if !ok {
		return nil, malformed(path, "must be an object, or a string that holds one")
	}
	return data, nil
}

// fillAdapterEvent reads the fields that all the adapter's events share. What the event does not say about its agent is
// taken from the envelope, unless that is about another one.
func fillAdapterEvent(e *session.Event, r reader, sender session.Agent) {
	e.Type = r.text("session_type")
	e.Direction = direction(e.Type)
	e.Session = r.sessionKey(e.Type)
	agent := session.Agent{ID: r.id("agent_id"), CustomID: r.id("agent_custom_id"), Email: r.text("agent_email")}
	if agent.ID == "" || sender.ID == "" || agent.ID == sender.ID {
		agent = session.Agent{
			ID: cmp.Or(agent.ID, sender.ID), CustomID: cmp.Or(agent.CustomID, sender.CustomID),
			Email: cmp.Or(agent.Email, sender.Email), Name: sender.Name,
		}
	}
	if agent != (session.Agent{}) {
		e.Agent = &agent
	}
	if q := (session.Queue{ID: r.id("queue_id"), Path: r.path("queue_path")}); q != (session.Queue{}) {
		e.Queue = &q
	}
	if c := (session.Campaign{ID: r.id("campaign_id"), Name: r.text("campaign_name")}); c != (session.Campaign{}) {
		e.Campaign = &c
	}
}
