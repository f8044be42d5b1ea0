package payload

import (
	"bytes"
	"net/url"
	"strings"
)

// maxAddress is what RFC 9110, section 4.1, asks every recipient of an address to be able to take.
const maxAddress = 8_000

// WebAddress is a text that is an address of the web, https:// or http:// with a host, of at most 8,000 bytes; empty for
// any other. A user and password in it (RFC 3986, section 3.2.1) are dropped.
func WebAddress(text string) string {
	u, err := url.Parse(text)
	if err != nil || len(text) > maxAddress || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	if u.User == nil {
		return text
	}
	u.User = nil
	return u.String()
}

// WithoutCredentials cuts from an address what may open the door to what it names: a user and password, and whatever
// follows the first question mark.
func WithoutCredentials(address string) string {
	address, _, _ = strings.Cut(address, "?")
	scheme, rest, _ := strings.Cut(address, "://")
	host := len(rest)
	if end := strings.IndexAny(rest, "/#"); end >= 0 {
		host = end
	}
	if at := strings.LastIndexByte(rest[:host], '@'); at >= 0 {
		return scheme + "://" + rest[at+1:]
	}
	return address
}

// WithoutQueries cuts the credentials from every string in the value, valid JSON, that is an address of the web. All
// other bytes stay as they came.
func WithoutQueries(value []byte) []byte {
	return Rewritten(value, func(literal []byte) []byte {
		inside := Plain(literal)
		if !IsAddress(string(inside)) || !bytes.ContainsAny(inside, "?@") {
			return literal
		}
		return []byte(`"` + WithoutCredentials(string(inside)) + `"`)
	})
}

// IsAddress says whether a text begins as an address of the web does.
func IsAddress(text string) bool {
	for _, scheme := range []string{"http://", "https://"} {
		if len(text) >= len(scheme) && strings.EqualFold(text[:len(scheme)], scheme) {
			return true
		}
	}
	return false
}
