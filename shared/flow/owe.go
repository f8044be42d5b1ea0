package flow

import (
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

// MetadataDelay is how long after a session's end its metadata file and mail go out (docs.cloud.google.com, CCAI
// Platform, "Custom CRM", email update and external storage: 15 minutes after the end of the session).
const MetadataDelay = 15 * time.Minute

// Owe notes in the document which delayed work the session now needs: its CRM's at once, unless that waits for its next
// attempt or is dead, and the metadata's MetadataDelay after its end. It is pure.
func Owe(set settings.Settings, d *store.Document, id store.ID, now time.Time) {
	if d.CRM.State == "" {
		d.CRM.State = session.CRMIdle
	}
	if d.CRM.State != session.CRMDead && len(Plan(set.CRM, d.Session, d.CRM)) > 0 {
		if d.CRM.State != session.CRMWaiting {
			d.CRM.State = session.CRMPending
		}
		work.Owe(d, id, work.CRM, now)
	}
	wanted := set.Storage != nil || set.Mail != nil
	if m := &d.Metadata; wanted && !d.Session.EndedAt.IsZero() && m.DoneAt.IsZero() && !m.Dead {
		m.DueAt = d.Session.EndedAt.Add(MetadataDelay)
		work.Owe(d, id, work.Metadata, later(now, m.DueAt))
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
