package ccai

import (
	"time"

	"sessionbridge.internal/shared/session"
)

// facts are the events a snapshot shows to have happened. The id of each is the session's key and the fact, such as
// `call-103646/participant_joined/1`, and its time is the platform's own time of the fact where the snapshot has it,
// else the notification's: the latest at which it can have happened. Snapshots repeat each other's facts; of equal ids
// session.Apply keeps the earliest, so that the first notification of a fact sets its time in whatever order they come.
func (s *snapshot) facts(base session.Event) []session.Event {
	events := []session.Event{s.started(base)}
	if q := s.known.Queue; q != nil && q.Path != "" {
		e := fact(base, session.MenuSelected, q.Path, base.At)
		e.Queue = q
		events = append(events, e)
	}
	for i := range s.participants {
		if p := &s.participants[i]; p.agent != nil {
			events = append(events, s.agentFacts(base, p)...)
		} else {
			events = append(events, s.partyFacts(base, p)...)
		}
	}
	events = append(events, s.extraFacts(base)...)
	if s.over {
		e := fact(base, session.Ended, "", s.end(base))
		e.EndedBy, e.FailReason = s.whoEnded(), s.known.FailReason
		events = append(events, e)
	}
	return append(events, s.judgement(base)...)
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
	e := fact(base, session.Started, "", first(s.createdAt, s.connectedAt, base.At))
	e.Type, e.Direction, e.Customer = s.known.Type, s.known.Direction, s.customer()
	return e
}

// end is when the session ended. Of a session that goes on, it is the notification's time.
func (s *snapshot) end(base session.Event) time.Time { return first(s.endsAt, base.At) }

// agentFacts tells an agent's part: offered, connected and come, gone. An agent who left and of whom no snapshot said
// that they connected was only offered the session, unless a disposition proves the contrary; then the time of their
// coming is not known better than "before they left". Nothing is told of an agent without a name.
func (s *snapshot) agentFacts(base session.Event, p *participant) []session.Event {
	if p.ref() == "" {
		return nil
	}
	var events []session.Event
	add := func(kind session.Kind, at time.Time) {
		e := fact(base, kind, p.ref(), at)
		e.Agent = p.agent
		events = append(events, e)
	}
	came, gone := s.interval(base, p)
	if p.state == offered {
		add(session.Ringing, base.At)
	}
	if p.tookPart() {
		if p.state == present || !p.connectedAt.IsZero() {
			events = append(events, fact(base, session.Connected, "", came))
		}
		add(session.ParticipantJoined, came)
	}
	if p.left() {
		add(session.ParticipantLeft, gone)
	}
	return events
}

// interval is when a participant who took part came, and when one who left went, as far as the snapshot knows.
func (s *snapshot) interval(base session.Event, p *participant) (came, gone time.Time) {
	gone = first(p.endedAt, s.end(base))
	if p.left() {
		return first(p.connectedAt, gone), gone
	}
	return first(p.connectedAt, base.At), gone
}

// judgement is the dispositions and, where the session is over, its finish: nothing more is expected.
func (s *snapshot) judgement(base session.Event) []session.Event {
	var events []session.Event
	for i := range s.dispositions {
		d := &s.dispositions[i]
		e := fact(base, session.Dispositioned, shortHash(d.Code, d.Name, d.Note), base.At)
		e.Disposition, e.Agent = d, s.submitter()
		events = append(events, e)
	}
	if s.over && (len(s.dispositions) > 0 || s.anyAgent(submitted)) {
		events = append(events, fact(base, session.Finished, "", base.At))
	}
	return events
}

// first is the first of the times that is known.
func first(times ...time.Time) time.Time {
	for _, t := range times {
		if !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}
