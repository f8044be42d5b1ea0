package qm

import (
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source/payload"
)

// callNames are the keys of a CallState's item. `MediaID` and `Recording_permitted` stay in the event's Raw.
var callNames = names{
	session: "CallID", state: "State", direction: "Direction", initiator: "Initiator", language: "Language",
	queueID: "Queue_uuid", queueNames: "Queue_path_names", queueIDs: "Queue_path_ids",
	participants: "Participants", participantID: "ParticipantID", participantType: "Type", participantState: "State",
}

func readCall(e *session.Event, item payload.Reader) {
	e.VendorType = vendorName(callState, item.Text("State"))
	if headers := item.JSON("Custom_headers"); headers != nil {
		e.CustomData = &session.Data{SIPHeaders: headers}
	}
	_, ps := readSession(e, session.Call, item, callNames)
	switch e.Kind {
	case session.Connected:
		e.Kind = joined(e.Parties)
	case session.ParticipantLeft:
		e.Agent = leaver(ps)
	}
}

// joined tells what `connected` means, which is sent when the customer joins, too: an agent and the customer talk, somebody
// is still rung, or neither. A customer who is not listed is taken for there.
func joined(parties []session.Party) session.Kind {
	agentIn, userRings, rings := false, false, false
	for _, p := range parties {
		offered := p.Presence == session.Offered
		agentIn = agentIn || p.Type == session.PartyAgent && !offered && p.Presence != session.Gone
		userRings = userRings || p.Type == session.PartyEndUser && offered
		rings = rings || offered
	}
	switch {
	case agentIn && !userRings:
		return session.Connected
	case rings:
		return session.Ringing
	}
	return session.Snapshot
}

// leaver is the agent who left, nil where it is not one agent for certain.
func leaver(ps []participant) *session.Agent {
	var found *session.Agent
	for _, p := range ps {
		if p.Type != session.PartyAgent || p.ID == "" || p.state != "disconnected" {
			continue
		}
		if found != nil {
			return nil
		}
		found = &session.Agent{ID: p.ID}
	}
	return found
}
