package work

import (
	"time"

	"sessionbridge.internal/shared/store"
)

// MetadataDelay is how long after a session's end its metadata file and mail go out (docs.cloud.google.com, CCAI
// Platform, "Custom CRM", email update and external storage: 15 minutes after the end of the session).
const MetadataDelay = 15 * time.Minute

// MetadataOwed says whether the session's metadata is still to be written, and notes when: MetadataDelay after the end it
// is written for. A source whose clock is ahead does not put it off.
func MetadataOwed(d *store.Document, now time.Time) bool {
	m, end := &d.Metadata, d.Session.EndedAt
	moved := !m.EndedAt.Equal(end)
	if end.IsZero() || m.Dead || !moved && !m.DoneAt.IsZero() {
		return false
	}
	if moved {
		m.DoneAt = time.Time{} // what was written tells of another end
		m.EndedAt, m.DueAt = end, end.Add(MetadataDelay)
		if end.After(now) {
			m.DueAt = now.Add(MetadataDelay)
		}
	}
	return true
}
