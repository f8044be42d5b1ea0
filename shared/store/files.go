package store

import (
	"slices"
	"strings"
	"time"

	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/session"
)

// File is one file of a session on its way into the company's storage and its CRM.
type File struct {
	ID   string `json:"id"`   // within the session: the source's own, or one of those below
	Kind string `json:"kind"` // as the settings name it: recordings, transcripts, …
	// Base is its path in every place, without the ending of its type: what a file was called once, it is called for good.
	Base string `json:"base,omitempty"`
	// Version names the content that was fetched or made last; Type and Size are that content's.
	Version string `json:"version,omitempty"`
	Type    string `json:"type,omitempty"`
	Size    int64  `json:"size,omitempty"`

	Places map[string]Place `json:"places,omitempty"` // where it is stored, by the place: "bucket", "sftp"
	Link   string           `json:"link,omitempty"`   // a signed address in the bucket, where the settings want one

	Attempt       int       `json:"attempt,omitempty"`        // attempts so far: numbers the deliveries
	Failures      int       `json:"failures,omitempty"`       // in a row
	FirstFailedAt time.Time `json:"first_failed_at,omitzero"` // when that row began
	RefusedAt     time.Time `json:"refused_at,omitzero"`      // since when its source has said no, each time it was asked
	Problem       string    `json:"problem,omitempty"`        // why it waits or is dead, for people
	Dead          bool      `json:"dead,omitempty"`           // given up; a person must look
}

// Place is a file as a place holds it, and the version of the content that was put there.
type Place struct {
	files.Stored
	Version string `json:"version,omitempty"`
}

// The ids of the files that are made here.
const (
	MetadataFile   = "metadata"
	TranscriptFile = "transcript"
	TranscriptJSON = "transcript-json"
)

// Again forgets what failed, so that it is tried anew.
func (f *File) Again() {
	f.Dead, f.Failures, f.FirstFailedAt, f.RefusedAt, f.Problem = false, 0, time.Time{}, time.Time{}, ""
}

// Own says whether the file is made here rather than fetched.
func (f *File) Own() bool {
	return f.ID == MetadataFile || f.ID == TranscriptFile || f.ID == TranscriptJSON
}

// StoredIn says whether the place holds the file as it was fetched or made last.
func (f *File) StoredIn(place string) bool {
	p, ok := f.Places[place]
	return ok && p.Version == f.Version
}

// maxProblem bounds a reason, which may quote a server's words.
const maxProblem = 1 << 10

// Problem is an error as it is kept for people: no longer than a document bears of a hundred files.
func Problem(err error) string {
	text := err.Error()
	if len(text) > maxProblem {
		text = text[:maxProblem] + "…"
	}
	return strings.ToValidUTF8(text, "")
}

// Put notes that a place holds the file's present content.
func (f *File) Put(place string, stored files.Stored) {
	if f.Places == nil {
		f.Places = map[string]Place{}
	}
	f.Places[place] = Place{stored, f.Version}
}

// File is the document's file with the id; nil where there is none.
func (d *Document) File(id string) *File {
	i := slices.IndexFunc(d.Files, func(f File) bool { return f.ID == id })
	if i < 0 {
		return nil
	}
	return &d.Files[i]
}

// Origin is where the source has the file, as it was announced last; of two announcements of one time, as the one that was
// received later has it. Its query may be a credential. Empty where that is not known.
func (d *Document) Origin(file string) string {
	var last session.Event
	for _, e := range d.Session.Events { // by time
		if e.File == nil || e.File.ID != file || e.File.URL == "" {
			continue
		}
		if last.File == nil || e.At.After(last.At) || !e.ReceivedAt.Before(last.ReceivedAt) {
			last = e
		}
	}
	if last.File == nil {
		return ""
	}
	return last.File.URL
}

// Takes says whether another file than the one with the id is called base.
func (d *Document) Takes(base, id string) bool {
	return slices.ContainsFunc(d.Files, func(f File) bool { return f.ID != id && f.Base == base })
}

// AddFile is File, which is added where there is none.
func (d *Document) AddFile(id, kind string) *File {
	if f := d.File(id); f != nil {
		return f
	}
	d.Files = append(d.Files, File{ID: id, Kind: kind})
	return &d.Files[len(d.Files)-1]
}
