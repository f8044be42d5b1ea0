package session_test

import (
	"time"

	"sessionbridge.internal/shared/session"
)

var nine = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// at is the time so many seconds after nine.
func at(seconds int) time.Time { return nine.Add(time.Duration(seconds) * time.Second) }

var (
	kim = &session.Agent{ID: "1", Email: "kim@example.com", Name: "Kim P"}
	lee = &session.Agent{ID: "5", Email: "lee@example.com"}
)

// builder makes the events of one session.
type builder struct{ source, key string }

var (
	webhookCall = builder{"ccai", "call-103646"}
	adapterCall = builder{"ccai-adapter", "call-103646"}
	chat        = builder{"ccai", "chat-73522"}
)

func (b builder) event(kind session.Kind, seconds int, more ...func(*session.Event)) session.Event {
	e := session.Event{
		ID: string(kind), Tenant: "demo", Source: b.source, Session: b.key,
		Kind: kind, At: at(seconds), ReceivedAt: at(seconds + 1),
	}
	for _, m := range more {
		m(&e)
	}
	return e
}

func id(s string) func(*session.Event) { return func(e *session.Event) { e.ID = s } }

func by(a *session.Agent) func(*session.Event) {
	return func(e *session.Event) { e.Agent = a; e.ID += "/" + a.ID }
}

func queue(path string) func(*session.Event) {
	return func(e *session.Event) { e.Queue = &session.Queue{Path: path} }
}

func from(c session.Customer) func(*session.Event) {
	return func(e *session.Event) { e.Customer = &c }
}

func inbound(e *session.Event) { e.Type, e.Direction = "Voice Inbound (IVR)", session.Inbound }

func fails(reason string) func(*session.Event) {
	return func(e *session.Event) { e.FailReason = reason }
}

func endedBy(who string) func(*session.Event) { return func(e *session.Event) { e.EndedBy = who } }

func disposition(code string) func(*session.Event) {
	return func(e *session.Event) { e.Disposition = &session.Disposition{Code: code} }
}

// sequences are the courses sessions really take, each in the order it happened.
var sequences = map[string][]session.Event{
	"a call from start to disposition": {
		webhookCall.event(session.Started, 0, inbound, from(session.Customer{Phone: "+15550123456", PhoneRaw: "+1 555 012-3456"})),
		webhookCall.event(session.MenuSelected, 5, queue("Support / Orders")),
		webhookCall.event(session.Connected, 22),
		webhookCall.event(session.ParticipantJoined, 22, by(kim)),
		webhookCall.event(session.Ended, 322, endedBy("end_user")),
		webhookCall.event(session.Dispositioned, 352, by(kim), disposition("resolved")),
		webhookCall.event(session.Finished, 352),
	},
	"a call whose facts come again with later times": {
		webhookCall.event(session.Started, 0, inbound),
		webhookCall.event(session.Started, 5, inbound, from(session.Customer{Phone: "+15550123456"})),
		webhookCall.event(session.Connected, 22),
		webhookCall.event(session.Ended, 322),
		webhookCall.event(session.Ended, 330, endedBy("agent")),
		webhookCall.event(session.Ended, 322, endedBy("system")), // same times, other content
	},
	"an adapter's two agents, the second after the first": {
		adapterCall.event(session.Connected, 10, by(kim), inbound, queue("Orders")),
		adapterCall.event(session.Unknown, 60, id("u1")),
		adapterCall.event(session.Ended, 100, by(kim), queue("Orders")),
		adapterCall.event(session.Connected, 105, by(lee), queue("Returns")),
		adapterCall.event(session.Unknown, 130, id("u2")),
		adapterCall.event(session.Ended, 200, by(lee), queue("Returns")),
	},
	"two agents at once, the second leaves first": {
		adapterCall.event(session.Connected, 10, by(kim)),
		adapterCall.event(session.Held, 20),
		adapterCall.event(session.Resumed, 30),
		adapterCall.event(session.Connected, 40, by(lee)),
		adapterCall.event(session.Ended, 90, by(lee)),
		adapterCall.event(session.Ended, 120, by(kim)),
	},
	"a chat": {
		chat.event(session.Started, 0, from(session.Customer{ID: "5"})),
		chat.event(session.MessageSent, 2, id("m1")),
		chat.event(session.Connected, 30),
		chat.event(session.ParticipantJoined, 30, by(kim)),
		chat.event(session.Ended, 400, endedBy("agent")),
		chat.event(session.WrapUp, 401),
	},
	"a call abandoned in the queue": {
		webhookCall.event(session.Started, 0, inbound, from(session.Customer{PhoneRaw: "anonymous"})),
		webhookCall.event(session.MenuSelected, 4, queue("Support")),
		webhookCall.event(session.Ringing, 50, by(kim)),
		webhookCall.event(session.ParticipantLeft, 70, by(kim)),
		webhookCall.event(session.Snapshot, 95, id("s"), fails("eu_abandoned")),
		webhookCall.event(session.Ended, 95, endedBy("end_user")),
	},
}

func applyAll(events []session.Event) session.Session {
	var s session.Session
	for _, e := range events {
		s = session.Apply(s, e)
	}
	return s
}
