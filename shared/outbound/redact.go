package outbound

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

const redacted = "[redacted]"

// Words that give a credential away within a name, and names that are one as a whole; both without case, "-" and "_".
var (
	secretWords = []string{
		"token", "secret", "password", "passwd", "passphrase", "apikey", "accesskey", "privatekey", "authkey", "signature",
		"credential", "authorization", "cookie", "jwt", "bearer",
	}
	secretNames = []string{"key", "sig", "sign", "pwd", "pass", "auth", "code", "xauth", "session", "sessionid", "sid"}
)

// isSecretName says whether the value under this name of a header or query parameter is to be hidden.
func isSecretName(name string) bool {
	name = strings.NewReplacer("-", "", "_", "", ".", "").Replace(strings.ToLower(name))
	return slices.Contains(secretNames, name) ||
		slices.ContainsFunc(secretWords, func(w string) bool { return strings.Contains(name, w) })
}

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
		case hasValue && isSecretName(name):
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
		if !isSecretName(name) && !slices.ContainsFunc(also, named) {
			continue
		}
		for i := range values {
			values[i] = redacted
		}
	}
	return c
}
