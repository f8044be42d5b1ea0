package inbound

import (
	"net/http"
	"net/url"
	"unicode/utf8"

	"sessionbridge.internal/shared/fault"
)

// checkAddress refuses an address whose path or query is not UTF-8 once %ff and the like are read (RFC 3986, section 2.5). What
// is made of it would be no text for anybody behind us: protocol buffers refuse it (protobuf.dev, "Scalar Value Types"), and
// Google's clients take the refusal for one that passes, and ask again for ten minutes.
func checkAddress(r *http.Request) error {
	if !utf8.ValidString(r.URL.Path) {
		return notText("the path")
	}
	return CheckText(r.URL.Query())
}

// CheckText refuses a query or form that is not UTF-8, with Malformed. Handler has looked at the query already; a form is its
// reader's to look at.
func CheckText(values url.Values) error {
	for name, all := range values {
		if !utf8.ValidString(name) {
			return notText("a field's name")
		}
		for _, value := range all {
			if !utf8.ValidString(value) {
				return notText(name)
			}
		}
	}
	return nil
}

func notText(what string) error { return fault.New(fault.Malformed, what+" must be UTF-8") }
