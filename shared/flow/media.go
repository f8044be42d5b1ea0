package flow

import (
	"strings"
	"time"

	"sessionbridge.internal/shared/desk"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
)

// attendedFor is how long after a session's end who was in it may still open its files: recordings are there only then.
const attendedFor = time.Hour

// Attends says whether the files of a session are shown to the agent with the mail address, in any letter case, who need not be
// allowed to look at every session: whoever is in it, and, for an hour, who was in it when it ended. Who left before has
// nothing to do with what is sent since.
func Attends(s session.Session, email string, now time.Time) bool {
	if email == "" || !s.EndedAt.IsZero() && now.After(s.EndedAt.Add(attendedFor)) {
		return false
	}
	for _, a := range s.Agents {
		stayed := a.LeftAt.IsZero() || !s.EndedAt.IsZero() && !a.LeftAt.Before(s.EndedAt)
		if stayed && strings.EqualFold(a.Email, email) {
			return true
		}
	}
	return false
}

// media are the files of the session that were received or recorded and are stored, as desks show them. What is made here, such
// as transcripts, is for those who look at every session.
func media(st *settings.Storage, d *store.Document, id store.ID) (all []desk.Command) {
	if st == nil {
		return nil
	}
	for i := range d.Files {
		if f := &d.Files[i]; !f.Own() && len(f.Places) > 0 {
			all = append(all, desk.Command{Kind: desk.Media, Session: id.Source + "/" + id.Key, File: f.ID, Media: f.Kind})
		}
	}
	return all
}
