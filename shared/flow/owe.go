package flow

import (
	"strings"
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
	searchAgain(d)
	wanted := set.Storage != nil || set.Mail != nil || uploadsOwn(set.CRM)
	owed := wanted && work.MetadataOwed(d, now)
	if isClosed := !d.Metadata.DoneAt.IsZero() || d.Metadata.Dead; isClosed != d.CRM.Closed {
		reopen(d)
		d.CRM.Closed = isClosed
	}
	if d.CRM.State != session.CRMDead && len(Plan(set.CRM, d.Session, d.CRM)) > 0 {
		if d.CRM.State != session.CRMWaiting {
			d.CRM.State = session.CRMPending
		}
		work.Owe(d, id, work.CRM, now)
	}
	if owed {
		work.Owe(d, id, work.Metadata, d.Metadata.DueAt)
	}
}

// searchAgain forgets what searches said that went by less than is known now.
func searchAgain(d *store.Document) {
	k := &d.CRM
	if k.State != session.CRMDone || k.SearchedFor == "" || k.SearchedFor == searchedFor(d.Session) {
		return
	}
	k.AccountSearch, k.RecordSearch, k.Asked, k.AccountAsked = "", "", nil, false
	if k.Temporary && k.RecordID == "" {
		k.AccountID, k.Temporary = "", false
	}
}

// reopen has files uploaded again that are written again.
func reopen(d *store.Document) {
	d.CRM.Files = nil
	for name := range d.CRM.Done {
		if strings.HasPrefix(name, uploadPrefix) || strings.HasPrefix(name, commentPrefix+uploadPrefix) {
			delete(d.CRM.Done, name)
		}
	}
}

// wentOn takes back what was said of a session's end, when it turns out that the session goes on: a first agent's end came
// before the news that a second one took over. What is due at the end is due again then; a mail is never sent twice.
func wentOn(d *store.Document) {
	delete(d.CRM.Done, CommentEnd)
	d.Metadata.DoneAt = time.Time{}
}
