package udesk

import (
	"encoding/json"
	"net/url"
	"path"
	"regexp"
	"strings"

	"sessionbridge.internal/shared/session"
)

// maxURL is the longest address taken for one, in bytes. A signed one has some hundreds.
const maxURL = 4_096

// credential begins the query of a signed address of Alibaba Cloud's object storage, which Udesk keeps recordings in.
const credential = "OSSAccessKeyId="

// unmarked is an address whose query follows the file's extension without a question mark, as in the documented example.
var unmarked = regexp.MustCompile(`^((?i:https?)://[^/?#\s]+/[^?#\s]*\.[A-Za-z0-9]{2,4})(` + credential + `)`)

func repaired(address string) string { return unmarked.ReplaceAllString(address, "$1?$2") }

// recording reads `record_url`, nil where it is no address of the web. The file's id is made of the path: the query is
// signed anew each time.
func (f fields) recording(voicemail bool) *session.File {
	address := repaired(f.id("record_url"))
	u, err := url.Parse(address)
	if err != nil || len(address) > maxURL || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil
	}
	file := session.File{ID: named(path.Base(u.Path), u.Path), Kind: session.Recording, URL: address}
	if voicemail {
		file.Kind = session.VoicemailFile
	}
	return &file
}

// withoutCredential takes the query out of `record_url`: whoever has it can fetch the recording until it expires.
func withoutCredential(post json.RawMessage) json.RawMessage {
	return replaced(post, "record_url", func(v json.RawMessage) json.RawMessage {
		var address string
		if json.Unmarshal(v, &address) != nil {
			return v
		}
		bare, _, _ := strings.Cut(address, "?")
		bare, _, _ = strings.Cut(bare, credential)
		short, err := json.Marshal(bare)
		if bare == address || err != nil {
			return v
		}
		return short
	})
}
