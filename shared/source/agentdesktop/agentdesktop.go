// Package agentdesktop reads what Enghouse's AgentDesktop (formerly ContaCT7) tells the page of an agent: the contact and
// agent events that its Widget SDK hands to the callback bound with AGENTDESKTOP.WIDGET.bindContactCallback. It exists so
// that nothing beyond it knows the vendor's names and shapes. Its parent, shared/source, holds what all vendors' readers
// share; shared/source/payload beside it opens the envelope in which a page forwards the events, which the README here
// documents; shared/session holds the events it makes.
//
// Sources of its rules: the SDK's pages "Widget" and "Funzioni" at enghouseglobal.atlassian.net/wiki (pages 68223646 and
// 68224357), and what integrations of the older window.TOOLBAR SDK show. Where neither says a thing, the README does.
//
// It reads leniently where the product may add or rename, and strictly where a wrong reading would name the wrong
// contact: an id that is there but unreadable rejects the event; any other field of an unexpected type counts as absent,
// and so do null and the empty string. Names of properties are compared exactly, those of events and the words the vendor
// puts into properties without regard to letter case: versions of the product differ in it.
package agentdesktop

import (
	"cmp"
	"strings"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source"
	"sessionbridge.internal/shared/source/payload"
)

// Decode reads one event or an array of them, each in the browser's envelope or bare. Each becomes one event, except that
// a POPUP becomes two: the session exists, and the agent is offered it. Id, time, order and agent are the envelope's; a
// bare event is named by its content and its place, its time is the receipt, and it has no agent.
//
// Credentials in a contact's CallData are taken out before anything else is read, so that neither the events nor their
// ids hold any.
//
// Its error is a *source.Malformed: the body is no JSON, of the wrong shape, or beyond the limits (1 MiB, 1,000 events,
// 40 levels), or no entry could be read. A contact event that names its contact neither by `uuid` nor by `id` cannot; an
// event that nobody knows always can.
func Decode(receipt source.Receipt, body []byte) (source.Batch, error) {
	entries, problem := payload.Entries(body, "an event {event, id, uuid, …}, an envelope of one")
	if problem != nil {
		return source.Batch{}, problem
	}
	for i := range entries {
		entries[i].Raw = redact(entries[i].Raw)
	}
	return payload.Decode(receipt, entries, decodeEntry)
}

func decodeEntry(receipt source.Receipt, en payload.Entry) ([]session.Event, *source.Malformed) {
	env, problem := payload.Open(en)
	if problem != nil {
		return nil, problem
	}
	v, problem := open(env)
	if problem != nil {
		return nil, problem
	}
	e := env.NewEvent(receipt)
	e.VendorType = v.Text("event")
	name := strings.ToUpper(e.VendorType)
	if strings.HasPrefix(name, agentPrefix) {
		fillAgentState(&e, name, v)
		return []session.Event{e}, nil
	}
	c := readContact(v, env.Agent)
	e.Kind = kindOf(name, c)
	if e.Kind == session.Unknown {
		return unmapped(e, c)
	}
	if problem := c.problem(); problem != nil {
		return nil, problem
	}
	c.fill(&e)
	if name == "POPUP" && !c.consult {
		return []session.Event{started(e), e}, nil
	}
	return []session.Event{e}, nil
}

// started is the other half of a POPUP. However often the contact pops up, on one desktop or on several, it is one event.
func started(popup session.Event) session.Event {
	e := popup
	e.ID, e.Kind = popup.Session+"/"+string(session.Started), session.Started
	e.Agent, e.Raw = nil, nil
	return e
}

// unmapped accepts any event that has a name, and one without a name that names its contact.
func unmapped(e session.Event, c contact) ([]session.Event, *source.Malformed) {
	if e.VendorType == "" && c.key == "" {
		absent := payload.Malformed(c.Path("event"), "absent, and so are uuid and id; must be the name of the event, such as HELD")
		return nil, cmp.Or(c.hidden, absent)
	}
	if !c.consult {
		e.Session = c.key
	}
	return []session.Event{e}, nil
}
