// Package files says where a session's files live in the company's storage: the folders and names the CCAI Platform
// documents for external storage. It is pure; the stores that take the bytes are the packages below this one (gcs), and
// what is in the files comes from shared/metadata.
package files

import (
	"fmt"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"sessionbridge.internal/shared/session"
)

// The folders of the platform's external storage that are written today
// (docs.cloud.google.com/contact-center/ccai-platform/docs/external-storage).
const (
	MetadataFolder   = "ujet-metadata"
	TranscriptFolder = "ujet-chat-transcripts"
)

// MaxPath is the longest path in bytes of UTF-8: the limit Cloud Storage sets on an object's name
// (docs.cloud.google.com/storage/docs/objects#naming).
const MaxPath = 1024

// MetadataPath is where the session's metadata document is kept, `ujet-metadata/call-103646.json`, under the folder the
// company chose, which may be empty. It fails on a folder that CleanFolder refuses, a session without a proper key, and
// a path over MaxPath.
func MetadataPath(folder string, s session.Session) (string, error) {
	return join(folder, MetadataFolder, s, ".json")
}

// TranscriptPath is where the chat's transcript is kept, `ujet-chat-transcripts/chat-73522.txt`. It fails as MetadataPath
// does, and on a call, which has none.
func TranscriptPath(folder string, s session.Session) (string, error) {
	if s.Channel != session.Chat {
		return "", fmt.Errorf("transcript of session %q: channel is %q, only a chat has one", s.Key, s.Channel)
	}
	return join(folder, TranscriptFolder, s, ".txt")
}

func join(folder, kind string, s session.Session, ext string) (string, error) {
	id, ok := strings.CutPrefix(s.Key, string(s.Channel)+"-")
	if !ok || id == "" || s.Channel == "" {
		return "", fmt.Errorf("file of session %q: the key must be the channel %q, a hyphen and the vendor's id", s.Key, s.Channel)
	}
	clean, err := CleanFolder(folder)
	if err != nil {
		return "", err
	}
	p := path.Join(clean, kind, fileName(s.Key)+ext)
	if len(p) > MaxPath {
		return "", fmt.Errorf("file of session %q: its path has %d bytes, at most %d are allowed: shorten the folder", s.Key, len(p), MaxPath)
	}
	return p, nil
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
