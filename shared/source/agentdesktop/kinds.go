package agentdesktop

import (
	"strings"

	"sessionbridge.internal/shared/session"
)

// kinds are the contact events that are more than Unknown. What changes nothing by itself is a Snapshot.
var kinds = map[string]session.Kind{
	"POPUP":             session.Ringing, // and Started, see started
	"CONNECTIONSTARTED": session.Started,
	"SERVICEINITIATED":  session.Snapshot,
	"DATACHANGED":       session.Snapshot,
	"DELETE":            session.Snapshot,
	"RINGING":           session.Ringing,
	"DIALING":           session.Ringing,
	"ESTABLISHED":       session.Connected,
	"HELD":              session.Held,
	"RETRIEVED":         session.Resumed,
	"TRANSFERRED":       session.Transferred,
	"CONNECTIONCLEARED": session.Ended,
	"JOBCHANGED":        session.Snapshot, // WrapUp, where the job goes offline
	"JOBFINISHED":       session.Finished,
}

// kindOf reads the phase from the event's name: at CONNECTIONCLEARED, job_state still says `online`. Only JOBCHANGED
// depends on it. The event of a conference is not documented; any name that begins like the vendor's word for it counts.
func kindOf(name string, c contact) session.Kind {
	kind, known := kinds[name]
	switch {
	case strings.HasPrefix(name, "CONFERENCE"):
		kind = session.Conferenced
	case !known:
		return session.Unknown
	case name == "JOBCHANGED" && c.says("job_state", "offline"):
		kind = session.WrapUp
	}
	if c.consult {
		return consultKind(kind)
	}
	return kind
}

// consultKind is what an event tells of a consultation's line. The rest of a contact's life, its job and its handing
// over, is the main contact's.
func consultKind(kind session.Kind) session.Kind {
	switch kind {
	case session.Started, session.Ringing, session.Connected, session.Held, session.Resumed, session.Ended:
		return kind
	}
	return session.Snapshot
}

// agentPrefix begins the names of the events about the agent, whatever contact is open meanwhile.
const agentPrefix = "AGENT:"

var agentKinds = map[string]session.Kind{
	"AGENT:LOGGEDIN":  session.AgentLogin, // also what follows a pause: there is no event for "ready"
	"AGENT:PAUSE":     session.AgentPause,
	"AGENT:LOGGEDOUT": session.AgentLogout,
}

// fillAgentState reads an agent's event. Codes of pauses are not documented; `reason` is the property that gives a
// contact's, and is taken for the state where it is there.
func fillAgentState(e *session.Event, name string, v vendorEvent) {
	kind, known := agentKinds[name]
	if !known {
		kind, e.State = session.AgentState, e.VendorType[len(agentPrefix):]
	}
	e.Kind = kind
	if kind == session.AgentPause {
		e.State = v.Scalar("reason")
	}
}
