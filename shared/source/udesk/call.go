package udesk

import (
	"slices"
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source"
	"sessionbridge.internal/shared/source/payload"
)

// trigger stands for the vendor's name of the event, since the body has none.
const trigger = "call_trigger"

// DecodeCall reads a call trigger notification, one or an array of them. Each tells of one leg (conversation_id) of a
// series of calls (call_id), as far as it has come: it becomes one event of kind Snapshot with the leg and the post's own
// JSON, and one event per fact it shows, under an id made of the leg and the fact, so that a later post of the same leg
// adds to the earlier one and a repeated one changes nothing. That a call was connected or has ended is not among the
// facts: the fold concludes it from the times of the legs' two sides.
//
// The queries of record_url and of ivr_record_urls are credentials: they are in the events that announce the files, and
// taken out of Raw. What was odd about the post, and how it was read, stands in the Notes of its Snapshot; a time without an
// offset is read in the receipt's Zone.
//
// Its error is a *source.Malformed: the body is no JSON, of the wrong shape, or beyond the limits (1 MiB, 1,000 entries, 40
// levels), or no entry could be read. One with neither call_id nor conversation_id cannot; no value is of a wrong type.
func DecodeCall(receipt source.Receipt, body []byte) (source.Batch, error) {
	batch, err := decode(receipt, body, "a call trigger notification", readCall)
	for i := range batch.Events {
		batch.Events[i].Raw = payload.Cleaned(batch.Events[i].Raw, withoutCredentials)
	}
	return batch, err
}

// call is one post about one leg.
type call struct {
	fields
	leg       session.Leg
	workflow  string // as sent
	direction session.Direction
	category  string // as compared
	agent     session.Agent
	customer  *session.Customer
	voicemail bool
	began     time.Time
}

func readCall(receipt source.Receipt, en payload.Entry) ([]session.Event, *source.Malformed) {
	o, ok := payload.ParseObject(en.Raw)
	if !ok {
		return nil, payload.Malformed(en.Path, "must be an object with call_id and conversation_id")
	}
	f := newFields(receipt, en, o)
	series, conversation := payload.Safe(f.id("call_id")), payload.Safe(f.id("conversation_id"))
	if series == "" && conversation == "" {
		return nil, payload.Malformed(f.Path("call_id"), "absent, and so is conversation_id; one of them must be an id")
	}
	if series == "" {
		series = "conversation-" + conversation
	}
	if conversation == "" {
		conversation = "main"
	}
	post := newEvent(receipt, en)
	post.Session, post.VendorType = session.Key(session.Call, series), trigger
	return f.call(conversation, &post).events(post), nil
}

// call reads the leg, and the post's time: `timestamp`, else the latest time in it, else the receipt.
func (f fields) call(id string, post *session.Event) *call {
	c := call{
		fields: f, workflow: f.text("workflow"), category: word(f.text("category")),
		agent:     session.Agent{ID: f.text("agent_id"), Email: f.text("agent_email"), Name: f.text("agent_nick_name")},
		customer:  f.customer(),
		voicemail: f.truth("is_leave_message"),
	}
	c.leg = session.Leg{
		ID: id, Kind: legKind(c.category), VendorKind: f.text("category"), AgentID: c.agent.ID, Number: f.text("outline_phone_number"),
		AgentSide: f.side("agent"), CustomerSide: f.side("customer"),
		TalkSeconds: f.count("total_time"), QueueSeconds: f.count("queue_time"),
		Result: f.text("call_result"), Outcome: outcome(f.text("call_result")), Reason: f.text("defeat_cause", "drop_side"),
	}
	c.direction = direction(c.workflow)
	a, b, notified := c.leg.AgentSide, c.leg.CustomerSide, f.time("timestamp")
	post.At = payload.First(notified, latest(a.RingAt, a.AnswerAt, a.HangupAt, b.RingAt, b.AnswerAt, b.HangupAt), post.At)
	c.began = payload.First(earliest(a.RingAt, a.AnswerAt, b.RingAt, b.AnswerAt), post.At)
	c.doubts(notified)
	c.finish(post.At)
	return &c
}

// finish ends a leg that is over and of which no side has a time of hanging up: its result is final, somebody talked, or
// left a message. A post without those and without such a time tells of a leg that goes on. A message is no talk, though
// total_time may count it.
func (c *call) finish(at time.Time) {
	l := &c.leg
	if c.voicemail {
		l.Outcome = session.Voicemail
	}
	over := l.Outcome != "" || l.TalkSeconds != nil && *l.TalkSeconds > 0
	if over && l.AgentSide.HangupAt.IsZero() && l.CustomerSide.HangupAt.IsZero() {
		l.CustomerSide.HangupAt = at
	}
	if c.voicemail {
		l.TalkSeconds = nil
	}
}

// events are the post itself and its facts.
func (c *call) events(post session.Event) []session.Event {
	whole := post
	c.describe(&whole)
	whole.Leg = &c.leg
	whole.Agent = c.whose()
	whole.EndedBy = endedBy(c.text("drop_side"))
	if c.voicemail {
		whole.Outcome = session.Voicemail
	}
	if data := c.predefined(); data != nil {
		whole.CustomData = &session.Data{Predefined: data}
	}
	events := c.facts(post)
	whole.Notes = c.Taken()
	events[0] = whole
	return events
}

// whose the leg is, nil where somebody else than its agent is on the agent's side, or the customer is not in it.
func (c *call) whose() *session.Agent {
	if c.leg.Kind == session.ConsultLeg || c.leg.Kind == session.ListeningLeg {
		return nil
	}
	agent, _ := c.member()
	return agent
}

// describe says what is so of the whole session.
func (c *call) describe(e *session.Event) {
	e.Type, e.Direction, e.CompanyNumber = c.workflow, c.direction, c.text("display_number")
	e.Customer = c.customer
	if word(e.Type) == outAuto {
		if task := (session.Campaign{ID: c.text("task_id"), Name: c.text("task_name")}); task != (session.Campaign{}) {
			e.Campaign = &task
		}
	}
}

func (f fields) customer() *session.Customer {
	who := session.Customer{Name: f.text("nick_name")}
	if number := f.number("customer_phone"); number != "" {
		who.Phone, who.PhoneRaw = payload.Dialable(number), number
	}
	if who == (session.Customer{}) {
		return nil
	}
	return &who
}

// earliest and latest pass over times that are not known.
func earliest(times ...time.Time) time.Time { return pick(times, slices.MinFunc) }
func latest(times ...time.Time) time.Time   { return pick(times, slices.MaxFunc) }

func pick(times []time.Time, best func([]time.Time, func(a, b time.Time) int) time.Time) time.Time {
	times = slices.DeleteFunc(times, time.Time.IsZero)
	if len(times) == 0 {
		return time.Time{}
	}
	return best(times, time.Time.Compare)
}
