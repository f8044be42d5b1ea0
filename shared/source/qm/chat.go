package qm

import (
	"slices"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source/payload"
)

// chatNames are the keys of a chat's event. A participant's `media_id` stays in the event's Raw.
var chatNames = names{
	session: "chat_id", state: "state", direction: "direction", initiator: "initiator", language: "language",
	queueID: "queue_uuid", queueNames: "queue_path_names", queueIDs: "queue_path_ids",
	participants: "participants", participantID: "dn", participantType: "type", participantState: "state",
}

// readChat reads a chat's event, a flat object. The documentation has its first three states and no list of them; the
// others are taken to be those of calls, and the participants' to be those of the external session events
// (docs.cloud.google.com/contact-center/ccai-platform/docs/external-session-events).
func readChat(e *session.Event, r payload.Reader, o payload.Object) {
	e.VendorType = vendorName(chatState, r.Text("state"))
	e.Type = r.Text("session_type_v2")
	e.CompanyNumber = r.Scalar("support_number")
	state, ps := readSession(e, session.Chat, r, chatNames)
	switch {
	case state == "waiting" && begins(e, o):
		e.Kind = session.Started
	case e.Kind == session.Connected:
		e.Kind, e.Party = answered(ps)
	case e.Kind == session.Ended && submitted(ps):
		e.Kind, e.EndedBy = session.Finished, ""
	}
}

// begins tells the two events with the state `waiting` apart: "chat started" alone has a `support_number`, be it null.
// What waits for nobody has only started, too.
func begins(e *session.Event, o payload.Object) bool {
	_, has := o["support_number"]
	return has || e.Queue == nil
}

// answered tells what `connected` means: an agent is in; a virtual agent is, who has no talk of the agents' kind; or an
// agent has accepted the chat and is not in yet.
func answered(ps []participant) (session.Kind, *session.Party) {
	if slices.ContainsFunc(ps, func(p participant) bool { return p.Type == session.PartyAgent && p.in() }) {
		return session.Connected, nil
	}
	for _, p := range ps {
		if p.Type == session.PartyVirtualAgent && p.in() {
			return session.ParticipantJoined, &p.Party
		}
	}
	return session.Ringing, nil
}

// submitted says whether all agents have given their disposition, which they do once the chat is over: what would be a
// second end of it, by who submitted last, says that nothing more is to come.
func submitted(ps []participant) bool {
	agents := 0
	for _, p := range ps {
		if p.Type != session.PartyAgent {
			continue
		}
		if p.state != dispositionSubmitted {
			return false
		}
		agents++
	}
	return agents > 0
}
