package ccai

import (
	"encoding/json"
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source"
)

// envelope is what the agents' page puts around an adapter event, which has no id, no time and sometimes no agent:
//
//	{"version":1,"delivery_id":"…","sequence":12,"received_at":"RFC 3339","agent":{"id":"…","email":"…"},"data":<event>}
//
// with the event as an object or as a JSON string. A bare event has an envelope too once it is opened: an id by content
// and nothing else.
type envelope struct {
	id         string
	receivedAt time.Time // when the browser got the event; zero for a bare one
	agent      session.Agent
	event      json.RawMessage
	path       string // of the event
}

// openEnvelope reads the envelope of an entry. Only an envelope has a `version` or a `delivery_id`.
func openEnvelope(en entry) (envelope, *source.Malformed) {
	if en.raw[0] == '"' {
		inner, problem := unquote(en.raw, en.path)
		if problem != nil {
			return envelope{}, problem
		}
		en.raw = inner
	}
	o, ok := parseObject(en.raw)
	if !ok {
		return envelope{}, malformed(en.path, "must be an event {type, data} or an envelope of one")
	}
	if o["version"] == nil && o["delivery_id"] == nil {
		return envelope{id: contentID(en), event: en.raw, path: en.path}, nil
	}
	return readEnvelope(newReader(place{en.path, o}))
}

func readEnvelope(r reader) (envelope, *source.Malformed) {
	if version, path := r.find("version"); string(version) != "1" {
		r.reject(path, "must be 1, the only version of the envelope there is")
	}
	env := envelope{id: r.id("delivery_id"), receivedAt: r.time("received_at")}
	if env.id == "" {
		r.reject(join(r.places[0].path, "delivery_id"), "absent; must be a text that no other event has")
	}
	if agents := r.objects("agent"); len(agents) > 0 {
		a := agents[0]
		env.agent = session.Agent{ID: a.id("id"), CustomID: a.id("custom_id"), Email: a.text("email"), Name: a.text("name")}
	}
	env.event, env.path = r.find("data")
	if env.event == nil {
		r.reject(join(r.places[0].path, "data"), "absent; must be the adapter's event, an object or a string that holds one")
		return env, *r.problem
	}
	if env.event[0] == '"' {
		inner, problem := unquote(env.event, env.path)
		if problem != nil {
			return env, problem
		}
		env.event = inner
	}
	return env, *r.problem
}
