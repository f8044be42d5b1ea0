package crm

import (
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strings"

	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/template"
)

// Known says whether name, in upper case, is a variable: of the generic API, of its lookup URLs, or of ours.
func Known(name string) bool { return known[name] }

var known = func() map[string]bool {
	names := strings.Fields(`
		AGENT_ID AGENT_CUSTOM_ID AGENT_EMAIL NAME FIRST_NAME LAST_NAME UJET_ID EMAIL SESSION_TYPE SESSION_TYPE_V2
		PHONE_NUMBER CALL_ID CHAT_ID LANG CUSTOM_USER_ID ACCOUNT_ID RECORD_ID SESSION_ID MENU_PATH OUTBOUND_PHONE_NUMBER
		QUEUE_NAME QUEUE_ID SDK_NAME SDK_EMAIL SDK_PHONE SDK_IDENTIFIER SMART_ACTION_SESSION_ID RATING FEEDBACK
		CALL_DURATION HOLD_TIME WAIT_TIME DEVICE_TYPE DISCONNECTED_BY CHANNEL TICKET_SUBJECT TICKET_DESCRIPTION
		TICKET_DESCRIPTION_HTML COMMENT_BODY FILE_DATA ATTACHMENT_ID ATTACHMENT_URL
		CUSTOMER_PHONE_NUMBER ANI CUID MENU_ID TYPE SUPPORT_PHONE_NUMBER OUTBOUND_NUMBER CUSTOM_AGENT_ID
		SESSION_KEY DIRECTION OUTCOME PHONE_RAW PHONE_DIGITS QUEUE_PATH_IDS DISPOSITION DISPOSITION_NOTE
		FILE_NAME FILE_NAME_ASCII FILE_TYPE`)
	m := make(map[string]bool, len(names))
	for _, n := range names {
		m[n] = true
	}
	return m
}()

// lookup gives the variables to a template.
func (v Vars) lookup(name string) (value string, ok bool) {
	value, ok = v[name]
	return value, ok || Known(name)
}

// expand fills a text of the settings; complete is false where a variable in it is not known.
func expand(text string, v Vars, escape func(string) string) (filled string, complete bool, err error) {
	t, err := template.Parse(text)
	if err != nil {
		return "", false, err
	}
	filled, complete = t.Expand(v.lookup, escape)
	return filled, complete, nil
}

// inURL escapes a value for any place in a URL, path or query.
func inURL(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// inString escapes a value for within a JSON string (RFC 8259, section 7).
func inString(s string) string {
	quoted, _ := json.Marshal(s) // a string always has a JSON form
	return string(quoted[1 : len(quoted)-1])
}

// quotes escapes a value for within a string of a query language such as Request Tracker's TicketSQL or SOQL.
var quotes = strings.NewReplacer(`\`, `\\`, `'`, `\'`, `"`, `\"`)

// inJSON escapes a value for a JSON text with variables in it. What could end a string is escaped, and a number, true, false
// or null stands as it is, in a string or outside of one.
func inJSON(s string) string {
	if isNumber(s) || s == "true" || s == "false" || s == "null" {
		return s
	}
	return inString(s)
}

// asJSON is a value by itself as JSON: a number, true, false or null stands as it is, all else is a string, since a caller's
// name must not become an object.
func asJSON(s string) string {
	if s == "" || inJSON(s) == s && (isNumber(s) || s == "true" || s == "false" || s == "null") {
		return s
	}
	return `"` + inString(s) + `"`
}

// escapeOf is how a parameter's variables are made safe for what is typed around them. A JSON text that is more than
// one variable escapes for itself, since a caller's name must not become a member of it.
func escapeOf(p *settings.Parameter, t template.Template) (func(string) string, error) {
	var escape func(string) string
	switch p.Escape {
	case "":
	case "json":
		return inString, nil
	case "quoted":
		escape = quotes.Replace
	case "html":
		escape = html.EscapeString
	default:
		return nil, fmt.Errorf("escape %q is none of json, quoted and html", p.Escape)
	}
	switch {
	case p.Type != "json":
		return escape, nil
	case t.Lone() && escape == nil:
		return asJSON, nil
	case escape == nil:
		return inJSON, nil
	}
	return func(s string) string { return inString(escape(s)) }, nil
}

// HTML is a plain text as HTML: escaped, its lines ended by <br>. It is what {TICKET_DESCRIPTION_HTML} holds, and comments
// where the settings want them in HTML ("Custom CRM", comment, convert text to HTML).
func HTML(text string) string {
	return strings.NewReplacer("\r\n", "<br>", "\n", "<br>").Replace(html.EscapeString(text))
}
