package crm

import (
	"net/url"
	"regexp"
	"strings"
)

// variable is {NAME}; names are compared without regard to case, since the documented ones mix it ({Call_ID}).
var variable = regexp.MustCompile(`\{[A-Za-z][A-Za-z0-9_]*\}`)

// escape makes a value safe for where it stands.
type escape func(string) string

func plain(s string) string { return s }

// expand puts values in the place of the variables. A value is never expanded again, so no caller's name is a template.
// A name in braces that is no variable stays as it is.
func expand(template string, v Vars, esc escape) string {
	return variable.ReplaceAllStringFunc(template, func(m string) string {
		value, ok := v[nameOf(m)]
		if !ok && !Known(nameOf(m)) {
			return m
		}
		return esc(value)
	})
}

func nameOf(match string) string { return strings.ToUpper(strings.Trim(match, "{}")) }

// unfilled says whether the template has a variable whose value is not known.
func unfilled(template string, v Vars) bool {
	for _, m := range variable.FindAllString(template, -1) {
		if Known(nameOf(m)) && v[nameOf(m)] == "" {
			return true
		}
	}
	return false
}

// Known says whether name, in upper case, is a variable of the generic API.
func Known(name string) bool { return known[name] }

var known = func() map[string]bool {
	names := strings.Fields(`AGENT_ID AGENT_CUSTOM_ID AGENT_EMAIL NAME FIRST_NAME LAST_NAME UJET_ID EMAIL SESSION_TYPE
		PHONE_NUMBER CALL_ID CHAT_ID ACCOUNT_ID RECORD_ID SESSION_ID SESSION_KEY MENU_PATH QUEUE_NAME QUEUE_ID
		CALL_DURATION WAIT_TIME DIRECTION DISCONNECTED_BY CHANNEL TICKET_SUBJECT TICKET_DESCRIPTION COMMENT_BODY`)
	m := make(map[string]bool, len(names))
	for _, n := range names {
		m[n] = true
	}
	return m
}()

// Link is a page for people, such as the record's, with its variables filled and percent-encoded; empty when one is not
// known.
func Link(template string, v Vars) string {
	if template == "" || unfilled(template, v) {
		return ""
	}
	return expand(template, v, inURL)
}

// inURL escapes a value for any place in a URL, path or query.
func inURL(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
