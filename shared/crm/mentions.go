package crm

import (
	"slices"

	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/template"
)

// Mentions says whether the endpoint's URL, parameters or body have the variable, whose name is in upper case.
func Mentions(e *settings.Endpoint, name string) bool {
	texts := []string{e.URL, e.Body}
	for _, p := range e.Parameters {
		texts = append(texts, p.Value)
	}
	return slices.ContainsFunc(texts, func(text string) bool {
		t, err := template.Parse(text)
		return err == nil && slices.Contains(t.Variables(), name)
	})
}
