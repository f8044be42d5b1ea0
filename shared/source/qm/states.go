package qm

import (
	"slices"

	"sessionbridge.internal/shared/session"
)

// meaning is what the state of a call or chat reports.
type meaning struct {
	kind     session.Kind
	transfer session.TransferKind
	outcome  session.Outcome
}

// meanings of states, in lower case. All but two are in the documentation's list of call states; `held` and
// `participantDisconnect` are in its samples only. `deflected` is listed without a text: it is taken for the redirection
// that leaves the contact centre.
var meanings = map[string]meaning{
	"dialing":               {kind: session.Ringing},
	"waiting":               {kind: session.MenuSelected},
	"ringing":               {kind: session.Ringing},
	"connected":             {kind: session.Connected},
	"held":                  {kind: session.Held},
	"transferred":           {kind: session.Transferred, transfer: session.Cold},
	"conferenced":           {kind: session.Conferenced, transfer: session.Warm},
	"redirected":            {kind: session.Transferred, transfer: session.Redirect},
	"deflected":             {kind: session.Transferred, transfer: session.Redirect, outcome: session.Deflected},
	"disconnected":          {kind: session.Ended},
	"participantdisconnect": {kind: session.ParticipantLeft},
}

// apply gives the event the meaning of a state, in lower case. A state that is not documented is Unknown.
//
// The documentation says of `disconnected` both that the session is over and that someone left it. It is taken for the
// end: for an agent who leaves others behind there is `participantDisconnect`.
func apply(e *session.Event, state string) {
	m, known := meanings[state]
	if !known {
		e.Kind = session.Unknown
		return
	}
	e.Kind, e.Outcome = m.kind, m.outcome
	if m.kind == session.Connected {
		e.Kind = connected(e.Parties)
	}
	if m.transfer != "" {
		e.Transfer = &session.Transfer{Kind: m.transfer}
	}
}

// changes are what else the state `connected` reports, as soon as one participant is in the state on the left. Where
// several are, the first of them counts: what was switched on last is not told.
var changes = []struct {
	presence session.Presence
	kind     session.Kind
}{
	{session.IsRedacted, session.Redacted},
	{session.IsUnredacted, session.Unredacted},
	{session.IsMuted, session.Muted},
	{session.IsUnmuted, session.Unmuted},
}

// connected tells apart what all has the state `connected`. That someone answered and that a hold is over cannot be told
// apart; both are Connected.
func connected(parties []session.Party) session.Kind {
	for _, c := range changes {
		if slices.ContainsFunc(parties, func(p session.Party) bool { return p.Presence == c.presence }) {
			return c.kind
		}
	}
	return session.Connected
}
