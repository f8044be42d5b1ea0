package udesk

import (
	"strings"
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source/payload"
)

// facts are what a post shows to have happened, each named by its leg. A consultation and a supervisor's listening are
// beside the session: of them only the recording and the supervisor are told. The first place is left for the post itself.
func (c *call) facts(post session.Event) []session.Event {
	events := make([]session.Event, 1, 8) // as many as most posts become
	add := func(what string, kind session.Kind, at time.Time) *session.Event {
		events = append(events, fact(post, "leg/"+c.leg.ID+"/"+what, kind, at))
		return &events[len(events)-1]
	}
	switch c.leg.Kind {
	case session.ConsultLeg:
	case session.ListeningLeg:
		c.comings(add, payload.First(c.leg.AgentSide.AnswerAt, c.began))
	default:
		c.course(add)
	}
	c.results(add, post.At)
	return events
}

// adder adds a fact and returns it, valid until the next one is added.
type adder func(what string, kind session.Kind, at time.Time) *session.Event

// course is what happened in a leg in which the customer is.
func (c *call) course(add adder) {
	c.describe(add("started", session.Started, c.began))
	c.ringing(add)
	c.handedOver(add)
	if c.talked() {
		c.comings(add, c.leg.AgentSide.AnswerAt)
	} else if c.leg.Outcome == "" { // it goes on, or its beginning was in an earlier post
		c.comings(add, time.Time{})
	}
}

// ringing is the agent's telephone of an inbound call, and the customer's of any other.
func (c *call) ringing(add adder) {
	if c.direction != session.Inbound {
		if at := c.leg.CustomerSide.RingAt; !at.IsZero() {
			add("ringing", session.Ringing, at)
		}
		return
	}
	if at := c.leg.AgentSide.RingAt; !at.IsZero() {
		e := add("ringing", session.Ringing, at)
		if !c.supervised() && !c.outside() && c.agent != (session.Agent{}) {
			e.Agent = &c.agent
		}
	}
}

// talked says whether the agent's side and the customer talked. In an outbound call the agent may have answered only to
// hear the customer's telephone ring. A message that was left is no talk.
func (c *call) talked() bool {
	answered := !c.leg.CustomerSide.AnswerAt.IsZero() || c.direction == session.Inbound
	return !c.voicemail && !c.leg.AgentSide.AnswerAt.IsZero() && answered
}

// comings tells of the coming, unless came is zero, and the going of whoever is on the agent's side.
func (c *call) comings(add adder, came time.Time) {
	agent, party := c.member()
	if agent == nil && party == nil {
		return
	}
	if !came.IsZero() {
		e := add("participant_joined", session.ParticipantJoined, came)
		e.Agent, e.Party = agent, party
	}
	if at := c.leg.AgentSide.HangupAt; !at.IsZero() {
		e := add("participant_left", session.ParticipantLeft, at)
		e.Agent, e.Party = agent, party
	}
}

// member is who is on the agent's side: a supervisor, somebody outside, or else the agent.
func (c *call) member() (*session.Agent, *session.Party) {
	switch {
	case c.supervised():
		return nil, c.supervisor()
	case c.outside():
		return nil, &session.Party{Type: session.PartyThird, Number: c.leg.Number}
	case c.agent == (session.Agent{}):
		return nil, nil
	}
	return &c.agent, nil
}

func (c *call) supervised() bool { return c.category == listening || c.category == bargeIn }

func (c *call) supervisor() *session.Party {
	if c.agent.ID == "" {
		return nil
	}
	return &session.Party{Type: session.PartyManager, ID: c.agent.ID, Name: c.agent.Name}
}

func (c *call) outside() bool { return strings.HasSuffix(c.category, outline) && c.leg.Number != "" }

// handedOver tells of a transfer or a conference. Only the category says that there was one: from_agent_id stands in plain
// calls too. Whether the agents had spoken before is not documented, so neither is the kind of a transfer.
//
// Its time is the agent side's, since the customer was there before.
func (c *call) handedOver(add adder) {
	at := payload.First(earliest(c.leg.AgentSide.RingAt, c.leg.AgentSide.AnswerAt), c.began)
	t := session.Transfer{At: at, From: session.End{AgentID: c.text("from_agent_id")}, To: session.End{Number: c.leg.Number}}
	if c.agent.ID != t.From.AgentID { // who calls a number outside may stand for both
		t.To.AgentID, t.To.AgentEmail = c.agent.ID, c.agent.Email
	}
	switch c.leg.Kind {
	case session.TransferLeg:
		add("transferred", session.Transferred, at).Transfer = &t
	case session.ConferenceLeg:
		t.Kind = session.Conference
		e := add("conferenced", session.Conferenced, at)
		e.Transfer = &t
		if c.category == bargeIn {
			e.Party = c.supervisor()
		}
	}
}

// results are the recordings and the customer's judgement. Their ids hold what they say: a later post may say another
// thing, which then is another event.
func (c *call) results(add adder, at time.Time) {
	for _, file := range c.recordings(c.voicemail) {
		add("file_ready/"+string(file.Kind)+"/"+file.ID+"/"+payload.ShortHash(file.URL), session.FileReady, at).File = &file
	}
	if text := c.text("survey"); text != "" {
		add("survey_answered/"+payload.ShortHash(text), session.SurveyAnswered, at).Answer = &session.Answer{Text: text}
	}
}
