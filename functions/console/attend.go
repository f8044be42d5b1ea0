package console

import (
	"net/http"

	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/flow"
	"sessionbridge.internal/shared/people"
	"sessionbridge.internal/shared/store"
)

// fileFor is the session's file that the path names, where who asks may have it: who may look at every session may have every
// file of it, an agent those that were received or recorded in a session they are in (flow.Attends). To an agent a session of
// others is refused as one that is not there is, so that names cannot be tried out. A file that is not there is nil.
func (c *console) fileFor(r *http.Request) (*store.Document, store.ID, *store.File, error) {
	who := people.Of(r.Context())
	refused := c.people.May(r.Context(), who, r.PathValue("tenant"), people.Look)
	if refused != nil && fault.KindOf(refused) != fault.Forbidden {
		return nil, store.ID{}, nil, refused
	}
	doc, id, err := c.find(r, r.PathValue("key"))
	switch {
	case refused == nil && err != nil:
		return nil, id, nil, err
	case refused != nil && (err != nil || !flow.Attends(doc.Session, who.Email, c.clock())):
		return nil, id, nil, fault.New(fault.Forbidden, "an agent may open the files of a session while they are in it, and for an hour after its end")
	}
	f := doc.File(r.PathValue("file"))
	if f != nil && f.Own() && refused != nil {
		return nil, id, nil, fault.New(fault.Forbidden, "an agent may open what was received or recorded, and this was made of it")
	}
	return doc, id, f, nil
}
