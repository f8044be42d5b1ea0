package crm

import (
	"maps"
	"strings"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/template"
)

// Link is a page for people, such as the record's, with its variables filled and percent-encoded; empty when one is not
// known, or leads out of the path in which it stands.
func Link(text string, v Vars) string {
	link, complete, err := expand(text, v, inURL)
	if err != nil || !complete || settings.Climbs(link) {
		return ""
	}
	return link
}

// LookupLink is a link by which the CRM itself looks the customer up ("Custom CRM", custom lookup URL). A query parameter
// with a variable that is not known is left out with its name, also in a query behind a "#". A path with one makes no
// link, nor with one that leads out of it, and neither does a template of whose variables none is known. {MENU_PATH} is documented as a/b/c here.
func LookupLink(text string, v Vars) string {
	v = maps.Clone(v)
	if v == nil {
		v = Vars{}
	}
	v["MENU_PATH"] = strings.ReplaceAll(v["MENU_PATH"], " / ", "/")
	page, fragment, hasFragment := strings.Cut(text, "#")
	link, ok := knownParts(page, v)
	if hasFragment && ok {
		var behind string
		behind, ok = knownParts(fragment, v)
		link += "#" + behind
	}
	if !ok || settings.Climbs(link) || namesNobody(text, v) {
		return ""
	}
	return link
}

// knownParts fills a path and those parameters of the query behind it whose variables are known; ok is false when one in
// the path is not.
func knownParts(text string, v Vars) (filled string, ok bool) {
	path, query, _ := strings.Cut(text, "?")
	filled, ok, err := expand(path, v, inURL)
	if err != nil || !ok {
		return "", false
	}
	separator := "?"
	for parameter := range strings.SplitSeq(query, "&") {
		known, complete, err := expand(parameter, v, inURL)
		if known != "" && complete && err == nil {
			filled += separator + known
			separator = "&"
		}
	}
	return filled, true
}

// namesNobody says whether a text has variables and none of them a value.
func namesNobody(text string, v Vars) bool {
	t, err := template.Parse(text)
	if err != nil {
		return true
	}
	asked := false
	for _, name := range t.Variables() {
		if v[name] != "" {
			return false
		}
		asked = asked || Known(name)
	}
	return asked
}

// lookupTypes are the values of {TYPE}: the session types as they were called before release 1.66, with underscores
// ("Custom CRM", custom lookup URL, and "Session type terminology"), by today's names and those between, in lower case.
var lookupTypes = map[string]string{
	"voice inbound (ivr)":              "IVR_Call",
	"voice inbound (pstn)":             "IVR_Call",
	"voice inbound (ivr using mobile)": "IVR_Call_(app)",
	"voice inbound (ivr using app)":    "IVR_Call_(app)",
	"voice inbound (mobile)":           "Incoming_Call_(app)",
	"voice inbound (app)":              "Incoming_Call_(app)",
	"voice scheduled (mobile)":         "Scheduled_Call_(app)",
	"voice scheduled (app)":            "Scheduled_Call_(app)",
	"voice callback (web)":             "Incoming_Call_(web)",
	"voice inbound (web)":              "Incoming_Call_(web)",
	"voice scheduled (web)":            "Scheduled_Call_(web)",
	"voice inbound (api)":              "Incoming_Call_(api)",
	"voice outbound (api)":             "Outbound_Call_(api)",
	"voice outbound":                   "Outbound_Call",
}

// lookupType is {TYPE}. A type that has no such name stays as the source sent it.
func lookupType(s session.Session) string {
	t := strings.ToLower(strings.TrimSpace(s.Type))
	switch {
	case s.Channel == session.Chat && isMobile(t):
		return "Mobile"
	case s.Channel == session.Chat && strings.Contains(t, "web"):
		return "Web"
	case s.Channel == session.Chat && strings.Contains(t, "sms"):
		return "SMS"
	case s.Channel == session.Call && s.Outcome == session.Voicemail:
		return "Voicemail"
	}
	return orDefault(lookupTypes[t], s.Type)
}
