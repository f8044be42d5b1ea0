package agentdesktop

import (
	"cmp"
	"strings"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source"
	"sessionbridge.internal/shared/source/payload"
)

// contact is one call or chat on an agent's desktop.
type contact struct {
	vendorEvent
	key     string // of its session; empty where the event names no contact
	consult bool   // the second line, on which the agent consults a colleague
}

func readContact(v vendorEvent, agent session.Agent) contact {
	c := contact{vendorEvent: v, key: sessionKey(v, agent)}
	c.consult = c.says("type", "outbound") && c.says("job_type", "manual") && c.says("dnis", "consultation")
	return c
}

// sessionKey names the session by the contact's uuid. Where there is none, the id is all there is, and that is unique on
// one agent's position only: the key shows the id and tells agents apart by a hash, since a mail address may not stand in
// what is written to logs.
func sessionKey(v vendorEvent, agent session.Agent) string {
	channel := session.Call
	if v.says("media_type", "chat") || v.Scalar("chat_id") != "" {
		channel = session.Chat
	}
	if uuid := v.uuid(); uuid != "" && payload.SafeID(uuid) {
		return session.Key(channel, uuid)
	}
	id := v.ID("id")
	if id == "" {
		return ""
	}
	who := strings.ToLower(cmp.Or(agent.ID, agent.Email))
	return session.Key(channel, payload.Named(id, who, id))
}

// uuid is the contact's own, in lower case: whoever writes it in capitals means the same contact.
func (v vendorEvent) uuid() string { return strings.ToLower(v.ID("uuid")) }

// problem is why the contact cannot be told from others.
func (c contact) problem() *source.Malformed {
	if c.Problem() == nil && c.key == "" {
		if c.hidden != nil {
			return c.hidden
		}
		c.Reject(c.Path("uuid"), "absent or unfit for a name, and id is absent; one of them must name the contact")
	}
	return c.Problem()
}

// fill reads the contact into its event. A consultation must become neither a session of its own nor part of the
// customer's: it is a leg, and no field says of which contact. It belongs to the one held on the same agent's desktop.
func (c contact) fill(e *session.Event) {
	if c.consult {
		e.Leg = &session.Leg{
			ID: cmp.Or(c.uuid(), c.ID("id")), Kind: session.ConsultLeg, Number: c.Scalar("ani"), Reason: c.Text("reason"),
		}
		return
	}
	e.Session, e.Type, e.Direction = c.key, c.Text("media_type"), c.direction()
	customer, company := c.numbers(e.Direction)
	if customer != "" {
		e.Customer = &session.Customer{PhoneRaw: customer, Phone: payload.Dialable(customer)}
	}
	e.CompanyNumber = company
	e.Leg = c.mainLeg(e.Direction, customer)
	if queue := c.Scalar("queue"); queue != "" {
		e.Queue = &session.Queue{ID: queue, Path: queue}
	}
	e.Transfer = transfer(*e)
	e.CustomData = c.customData()
}

// mainLeg is the contact as it is on this desktop. Its id is the handle that every command of the SDK takes.
func (c contact) mainLeg(d session.Direction, customer string) *session.Leg {
	called := c.number("dnis")
	if d == session.Outbound {
		called = customer
	}
	return &session.Leg{
		ID: cmp.Or(c.ID("id"), c.uuid()), Kind: session.MainLeg, VendorKind: c.Text("job_type"),
		Number: called, Reason: c.Text("reason"),
	}
}

// direction is who called: a `callTask` is a call of the dialler's campaign, and `manual` is the agent's own.
func (c contact) direction() session.Direction {
	switch {
	case c.says("type", "inbound"):
		return session.Inbound
	case c.says("type", "outbound"), c.says("type", "callTask"), c.says("job_type", "manual"):
		return session.Outbound
	case c.says("job_type", "inbound"):
		return session.Inbound
	}
	return ""
}

// numbers tells the customer's number from the company's: who calls is the ani, who is called the dnis. A manual call has
// been seen with the number called in either. Numbers are national ones without their country, and a landline's has lost
// the zero that Italy keeps behind the country code, so they stay as they were sent. Later in a call the product writes
// the word `customer` over the number: what is no number says nothing.
func (c contact) numbers(d session.Direction) (customer, company string) {
	ani, dnis := c.number("ani"), c.number("dnis")
	if d == session.Outbound && dnis != "" {
		return dnis, ani
	}
	return ani, dnis
}

// number is a field that holds a telephone number in any notation, else empty.
func (c contact) number(key string) string {
	if n := c.Scalar(key); payload.IsNumber(n) {
		return n
	}
	return ""
}

// transfer says from whom the contact was handed on. To whom, and whether they took it, the product never says.
func transfer(e session.Event) *session.Transfer {
	var t session.Transfer
	switch e.Kind {
	case session.Conferenced:
		t.Kind = session.Conference
	case session.Transferred:
	default:
		return nil
	}
	if a := e.Agent; a != nil {
		t.From = session.End{AgentID: a.ID, AgentEmail: a.Email, CustomID: a.CustomID}
	}
	if t == (session.Transfer{}) {
		return nil
	}
	return &t
}
