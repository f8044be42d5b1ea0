package work_test

import (
	"fmt"
	"regexp"
	"slices"
	"testing"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

var (
	server   = &settings.SFTP{Host: "sftp.example"}
	both     = &settings.Storage{Bucket: "company", SFTP: server}
	sftpOnly = &settings.Storage{SFTP: server}
)

func TestPlaces(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		st         *settings.Storage
		f          store.File
		want, left []string
	}{
		"no storage has none":         {nil, inPlaces("1"), nil, nil},
		"a bucket":                    {stored, inPlaces("1"), []string{"bucket"}, []string{"bucket"}},
		"a server":                    {sftpOnly, inPlaces("1", work.Bucket), []string{"sftp"}, []string{"sftp"}},
		"both, of which one has it":   {both, inPlaces("1", work.Bucket), []string{"bucket", "sftp"}, []string{"sftp"}},
		"both have it":                {both, inPlaces("1", work.Bucket, work.SFTP), []string{"bucket", "sftp"}, nil},
		"both have another version":   {both, newer(inPlaces("1", work.Bucket, work.SFTP)), []string{"bucket", "sftp"}, []string{"bucket", "sftp"}},
		"a version that has no name":  {stored, store.File{Places: map[string]store.Place{"bucket": {}}}, []string{"bucket"}, nil},
		"a name for nothing that was": {stored, store.File{}, []string{"bucket"}, []string{"bucket"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := work.Places(tt.st); !slices.Equal(got, tt.want) {
				t.Errorf("places are %q, want %q", got, tt.want)
			}
			if got := work.PlacesLeft(tt.st, &tt.f); !slices.Equal(got, tt.left) {
				t.Errorf("left are %q, want %q", got, tt.left)
			}
		})
	}
}

// newer is a file that was fetched anew and put nowhere yet.
func newer(f store.File) store.File {
	f.Version = "v2"
	return f
}

func TestFilesOwed(t *testing.T) {
	t.Parallel()
	links := &settings.Storage{Bucket: "company", ToCRM: settings.SendLinks, LinkHours: 24}
	recording := announced("1", session.Recording, "https://media.example/1.mp3")
	dead, signed := inPlaces("1"), inPlaces("1", work.Bucket)
	dead.Dead, signed.Link = true, "https://signed.example"
	tests := map[string]struct {
		st     *settings.Storage
		events []session.Event
		files  []store.File
		want   []string
	}{
		"one that was announced":       {stored, []session.Event{recording}, nil, []string{"1"}},
		"announced twice is one":       {stored, []session.Event{recording, announced("1", session.Recording, "https://media.example/other.mp3")}, nil, []string{"1"}},
		"each kind":                    {both, []session.Event{recording, announced("2", session.VoicemailFile, "u"), announced("3", session.Photo, "u"), announced("4", session.Video, "u")}, nil, []string{"1", "2", "3", "4"}},
		"no kind that is known":        {stored, []session.Event{announced("1", "fax", "https://media.example/1")}, nil, nil},
		"no address":                   {stored, []session.Event{announced("1", session.Recording, "")}, nil, nil},
		"no storage":                   {nil, []session.Event{recording}, nil, nil},
		"a kind that is not stored":    {&settings.Storage{Bucket: "b", Files: []string{settings.Photos}}, []session.Event{recording}, nil, nil},
		"stored already":               {stored, []session.Event{recording}, []store.File{inPlaces("1", work.Bucket)}, nil},
		"stored in one of two":         {both, []session.Event{recording}, []store.File{inPlaces("1", work.SFTP)}, []string{"1"}},
		"given up":                     {stored, []session.Event{recording}, []store.File{dead}, nil},
		"its link is missing":          {links, []session.Event{recording}, []store.File{inPlaces("1", work.Bucket)}, []string{"1"}},
		"its link is there":            {links, []session.Event{recording}, []store.File{signed}, nil},
		"what is made here is another": {stored, nil, []store.File{{ID: store.MetadataFile, Kind: settings.Metadata}, {ID: store.TranscriptJSON, Kind: settings.Transcripts}}, nil},
		"the name of what is made here is not for others": {stored, []session.Event{announced(store.TranscriptFile, session.Recording, "https://media.example/transcript")}, nil, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &store.Document{Files: tt.files}
			for _, e := range tt.events {
				happened(d, e)
			}
			for range 2 {
				if got := work.FilesOwed(tt.st, d); !slices.Equal(got, tt.want) {
					t.Fatalf("owed are %q, want %q; the files are %+v", got, tt.want, d.Files)
				}
			}
		})
	}
}

// A source can announce what it likes, and the document has to fit its database.
func TestFilesOfASessionAreBounded(t *testing.T) {
	t.Parallel()
	d := new(store.Document)
	for i := range 300 {
		happened(d, announced(fmt.Sprint(i), session.Photo, "https://media.example/1.jpg"))
	}
	if got := work.FilesOwed(stored, d); len(got) != 100 || len(d.Files) != 100 || got[0] != "0" {
		t.Errorf("%d are owed, %d known; want the first hundred", len(got), len(d.Files))
	}
	d.Files[7] = inPlaces("7", work.Bucket)
	if got := work.FilesOwed(stored, d); len(got) != 99 || slices.Contains(got, "7") {
		t.Errorf("%d are owed once one is stored, want 99", len(got))
	}
}

func TestWorkOfAFile(t *testing.T) {
	t.Parallel()
	d := known()
	wellFormed := regexp.MustCompile(`^file-[0-9a-f]{16}$`)
	for _, file := range []string{"1", "recording-1", "../x", "Zürich/\x00"} {
		d.AddFile(file, settings.Recordings)
		kind := work.File(file)
		if f := work.FileOf(d, kind); !wellFormed.MatchString(kind) || f == nil || f.ID != file {
			t.Errorf("%q has the work %q, which is about %+v", file, kind, f)
		}
		work.Owe(d, id, kind, start)
	}
	work.Owe(d, id, work.CRM, start)
	work.Owe(d, id, work.Metadata, start)
	kinds := work.FileKinds(d)
	if len(kinds) != 4 || !slices.IsSorted(kinds) || slices.Contains(kinds, work.CRM) {
		t.Errorf("the kinds are %q, want four of files in one order", kinds)
	}
	if f := work.FileOf(d, work.File("2")); f != nil || work.FileOf(d, work.CRM) != nil {
		t.Errorf("work of no file is about %+v", f)
	}
}

func TestLink(t *testing.T) {
	t.Parallel()
	own := &settings.Storage{SFTP: server, LinkURL: "https://files.example/get?f={PATH}"}
	odd := inPlaces("a b#?%ü", work.Bucket)
	tests := map[string]struct {
		st   *settings.Storage
		f    store.File
		want string
	}{
		"that of the bucket":                 {both, inPlaces("1", work.Bucket, work.SFTP), "https://storage.cloud.google.com/company/a/1.mp3"},
		"is escaped":                         {stored, odd, "https://storage.cloud.google.com/company/a/a%20b%23%3F%25%C3%BC.mp3"},
		"the company's own":                  {own, inPlaces("1", work.SFTP), "https://files.example/get?f=a/1.mp3"},
		"a server has none by itself":        {sftpOnly, inPlaces("1", work.SFTP), ""},
		"none before it is stored":           {stored, inPlaces("1"), ""},
		"none where the settings store none": {nil, inPlaces("1", work.Bucket), ""},
		"one of a former version is as good": {stored, newer(inPlaces("1", work.Bucket)), "https://storage.cloud.google.com/company/a/1.mp3"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := work.Link(tt.st, &store.Document{}, &tt.f); got != tt.want {
				t.Errorf("link is %q, want %q", got, tt.want)
			}
		})
	}
}
