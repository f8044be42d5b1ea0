package payload

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source"
)

// Envelope is what the agents' page puts around an event that a vendor gives no id, no time and perhaps no agent:
//
//	{"version":1,"delivery_id":"…","sequence":12,"received_at":"RFC 3339","agent":{"id":"…","email":"…"},"data":<event>}
//
// with the event as an object or as a JSON string. A bare event has an Envelope too once it is opened: an id by content,
// its place in the payload as the sequence, and nothing else.
type Envelope struct {
	ID         string
	Sequence   int64     // counts one agent's events, so that those of one moment keep their order
	ReceivedAt time.Time // when the browser got the event; zero for a bare one
	Agent      session.Agent
	Event      json.RawMessage
	Path       string // of the event
	Bare       bool
}

// Open reads the envelope of an entry, if it has one.
func Open(en Entry) (Envelope, *source.Malformed) {
	if en.Raw[0] == '"' {
		inner, problem := Unquote(en.Raw, en.Path)
		if problem != nil {
			return Envelope{}, problem
		}
		en.Raw = inner
	}
	o, ok := ParseObject(en.Raw)
	if !ok {
		return Envelope{}, Malformed(en.Path, "must be an event, an object, or an envelope of one")
	}
	if !isEnvelope(o) {
		return Envelope{ID: ContentID(en), Sequence: int64(en.Index), Event: en.Raw, Path: en.Path, Bare: true}, nil
	}
	return readEnvelope(NewReader(Place{en.Path, o}))
}

// isEnvelope knows an envelope by its `delivery_id`, or by a `version` beside the `data`. A vendor's event may have both of
// these, too, but then says of which type it is.
func isEnvelope(o Object) bool {
	return o["delivery_id"] != nil || o["version"] != nil && o["data"] != nil && o["type"] == nil && o["event"] == nil
}

func readEnvelope(r Reader) (Envelope, *source.Malformed) {
	if version, _ := r.Find("version"); string(version) != "1" {
		r.Reject(r.Path("version"), "must be 1, the only version of the envelope there is")
	}
	env := Envelope{ID: r.ID("delivery_id"), ReceivedAt: r.Time("received_at"), Sequence: r.count("sequence")}
	if env.ID == "" {
		r.Reject(r.Path("delivery_id"), "absent; must be a text that no other event has")
	}
	if agents := r.Objects("agent"); len(agents) > 0 {
		a := agents[0]
		env.Agent = session.Agent{ID: a.ID("id"), CustomID: a.ID("custom_id"), Email: a.Text("email"), Name: a.Text("name")}
	}
	env.Event, env.Path = r.Find("data")
	if env.Event == nil {
		r.Reject(r.Path("data"), "absent; must be the vendor's event, an object or a string that holds one")
		return env, r.Problem()
	}
	if env.Event[0] == '"' {
		inner, problem := Unquote(env.Event, env.Path)
		if problem != nil {
			return env, problem
		}
		env.Event = inner
	}
	return env, r.Problem()
}

// count reads a number from 0 on; anything else is 0, since nothing worse follows from it than an order by id.
func (r Reader) count(key string) int64 {
	raw, _ := r.Find(key)
	n, err := strconv.ParseInt(strings.Trim(string(raw), `"`), 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// NewEvent is the envelope's event, before what the vendor says is read into it: its id, time, place and agent. The browser's
// clock counts as long as it is not ahead of ours: what has come has happened, and a session that ended years ahead would be
// over only then.
func (env Envelope) NewEvent(r source.Receipt) session.Event {
	e := NewEvent(r, env.ID)
	if !env.ReceivedAt.IsZero() && env.ReceivedAt.Before(e.At) {
		e.At = env.ReceivedAt
	}
	e.Sequence, e.Raw = env.Sequence, env.Event
	if env.Agent != (session.Agent{}) {
		a := env.Agent
		e.Agent = &a
	}
	return e
}
