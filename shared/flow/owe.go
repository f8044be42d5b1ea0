package flow

import (
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

// Owe notes in the document which delayed work the session now needs: its CRM's at once, unless that waits for its next
// attempt or is dead, and the metadata's work.MetadataDelay after its end. It is pure.
func Owe(set settings.Settings, d *store.Document, id store.ID, now time.Time) {
	if d.CRM.State == "" {
		d.CRM.State = session.CRMIdle
	}
	if d.Session.EndedAt.IsZero() {
		wentOn(d)
	}
	d.CRM.Closed = d.CRM.Closed || !d.Metadata.DoneAt.IsZero()
	if d.CRM.State != session.CRMDead && len(Plan(set.CRM, d.Session, d.CRM)) > 0 {
		if d.CRM.State != session.CRMWaiting {
			d.CRM.State = session.CRMPending
		}
		work.Owe(d, id, work.CRM, now)
	}
	wanted := set.Storage != nil || set.Mail != nil || uploadsOwn(set.CRM)
	if wanted && work.MetadataOwed(d, now) {
		work.Owe(d, id, work.Metadata, d.Metadata.DueAt)
	}
}

// wentOn takes back what was said of a session's end, when it turns out that the session goes on: a first agent's end came
// before the news that a second one took over. What is due at the end is due again then; a mail is never sent twice.
func wentOn(d *store.Document) {
	delete(d.CRM.Done, CommentEnd)
	d.Metadata.DoneAt = time.Time{}
}
