package settings

import (
	"slices"

	"sessionbridge.internal/shared/template"
)

// template checks that a text with variables, or one of the functions, can be read.
func (c *checker) template(path, text string) {
	if _, err := template.Parse(text); err != nil {
		c.breaks(path, "cannot be read: "+err.Error())
	}
}

// Mentions says whether the endpoint's URL, parameters or body have the variable, whose name is in upper case.
func (e *Endpoint) Mentions(name string) bool {
	texts, _ := textsOf(e.Body) // one that is no JSON has none that is filled
	texts = append(texts, e.URL)
	for _, p := range e.Parameters {
		texts = append(texts, p.Value)
	}
	return slices.ContainsFunc(texts, func(text string) bool {
		t, err := template.Parse(text)
		return err == nil && slices.Contains(t.Variables(), name)
	})
}
