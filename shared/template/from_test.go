package template_test

import (
	"strings"
	"testing"
)

// Where the rules of the tables are written: a page and the section, or what stands there where the section has no title of
// its own. What no page says is ours, and has its reason.
const (
	customCRM     = "docs.cloud.google.com/contact-center/ccai-platform/docs/custom-crm: "
	fromEndpoint  = customCRM + "endpoint configuration"
	fromFunctions = customCRM + "request URL parameter functions"

	ours         = "ours: "
	oursNesting  = ours + "the page has no word on nesting, quotes, commas, blanks and letter case"
	oursPlain    = ours + "what is no function and no variable is a CRM's own text, and stays"
	oursKnown    = ours + "removal is documented for functions; a plain text says too whether all of it is known"
	oursValues   = ours + "a value is a customer's, and is not read as a template"
	oursLone     = ours + "one variable by itself keeps its kind in JSON, and any other text is a text"
	oursMistakes = ours + "a mistake is told with its place where it is typed, not when a customer calls"
	oursBounds   = ours + "a text from outside is read in bounded time and depth"
)

// cite says in a failure where the rule of the row is written. A row that names no page and section, or no reason for a rule
// of ours, fails.
func cite(t *testing.T, from string) {
	t.Helper()
	if page, section, ok := strings.Cut(from, ": "); !ok || page == "" || section == "" {
		t.Errorf("the rule is from %q, want a page and its section, or \"ours\" and why", from)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the rule is from %s", from)
		}
	})
}
