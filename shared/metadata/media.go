package metadata

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"sessionbridge.internal/shared/session"
)

// recording is a recording of the talk, or of the message a customer left. What the words of recording_type are is not
// documented, and when a recording began and ended the session does not say.
type recording struct {
	ID            any     `json:"id"`
	RecordingType unknown `json:"recording_type"`
	StartedAt     unknown `json:"started_at"`
	EndedAt       unknown `json:"ended_at"`
	Duration      unknown `json:"duration"`
}

type photo struct {
	ID        any     `json:"id"`
	PhotoType unknown `json:"photo_type"`
	URL       *string `json:"url"`
}

type video struct {
	ID  any     `json:"id"`
	URL *string `json:"url"`
}

func recordings(files []session.File) []recording {
	list := []recording{}
	for _, f := range recorded(files) {
		list = append(list, recording{ID: fileID(f)})
	}
	return list
}

func photos(files []session.File, crm CRM) []photo {
	list := []photo{}
	for _, f := range ofKind(files, session.Photo) {
		list = append(list, photo{ID: fileID(f), URL: address(f, crm)})
	}
	return list
}

func videos(files []session.File, crm CRM) []video {
	list := []video{}
	for _, f := range ofKind(files, session.Video) {
		list = append(list, video{ID: fileID(f), URL: address(f, crm)})
	}
	return list
}

// recordingURL is the address of the one recording there is. Which of several the field would name is not documented.
func recordingURL(files []session.File, crm CRM) *string {
	found := recorded(files)
	if len(found) != 1 {
		return nil
	}
	return address(found[0], crm)
}

// address is where the file is: in the company's storage where it has a link of its own, else at the source.
func address(f session.File, crm CRM) *string {
	return text(cmp.Or(crm.Links[f.ID], withoutCredentials(f.URL)))
}

// withoutCredentials drops what may let whoever reads an address fetch the file: its query, fragment, and user (RFC 3986,
// sections 3.2.1 to 3.5). What is no address is dropped whole.
func withoutCredentials(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	u.User, u.RawQuery, u.ForceQuery, u.Fragment, u.RawFragment = nil, "", false, "", ""
	return u.String()
}

// recorded are the files that were recorded: a voicemail is a recording to the platform.
func recorded(files []session.File) []session.File {
	return ofKind(files, session.Recording, session.VoicemailFile)
}

func ofKind(files []session.File, kinds ...session.FileKind) []session.File {
	var list []session.File
	for _, f := range files {
		if slices.Contains(kinds, f.Kind) {
			list = append(list, f)
		}
	}
	return list
}

// fileID is the source's own id of a file. Sources that count each kind from one have the kind before it, so that the
// ids within a session differ.
func fileID(f session.File) any { return number(strings.TrimPrefix(f.ID, string(f.Kind)+"-")) }
