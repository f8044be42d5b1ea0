package session

import (
	"slices"
	"time"
)

// times are when the events that carry a session forward happened; zero is never.
type times struct {
	first     time.Time // the first sign that the session is going on
	started   time.Time
	ringing   time.Time
	connected time.Time
	ended     time.Time // the last end reported
	wrapUp    time.Time
	finished  time.Time

	held      bool // the last of Held and Resumed is Held
	endedAll  bool // an end that names no agent: the session's own
	voicemail bool
}

func readTimes(events []Event) times {
	var t times
	for i := range events {
		t.note(&events[i])
	}
	return t
}

func (t *times) note(e *Event) {
	t.voicemail = t.voicemail || e.Outcome == Voicemail
	switch e.Kind {
	case Started:
		t.started = earlier(t.started, e.At)
	case Ringing:
		t.ringing = earlier(t.ringing, e.At)
	case Connected:
		t.connected = earlier(t.connected, e.At)
	case Held, Resumed:
		t.held = e.Kind == Held
	case Ended:
		t.ended = later(t.ended, e.At)
		t.endedAll = t.endedAll || e.Agent == nil
	case WrapUp:
		t.wrapUp = later(t.wrapUp, e.At)
	case Finished:
		t.finished = later(t.finished, e.At)
	}
	if ongoing(e.Kind) {
		t.first = earlier(t.first, e.At)
	}
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
// its end is the last one reported. Who wraps up has ended, and what is finished is over whatever else was reported.
func (t *times) over(parts []part) bool {
	if t.endedAll || !t.finished.IsZero() {
		return true
	}
	if t.ended.IsZero() && t.wrapUp.IsZero() {
		return false
	}
	return !anyoneIn(parts)
}

func anyoneIn(parts []part) bool {
	return slices.ContainsFunc(parts, func(p part) bool { return p.stillIn() })
}

// status is the furthest point known to be reached. It does not follow the order of times, because events of one
// report share one time. Scheduled is never reached: no kind of event reports it.
func status(t times, parts []part, over bool) Status {
	switch {
	case !t.finished.IsZero():
		return StatusFinished
	case over && !t.wrapUp.IsZero():
		return StatusWrapUp
	case over:
		return StatusEnded
	case t.held:
		return StatusHeld
	case !t.connected.IsZero() || anyoneIn(parts):
		return StatusConnected
	case !t.ringing.IsZero():
		return StatusRinging
	}
	return StatusQueued
}
