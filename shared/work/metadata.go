package work

import (
	"net/url"
	"slices"
	"time"

	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/metadata"
	"sessionbridge.internal/shared/outbound"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
)

// MetadataDelay is how long after a session's end its metadata file and mail go out (docs.cloud.google.com, CCAI
// Platform, "Custom CRM", email update and external storage: 15 minutes after the end of the session).
const MetadataDelay = 15 * time.Minute

// rewriteDelay is how long after a later fact the file is written again, so that what is learnt together is written once.
const rewriteDelay = time.Minute

// MetadataOwed says whether the session's metadata is still to be written, and notes when: MetadataDelay after the end it
// is written for, and again when it would have other content by now, as once a rating, a disposition or the end of the
// wrap-up has come. A source whose clock is ahead does not put it off.
func MetadataOwed(st *settings.Storage, d *store.Document, now time.Time) bool {
	m, end := &d.Metadata, d.Session.EndedAt
	switch {
	case end.IsZero():
		return false
	case !m.EndedAt.Equal(end): // what was written, or given up, is of another end
		m.EndedAt, m.DueAt = end, end.Add(MetadataDelay)
		if end.After(now) {
			m.DueAt = now.Add(MetadataDelay)
		}
		m.DoneAt = time.Time{}
		m.Again()
		Forget(d, Metadata) // a task for the former end may be hours away
		return true
	case m.Dead:
		return false
	case m.DoneAt.IsZero():
		return true
	}
	doc, err := metadata.Document(d.Session, Facts(st, d))
	if err != nil || metadata.Digest(doc) == m.Written && !ownFilesOwed(st, d) { // an error is that of the run, which says so
		return false
	}
	m.DoneAt, m.DueAt = time.Time{}, now.Add(rewriteDelay)
	if f := d.File(store.MetadataFile); f == nil || f.Version != files.Bytes(doc, "").Version {
		m.ChangedAt = now.UTC() // else only the transcript may lack a message
	}
	return true
}

// ownFilesOwed says whether a place, or a link, is wanted by now for a file that is made here.
func ownFilesOwed(st *settings.Storage, d *store.Document) bool {
	return slices.ContainsFunc(d.Files, func(f store.File) bool { return f.Own() && FileOwed(st, &f) })
}

// Facts is what the metadata document tells that no event does: the CRM's record, and where people find the files.
func Facts(st *settings.Storage, d *store.Document) metadata.CRM {
	links := map[string]string{}
	for i := range d.Files {
		links[d.Files[i].ID] = Link(st, d, &d.Files[i])
	}
	if st == nil || st.LinkSource == settings.FromCRM {
		for _, f := range d.CRM.Files {
			if u, err := url.Parse(f.URL); err == nil && f.URL != "" && outbound.Redact(u) == u.String() { // else it has a credential in it
				links[f.File] = f.URL
			}
		}
	}
	facts := metadata.CRM{RecordID: d.CRM.RecordID, RecordURL: d.CRM.RecordURL, AccountID: d.CRM.AccountID, Links: links, At: d.Metadata.ChangedAt}
	if d.CRM.Temporary {
		facts.AccountID = "" // it is one of ours
	}
	return facts
}
