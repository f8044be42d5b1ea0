package session

import "slices"

// Without is the position without what it knows of the session: the session's own events, and those without a session that
// belong to it (see Attached). What it knows of its agent alone stays.
func (p Position) Without(session string) Position {
	kept := slices.DeleteFunc(slices.Clone(p.Events), func(e Event) bool {
		return session != "" && (e.Session == session || e.Session == "" && p.owner(&e) == session)
	})
	if len(kept) == len(p.Events) {
		return p
	}
	p.Events = kept
	p.Revision++
	return p.fold()
}
