package ccai

import (
	"strconv"
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source/payload"
)

// facts are the events a snapshot shows to have happened. The id of each is the session's key and the fact, such as
// `call-103646/participant_joined/1`, and its time is the platform's own time of the fact where the snapshot has it,
// else the notification's: the latest at which it can have happened. Snapshots repeat each other's facts; of equal ids
// session.Apply keeps the earliest, so that the first notification of a fact sets its time in whatever order they come.
//
// They are appended to events, since an event is large to copy again and again.
func (s *snapshot) facts(events []session.Event, base session.Event) []session.Event {
	events = append(events, s.started(base))
	if q := s.known.Queue; q != nil && q.Path != "" {
		e := fact(base, session.MenuSelected, q.Path, base.At)
		e.Queue = q
		events = append(events, e)
	}
	for i := range s.participants {
		if p := &s.participants[i]; p.agent != nil {
			events = s.agentFacts(events, base, p)
		} else {
			events = s.partyFacts(events, base, p)
		}
	}
	events = s.extraFacts(events, base)
	if s.over {
		e := fact(base, session.Ended, "", s.end(base))
		e.EndedBy, e.FailReason = s.whoEnded(), s.known.FailReason
		events = append(events, e)
	}
	return s.judgement(events, base)
}

// fact is one event of the session, told apart from others of its kind by detail.
func fact(base session.Event, kind session.Kind, detail string, at time.Time) session.Event {
	e := base
	e.ID, e.Kind, e.At = base.Session+"/"+string(kind), kind, at
	if detail != "" {
		e.ID += "/" + detail
	}
	return e
}

func (s *snapshot) started(base session.Event) session.Event {
	e := fact(base, session.Started, "", payload.First(s.createdAt, s.connectedAt, base.At))
	e.Type, e.Direction, e.Customer = s.known.Type, s.known.Direction, s.customer()
	return e
}

// end is when the session ended. Of a session that goes on, it is the notification's time.
func (s *snapshot) end(base session.Event) time.Time { return payload.First(s.endsAt, base.At) }

// agentFacts tells an agent's part: offered, connected and come, gone. An agent who left and of whom no snapshot said
// that they connected was only offered the session, unless a disposition proves the contrary; then the time of their
// coming is not known better than "before they left". Nothing is told of an agent without a name.
func (s *snapshot) agentFacts(events []session.Event, base session.Event, p *participant) []session.Event {
	name := ref(p.agent)
	if name == "" {
		return events
	}
	add := func(kind session.Kind, detail string, at time.Time) {
		e := fact(base, kind, detail, at)
		e.Agent = p.agent
		events = append(events, e)
	}
	came, gone := s.interval(base, p)
	if p.state == offered {
		add(session.Ringing, name, base.At)
	}
	if p.tookPart() {
		if p.state == present || !p.connectedAt.IsZero() {
			events = s.connected(events, base, came)
		}
		add(session.ParticipantJoined, timed(name, p.connectedAt), came)
	}
	if p.left() {
		add(session.ParticipantLeft, timed(name, p.endedAt), gone)
	}
	return events
}

// connected is the talk of an agent and the customer. While the customer's telephone rings, as that of whom the agent
// calls does, there is none.
func (s *snapshot) connected(events []session.Event, base session.Event, at time.Time) []session.Event {
	if side := s.customerSide(); side != nil && side.state == offered {
		return events
	}
	return append(events, fact(base, session.Connected, "", at))
}

// timed tells apart the times that one participant came or went, where the platform gives their own times: who comes back
// is in for a second time.
func timed(ref string, at time.Time) string {
	if at.IsZero() {
		return ref
	}
	return ref + "/" + strconv.FormatInt(at.Unix(), 10)
}

// interval is when a participant who took part came, and when one who left went, as far as the snapshot knows.
func (s *snapshot) interval(base session.Event, p *participant) (came, gone time.Time) {
	gone = payload.First(p.endedAt, s.end(base))
	if p.left() {
		return payload.First(p.connectedAt, gone), gone
	}
	return payload.First(p.connectedAt, base.At), gone
}

// judgement is the dispositions and, where the session is over, its finish: nothing more is expected.
func (s *snapshot) judgement(events []session.Event, base session.Event) []session.Event {
	by := s.submitter()
	for i := range s.dispositions {
		d := &s.dispositions[i]
		detail := payload.ShortHash(d.Code, d.Name, d.Note)
		if by != nil && ref(by) != "" {
			detail += "/" + ref(by)
		}
		e := fact(base, session.Dispositioned, detail, base.At)
		e.Disposition, e.Agent = d, by
		events = append(events, e)
	}
	if s.over && (len(s.dispositions) > 0 || s.anyAgent(submitted)) {
		events = append(events, fact(base, session.Finished, "", base.At))
	}
	return events
}
