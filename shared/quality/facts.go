package quality

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"sessionbridge.internal/shared/session"
)

// report is what every payload of the room has. The queue's path and the language are for inbound sessions only, the queue
// itself also for those that were transferred to one (call page, "Call state fields"). What no source but QM events
// tells, whether a call may be recorded, is left out.
func (r *room) report(state string, initiator *string, sides []side) report {
	rep := report{
		state: state, direction: directions[r.s.Direction], initiator: text(initiator), sides: sides,
		mediaID: r.mediaID, sessionType: r.s.Type, headers: object(r.s.CustomData.SIPHeaders),
	}
	if rep.initiator == "" {
		rep.initiator = text(r.began())
	}
	inbound := r.s.Direction == session.Inbound
	if inbound {
		rep.language, rep.queueIDs, rep.queueNames = r.s.Language, r.path.PathIDs, pathNames(r.path.Path)
	}
	if inbound || r.toQueue {
		rep.queueID = cmp.Or(queueID(r.queue), queueID(r.path))
	}
	return rep
}

// began is who began the session: the one whom the samples name as Initiator throughout.
func (r *room) began() *string {
	switch r.s.Direction {
	case session.Inbound:
		return customerName(r.s)
	case session.Outbound:
		for _, p := range r.arrived {
			if p.kind == session.PartyAgent {
				return r.name(p)
			}
		}
	}
	return nil
}

// endedBy is who ended the session, nil where that is not told.
func (r *room) endedBy() *string {
	switch r.s.EndedBy {
	case "agent":
		if r.ender == nil {
			return r.name(r.alone())
		}
		return r.name(r.ender)
	case "end_user":
		return customerName(r.s)
	}
	return nil
}

// alone is the one agent who ever came, nil where there were several or none.
func (r *room) alone() (found *person) {
	for _, p := range r.arrived {
		if p.kind != session.PartyAgent {
			continue
		}
		if found != nil {
			return nil
		}
		found = p
	}
	return found
}

// list are those who are in, and one who is not: of whom the payload tells.
func (r *room) list(also *person) []side {
	return r.sides(func(p *person) bool { return p.in || p == also }, also)
}

// last are those who were in when the session ended: where everybody's going was reported by itself, who went last.
func (r *room) last() []side {
	if in := r.list(nil); len(in) > 1 { // more than the customer
		return in
	}
	var when time.Time
	for _, p := range r.arrived {
		if p.left.After(when) {
			when = p.left
		}
	}
	return r.sides(func(p *person) bool { return p.left.Equal(when) }, nil)
}

// part lets everyone go who is not in any more, and all where the session is over.
func (r *room) part() {
	over := !r.s.EndedAt.IsZero()
	for _, p := range append([]*person{&r.customer}, r.arrived...) {
		if over || !p.in && p != &r.customer {
			p.state = "disconnected"
		}
	}
}

// sides are participants in their order: as in the samples, the customer comes first where they called, and behind the first
// agent where they were called.
func (r *room) sides(in func(*person) bool, also *person) []side {
	var people []*person
	for _, p := range r.arrived {
		if in(p) {
			people = append(people, p)
		}
	}
	if also != nil && !slices.Contains(r.arrived, also) {
		people = append(people, also)
	}
	at := 0
	if r.s.Direction == session.Outbound {
		at = min(1, len(people))
	}
	out := make([]side, 0, len(people)+1)
	for i := 0; i <= len(people) && len(out) < maxSides; i++ {
		if i == at {
			out = append(out, side{name: customerName(r.s), kind: externalType, state: orConnected(r.customer.state)})
		}
		if i < len(people) {
			p := people[i]
			out = append(out, side{name: r.name(p), kind: typeOf(p.kind), state: orConnected(p.state)})
		}
	}
	return out
}

func orConnected(state string) string {
	if state == "" {
		return "connected"
	}
	return state
}

// learnQueue keeps the queue that the session reached last. A later word on the same path may lack its ids, and the end of
// an agent's part names that agent's queue, which may be one before a transfer.
func (r *room) learnQueue(e *session.Event) {
	if rank(e.Kind) < rank(session.Ended) || r.queue == (session.Queue{}) {
		r.queue = reached(r.queue, e)
	}
	t := e.Transfer
	r.toQueue = r.toQueue || e.Kind == session.Transferred && (e.Queue != nil || t != nil && t.To.QueueID != "")
}

func reached(before session.Queue, e *session.Event) session.Queue {
	q := e.Queue
	if q == nil || *q == (session.Queue{}) {
		return before
	}
	now := *q
	if now.PathIDs == "" && now.Path == before.Path {
		now.PathIDs = before.PathIDs
	}
	return now
}

// pathBefore is the last queue known before the first agent came; where none was, the first one known.
func pathBefore(events []*session.Event) session.Queue {
	var q session.Queue
	came := false
	for _, e := range events {
		q = reached(q, e)
		came = came || e.Agent != nil && (e.Kind == session.Connected || e.Kind == session.ParticipantJoined)
		if came && q != (session.Queue{}) {
			break
		}
	}
	return q
}

// queueID is the queue's own id, else the last of its path.
func queueID(q session.Queue) string {
	if q.ID != "" {
		return q.ID
	}
	return q.PathIDs[strings.LastIndexByte(q.PathIDs, '/')+1:]
}

// mediaOf is the carrier's media id that a participant has in the events as they came: those of the CCAI Platform's
// external session events have one (docs.cloud.google.com/contact-center/ccai-platform/docs/external-session-events).
func mediaOf(events []*session.Event) string {
	for _, e := range events {
		if e.Kind != session.Snapshot {
			continue
		}
		for _, p := range readRaw(e.Raw).sides() {
			if id := scalar(p.MediaID); id != "" {
				return id
			}
		}
	}
	return ""
}
