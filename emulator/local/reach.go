package local

import (
	"maps"
	"net/http"
)

// Environment is what every function of the cloud is told, as Terraform would; a program that is told the same can stand in for
// one of them. It is the caller's own copy.
func (c *Cloud) Environment() map[string]string { return maps.Clone(c.env) }

// Function answers as the named function does itself, without what the platform has in front of it: its IAM and, for people,
// the developer's sign-in. It is nil if there is no such function.
func (c *Cloud) Function(name string) http.Handler {
	if c.functions[name] == nil {
		return nil
	}
	return c.function(name)
}
