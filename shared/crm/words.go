package crm

import "strings"

// inWords puts the CRM's own words in the place of values (settings.CRM.Words).
func (v Vars) inWords(words map[string]map[string]string) {
	for name, of := range words {
		if word, ok := of[v[name]]; ok {
			v[name] = word
		}
	}
}

// Lines fills a text line by line and leaves out those in which a variable is not known. One that cannot be read is empty:
// checking the settings tells.
func Lines(text string, v Vars) string {
	var lines []string
	for line := range strings.Lines(text) {
		filled, complete, err := expand(strings.TrimRight(line, "\r\n"), v, nil)
		if err == nil && complete {
			lines = append(lines, filled)
		}
	}
	return strings.Join(lines, "\n")
}
