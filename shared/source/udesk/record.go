package udesk

import (
	"bytes"
	"encoding/json"
	"net/url"
	"path"
	"regexp"
	"strings"

	"sessionbridge.internal/shared/session"
)

const (
	maxURL    = 4_096 // bytes of an address taken for one; a signed one has some hundreds
	maxIVRs   = 20    // of a leg's recordings by the menu that are announced; Raw names the others
	recordURL = "record_url"
	ivrURLs   = "ivr_record_urls"
)

// credential begins the query of a signed address of Alibaba Cloud's object storage, which Udesk keeps recordings in.
const credential = "OSSAccessKeyId="

// unmarked is an address whose query follows the file's extension without a question mark, as in the documented example.
var unmarked = regexp.MustCompile(`^((?i:https?)://[^/?#\s]+/[^?#\s]*\.[A-Za-z0-9]{2,4})(` + credential + `)`)

func repaired(address string) string { return unmarked.ReplaceAllString(address, "$1?$2") }

// recordings are the call's own, `record_url`, and those made by the menu before it, `ivr_record_urls`.
func (f fields) recordings(voicemail bool) []session.File {
	var files []session.File
	add := func(key, address string, kind session.FileKind) {
		if file, ok := f.file(key, address); ok {
			file.Kind = kind
			files = append(files, file)
		}
	}
	kind := session.Recording
	if voicemail {
		kind = session.VoicemailFile
	}
	add(recordURL, f.id(recordURL), kind)
	for _, address := range f.ivrAddresses() {
		add(ivrURLs, address, session.Recording)
	}
	return files
}

// file reads an address, false where it is none of the web. The file's id is made of the path: the query is signed anew
// each time.
func (f fields) file(key, sent string) (session.File, bool) {
	if sent == "" {
		return session.File{}, false
	}
	address := repaired(sent)
	u, err := url.Parse(address)
	if err != nil || len(address) > maxURL || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		f.note(key, "no web address, not announced")
		return session.File{}, false
	}
	if address != sent {
		f.note(key, "its query came without a question mark, mended")
	}
	where, _, _ := strings.Cut(u.Path, credential) // where it was not mended
	return session.File{ID: named(path.Base(where), where), URL: address}, true
}

// ivrAddresses reads an array of addresses, or a text of them with commas between.
func (f fields) ivrAddresses() []string {
	raw, _ := f.Find(ivrURLs)
	var sent []string
	switch {
	case len(raw) > 0 && raw[0] == '[':
		sent = f.elements(raw)
	case f.id(ivrURLs) != "":
		sent = addresses(f.id(ivrURLs))
	}
	if len(sent) > maxIVRs {
		f.note(ivrURLs, "more than %d, the others not announced", maxIVRs)
		sent = sent[:maxIVRs]
	}
	return sent
}

// elements are the texts of an array of addresses, of a long one as many as there may be and one more.
func (f fields) elements(array json.RawMessage) []string {
	var sent []string
	for from, to := range pieces(array) {
		element := array[from:to]
		text := scalar(element)
		if text == "" && element[0] != '"' && string(element) != "null" {
			f.note(ivrURLs, "no web address, not announced")
		}
		if sent = append(sent, text); len(sent) > maxIVRs {
			break
		}
	}
	return sent
}

// addresses splits a text of one address or several. A comma within an address is not followed by another's beginning.
func addresses(text string) []string {
	var all []string
	from := 0
	for at := range len(text) {
		if text[at] == ',' && begins(strings.TrimLeft(text[at+1:], " \t\r\n")) {
			all = append(all, strings.TrimSpace(text[from:at]))
			from = at + 1
		}
	}
	return append(all, strings.TrimSpace(text[from:]))
}

func begins(text string) bool {
	for _, scheme := range []string{"http://", "https://"} {
		if len(text) >= len(scheme) && strings.EqualFold(text[:len(scheme)], scheme) {
			return true
		}
	}
	return false
}

// withoutCredentials takes the queries out of the addresses of recordings: whoever has them can fetch the recordings until
// they expire.
func withoutCredentials(post json.RawMessage) json.RawMessage {
	bared := func(v json.RawMessage) json.RawMessage { return retexted(v, withoutQueries) }
	return replaced(post, bared, recordURL, ivrURLs)
}

// withoutQueries cuts each address in a JSON string. Where there is nothing to cut, the string stays as it was written.
func withoutQueries(literal []byte) []byte {
	text := unescaped(literal[1 : len(literal)-1])
	if bytes.IndexByte(text, '?') < 0 && !bytes.Contains(text, []byte(credential)) {
		return literal
	}
	all := addresses(string(text))
	for i, address := range all {
		address, _, _ = strings.Cut(address, "?")
		all[i], _, _ = strings.Cut(address, credential)
	}
	return []byte(`"` + strings.Join(all, ",") + `"`)
}
