package settings

import "sessionbridge.internal/shared/template"

// template checks that a text with variables, or one of the functions, can be read.
func (c *checker) template(path, text string) {
	if _, err := template.Parse(text); err != nil {
		c.check(false, path, "cannot be read: "+err.Error())
	}
}
