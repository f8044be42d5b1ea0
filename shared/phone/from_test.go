package phone_test

import (
	"strings"
	"testing"
)

// Where the rules of the tables are written: a page and the section, or what stands there where the section has no title of
// its own. What no page says is ours, and has its reason.
const (
	customCRM  = "docs.cloud.google.com/contact-center/ccai-platform/docs/custom-crm: "
	fromFormat = customCRM + "phone number format"
	fromGroups = "github.com/google/libphonenumber: how the country writes and groups its numbers"
	fromE164   = "ITU-T Recommendation E.164: the length of a number, at most 15 digits"

	ours        = "ours: "
	oursUS      = ours + "a number of another country has no US form, and keeps E.164"
	oursCountry = ours + "without a country it is not known what the number would be elsewhere, so it stays"
	oursLast    = ours + "CRMs that keep no country are asked for the last digits"
	oursNone    = ours + "what names no telephone is searched for nowhere: it would find everybody who withheld theirs"
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
