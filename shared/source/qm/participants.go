package qm

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source/payload"
)

// participant is one side of a session.
type participant struct {
	session.Party
	name  string // the id or number, as sent
	state string // as sent, in lower case
}

// in says whether the participant takes part in the talk.
func (p participant) in() bool {
	return p.Presence != "" && p.Presence != session.Offered && p.Presence != session.Gone
}

const dispositionSubmitted = "dispositionsubmitted"

// presences of participants by their states, in lower case. The documentation has no text for callback, deflected and
// transferred: who is called back is not in yet, the other two have left this session. accepted and
// dispositionSubmitted are a chat's.
var presences = map[string]session.Presence{
	"dialing": session.Offered, "ringing": session.Offered, "callback": session.Offered, "accepted": session.Offered,
	"connected": session.Present, "held": session.OnHold, "muted": session.IsMuted, "unmuted": session.IsUnmuted,
	"redacted": session.IsRedacted, "unredacted": session.IsUnredacted,
	"disconnected": session.Gone, "transferred": session.Gone, "deflected": session.Gone, dispositionSubmitted: session.Gone,
}

// maxParticipants of one session. The documentation has no limit; its samples have three.
const maxParticipants = 30

// participants reads all participants in their order, and what was odd about them. The first external one who has a number
// or an id is the customer, since an end user always has one; the other externals are third parties.
func participants(r payload.Reader, n names) ([]participant, []string) {
	raw, path := r.Find(n.participants)
	elements := list(raw)
	if len(elements) > maxParticipants {
		r.Reject(path, "more than %d participants", maxParticipants)
		return nil, nil
	}
	out := make([]participant, 0, len(elements))
	var notes payload.Notes
	customerKnown := false
	for i, element := range elements {
		o, ok := payload.ParseObject(element)
		if !ok {
			continue
		}
		p := readParticipant(r, n, fmt.Sprintf("%s[%d]", path, i), o, &notes)
		if p.Type == session.PartyEndUser {
			if customerKnown {
				p.Type = session.PartyThird
			}
			customerKnown = true
		}
		out = append(out, p)
	}
	return out, notes.Taken()
}

// list splits an array into one element more than may be taken; the rest is passed over before it takes memory. What is
// no array has no elements.
func list(raw json.RawMessage) []json.RawMessage {
	if len(raw) == 0 || raw[0] != '[' {
		return nil
	}
	var elements [maxParticipants + 1]json.RawMessage
	_ = json.Unmarshal(raw, &elements) // valid JSON, and any element is a RawMessage
	if end := slices.IndexFunc(elements[:], func(e json.RawMessage) bool { return e == nil }); end >= 0 {
		return elements[:end]
	}
	return elements[:]
}

// readParticipant reads one participant and reports its problem to the reader of the event. Only an agent must have an id
// that can be read: of somebody outside it may be an address of any length, which is noted and is no reason to lose the
// event.
func readParticipant(event payload.Reader, n names, path string, o payload.Object, notes *payload.Notes) participant {
	r := payload.NewReader(payload.Place{Path: path, Object: o})
	vendorType := strings.ToLower(r.Text(n.participantType))
	p := participant{state: strings.ToLower(r.Text(n.participantState))}
	if vendorType == "agent" || vendorType == "virtual_agent" {
		p.name = r.ID(n.participantID)
	} else {
		outside := payload.Lenient(notes, payload.Place{Path: n.participants, Object: o})
		p.name = cmp.Or(outside.ID(n.participantID), r.Scalar(n.participantID))
	}
	p.Party = party(p.name, vendorType)
	p.Presence = presences[p.state]
	if problem := r.Problem(); problem != nil {
		event.Reject(problem.Path, "%s", problem.Problem)
	}
	return p
}

// party reads who a participant is. In calls a virtual agent cannot be told from a human one: both have the type agent
// and a bare id.
func party(name, vendorType string) session.Party {
	if t, id := payload.Prefixed(name); t != "" {
		return session.Party{Type: t, ID: id}
	}
	p := session.Party{Type: partyType(name, vendorType)}
	switch {
	case p.Type == session.PartyAgent || p.Type == session.PartyVirtualAgent:
		p.ID = name
	case isNumber(name):
		p.Number = cmp.Or(payload.Dialable(name), name)
	case isID(name):
		p.ID = name
	}
	return p
}

// partyType reads the type of a participant, in lower case. Who is external and has no id and no number is a third party.
func partyType(name, vendorType string) session.PartyType {
	switch vendorType {
	case "agent":
		return session.PartyAgent
	case "virtual_agent":
		return session.PartyVirtualAgent
	case "external", "end_user", "":
		if name != "" {
			return session.PartyEndUser
		}
	}
	return session.PartyThird
}

// isNumber tells a telephone number from an id: it comes with its country.
func isNumber(name string) bool {
	return strings.HasPrefix(name, "+") || strings.Contains(name, "+") && payload.Dialable(name) != ""
}

// isID tells an id from a word: the platform writes `anonymous` or `restricted`, or a SIP address, in the place of a
// number, and taken for an id it would make one customer of all such callers.
func isID(name string) bool {
	return len(name) <= maxID && payload.SafeID(name) && strings.ContainsAny(name, "0123456789")
}

// maxID is the length of the longest id, in bytes.
const maxID = 128

// customer is what the participants tell of the customer, nil where they tell nothing.
func customer(ps []participant) *session.Customer {
	for _, p := range ps {
		switch {
		case p.Type != session.PartyEndUser:
		case p.Number != "":
			return &session.Customer{Phone: payload.Dialable(p.name), PhoneRaw: p.name}
		case p.ID != "":
			return &session.Customer{ID: p.ID}
		}
	}
	return nil
}

func virtualAgent(ps []participant) *session.Bot {
	for _, p := range ps {
		if p.Type == session.PartyVirtualAgent {
			return &session.Bot{ID: p.ID}
		}
	}
	return nil
}

// enders are the words for who ended a session; a third party has none. A virtual agent ends it on the contact centre's
// behalf.
var enders = map[session.PartyType]string{
	session.PartyAgent: "agent", session.PartyEndUser: "end_user", session.PartyVirtualAgent: "system",
}

// endedBy reads who caused the end, empty where that is not certain: an agent and an end user may have the same id.
func endedBy(initiator string, ps []participant) string {
	if t, _ := payload.Prefixed(initiator); t != "" {
		return enders[t]
	}
	by := ""
	for _, p := range ps {
		who := enders[p.Type]
		if initiator == "" || p.name != initiator || who == "" {
			continue
		}
		if by != "" && by != who {
			return ""
		}
		by = who
	}
	return by
}
