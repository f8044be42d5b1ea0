package crm

import (
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/url"
	"strings"

	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/template"
)

// Known says whether name, in upper case, is a variable: of the generic API, of its lookup URLs, or of ours.
func Known(name string) bool { return settings.Known(name) }

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

// filling puts values into a parsed text, as template.Template's Expand and JSON do.
type filling func(template.Lookup) (text string, complete bool)

// filler is how a parameter is filled: its variables made safe for what is typed around them, and in JSON one value each, since
// a caller's name must become neither a member nor a second element. A text of type "json" escapes for itself; so does
// one with the escape "json" that is JSON, and in one that is not, or is one variable alone, values are taken for what stands
// within a string.
func filler(p *settings.Parameter, t template.Template) (filling, error) {
	var escape func(string) string
	switch p.Escape {
	case "", "json":
	case "quoted":
		escape = quotes.Replace
	case "html":
		escape = html.EscapeString
	default:
		return nil, fmt.Errorf("escape %q is none of json, quoted and html", p.Escape)
	}
	asJSON := func(l template.Lookup) (string, bool) { return t.JSON(l, escape) }
	isJSON := t.IsJSON(Vars(nil).lookup)
	switch {
	case p.Type == "json" && !isJSON:
		return nil, errors.New("its value is no JSON")
	case p.Type == "json", p.Escape == "json" && isJSON && !t.Lone() && !t.IsFunction():
		return asJSON, nil
	case p.Escape == "json":
		escape = inString
	}
	return func(l template.Lookup) (string, bool) { return t.Expand(l, escape) }, nil
}

// HTML is a plain text as HTML: escaped, its lines ended by <br>. It is what {TICKET_DESCRIPTION_HTML} holds, and comments
// where the settings want them in HTML ("Custom CRM", comment, convert text to HTML).
func HTML(text string) string {
	return strings.NewReplacer("\r\n", "<br>", "\n", "<br>").Replace(html.EscapeString(text))
}
