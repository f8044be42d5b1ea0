package qm

import (
	"slices"
	"strings"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source/payload"
)

// names are the keys of one of the two shapes in which sessions are reported: the same fields, spelled in another way.
type names struct {
	session, state, direction, initiator, language   string
	queueID, queueNames, queueIDs                    string
	participants                                     string
	participantID, participantType, participantState string
}

// readSession reads what events of calls and chats have in common and returns their state in lower case and who takes
// part. The event's Agent stays unset: its Parties tell of everyone at once.
func readSession(e *session.Event, channel session.Channel, r payload.Reader, n names) (string, []participant) {
	e.Session = sessionKey(channel, r, n.session)
	e.Direction = directions[strings.ToLower(r.Text(n.direction))]
	e.Language = r.Text(n.language)
	if q := queue(r, n); q != (session.Queue{}) {
		e.Queue = &q
	}
	ps, notes := participants(r, n)
	e.Notes = notes
	e.Customer, e.VirtualAgent = customer(ps), virtualAgent(ps)
	e.Parties = slices.Grow(e.Parties, len(ps))
	for _, p := range ps {
		e.Parties = append(e.Parties, p.Party)
	}
	state := strings.ToLower(r.Text(n.state))
	apply(e, state)
	if e.Kind == session.Ended {
		e.EndedBy = endedBy(r.ID(n.initiator), ps)
	}
	return state, ps
}

func sessionKey(channel session.Channel, r payload.Reader, key string) string {
	id := r.SessionID(key)
	if id == "" {
		r.Reject(r.Path(key), "absent; must be the id of the %s", channel)
		return ""
	}
	return session.Key(channel, id)
}

// queue reads the queue that the session reached. The path is the one before the first agent: once a transfer has led to
// another queue, its last id is not that queue's, and it says nothing. An id that is no number, as which it is described but
// never shown, cannot be compared with those of a path.
func queue(r payload.Reader, n names) session.Queue {
	q := session.Queue{ID: r.ID(n.queueID), Path: queuePath(r.Text(n.queueNames)), PathIDs: r.Scalar(n.queueIDs)}
	last := q.PathIDs[strings.LastIndexByte(q.PathIDs, '/')+1:]
	if q.ID != "" && last != "" && last != q.ID && strings.Trim(q.ID, "0123456789") == "" {
		return session.Queue{ID: q.ID}
	}
	return q
}

// directions are seen from the contact centre. Keys are lower case.
var directions = map[string]session.Direction{"incoming": session.Inbound, "outgoing": session.Outbound}

// queuePath joins the names of a path, `support/orders/status`, in the way of session.Queue. A slash within a name cannot
// be told from one between names.
func queuePath(names string) string {
	var kept []string
	for _, name := range strings.Split(names, "/") {
		if name = strings.TrimSpace(name); name != "" {
			kept = append(kept, name)
		}
	}
	return strings.Join(kept, " / ")
}
