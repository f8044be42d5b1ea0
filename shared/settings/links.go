package settings

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// variable is {NAME}, in any letter case.
var variable = regexp.MustCompile(`\{[A-Za-z][A-Za-z0-9_]*\}`)

// lookupVariables are those of links with which the CRM itself looks the customer up (docs.cloud.google.com, CCAI Platform,
// "Custom CRM", custom lookup URL).
var lookupVariables = []string{
	"ANI", "CUSTOMER_PHONE_NUMBER", "CUID", "EMAIL", "MENU_PATH", "MENU_ID", "CHANNEL", "TYPE", "SUPPORT_PHONE_NUMBER",
	"OUTBOUND_NUMBER", "SESSION_ID", "CUSTOM_AGENT_ID",
}

// queueVariables are those of the page that opens where the customer was not found ("open custom URL" of a queue).
var queueVariables = append([]string{"ACCOUNT_ID", "PHONE_NUMBER"}, lookupVariables...)

// uses says whether a text has the variable.
func uses(text, name string) bool { return times(text, name) > 0 }

// times says how often a text has the variable.
func times(text, name string) int { return strings.Count(strings.ToUpper(text), "{"+name+"}") }

func (r *CRM) validateLinks(c *checker) {
	for _, l := range []struct{ path, link, needs string }{
		{"crm.account_url", r.AccountURL, "ACCOUNT_ID"},
		{"crm.record_url", r.RecordURL, "RECORD_ID"},
		{"crm.page_url", r.PageURL, ""},
	} {
		if l.link != "" {
			c.wholeURL(l.path, l.link)
			c.check(l.needs == "" || uses(l.link, l.needs), l.path, "must contain {"+l.needs+"}")
		}
	}
	c.lookup("crm.lookup_urls.phone", r.LookupURLs.Phone, lookupVariables)
	c.lookup("crm.lookup_urls.web", r.LookupURLs.Web, lookupVariables)
	c.lookup("crm.lookup_urls.queue", r.LookupURLs.Queue, queueVariables)
}

// lookup checks a link whose unknown variables would end up in a browser.
func (c *checker) lookup(path, link string, known []string) {
	if link == "" {
		return
	}
	c.link(path, link, known)
}

func (c *checker) link(path, link string, known []string) {
	c.wholeURL(path, link)
	c.variables(path, link, known)
}

// variables checks that a text has only those of a list.
func (c *checker) variables(path, text string, known []string) {
	for _, v := range variable.FindAllString(text, -1) {
		name := strings.ToUpper(strings.Trim(v, "{}"))
		c.check(slices.Contains(known, name), path, fmt.Sprintf("has %s, which is not known there; known are %s", v, strings.Join(known, ", ")))
	}
}

// wholeURL checks that a text is http or https with a host that no caller's data can choose, and stays in its own path. http is
// for CRMs within a private network, and for the local cloud.
func (c *checker) wholeURL(path, raw string) {
	sample := variable.ReplaceAllString(raw, "x")
	u, err := url.Parse(sample)
	whole := err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != "" && isPort(u.Port())
	c.check(whole, path, "must be a whole URL such as https://crm.example.com/api/accounts")
	if !whole {
		return
	}
	c.check(!strings.Contains(hostOf(raw), "{"), path, "must not have a variable in the host: a caller's data would choose the server")
	c.check(u.User == nil, path, "must not have a user name or password; their place is basic")
	c.check(!Climbs(sample), path, `must not have "." or ".." as a part of its path, which leads elsewhere`)
	c.template(path, raw)
}

// isPort says whether a text is a TCP port, or none, which stands for that of the scheme.
func isPort(text string) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return text == "" || err == nil && n > 0
}

// Climbs says whether the path of a URL leads elsewhere: whether a part of it is "." or ".." once its escapes are read, for there
// are servers that take %2F for a slash, and a backslash too, before they resolve such parts (RFC 3986, section 5.2.4).
// It looks at no query and at nothing behind a "#".
func Climbs(raw string) bool {
	if i := strings.IndexAny(raw, "?#"); i >= 0 {
		raw = raw[:i]
	}
	if path, err := url.PathUnescape(raw); err == nil {
		raw = path
	}
	parts := strings.FieldsFunc(raw, func(c rune) bool { return c == '/' || c == '\\' })
	return slices.Contains(parts, ".") || slices.Contains(parts, "..")
}

// hostOf is what stands between the scheme and the path, unparsed.
func hostOf(raw string) string {
	_, rest, _ := strings.Cut(raw, "://")
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	return rest
}
