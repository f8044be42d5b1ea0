package flow

import (
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

// Owe notes in the document which delayed work the session now needs: its CRM's at once, unless that waits for its next
// attempt or is dead; each announced file's at once; the metadata's work.MetadataDelay after its end; and what
// quality management is to be told, work.QualityDelay after each change. It is pure.
func Owe(set settings.Settings, d *store.Document, id store.ID, now time.Time) {
	set = set.ForQueue(d.Session.Queue.ID)
	d.KeepDays = set.KeepDays()
	if d.CRM.State == "" {
		d.CRM.State = session.CRMIdle
	}
	if d.Session.EndedAt.IsZero() {
		wentOn(d)
	}
	for _, file := range work.FilesOwed(set.Storage, d) {
		work.Owe(d, id, work.File(file), now)
	}
	wanted := set.Storage != nil || set.Mail != nil || uploadsOwn(set.CRM)
	if wanted && work.MetadataOwed(set.Storage, d, now) {
		work.Owe(d, id, work.Metadata, d.Metadata.DueAt)
	}
	work.OweQuality(set.Quality, d, id, now)
	d.CRM.Ready = ready(set, d)
	if set.CRM == nil {
		return
	}
	searchAgain(set.CRM, d)
	if d.CRM.State != session.CRMDead && (len(Plan(set.CRM, d.Session, d.CRM)) > 0 || len(popsOwed(set, d, id, now)) > 0) {
		if d.CRM.State != session.CRMWaiting {
			d.CRM.State = session.CRMPending
		}
		work.Owe(d, id, work.CRM, now)
	}
}

// searchAgain forgets what searches said that went by less than is known now.
func searchAgain(c *settings.CRM, d *store.Document) {
	k := &d.CRM
	if k.State != session.CRMDone || k.SearchedFor == "" || k.SearchedFor == searchedFor(c, d.Session) {
		return
	}
	k.AccountSearch, k.RecordSearch, k.Asked, k.AccountAsked = "", "", nil, false
	if k.Temporary && k.RecordID == "" {
		k.AccountID, k.Temporary = "", false
	}
}

// wentOn takes back what was said of a session's end, when it turns out that the session goes on: a first agent's end came
// before the news that a second one took over. What is due at the end is due again then; a mail is never sent twice.
func wentOn(d *store.Document) {
	delete(d.CRM.Done, CommentEnd)
	delete(d.CRM.Done, UpdateLate)
	if k := &d.CRM; k.InFlight != nil && k.InFlight.Step == CommentEnd {
		k.InFlight, k.Doubt = nil, false
	}
	d.Metadata.DoneAt = time.Time{}
}
