package udesk

import (
	"encoding/json"
	"net/url"
	"path"
	"regexp"
	"strings"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source/payload"
)

const (
	maxIVRs   = 20 // of a leg's recordings by the menu that are announced; Raw names the others
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
// each time. An address with a credential outside the query is none: part of it would be in the id, and in every view.
func (f fields) file(key, sent string) (session.File, bool) {
	if sent == "" {
		return session.File{}, false
	}
	mended := repaired(sent)
	address := payload.WebAddress(mended)
	u, err := url.Parse(address)
	if address == "" || err != nil {
		f.note(key, "no web address, not announced")
		return session.File{}, false
	}
	if bare, _, _ := strings.Cut(address, "?"); credentialIn(bare) >= 0 || credentialIn(u.Path) >= 0 {
		f.note(key, "a credential outside the query, not announced")
		return session.File{}, false
	}
	if mended != sent {
		f.note(key, "its query came without a question mark, mended")
	}
	return session.File{ID: payload.Named(path.Base(u.Path), u.Path), URL: address}, true
}

// credentialIn is where a credential begins in a text, in any letter case, or -1.
func credentialIn(text string) int {
	for at := 0; at+len(credential) <= len(text); at++ {
		if strings.EqualFold(text[at:at+len(credential)], credential) {
			return at
		}
	}
	return -1
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
	for from, to := range payload.Pieces(array) {
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
		if text[at] == ',' && payload.IsAddress(strings.TrimLeft(text[at+1:], " \t\r\n")) {
			all = append(all, strings.TrimSpace(text[from:at]))
			from = at + 1
		}
	}
	return append(all, strings.TrimSpace(text[from:]))
}

// withoutCredentials takes the queries out of the addresses of recordings: whoever has them can fetch the recordings until
// they expire. What is no post may be such an address itself.
func withoutCredentials(post json.RawMessage) json.RawMessage {
	bared := func(v json.RawMessage) json.RawMessage { return payload.Rewritten(v, withoutQueries) }
	if post[0] != '"' {
		return payload.Replaced(post, bared, recordURL, ivrURLs)
	}
	if text := string(payload.Plain(post)); payload.IsAddress(text) || credentialIn(text) >= 0 {
		return bared(post)
	}
	return post
}

// withoutQueries cuts each address in a JSON string. Where there is nothing to cut, the string stays as it was written.
func withoutQueries(literal []byte) []byte {
	text := string(payload.Plain(literal))
	if !strings.ContainsAny(text, "?@") && credentialIn(text) < 0 {
		return literal
	}
	all := addresses(text)
	for i, address := range all {
		address = payload.WithoutCredentials(address)
		if at := credentialIn(address); at >= 0 {
			address = address[:at]
		}
		all[i] = address
	}
	return []byte(`"` + strings.Join(all, ",") + `"`)
}
