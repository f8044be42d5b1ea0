package crm

import (
	"bytes"
	"encoding/json"
	"strings"

	"sessionbridge.internal/shared/settings"
)

// MeaningOf is what the endpoint's settings say an answer means: the first entry that fits, or "". So a refusal that comes
// with 200 can be told ({"contains": "isn't a valid status", "means": "refused"}).
func MeaningOf(e *settings.Endpoint, a Answer) string {
	var body string // read only if somebody asks for it
	for _, m := range e.Answers {
		if m.Status != 0 && m.Status != a.Status {
			continue
		}
		if m.Contains != "" && body == "" {
			body = strings.ToLower(readable(a.Body))
		}
		if m.Contains == "" || strings.Contains(body, strings.ToLower(m.Contains)) {
			return m.Means
		}
	}
	return ""
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
