package session

import "time"

// times are when the events that carry a session forward happened; zero is never.
type times struct {
	first     time.Time // the first sign that the session is going on
	started   time.Time
	queued    time.Time // the first queue
	ringing   time.Time
	connected time.Time
	ended     time.Time // the last end reported
	wrapUp    time.Time // the last after-work's beginning
	finished  time.Time

	held        bool // the customer is on hold
	endedAll    bool // an end that names no agent: the session's own
	wrapsUpAll  bool // an after-work that names no agent
	finishedAll bool // a finish that names no agent
	goesOn      bool // the leg that began last is not over
	proof       bool // something happened that only happens in a talk
	onDesk      bool // an agent's desk reported a contact of its own
	reported    Outcome
}

func readTimes(events []*Event, legs []Leg) times {
	var t times
	for _, e := range events {
		t.note(e)
	}
	t.noteLegs(legs)
	if h := holds(events, time.Time{}); len(h) > 0 {
		t.held = h[len(h)-1].To.IsZero()
	}
	return t
}

func (t *times) note(e *Event) {
	t.report(e.Outcome)
	t.onDesk = t.onDesk || e.Leg != nil && e.Leg.Kind == MainLeg && !e.Leg.sided() && e.Kind != Snapshot
	switch e.Kind {
	case Held, Resumed, Muted, Unmuted, Conferenced:
		t.proof = true
	case Transferred:
		t.proof = t.proof || e.Leg != nil
	case Started:
		t.started = earlier(t.started, e.At)
	case MenuSelected:
		t.queued = earlier(t.queued, e.At)
	case Ringing:
		t.ringing = earlier(t.ringing, e.At)
	case Connected:
		t.connected = earlier(t.connected, e.At)
	case Ended:
		t.ended = later(t.ended, e.At)
		t.endedAll = t.endedAll || e.Agent == nil
	case WrapUp:
		t.wrapUp = later(t.wrapUp, e.At)
		t.wrapsUpAll = t.wrapsUpAll || e.Agent == nil
	case Finished:
		t.finished = later(t.finished, e.At)
		t.finishedAll = t.finishedAll || e.Agent == nil
	}
	if ongoing(e.Kind) {
		t.first = earlier(t.first, e.At)
	}
}

// report keeps what the source itself says of how it went: the last word, but a message that was left stays left.
func (t *times) report(o Outcome) {
	if o != "" && t.reported != Voicemail {
		t.reported = o
	}
}

// noteLegs reads the legs whose sides have times of their own. They end the session once the leg that began last is over.
// Who was called in for a while, as a third party or a supervisor, ends nothing by going, and keeps it open while there.
func (t *times) noteLegs(legs []Leg) {
	var last *Leg
	for i := range legs {
		l := &legs[i]
		if l.aside() || !l.sided() {
			continue
		}
		t.report(l.Outcome)
		t.first = earlier(t.first, l.StartedAt)
		t.ringing = earlier(t.ringing, l.RingingAt)
		t.connected = earlier(t.connected, l.ConnectedAt)
		t.ended = later(t.ended, l.EndedAt)
		if l.Kind == ConferenceLeg {
			t.goesOn = t.goesOn || l.EndedAt.IsZero()
			continue
		}
		if last == nil || !l.StartedAt.Before(last.StartedAt) {
			last = l
		}
	}
	if last == nil {
		return
	}
	t.goesOn = t.goesOn || last.EndedAt.IsZero()
	t.endedAll = t.endedAll || !t.goesOn
}

// ongoing kinds show that the session has begun and is not over. The first of them bounds StartedAt where no source
// reports the start itself.
func ongoing(k Kind) bool {
	switch k {
	case Started, Ringing, Connected, Held, Resumed, Muted, Unmuted, Redacted, Unredacted, Transferred, Conferenced,
		ParticipantJoined, MenuSelected, Verified, CustomData, SmartAction, Cobrowse:
		return true
	}
	return false
}

// over says whether the session has ended. An end that names no agent is the session's. An end that names one is the
// end for that agent: where each agent reports an end of their own, the session goes on while another is still in, and
// its end is the last one reported; so it does while it rings at the next agent. Who wraps up or has finished has ended.
func (t *times) over(c cast) bool {
	if t.endedAll || t.finishedAll {
		return true
	}
	if t.goesOn || t.ended.IsZero() && t.wrapUp.IsZero() && t.finished.IsZero() {
		return false
	}
	return !c.anyoneIn() && !c.ringsAfter(t.ended)
}

// isFinished says whether nothing more is expected of a session that is over: its finish was reported, or an agent's, while
// no other agent is still at the after-work and no other agent's end came after it.
func (t *times) isFinished(c cast) bool {
	return t.finishedAll || !t.finished.IsZero() && !t.finished.Before(t.ended) && !c.anyoneWrapsUp()
}

// status is the furthest point known to be reached. It does not follow the order of times, because events of one
// report share one time. Scheduled is never reached: no kind of event reports it.
//
// An agent who is there makes a session connected, but not one that the agent began: there the customer has to answer.
func status(t times, c cast, over bool, d Direction) Status {
	switch {
	case over && t.isFinished(c):
		return StatusFinished
	case over && (t.wrapsUpAll || c.anyoneWrapsUp()):
		return StatusWrapUp
	case over:
		return StatusEnded
	case t.held:
		return StatusHeld
	case !t.connected.IsZero(), t.proof, d != Outbound && c.anyoneIn():
		return StatusConnected
	case !t.ringing.IsZero():
		return StatusRinging
	}
	return StatusQueued
}

// talkedUntil is when the talk was over: at the end, or where that was never reported, when the after-work began. A
// finish alone does not tell.
func (t *times) talkedUntil() time.Time { return first(t.ended, t.wrapUp) }

// afterWork is when the after-work began: as reported, else with the end.
func (t *times) afterWork(ended time.Time) time.Time {
	if t.wrapUp.Before(ended) {
		return ended
	}
	return t.wrapUp
}
