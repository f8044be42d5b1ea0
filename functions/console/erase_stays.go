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
	for i := range d.Files {
		all = append(all, placesOf(set.Storage, d, &d.Files[i], filesToo)...)
	}
	if at := d.Metadata.MailSentAt; !at.IsZero() {
		to := ""
		if set.Mail != nil && set.Mail.To != "" {
			to = " to " + set.Mail.To
		}
		all = append(all, stay{Where: "mail", What: "sent" + to + " at " + at.UTC().Format(time.RFC3339)})
	}
	if n := len(d.Quality.Sent); n > 0 {
		all = append(all, stay{Where: "quality management", What: fmt.Sprintf("%d events of %s", n, d.Session.Key)})
	}
	return all
}

// placesOf are where the file stays. A place that is not in the settings any more cannot be erased from here.
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
	return all
}

// has says whether the settings name the place.
func has(st *settings.Storage, place string) bool { return slices.Contains(work.Places(st), place) }
