package quality

import "sessionbridge.internal/shared/session"

// hold tells that the customer is put on hold, and taken off it.
func (r *room) hold(e *session.Event) {
	p, held := r.acts(e), e.Kind == session.Held
	if !r.turn("held", held) {
		return
	}
	fact, state := "unheld", "connected"
	r.customer.state = ""
	if held {
		fact, state = "held", "held"
		r.customer.state = "held"
	}
	r.tell(fact, e, state, r.name(p), r.list(nil))
}

// mute tells that an agent's microphone is off, or on again; of an event that names no agent, all agents'.
func (r *room) mute(e *session.Event) {
	p, muted := r.acts(e), e.Kind == session.Muted
	who, key := r.agentsIn(nil), "muted"
	if e.Agent != nil && p != nil {
		who, key = []*person{p}, "muted/"+p.key()
	}
	if !r.turn(key, muted) {
		return
	}
	word := "unmuted"
	if muted {
		word = "muted"
	}
	for _, p := range who {
		p.state = word
	}
	r.tell(word+"/"+key, e, "connected", r.name(p), r.list(nil))
	if !muted {
		calm(who)
	}
}

// redact tells that the recording pauses, and goes on, for all who are in. A source that does not say which of the two it
// reports means the contrary of what held before.
func (r *room) redact(e *session.Event) {
	p, redacted := r.acts(e), e.Kind == session.Redacted
	if e.Toggle {
		redacted = !r.on["redacted"]
	}
	if !r.turn("redacted", redacted) {
		return
	}
	word := "unredacted"
	if redacted {
		word = "redacted"
	}
	who := append([]*person{&r.customer}, r.present()...)
	for _, p := range who {
		p.state = word
	}
	r.tell(word, e, "connected", r.name(p), r.list(nil))
	if !redacted {
		calm(who)
	}
}

// calm ends states of one moment: who is unmuted or unredacted is connected in what follows.
func calm(who []*person) {
	for _, p := range who {
		p.state = ""
	}
}

// acts is the agent who does something, who is in by that, whether or not their coming was seen; that is told still. Of an event that names
// nobody it is the one agent who is in, if it is one.
func (r *room) acts(e *session.Event) *person {
	if p := r.of(e); p != nil {
		r.appear(p)
		return p
	}
	if in := r.agentsIn(nil); len(in) == 1 {
		return in[0]
	}
	return nil
}

func (r *room) present() (in []*person) {
	for _, p := range r.arrived {
		if p.in {
			in = append(in, p)
		}
	}
	return in
}
