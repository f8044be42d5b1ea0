package outbound

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sessionbridge.internal/shared/secrets"
)

const redacted = "[redacted]"

// Redact is the URL as it may be shown to people: what stands before the host, the values of query parameters whose names
// speak of a credential, and the fragment are "[redacted]". It is for reading, and may no longer be a valid URL.
func Redact(u *url.URL) string {
	c := *u
	c.User, c.Fragment, c.RawFragment, c.RawQuery, c.ForceQuery = nil, "", "", "", false
	s := c.String()
	if u.User != nil {
		s = strings.Replace(s, "//", "//"+redacted+"@", 1)
	}
	if u.RawQuery != "" {
		s += "?" + redactQuery(u.RawQuery)
	}
	if u.Fragment != "" {
		s += "#" + redacted
	}
	return s
}

// redactQuery keeps the parameters' order and spelling. A name that cannot be read is hidden with its value.
func redactQuery(raw string) string {
	parts := strings.Split(raw, "&")
	for i, part := range parts {
		rawName, _, hasValue := strings.Cut(part, "=")
		name, err := url.QueryUnescape(rawName)
		switch {
		case err != nil:
			parts[i] = redacted
		case hasValue && secrets.IsNameOfOne(name):
			parts[i] = rawName + "=" + redacted
		}
	}
	return strings.Join(parts, "&")
}

// RedactHeader is a copy of a header as it may be shown to people: the values of Authorization, cookies and whatever
// else has the name of a credential are "[redacted]", and so are those of the headers also named, as a CRM's settings
// may call its key anything.
func RedactHeader(h http.Header, also ...string) http.Header {
	c := h.Clone()
	for name, values := range c {
		named := func(other string) bool { return strings.EqualFold(name, other) }
		if !secrets.IsNameOfOne(name) && !slices.ContainsFunc(also, named) {
			continue
		}
		for i := range values {
			values[i] = redacted
		}
	}
	return c
}
