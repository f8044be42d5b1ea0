package ccai

import (
	"cmp"
	"encoding/json"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source"
	"sessionbridge.internal/shared/source/payload"
)

// DecodeAdapter reads events of the agent adapter: one or an array of them, bare or in the browser's envelope (see
// envelope), as JSON or as the JSON string in which the adapter posts it. Each becomes one event. Its id and time are
// the envelope's; a bare event's id is made of its content and its place, and its time is the receipt.
//
// Its error is a *source.Malformed, under the limits of DecodeWebhook. The events that are mapped must name their call
// or chat; every other type is kept as Unknown, with its session where it names one.
func DecodeAdapter(receipt source.Receipt, body []byte) (source.Batch, error) {
	entries, problem := payload.Entries(body, "an event {type, data}, an envelope of one")
	if problem != nil {
		return source.Batch{}, problem
	}
	return payload.Decode(receipt, entries, decodeAdapterEntry)
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

func decodeAdapterEntry(receipt source.Receipt, en payload.Entry) ([]session.Event, *source.Malformed) {
	env, problem := payload.Open(en)
	if problem != nil {
		return nil, problem
	}
	e := env.NewEvent(receipt)
	if problem := readAdapterEvent(&e, env); problem != nil {
		return nil, problem
	}
	return []session.Event{e}, nil
}

// readAdapterEvent fills the event from the vendor's. Its fields stand in `data`; the documentation's sample of the call
// redaction events has them without it, and without a type.
func readAdapterEvent(e *session.Event, env payload.Envelope) *source.Malformed {
	outer, ok := payload.ParseObject(env.Event)
	if !ok {
		return payload.Malformed(env.Path, "must be an event {type, data}")
	}
	r := payload.NewReader(payload.Place{Path: env.Path, Object: outer})
	e.VendorType = r.Text("type")
	kind, mapped := adapterKinds[e.VendorType]
	e.Kind = session.Unknown
	if raw, path := r.Find("data"); raw != nil {
		data, problem := openData(raw, path)
		if problem != nil && mapped {
			return problem
		}
		r = payload.NewReader(payload.Place{Path: path, Object: data})
	}
	fillAdapterEvent(e, r, env.Agent)
	if !mapped {
		return unmapped(e, env)
	}
	if r.Problem() == nil && e.Session == "" {
		r.Reject(r.Path("call_id"), "absent, and so is chat_id; one of them must name the session")
	}
	e.Kind = kind
	if kind == session.MessageSent {
		e.Message = &session.Message{Role: adapterRoles[e.VendorType], Text: r.Prose("message")}
	}
	return r.Problem()
}

var adapterRoles = map[string]session.Role{
	"Chat_Inbound_Message":  session.EndUser,
	"Chat_Outbound_Message": session.HumanAgent,
}

// unmapped accepts any event that has a type, whatever its fields hold, and one without a type that names its session.
func unmapped(e *session.Event, env payload.Envelope) *source.Malformed {
	if e.VendorType == "" && e.Session == "" {
		return payload.Malformed(payload.Join(env.Path, "type"), "absent, and so are call_id and chat_id; must be an event {type, data}")
	}
	return nil
}

func openData(raw json.RawMessage, path string) (payload.Object, *source.Malformed) {
	if raw[0] == '"' {
		inner, problem := payload.Unquote(raw, path)
		if problem != nil {
			return nil, problem
		}
		raw = inner
	}
	data, ok := payload.ParseObject(raw)
	if !ok {
		return nil, payload.Malformed(path, "must be an payload.Object, or a string that holds one")
	}
	return data, nil
}

// fillAdapterEvent reads the fields that all the adapter's events share. What the event does not say about its agent is
// taken from the envelope, unless that is about another one.
func fillAdapterEvent(e *session.Event, r payload.Reader, sender session.Agent) {
	e.Type = r.Text("session_type")
	e.Direction = direction(e.Type)
	e.Session = sessionKey(r, e.Type)
	agent := session.Agent{ID: r.ID("agent_id"), CustomID: r.ID("agent_custom_id"), Email: r.Text("agent_email")}
	if agent.ID == "" || sender.ID == "" || agent.ID == sender.ID {
		agent = session.Agent{
			ID: cmp.Or(agent.ID, sender.ID), CustomID: cmp.Or(agent.CustomID, sender.CustomID),
			Email: cmp.Or(agent.Email, sender.Email), Name: sender.Name,
		}
	}
	if agent != (session.Agent{}) {
		e.Agent = &agent
	}
	if q := (session.Queue{ID: r.ID("queue_id"), Path: path(r, "queue_path")}); q != (session.Queue{}) {
		e.Queue = &q
	}
	if c := (session.Campaign{ID: r.ID("campaign_id"), Name: r.Text("campaign_name")}); c != (session.Campaign{}) {
		e.Campaign = &c
	}
}
