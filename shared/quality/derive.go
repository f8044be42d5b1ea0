package quality

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"sessionbridge.internal/shared/session"
)

// room is who is in a session and in which state, as its events tell one after the other, and what was told of it.
//
// Which payloads are owed must not depend on which event came first, nor on how often a fact is reported by several
// events. So most facts are switches that are turned on and off: only a turn is told, and it is named by what it tells and
// its number. An event that comes late can add turns and never takes one away.
type room struct {
	*cast
	s       *session.Session
	events  []*session.Event
	path    session.Queue // before the first agent
	queue   session.Queue // the one reached
	toQueue bool          // by a transfer
	mediaID string

	on       map[string]bool // switches
	told     map[string]int  // payloads by fact
	answered bool            // an outgoing call, by the customer
	handed   *session.Transfer
	emptied  bool // all agents had gone by their own ends
	reopened int
	ender    *person // who reported an end last
	out      []Payload
}

// derived are the payloads of a session whose source has no QM events.
func derived(s *session.Session) []Payload {
	events := heard(s)
	r := &room{cast: newCast(s, events), s: s, events: events, on: map[string]bool{}, told: map[string]int{}}
	r.path, r.mediaID = pathBefore(events), mediaOf(events)
	for _, e := range events {
		r.learnQueue(e)
		r.hear(e)
	}
	r.end()
	r.judge()
	slices.SortStableFunc(r.out, func(a, b Payload) int { return a.At.Compare(b.At) })
	return r.out
}

// heard are the events that tell of the session itself, by time; of one time and place, what begins comes before what ends.
// Left out is what nobody understood, what is beside the session, and what a leg reports after its end.
func heard(s *session.Session) []*session.Event {
	var out []*session.Event
	for i := range s.Events {
		if e := &s.Events[i]; e.Kind != session.Unknown && !aside(e.Leg) {
			out = append(out, e)
		}
	}
	slices.SortStableFunc(out, func(a, b *session.Event) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Sequence, b.Sequence), cmp.Compare(rank(a.Kind), rank(b.Kind)))
	})
	ended := map[string]time.Time{}
	return slices.DeleteFunc(out, func(e *session.Event) bool {
		if e.Leg == nil {
			return false
		}
		leg := e.Leg.ID
		if e.Agent != nil {
			leg += "\x00" + agentKey(*e.Agent)
		}
		end, over := ended[leg]
		if !over && e.Kind == session.Ended {
			ended[leg] = e.At
		}
		return over && e.At.After(end) && rank(e.Kind) < rank(session.Ended)
	})
}

func aside(l *session.Leg) bool {
	return l != nil && (l.Kind == session.ConsultLeg || l.Kind == session.ListeningLeg)
}

func rank(k session.Kind) int {
	switch k {
	case session.Started, session.MenuSelected, session.Snapshot:
		return 0
	case session.Ringing:
		return 1
	case session.ParticipantJoined:
		return 2
	case session.Connected:
		return 3
	case session.ParticipantLeft, session.Ended, session.WrapUp, session.Finished, session.Dispositioned:
		return 5
	}
	return 4
}

// hear tells what one event makes owed.
func (r *room) hear(e *session.Event) {
	switch e.Kind {
	case session.Started, session.MenuSelected:
		r.wait(e)
	case session.Ringing:
		r.ring(e)
	case session.Connected:
		r.connect(e)
	case session.ParticipantJoined:
		r.comes(r.of(e), e)
		r.joins(r.party(e.Party), e)
	case session.ParticipantLeft, session.Ended, session.WrapUp, session.Finished:
		r.leaves(r.of(e), e)
		if p := r.party(e.Party); p != nil {
			p.leave(e.At)
		}
	case session.Transferred:
		r.handOver(e)
	case session.Conferenced:
		r.confer(e)
	case session.Held, session.Resumed:
		r.hold(e)
	case session.Muted, session.Unmuted:
		r.mute(e)
	case session.Redacted, session.Unredacted:
		r.redact(e)
	}
}

// turn turns a switch and says whether that changed it.
func (r *room) turn(name string, on bool) bool {
	changed := r.on[name] != on
	r.on[name] = on
	return changed
}

// tell owes a payload of something that happened while the session went on. What seems to follow the end bears its time:
// the events of sources without times of their own bear that of their receipt.
func (r *room) tell(fact string, e *session.Event, state string, initiator *string, sides []side) {
	r.owe(fact, r.notAfterEnd(e.At), r.report(state, initiator, sides))
}

func (r *room) notAfterEnd(t time.Time) time.Time {
	if end := r.s.EndedAt; !end.IsZero() && t.After(end) {
		return end
	}
	return t
}

func (r *room) owe(fact string, when time.Time, rep report) {
	r.told[fact]++
	r.out = append(r.out, payload(r.s, fact+"/"+strconv.Itoa(r.told[fact]), when, rep))
}

// end tells the one end of the session. Where it was taken for over and went on, which is so between two agents' calls on
// sources that report each agent's end alone, the end that counts is another one.
func (r *room) end() {
	r.part()
	if end := r.s.EndedAt; !end.IsZero() {
		r.owe("ended/"+strconv.Itoa(r.reopened), end, r.report("disconnected", r.endedBy(), r.last()))
	}
}

// judge tells the dispositions of a chat, which come when it is over.
func (r *room) judge() {
	if r.s.Channel != session.Chat {
		return
	}
	for _, e := range r.events {
		p := r.of(e)
		if e.Kind != session.Dispositioned || p == nil || !r.turn("judged/"+p.key(), true) {
			continue
		}
		p.state = "dispositionSubmitted"
		sides := r.sides(func(o *person) bool { return o.kind == session.PartyAgent }, p)
		r.owe("disposition/"+p.key(), e.At, r.report("disconnected", r.name(p), sides))
	}
}
