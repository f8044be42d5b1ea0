package work

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/url"
	"slices"
	"strings"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
)

// MaxFiles bounds the files of one session, which stand in its document.
const MaxFiles = 100

const filePrefix = "file-"

// File is the kind of work that brings one file into the company's storage. It is a hash, since a file's id is the
// source's.
func File(id string) string {
	sum := sha256.Sum256([]byte(id))
	return filePrefix + hex.EncodeToString(sum[:8])
}

// FileOf is the session's file that a kind of work is about; nil where there is none.
func FileOf(d *store.Document, kind string) *store.File {
	for i := range d.Files {
		if File(d.Files[i].ID) == kind {
			return &d.Files[i]
		}
	}
	return nil
}

// Kinds of files by the session's words.
var kinds = map[session.FileKind]string{
	session.Recording: settings.Recordings, session.VoicemailFile: settings.Voicemails,
	session.Photo: settings.Photos, session.Video: settings.Videos,
}

// SourceKind is the session's word for a kind of files; empty for what only is made here.
func SourceKind(kind string) session.FileKind {
	for word, k := range kinds {
		if k == kind {
			return word
		}
	}
	return ""
}

// FilesOwed notes the files that the source has announced and returns the ids of those that are still to be brought into
// the company's storage. The files that are made here are the metadata's work.
func FilesOwed(st *settings.Storage, d *store.Document) (owed []string) {
	for _, a := range d.Session.Announced {
		kind, isOurs := kinds[a.Kind], (&store.File{ID: a.ID}).Own() // an id that only files made here may have
		if kind != "" && a.URL != "" && !isOurs && len(d.Files) < MaxFiles {
			d.AddFile(a.ID, kind)
		}
	}
	for i := range d.Files {
		if f := &d.Files[i]; !f.Own() && FileOwed(st, f) {
			owed = append(owed, f.ID)
		}
	}
	return owed
}

// The places where files are stored.
const (
	Bucket = "bucket"
	SFTP   = "sftp"
)

// Places are where the settings have files stored.
func Places(st *settings.Storage) (names []string) {
	if st == nil {
		return nil
	}
	if st.Bucket != "" {
		names = append(names, Bucket)
	}
	if st.SFTP != nil {
		names = append(names, SFTP)
	}
	return names
}

// PlacesLeft are those that do not have the file yet, as it was fetched or made last.
func PlacesLeft(st *settings.Storage, f *store.File) []string {
	return slices.DeleteFunc(Places(st), f.StoredIn)
}

// LinkLeft says whether the settings want a signed address of the file, and it has none yet.
func LinkLeft(st *settings.Storage, f *store.File) bool {
	return st.SendsLinks() && st.LinkHours > 0 && f.Link == ""
}

// FileOwed says whether there is anything left to do for a file in the company's storage.
func FileOwed(st *settings.Storage, f *store.File) bool {
	return st.Keeps(f.Kind) && !f.Dead && (len(PlacesLeft(st, f)) > 0 || LinkLeft(st, f))
}

// Link is the lasting address of a session's file, for people; empty while it is not stored, and in a place that has no
// addresses. That of a bucket asks for a sign-in with Google (docs.cloud.google.com/storage/docs/access-control/cookie-based-authentication).
func Link(st *settings.Storage, d *store.Document, f *store.File) string {
	if st == nil {
		return ""
	}
	place, inBucket := f.Places[Bucket]
	if !inBucket {
		place = f.Places[SFTP]
	}
	if place.Path == "" {
		return ""
	}
	path := (&url.URL{Path: place.Path}).EscapedPath()
	switch {
	case st.LinkURL != "":
		return strings.NewReplacer("{PATH}", path, "{FILE_ID}", inURL(f.ID), "{SESSION_KEY}", inURL(d.Session.Key),
			"{SOURCE}", inURL(d.Session.Source), "{TENANT}", inURL(d.Session.Tenant)).Replace(st.LinkURL)
	case inBucket && st.Bucket != "":
		return "https://storage.cloud.google.com/" + st.Bucket + "/" + path
	}
	return ""
}

// inURL is a text as one part of a path or one value of a query, in which a space is not written alike.
func inURL(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }

// FileKinds are the kinds of work on files that the document knows of, in one order.
func FileKinds(d *store.Document) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(d.Work)), func(kind string) bool { return !strings.HasPrefix(kind, filePrefix) })
}
