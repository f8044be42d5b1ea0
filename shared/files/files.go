// Package files says where a session's files live in the company's storage: the folders and names the CCAI Platform
// documents for external storage. It is pure; the stores that take the bytes are the packages below this one (gcs), and
// what is in the files comes from shared/metadata.
package files

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/template"
)

// The folders of the platform's external storage
// (docs.cloud.google.com/contact-center/ccai-platform/docs/external-storage), by the kind of file.
var folders = map[string]string{
	settings.Recordings: "ujet-voice-recordings", settings.Voicemails: "ujet-voicemails", settings.Photos: "ujet-media",
	settings.Videos: "ujet-media", settings.Transcripts: "ujet-chat-transcripts", settings.Metadata: "ujet-metadata",
}

// The longest path, and the longest of its parts, in bytes of UTF-8: the limit that Cloud Storage sets on an object's name
// (docs.cloud.google.com/storage/docs/objects#naming), and, with room for an ending and a temporary name, what file
// systems behind SFTP servers bear (NAME_MAX of POSIX, mostly 255).
const (
	MaxPath = 1024
	maxPart = 180
)

// longestEnding is room for the ending of a file's type.
const longestEnding = 8

// Base is where a session's file is kept, without the ending of its type: folder, the documented folder of its kind, and
// the documented name, `exports/ujet-media/call-103646-photo-12`. id is the file's within the session; taken tells which
// bases the session's other files have. The documented name of a recording has no id of its own, so the first one has it
// and each further one its id behind it. Sessions of other contact centres than the platform have their source's folder
// within the documented one.
//
// It fails, naming what is wrong, on a folder that CleanFolder refuses, a kind that is none, a session without a proper
// key, and a path over MaxPath. No value of a variable and no id leads out of its folder.
func Base(st *settings.Storage, tenant string, s session.Session, kind, id string, taken func(base string) bool) (string, error) {
	if _, ok := strings.CutPrefix(s.Key, string(s.Channel)+"-"); !ok || s.Channel == "" || s.Key == string(s.Channel)+"-" {
		return "", fmt.Errorf("file of session %q: the key must be the channel %q, a hyphen and the vendor's id", s.Key, s.Channel)
	}
	if folders[kind] == "" {
		return "", fmt.Errorf("file of session %q: %q is no kind of file", s.Key, kind)
	}
	folder, err := folderOf(st, tenant, s)
	if err != nil {
		return "", err
	}
	folder = path.Join(folder, folders[kind], ownFolder(s.Source))
	var base string
	for _, name := range names(st, s, kind, id) {
		if base = path.Join(folder, partName(name)); !taken(base) {
			break
		}
		if !ownKind(kind) {
			base = ""
		}
	}
	if base == "" {
		return "", fmt.Errorf("file %q of session %q: other files of the session have every name that it could have", id, s.Key)
	}
	if len(base) > MaxPath-longestEnding {
		return "", fmt.Errorf("file of session %q: its path has %d bytes, at most %d are allowed: shorten the folder", s.Key, len(base), MaxPath-longestEnding)
	}
	return base, nil
}

// The platform documents its own sessions' names, and numbers them. Another contact centre's have a folder of their own
// within the documented one, or the files of one would replace those of the other.
const platform = "ccai"

func ownFolder(source string) string {
	if source == platform || source == "" {
		return ""
	}
	return partName(source)
}

// ownKind says whether files of the kind are made here, one of each: the transcripts share their base.
func ownKind(kind string) bool { return kind == settings.Transcripts || kind == settings.Metadata }

// names are what a file would be called, the documented name first.
func names(st *settings.Storage, s session.Session, kind, id string) []string {
	own := strings.TrimPrefix(strings.TrimPrefix(id, string(session.Photo)+"-"), string(session.Video)+"-")
	switch kind {
	case settings.Photos:
		return []string{s.Key + "-photo-" + own, s.Key + "-photo-" + id}
	case settings.Videos:
		return []string{s.Key + "-video-" + own, s.Key + "-video-" + id}
	case settings.Voicemails:
		name := fill(cmp.Or(st.VoicemailName, "{SESSION_KEY}-voicemail"), map[string]string{"SESSION_KEY": s.Key, "FILE_ID": id})
		return []string{name, name + "-" + id}
	case settings.Recordings:
		return []string{s.Key, s.Key + "-" + id}
	}
	return []string{s.Key} // one of each is made here
}

// folderOf is the company's folder for a session: the values of its variables are escaped, so that each stays in its part.
func folderOf(st *settings.Storage, tenant string, s session.Session) (string, error) {
	at := s.StartedAt.UTC()
	if s.StartedAt.IsZero() {
		at = s.EndedAt.UTC()
	}
	filled := fill(st.Folder, map[string]string{
		"TENANT": partName(tenant), "CHANNEL": partName(string(s.Channel)), "QUEUE_ID": partName(cmp.Or(s.Queue.ID, "none")),
		"YEAR": at.Format("2006"), "MONTH": at.Format("01"), "DAY": at.Format("02"),
	})
	return CleanFolder(filled)
}

// fill puts values in the place of variables. What is no variable stays as it is: checking the settings tells.
func fill(text string, values map[string]string) string {
	t, err := template.Parse(text)
	if err != nil {
		return text
	}
	filled, _ := t.Expand(func(name string) (string, bool) { v, ok := values[name]; return v, ok }, nil)
	return filled
}

// partName is a text as one part of a path, which is never empty or only dots, and not too long: a long one is cut, and told
// from others by a hash.
func partName(text string) string {
	name := fileName(text)
	switch {
	case strings.Trim(name, ".") == "":
		return "_" + strings.ReplaceAll(name, ".", "%2E")
	case len(name) <= maxPart:
		return name
	}
	sum := sha256.Sum256([]byte(text))
	start := strings.ToValidUTF8(text[:maxPart/4], "") // of which escaping may make three times as much
	return fileName(start) + "-" + hex.EncodeToString(sum[:8])
}

// CleanFolder is the folder as it begins a path: no slash at either end, Unicode in its composed form (NFC), so that
// two spellings of one name are one folder. It fails, naming what is wrong, when a part is empty, `.` or `..`, has a
// backslash or a control character, when the text is no UTF-8, or when the folder is one Cloud Storage keeps for itself.
func CleanFolder(folder string) (string, error) {
	if !utf8.ValidString(folder) {
		return "", fmt.Errorf("folder %q: must be valid UTF-8", folder)
	}
	folder = norm.NFC.String(strings.Trim(folder, "/"))
	if folder == "" {
		return "", nil
	}
	for part := range strings.SplitSeq(folder, "/") {
		if part == "" || part == "." || part == ".." {
			return "", fmt.Errorf("folder %q: a part is %q, want a name", folder, part)
		}
		if strings.ContainsFunc(part, func(r rune) bool { return r == '\\' || unicode.IsControl(r) }) {
			return "", fmt.Errorf("folder %q: a backslash or control character is in %q", folder, part)
		}
	}
	if strings.HasPrefix(folder+"/", ".well-known/acme-challenge/") {
		return "", fmt.Errorf("folder %q: Cloud Storage does not allow this folder, choose another", folder)
	}
	return folder, nil
}

// fileName is the key as one path part: letters, digits, `-`, `_` and `.` stand for themselves, every other byte is
// written %XX. Two keys never share a name, none is `.` or `..` because a key begins with its channel, and none has one
// of the characters that Cloud Storage's own tools take for a pattern.
func fileName(key string) string {
	var b strings.Builder
	for len(key) > 0 {
		r, n := utf8.DecodeRuneInString(key)
		if plain(r, n) {
			b.WriteString(key[:n])
		} else {
			for _, c := range []byte(key[:n]) {
				fmt.Fprintf(&b, "%%%02X", c)
			}
		}
		key = key[n:]
	}
	return norm.NFC.String(b.String())
}

func plain(r rune, size int) bool {
	if r == utf8.RuneError && size == 1 {
		return false // a byte that is no UTF-8
	}
	return unicode.In(r, unicode.Letter, unicode.Mark, unicode.Digit) || strings.ContainsRune("-_.", r)
}
