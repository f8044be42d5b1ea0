package crm

import (
	"bytes"
	"encoding/json"
	"html"
	"net/url"
	"strings"
	"sync"

	"sessionbridge.internal/shared/settings"
)

// MeaningOf is what the endpoint's settings say an answer means: the first entry that fits, or "". So a refusal that comes
// with 200 can be told ({"contains": "isn't a valid status", "means": "refused"}). A text that stands in the request too
// (Answer.Sent) fits no answer: the CRM may only have repeated what a caller calls themselves.
func MeaningOf(e *settings.Endpoint, a Answer) string {
	said := sync.OnceValue(func() string { return strings.ToLower(readable(a.Body)) }) // read only if somebody asks for it
	sent := sync.OnceValue(func() string { return strings.ToLower(spoken(a.Sent)) })
	for _, m := range e.Answers {
		if m.Status != 0 && m.Status != a.Status {
			continue
		}
		text := strings.ToLower(m.Contains)
		if text == "" || strings.Contains(said(), text) && !strings.Contains(sent(), text) {
			return m.Means
		}
	}
	return ""
}

// spoken is all that a request says, in the forms in which a CRM may repeat it: as it is, and with its escapes read, those of
// URLs, of JSON, of HTML and of quoted strings.
func spoken(r Request) string {
	texts := []string{r.URL, readable(r.Body)}
	if u, err := url.Parse(r.URL); err == nil {
		texts = append(texts, u.Path)
		for _, part := range strings.FieldsFunc(u.RawQuery, func(c rune) bool { return c == '&' || c == '=' }) {
			text, _ := url.QueryUnescape(part) // empty where it cannot be read: the URL as it is has it
			texts = append(texts, readable([]byte(text)))
		}
	}
	all := strings.Join(texts, "\n")
	return all + "\n" + html.UnescapeString(all) + "\n" + strings.ReplaceAll(all, `\`, "")
}

// readable is a body as it stands and, if it has escapes, the texts of its JSON behind it, a line each: a CRM may write
// "isn\u0027t". A body that is no JSON, or was cut, has texts as far as it is.
func readable(body []byte) string {
	if !bytes.ContainsRune(body, '\\') {
		return string(body)
	}
	var b strings.Builder
	b.Write(body)
	d := json.NewDecoder(bytes.NewReader(body))
	for {
		token, err := d.Token()
		if err != nil {
			return b.String()
		}
		if text, ok := token.(string); ok {
			b.WriteString("\n" + text)
		}
	}
}
