package qmfeed

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"sessionbridge.internal/shared/settings"
)

// minHidden is how long a value of the query must be to be taken out by itself: short ones are words of any answer.
const minHidden = 6

// hiding takes the credentials that a request bears out of an answer that repeats them, which is kept for people: also in
// parts, and as JSON has them.
func hiding(e *settings.QualityEndpoint, r *http.Request) *strings.Replacer {
	var secrets []string
	if e.Basic != nil {
		_, password, _ := r.BasicAuth()
		_, encoded, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		secrets = append(secrets, r.Header.Get("Authorization"), encoded, password)
	}
	for _, h := range e.Headers {
		if h.Secret != "" {
			value := r.Header.Get(h.Name)
			secrets = append(secrets, value, strings.TrimPrefix(value, h.Prefix))
		}
	}
	secrets = append(secrets, r.URL.RawQuery)
	for _, pair := range strings.Split(r.URL.RawQuery, "&") {
		if _, value, _ := strings.Cut(pair, "="); len(value) >= minHidden {
			secrets = append(secrets, value)
		}
	}
	for _, values := range r.URL.Query() {
		secrets = append(secrets, slices.DeleteFunc(values, func(v string) bool { return len(v) < minHidden })...)
	}
	return redacting(secrets)
}

// redacting takes texts out, the longest first, as they are and as they stand in JSON.
func redacting(secrets []string) *strings.Replacer {
	for _, s := range slices.Clone(secrets) {
		secrets = append(secrets, inJSON(s, true), inJSON(s, false))
	}
	secrets = slices.DeleteFunc(secrets, func(s string) bool { return s == "" })
	slices.SortFunc(secrets, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	var pairs []string
	for _, s := range slices.Compact(secrets) {
		pairs = append(pairs, s, "[redacted]")
	}
	return strings.NewReplacer(pairs...)
}

// inJSON is a text as JSON has it, between its quotes; some writers escape what is special in HTML besides.
func inJSON(s string, html bool) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(html)
	if enc.Encode(s) != nil {
		return ""
	}
	quoted := strings.TrimSpace(b.String())
	return quoted[1 : len(quoted)-1]
}
