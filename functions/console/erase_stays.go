package console

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"time"

	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

// stay is something of a session that erasing it here does not take away: another system has it, where a person has to go.
type stay struct {
	Where string `json:"where"` // contact centre, CRM, bucket, SFTP server, mail, quality management
	What  string `json:"what"`
	URL   string `json:"url,omitempty"`
}

// staysOf is what other systems have of the session; its files in the company's storage only where they are not erased.
func staysOf(set settings.Settings, d *store.Document, filesToo bool) []stay {
	set = set.ForQueue(d.Session.Queue.ID)
	all := []stay{{Where: "contact centre", What: fmt.Sprintf("%s of %s, with its recordings and messages", d.Session.Key, d.Session.Source)}}
	if d.CRM.AccountID != "" {
		all = append(all, stay{"CRM", "account " + d.CRM.AccountID, d.CRM.AccountURL})
	}
	if d.CRM.RecordID != "" {
		all = append(all, stay{"CRM", "record " + d.CRM.RecordID + ", with its comments", d.CRM.RecordURL})
	}
	for _, f := range d.CRM.Files {
		all = append(all, stay{"CRM", "file " + f.Name, f.URL})
	}
	if sent := d.CRM.InFlight; sent != nil {
		all = append(all, stay{Where: "CRM", What: "perhaps what came of " + stepName(sent.Step) + ", whose answer was lost: look for it"})
	}
	for i := range d.Files {
		all = append(all, placesOf(set.Storage, d, &d.Files[i], filesToo)...)
	}
	all = append(all, mailOf(set.Mail, d.Metadata)...)
	if n := len(d.Quality.Sent); n > 0 {
		all = append(all, stay{Where: "quality management", What: fmt.Sprintf("%d events of %s", n, d.Session.Key)})
	}
	return all
}

// mailOf is the mail that was sent, or may have been: a mail server's answer can be lost.
func mailOf(m *settings.Mail, done store.Metadata) []stay {
	what, at := "sent", done.MailSentAt
	if at.IsZero() {
		what, at = "perhaps sent", done.MailSendingAt
	}
	if at.IsZero() {
		return nil
	}
	if m != nil && m.To != "" {
		what += " to " + m.To
	}
	return []stay{{Where: "mail", What: what + " at " + at.UTC().Format(time.RFC3339)}}
}

// placesOf are where the file stays, or may: a run that was to store it can have died before it said so. A place that is not in the
// settings any more cannot be erased from here.
func placesOf(st *settings.Storage, d *store.Document, f *store.File, filesToo bool) (all []stay) {
	for _, name := range slices.Sorted(maps.Keys(f.Places)) {
		p := f.Places[name].Path
		switch known := has(st, name); {
		case known && filesToo:
		case !known:
			all = append(all, stay{Where: name, What: p + ", in a place that the settings do not name any more"})
		case name == work.Bucket:
			all = append(all, stay{"bucket", "gs://" + st.Bucket + "/" + p, work.Link(st, d, f)})
		default:
			all = append(all, stay{Where: "SFTP server", What: st.SFTP.Host + ": " + path.Join(st.SFTP.Folder, p)})
		}
	}
	if f.Base == "" {
		return all
	}
	for _, name := range work.Places(st) {
		if _, ok := f.Places[name]; !ok {
			all = append(all, stay{Where: name, What: "perhaps " + f.Base + ", with the ending of its type: look for it"})
		}
	}
	return all
}

// has says whether the settings name the place.
func has(st *settings.Storage, place string) bool { return slices.Contains(work.Places(st), place) }
