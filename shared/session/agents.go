package session

import (
	"slices"
	"strings"
	"time"
)

// part is one agent's share in a session.
type part struct {
	agent           Agent
	firstIn, lastIn time.Time
	lastOut         time.Time
	counts          map[Kind]int
	came, closed    bool // came in; ended or judged the session
}

// takePart gathers the agents that events name, in order of appearance. Who was only offered the session (Ringing, or
// ParticipantLeft without having come) is among them and filtered by agents.
func takePart(events []Event) []part {
	var parts []part
	for i := range events {
		e := &events[i]
		if e.Kind == Unknown || e.Agent == nil || *e.Agent == (Agent{}) {
			continue
		}
		j := slices.IndexFunc(parts, func(p part) bool { return same(p.agent, *e.Agent) })
		if j < 0 {
			j = len(parts)
			parts = append(parts, part{counts: map[Kind]int{}})
		}
		parts[j].note(e)
	}
	return parts
}

// same compares by ID where both have one, else by email, whose letter case differs between samples of one source.
func same(a, b Agent) bool {
	if a.ID != "" && b.ID != "" {
		return a.ID == b.ID
	}
	return a.Email != "" && strings.EqualFold(a.Email, b.Email)
}

func (p *part) note(e *Event) {
	p.agent = p.agent.with(*e.Agent)
	p.counts[e.Kind]++
	switch e.Kind {
	case Connected, ParticipantJoined:
		p.came = true
		p.firstIn, p.lastIn = earlier(p.firstIn, e.At), later(p.lastIn, e.At)
	case Ended, WrapUp:
		p.closed = true
		p.lastOut = later(p.lastOut, e.At)
	case ParticipantLeft:
		p.lastOut = later(p.lastOut, e.At)
	case Dispositioned:
		p.closed = true
	}
}

// stillIn says whether the agent is in the session now: they came in last, and came in more often than they went.
// The second half is for sources without times of their own, whose late events seem to come last. One coming or going
// may be reported by two kinds of event, so kinds are counted each for itself.
func (p *part) stillIn() bool {
	in := max(p.counts[Connected], p.counts[ParticipantJoined])
	out := max(p.counts[Ended], p.counts[ParticipantLeft], p.counts[WrapUp])
	return in > out && p.lastIn.After(p.lastOut)
}

// agents are those who took part, in the order they joined; who joined at an unknown time comes last. Each has one
// interval, from the first coming to the last going; the session's end, where known, is a going for all.
func agents(parts []part, ended time.Time) []Agent {
	var out []Agent
	for i := range parts {
		p := &parts[i]
		if !p.came && !p.closed {
			continue
		}
		a := p.agent
		if a.LeftAt = p.lastOut; p.stillIn() || a.LeftAt.IsZero() {
			a.LeftAt = ended
		}
		a.JoinedAt = notAfter(p.firstIn, a.LeftAt)
		out = append(out, a)
	}
	slices.SortStableFunc(out, func(a, b Agent) int {
		if a.JoinedAt.IsZero() != b.JoinedAt.IsZero() {
			return -a.JoinedAt.Compare(b.JoinedAt) // the zero time is the earliest and must come last
		}
		return a.JoinedAt.Compare(b.JoinedAt)
	})
	return out
}
