package ccai

import (
	"cmp"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source/payload"
)

// customer is what the external participants tell of the customer, nil where they tell nothing. The first one with a dn
// counts: who comes later is a third party.
func (s *snapshot) customer() *session.Customer {
	var c session.Customer
	if p := s.customerSide(); p != nil {
		c = customer(p.dn)
		c.ID = cmp.Or(c.ID, p.id)
	}
	c.ID = cmp.Or(c.ID, s.customerID)
	return orNil(c)
}

// customerSide is the customer's participant: the first external one with a dn, else the first; nil where there is none.
func (s *snapshot) customerSide() *participant {
	var side *participant
	for i := range s.participants {
		p := &s.participants[i]
		if p.kind == session.PartyEndUser && (side == nil || side.dn == "" && p.dn != "") {
			side = p
		}
	}
	return side
}

// customerID is the platform's id of the end user, where the session names it.
func customerID(r payload.Reader) string {
	if u, ok := object(r, "end_user"); ok {
		return u.ID("id")
	}
	return r.ID("end_user_id")
}

// customer reads a dn, the number or name by which the platform knows an end user: a phone number, a word such as
// `anonymous`, or `end_user_5`, which is the platform's id of the end user and no number in any form.
func customer(dn string) session.Customer {
	if t, id := payload.Prefixed(dn); t == session.PartyEndUser {
		return session.Customer{ID: id}
	}
	return session.Customer{Phone: payload.Dialable(dn), PhoneRaw: dn}
}

// bot is the virtual agent that the session names.
func bot(r payload.Reader) *session.Bot {
	if b, ok := object(r, "virtual_agent"); ok {
		return orNil(session.Bot{ID: b.ID("id"), Name: b.Text("name")})
	}
	return orNil(session.Bot{ID: r.ID("virtual_agent_id"), Name: r.Text("virtual_agent_name")})
}

// bot is the last virtual agent among the participants, else the one who caused the snapshot.
func (s *snapshot) bot() *session.Bot {
	var b session.Bot
	if t, id := payload.Prefixed(s.initiator); t == session.PartyVirtualAgent {
		b.ID = id
	}
	for _, p := range s.participants {
		if p.kind == session.PartyVirtualAgent {
			b = session.Bot{ID: p.id, Name: p.name}
		}
	}
	return orNil(b)
}

// party is the participant as a Party of its own, with what its facts are known by: a virtual agent, a supervisor, or an
// external one beside the customer. An agent is the event's Agent, and the customer its Customer.
func (s *snapshot) party(p *participant) (session.Party, string) {
	switch p.kind {
	case session.PartyVirtualAgent, session.PartyManager:
		if p.id == "" {
			return session.Party{}, ""
		}
		return session.Party{Type: p.kind, ID: p.id, Name: p.name}, string(p.kind) + "_" + p.id
	case session.PartyThird, session.PartyEndUser:
		if side := s.customerSide(); p == side || side != nil && p.dn == side.dn && p.dn != "" {
			return session.Party{}, ""
		}
		return thirdParty(p)
	}
	return session.Party{}, ""
}

// thirdParty names its facts without its number, since an event's id is written to logs.
func thirdParty(p *participant) (session.Party, string) {
	c := customer(p.dn)
	third := session.Party{Type: session.PartyThird, ID: cmp.Or(p.id, c.ID), Name: p.name}
	if payload.IsNumber(c.PhoneRaw) {
		third.Number = cmp.Or(c.Phone, c.PhoneRaw)
	} else {
		third.Name = cmp.Or(third.Name, c.PhoneRaw)
	}
	ref := cmp.Or(p.dn, p.id)
	if ref == "" {
		return session.Party{}, ""
	}
	return third, "third_party_" + payload.ShortHash(ref)
}

// partyFacts tells the coming and going of who is no agent.
func (s *snapshot) partyFacts(events []session.Event, base session.Event, p *participant) []session.Event {
	party, ref := s.party(p)
	if ref == "" {
		return events
	}
	came, gone := s.interval(base, p)
	if p.tookPart() {
		e := fact(base, session.ParticipantJoined, ref, came)
		e.Party = &party
		events = append(events, e)
	}
	if p.left() {
		e := fact(base, session.ParticipantLeft, ref, gone)
		e.Party = &party
		events = append(events, e)
	}
	return events
}
