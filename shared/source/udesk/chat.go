package udesk

import (
	"cmp"
	"encoding/json"
	"strings"
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source"
	"sessionbridge.internal/shared/source/payload"
)

// DecodeChat reads an event of Udesk's webhook, `{"action": …, "message": {…}}`, one or an array of them. The four that
// tell of a chat become one event of kind Snapshot with the post's own JSON and one event per fact they show, under ids
// made of the session and the fact. Every other action, and one that names no chat, is kept as Unknown.
//
// Udesk documents the names of the actions, im_sub_session_log and im_log_infos; the fields within are taken to be those
// of its interface for chat records (udeskglobal.com/doc/apiv2/im_session). A chat is named by sub_session_id: one
// customer's session has a sub-session for each agent it is handed to.
//
// Notes and Zone are as in DecodeCall. The error is a *source.Malformed likewise: an entry without action, or an
// ImSubSession without an id, cannot be read.
func DecodeChat(receipt source.Receipt, body []byte) (source.Batch, error) {
	return decode(receipt, body, "an event {action, message}", readChat)
}

// The actions that tell of a chat, as compared.
const (
	chatCreated   = "imsubsession_create"
	chatClosed    = "imsubsession_close"
	queueLeft     = "shutqueue_create"
	surveyAnswers = "imsurveyvote_create"
)

func readChat(receipt source.Receipt, en payload.Entry) ([]session.Event, *source.Malformed) {
	o, ok := payload.ParseObject(en.Raw)
	if !ok {
		return nil, payload.Malformed(en.Path, "must be an object with action and message")
	}
	root := newFields(receipt, en, o)
	post := newEvent(receipt, en)
	post.VendorType = root.text("action")
	if post.VendorType == "" {
		return nil, payload.Malformed(root.Path("action"), "absent; must be the name of an event, such as ImSubSession_close")
	}
	c, problem := root.message()
	if problem == nil {
		problem = c.identify(word(post.VendorType), &post)
	}
	if problem != nil && known(word(post.VendorType)) {
		return nil, problem
	}
	return c.events(word(post.VendorType), post), nil
}

func known(action string) bool {
	return action == chatCreated || action == chatClosed || action == queueLeft || action == surveyAnswers
}

// chat is one post about one chat. What it tells may stand in the message or in the log within it.
type chat struct {
	fields
	object payload.Object // the message
}

func (f fields) message() (chat, *source.Malformed) {
	raw, at := f.Find("message")
	if raw == nil {
		at = f.Path("message")
	}
	o, problem := payload.Inner(raw, at)
	if problem != nil {
		return chat{}, problem
	}
	places := []payload.Place{{Path: at, Object: o}}
	if log, ok := payload.ParseObject(o["im_sub_session_log"]); ok {
		places = append(places, payload.Place{Path: payload.Join(at, "im_sub_session_log"), Object: log})
	}
	return chat{fields: f.within(places...), object: o}, nil
}

// identify names the post's session. A sub-session's own event may name it by `id`; a vote may name only the session
// around it and an abandoned queue has none, which nobody can mend by sending it again.
func (c chat) identify(action string, post *session.Event) *source.Malformed {
	keys := []string{"im_sub_session_id", "sub_session_id"}
	if action == chatCreated || action == chatClosed {
		keys = append(keys, "id")
	}
	id := payload.Safe(c.id(keys...))
	switch {
	case id != "":
		post.Session = session.Key(session.Chat, id)
	case action == chatCreated, action == chatClosed, action == surveyAnswers && c.id("im_session_id", "session_id") == "":
		return payload.Malformed(c.Path("sub_session_id"), "absent; must be the id of the chat")
	}
	return nil
}

// events are the post itself and its facts. A post of no chat, or of an action nobody mapped, is kept as it is.
func (c chat) events(action string, post session.Event) []session.Event {
	if !known(action) || post.Session == "" {
		post.Kind = session.Unknown
		return []session.Event{post}
	}
	events := c.told(action, post)
	events[0].Notes = c.Taken()
	return events
}

// told are the events of an action that tells of a chat, the post itself first.
func (c chat) told(action string, post session.Event) []session.Event {
	begun, over := c.time("created_at"), c.time("closed_at")
	c.follows("closed_at", over, begun)
	switch action {
	case chatCreated:
		post.At = payload.First(begun, post.At)
		return append(c.whole(post), c.beginning(post, post.At)...)
	case chatClosed:
		post.At = payload.First(over, post.At)
		return c.closed(post, begun)
	case queueLeft:
		return c.abandoned(post)
	}
	post.At = payload.First(begun, post.At)
	return append([]session.Event{post}, c.survey(post)...)
}

// whole is the post itself, with all it says of the chat.
func (c chat) whole(post session.Event) []session.Event {
	c.describe(&post)
	return []session.Event{post}
}

func (c chat) describe(e *session.Event) {
	e.Type = c.text("platform", "channel")
	who := session.Customer{ID: c.text("customer_id"), Name: c.text("customer_name", "nick_name"), Email: c.text("customer_email")}
	if number := c.number("customer_cell_phone"); number != "" {
		who.Phone, who.PhoneRaw = payload.Dialable(number), number
	}
	if who != (session.Customer{}) {
		e.Customer = &who
	}
	if queue := c.text("belong_queue", "queue_name"); queue != "" {
		e.Queue = &session.Queue{Path: queue}
	}
}

func (c chat) agent() *session.Agent {
	a := session.Agent{ID: c.text("agent_id"), Email: c.text("agent_email"), Name: c.text("agent_nick_name", "agent_name")}
	if a == (session.Agent{}) {
		return nil
	}
	return &a
}

// beginning is a chat's start. A sub-session with an agent is one that was given to the agent: while a customer waits,
// there is none (github.com/udesk/open_udesk_doc, doc/im.md, the answers to `POST /im/sessions`).
func (c chat) beginning(post session.Event, at time.Time) []session.Event {
	started := fact(post, "started", session.Started, at)
	started.Agent = c.agent()
	c.describe(&started)
	if started.Agent == nil {
		return []session.Event{started}
	}
	// A post may tell more of an agent than another: one who has an id is known by it alone.
	who := cmp.Or(started.Agent.ID, strings.ToLower(started.Agent.Email), started.Agent.Name)
	connected := fact(post, "connected/"+payload.ShortHash(who), session.Connected, at)
	connected.Agent = started.Agent
	return []session.Event{started, connected}
}

// closed is a chat's end with all that was said. It repeats the beginning, in case its own post was lost.
func (c chat) closed(post session.Event, begun time.Time) []session.Event {
	lines, rest := c.transcript(post)
	post.Raw = withTranscript(post.Raw, rest)
	events := c.whole(post)
	if !begun.IsZero() {
		events = append(events, c.beginning(post, begun)...)
	}
	ended := fact(post, "ended", session.Ended, post.At)
	ended.EndedBy = endedBy(c.text("close_method"))
	events = append(events, ended)
	return append(append(events, c.survey(post)...), lines...)
}

// abandoned is the end of a wait: the customer left the queue. Its time is the queue's start and how long it took.
func (c chat) abandoned(post session.Event) []session.Event {
	queued := c.time("queue_start_time")
	if waited := c.count("queue_seconds"); waited != nil && !queued.IsZero() {
		post.At = queued.Add(time.Duration(*waited) * time.Second)
	}
	started := fact(post, "started", session.Started, payload.First(queued, post.At))
	c.describe(&started)
	ended := fact(post, "ended", session.Ended, post.At)
	ended.Outcome, ended.EndedBy = session.Abandoned, "end_user"
	return append(c.whole(post), started, ended)
}

// survey is the option the customer chose and the remark they wrote, whichever there is. The options are texts of the
// tenant's own, so none is a score.
func (c chat) survey(post session.Event) []session.Event {
	option, remark := c.text("survey_option_name", "option_name"), payload.Clip(c.id("survey_remark", "remark"), maxKept)
	e := fact(post, "survey/"+payload.ShortHash(option, remark), session.SurveyAnswered, post.At)
	if remark != "" {
		e.Kind, e.Rating = session.Rated, &session.Rating{Feedback: remark}
	}
	if option != "" {
		e.Kind, e.Answer = session.SurveyAnswered, &session.Answer{Text: option}
	}
	if e.Rating == nil && e.Answer == nil {
		return nil
	}
	return []session.Event{e}
}

// withTranscript puts the rest of a transcript in the place of the whole: every other line is in its own event.
func withTranscript(post, rest json.RawMessage) json.RawMessage {
	lines := func(json.RawMessage) json.RawMessage { return rest }
	message := func(m json.RawMessage) json.RawMessage { return payload.Replaced(m, lines, "im_log_infos") }
	return payload.Replaced(post, message, "message")
}
