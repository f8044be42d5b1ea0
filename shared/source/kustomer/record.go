package kustomer

import (
	"encoding/json"
	"slices"
	"strings"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source/payload"
)

// recordEvents are those that can be about a session, by what they are about.
var recordEvents = map[string]string{
	"kustomer.conversation.create": "conversation", "kustomer.conversation.update": "conversation",
	"kustomer.message.create": "message", "kustomer.message.update": "message",
}

// Bounds of what is taken of a record. Kustomer has at most 10 assigned users
// (developer.kustomer.com/docs/concepts/conversations-and-messages).
const (
	maxAssigned = 10
	maxChanged  = 50
	maxName     = 100 // bytes
)

// known begin the names of events that tell of what a company has in the CRM: mails, customers and their tickets, of which
// few are a session's. The rest is no business of ours.
var known = []string{"kustomer.conversation.", "kustomer.message.", "kustomer.customer.", "kustomer.user."}

func isKnown(name string) bool {
	return slices.ContainsFunc(known, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
}

// readRecord makes the event one of a session, where the record bears a session's name. Its id is marked, so that it is none of
// the session's own source.
func readRecord(e *session.Event, envelope, record payload.Reader) {
	kind, ok := recordEvents[e.VendorType]
	if !ok {
		return
	}
	attributes := inside(record, "attributes")
	source, key, ok := session.ParseExternalID(attributes.Text("externalId"))
	if !ok || !payload.SafeID(source+key) || len(source+key) > maxName {
		return
	}
	e.Kind, e.ID, e.Source, e.Session = session.RecordChanged, "kustomer-"+e.ID, source, key
	e.Record = &session.RecordChange{
		Type: kind, ID: clipped(record.Text("id")), Status: clipped(attributes.Text("status")), By: author(record),
		Assigned: assigned(attributes), Changed: changed(envelope),
	}
}

// inside is an object within another; a field that is none has nothing in it.
func inside(r payload.Reader, key string) payload.Reader {
	if in := r.Objects(key); len(in) > 0 {
		return in[0]
	}
	return payload.NewReader(payload.Place{Path: r.Path(key)})
}

// author is the id of the user who changed the record last.
func author(record payload.Reader) string {
	relations := inside(record, "relationships")
	for _, name := range []string{"modifiedBy", "createdBy"} {
		if id := inside(inside(relations, name), "data").Text("id"); id != "" {
			return clipped(id)
		}
	}
	return ""
}

func assigned(attributes payload.Reader) (ids []string) {
	var all []any
	raw, _ := attributes.Find("assignedUsers")
	if len(raw) > maxAssigned*maxName || json.Unmarshal(raw, &all) != nil {
		return nil
	}
	for _, v := range all[:min(len(all), maxAssigned)] {
		if id, ok := v.(string); ok {
			ids = append(ids, clipped(id))
		}
	}
	return ids
}

// bookkeeping changes with every write, and tells nothing.
var bookkeeping = []string{"updatedAt", "modifiedAt", "modifiedBy", "rev"}

// changed are the names of the attributes and relationships that are different, in alphabetical order.
func changed(envelope payload.Reader) (names []string) {
	changes := inside(envelope, "changes")
	for _, part := range []string{"attributes", "relationships"} {
		raw, _ := changes.Find(part)
		o, _ := payload.ParseObject(raw)
		for name := range o {
			if !slices.Contains(bookkeeping, name) {
				names = append(names, clipped(name))
			}
		}
	}
	slices.Sort(names)
	return slices.Clip(names[:min(len(names), maxChanged)])
}

func clipped(s string) string { return payload.Clip(s, maxName) }
